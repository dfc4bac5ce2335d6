//! `cargo xtask bench size`: how large the phone library is, built for this machine as it is built for phones.

use crate::{error::TaskError, process, workspace::Workspace};
use std::{
    env::consts::{DLL_PREFIX, DLL_SUFFIX},
    fs,
    process::Command,
};

/// What an employee's phone should not have to download more than, in bytes.
const GOAL: u64 = 4_000_000;

/// Builds the library and prints its size, as it is and packed.
pub fn run(workspace: &Workspace) -> Result<bool, TaskError> {
    let folder = workspace.target.join("phones");
    let mut cargo = process::cargo();
    cargo
        .current_dir(&workspace.root)
        .args(["build", "--profile", "phone", "-p", "companion-ffi"])
        .arg("--target-dir")
        .arg(&folder)
        // C calls no Rust here that could panic, so it needs no tables for unwinding.
        .env("CFLAGS", "-fno-asynchronous-unwind-tables")
        // Relocations packed as Android 9 and Apple's linker pack them.
        .env("RUSTFLAGS", "-Clink-arg=-Wl,-z,pack-relative-relocs");
    process::run(&mut cargo)?;
    let library = folder.join(format!("phone/{DLL_PREFIX}companion_ffi{DLL_SUFFIX}"));
    let bytes = fs::metadata(&library)
        .map_err(|error| TaskError::file(&library, error))?
        .len();
    let packed = process::output(Command::new("gzip").arg("-9c").arg(&library))?.len();
    println!("{}: {bytes} bytes, {packed} gzipped", library.display());
    let told = if bytes <= GOAL { "met" } else { "missed" };
    println!("goal: at most {GOAL} bytes: {told}");
    Ok(true)
}
