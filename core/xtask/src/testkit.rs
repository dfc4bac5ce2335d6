//! The tools that play with real processes: built here, then this process becomes the tool.

use crate::{error::TaskError, process, workspace::Workspace};
use std::{ffi::OsString, os::unix::process::CommandExt, path::PathBuf, process::Command};

/// Builds the tool and what it starts, then replaces this process by `companion-testkit <name>`, so that a signal
/// reaches the tool and no parent stays behind. Returns only when that failed.
pub fn become_tool(
    workspace: &Workspace,
    name: &str,
    arguments: &[OsString],
) -> Result<bool, TaskError> {
    become_program(build(workspace, Profile::Dev)?, name, arguments)
}

/// As [`become_tool`], optimised as what ships.
pub fn become_release_tool(
    workspace: &Workspace,
    name: &str,
    arguments: &[OsString],
) -> Result<bool, TaskError> {
    become_program(build(workspace, Profile::Release)?, name, arguments)
}

/// Builds as [`become_tool`] does and returns the command, for a caller that reads the output.
pub fn tool(workspace: &Workspace, name: &str) -> Result<Command, TaskError> {
    let mut command = Command::new(build(workspace, Profile::Dev)?);
    command.arg(name);
    Ok(command)
}

#[derive(Clone, Copy)]
enum Profile {
    Dev,
    Release,
}

/// One invocation of cargo for all binaries: the features of the test kit then hold for the gateway that it starts.
fn build(workspace: &Workspace, profile: Profile) -> Result<PathBuf, TaskError> {
    let mut cargo = process::cargo();
    cargo.args([
        "build",
        "-p",
        "companion-testkit",
        "-p",
        "companion-gateway",
        "-p",
        "companion-companionctl",
    ]);
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => {
            cargo.arg("--release");
            "release"
        }
    };
    process::run(&mut cargo)?;
    Ok(workspace.target.join(folder).join("companion-testkit"))
}

fn become_program(program: PathBuf, name: &str, arguments: &[OsString]) -> Result<bool, TaskError> {
    let mut command = Command::new(program);
    let source = command.arg(name).args(arguments).exec();
    Err(process::start_error(&command, source))
}
