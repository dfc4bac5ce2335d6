//! `cargo xtask bench size` and the part `size` of the tests: how large the phone library is, built for this machine as it is
//! built for phones.

use crate::{
    error::TaskError,
    phones::{self, Kind},
    process,
    workspace::Workspace,
};
use std::{fs, process::Command};

/// What an employee's phone should not have to download more than, in bytes.
const MOST: u64 = 4_000_000;

/// Builds the library and prints its size, as it is and packed. Whether it is small enough.
pub fn run(workspace: &Workspace) -> Result<bool, TaskError> {
    let (mut cargo, library) = phones::build(workspace, "companion-ffi", Kind::Dynamic, None);
    process::run(&mut cargo)?;
    let bytes = fs::metadata(&library)
        .map_err(|error| TaskError::file(&library, error))?
        .len();
    let packed = process::output(Command::new("gzip").arg("-9c").arg(&library))?.len();
    println!("{}: {bytes} bytes, {packed} gzipped", library.display());
    let told = if bytes <= MOST { "met" } else { "missed" };
    println!("goal: at most {MOST} bytes: {told}");
    Ok(bytes <= MOST)
}
