//! Programs that a part needs, from the system's packages where this user may install them.

use crate::{error::TaskError, process};
use std::process::Command;

/// Installs `packages` unless `is_there` says that what they bring is there already.
///
/// # Errors
/// `Missing` with the line to run if they cannot be installed from here.
pub fn require(
    what: &str,
    packages: &[&str],
    is_there: impl Fn() -> bool,
) -> Result<(), TaskError> {
    if is_there() {
        return Ok(());
    }
    let names = packages.join(" ");
    let missing = || TaskError::Missing {
        what: what.into(),
        line: format!("sudo apt-get update && sudo apt-get install -y {names}"),
    };
    let has_apt = process::works(Command::new("apt-get").arg("--version"));
    if !has_apt || !(is_root() || can_sudo()) {
        return Err(missing());
    }
    process::run(apt_get().arg("update"))?;
    process::run(
        apt_get()
            .args(["install", "-y", "--no-install-recommends"])
            .args(packages),
    )?;
    is_there().then_some(()).ok_or_else(missing)
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
