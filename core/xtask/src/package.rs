//! `cargo xtask package`: what app developers add to their apps, each with its checksum and the list of what is in it.
//!
//! An XCFramework needs Xcode and native libraries for Android need the NDK. All else, the layouts, the lists and the
//! checksums, is made and tested on any machine.

mod android;
mod apple;
mod archive;
mod sbom;

use crate::{cli::System, error::TaskError, workspace::Workspace};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The list of checksums, as `sha256sum --check` reads it.
const CHECKSUMS: &str = "SHA256SUMS";

/// Makes the package for one system, below the target folder.
pub fn run(workspace: &Workspace, system: System) -> Result<bool, TaskError> {
    match system {
        System::Apple => apple::package(workspace),
        System::Android => android::package(workspace),
    }?;
    Ok(true)
}

/// Writes into the folder `to` what each of `packages` is made of when it is built for `targets`, and the checksums of these
/// lists and of `files`.
fn finish(
    workspace: &Workspace,
    to: &Path,
    targets: &[&str],
    packages: &[&str],
    mut files: Vec<PathBuf>,
) -> Result<(), TaskError> {
    for package in packages {
        let list = to.join(format!("{package}.cdx.json"));
        write(&list, &sbom::make(workspace, package, targets)?)?;
        files.push(list);
    }
    let sums = archive::checksums(&files)?;
    write(&to.join(CHECKSUMS), sums.as_bytes())?;
    print!("{}:\n{sums}", to.display());
    Ok(())
}

/// An empty folder.
fn fresh(folder: PathBuf) -> Result<PathBuf, TaskError> {
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| TaskError::file(&folder, error))?;
    }
    fs::create_dir_all(&folder).map_err(|error| TaskError::file(&folder, error))?;
    Ok(folder)
}

/// Writes a file and the folders above it.
fn write(path: &Path, bytes: &[u8]) -> Result<(), TaskError> {
    make_parent(path)?;
    fs::write(path, bytes).map_err(|error| TaskError::file(path, error))
}

/// Copies a file and makes the folders above the copy.
fn copy(from: &Path, to: &Path) -> Result<(), TaskError> {
    make_parent(to)?;
    fs::copy(from, to).map_err(|error| TaskError::file(from, error))?;
    Ok(())
}

fn make_parent(path: &Path) -> Result<(), TaskError> {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).map_err(|error| TaskError::file(parent, error))
}

fn read(path: &Path) -> Result<Vec<u8>, TaskError> {
    fs::read(path).map_err(|error| TaskError::file(path, error))
}
