//! Virtual environments of Python below the target folder.

use crate::{error::TaskError, packages, process, workspace::Workspace};
use std::{fs, path::PathBuf, process::Command};

/// Makes the environment `name` with what the file `listed` lists, unless it is there, and returns its interpreter.
pub fn prepare(workspace: &Workspace, listed: &str, name: &str) -> Result<PathBuf, TaskError> {
    let requirements = workspace.root.join(listed);
    let wanted = fs::read_to_string(&requirements)
        .map_err(|source| TaskError::file(&requirements, source))?;
    let folder = workspace.target.join("venv").join(name);
    let python = folder.join("bin/python");
    let stamp = folder.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted)
        && process::works(Command::new(&python).arg("--version"))
    {
        return Ok(python);
    }
    packages::require(
        "python3 with venv",
        &["python3", "python3-venv"],
        can_make_environments,
    )?;
    println!("installing {listed} into {}", folder.display());
    process::run(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    )?;
    process::run(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--requirement",
            ])
            .arg(&requirements),
    )?;
    fs::write(&stamp, &wanted).map_err(|source| TaskError::file(&stamp, source))?;
    Ok(python)
}

fn can_make_environments() -> bool {
    process::works(Command::new("python3").args(["-c", "import ensurepip, venv"]))
}
