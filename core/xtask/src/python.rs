//! The Python of the second implementation: a virtual environment below the target folder.

use crate::{error::TaskError, packages, process, workspace::Workspace};
use std::{fs, path::PathBuf, process::Command};

const REQUIREMENTS: &str = "core/formats/requirements.txt";

/// Makes the environment if it is not there yet, and returns its interpreter.
pub fn prepare(workspace: &Workspace) -> Result<PathBuf, TaskError> {
    let requirements = workspace.root.join(REQUIREMENTS);
    let wanted = fs::read_to_string(&requirements)
        .map_err(|source| TaskError::file(&requirements, source))?;
    let folder = workspace.target.join("venv");
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
    println!("installing {REQUIREMENTS} into {}", folder.display());
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
