//! The Python of the second implementation: a virtual environment below the target folder.

use crate::{error::TaskError, process, workspace::Workspace};
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

const REQUIREMENTS: &str = "core/formats/requirements.txt";

/// Makes the environment if it is not there yet, and returns its interpreter.
pub fn prepare(workspace: &Workspace) -> Result<PathBuf, TaskError> {
    let requirements = workspace.root.join(REQUIREMENTS);
    let wanted =
        fs::read_to_string(&requirements).map_err(|source| file_error(&requirements, source))?;
    let folder = workspace.target.join("venv");
    let python = folder.join("bin/python");
    let stamp = folder.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted)
        && process::works(Command::new(&python).arg("--version"))
    {
        return Ok(python);
    }
    install_python()?;
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
    fs::write(&stamp, &wanted).map_err(|source| file_error(&stamp, source))?;
    Ok(python)
}

fn file_error(path: &Path, source: io::Error) -> TaskError {
    TaskError::File {
        path: path.display().to_string(),
        source,
    }
}

/// `python3` with what `venv` needs, from the system's packages where this user may install them.
fn install_python() -> Result<(), TaskError> {
    if can_make_environments() {
        return Ok(());
    }
    let missing = || TaskError::Missing {
        what: "python3 with venv".into(),
        line: "sudo apt-get update && sudo apt-get install -y python3 python3-venv".into(),
    };
    if !process::works(Command::new("apt-get").arg("--version")) {
        return Err(missing());
    }
    if !is_root() && !can_sudo() {
        return Err(missing());
    }
    process::run(apt_get().arg("update"))?;
    process::run(apt_get().args([
        "install",
        "-y",
        "--no-install-recommends",
        "python3",
        "python3-venv",
    ]))?;
    if can_make_environments() {
        Ok(())
    } else {
        Err(missing())
    }
}

fn can_make_environments() -> bool {
    process::works(Command::new("python3").args(["-c", "import ensurepip, venv"]))
}

fn is_root() -> bool {
    process::output(Command::new("id").arg("-u")).is_ok_and(|answer| answer.trim_ascii() == b"0")
}

/// Whether sudo works without asking: a test run must not stop at a password.
fn can_sudo() -> bool {
    process::works(Command::new("sudo").args(["-n", "true"]))
}

fn apt_get() -> Command {
    let (program, first): (_, &[_]) = if is_root() {
        ("env", &[])
    } else {
        ("sudo", &["-n", "env"])
    };
    let mut command = Command::new(program);
    command
        .args(first)
        .args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]);
    command
}
