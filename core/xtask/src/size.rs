//! `cargo xtask bench size` and the part `size` of the tests: how large the phone libraries are, built for this machine as they
//! are built for phones, and what the extensions' one is made of.

use crate::{
    error::TaskError,
    phones::{self, Kind},
    process,
    workspace::Workspace,
};
use std::{fs, process::Command};

/// A library that goes onto phones.
struct Library {
    package: &'static str,
    /// What an employee's phone should not have to download more than, in bytes: 4 MiB is the product's limit.
    most: u64,
}

const APP: Library = Library {
    package: "companion-ffi",
    most: 4 * 1024 * 1024,
};
/// An extension has little memory and is started for each push.
const EXTENSION: Library = Library {
    package: "companion-ffi-sealer",
    most: 2_000_000,
};
/// Crates without which an extension must do: a database, a runtime with threads, what needs 64 MiB.
const NOT_IN_EXTENSIONS: &[&str] = &["argon2", "libsqlite3-sys", "rusqlite", "tokio"];

/// Builds the libraries and prints their sizes, as they are and packed. Whether they are small enough, and the extensions' one
/// is made of nothing that it must not have.
pub fn run(workspace: &Workspace) -> Result<bool, TaskError> {
    let app = APP.measure(workspace)?;
    let extension = EXTENSION.measure(workspace)?;
    let heavy = heavy(&crates(workspace, APP.package)?).len();
    if heavy != NOT_IN_EXTENSIONS.len() {
        // What is not even found where it must be would prove nothing by its absence.
        println!(
            "{}: not made of all that extensions must not have",
            APP.package
        );
    }
    let crates = crates(workspace, EXTENSION.package)?;
    let found = self::heavy(&crates);
    for name in &found {
        println!("{}: made of `{name}`", EXTENSION.package);
    }
    Ok(app && extension && found.is_empty() && heavy == NOT_IN_EXTENSIONS.len())
}

impl Library {
    fn measure(&self, workspace: &Workspace) -> Result<bool, TaskError> {
        let (mut cargo, library) = phones::build(workspace, self.package, Kind::Dynamic, None);
        process::run(&mut cargo)?;
        let bytes = fs::metadata(&library)
            .map_err(|error| TaskError::file(&library, error))?
            .len();
        let packed = process::output(Command::new("gzip").arg("-9c").arg(&library))?.len();
        println!("{}: {bytes} bytes, {packed} gzipped", library.display());
        let told = if bytes <= self.most { "met" } else { "missed" };
        println!("goal: at most {} bytes: {told}", self.most);
        Ok(bytes <= self.most)
    }
}

/// The names of all crates that a library is made of.
fn crates(workspace: &Workspace, package: &str) -> Result<String, TaskError> {
    let mut cargo = process::cargo();
    cargo
        .current_dir(&workspace.root)
        .args(["tree", "--quiet", "--edges", "normal", "--prefix", "none"])
        .args(["--format", "{p}", "--package", package]);
    let tree = process::output(&mut cargo)?;
    Ok(String::from_utf8_lossy(&tree).into_owned())
}

/// Which crates of a list an extension must not have, each once.
fn heavy(crates: &str) -> Vec<&'static str> {
    let named = |name: &&&str| {
        let mut names = crates.lines().filter_map(|line| line.split(' ').next());
        names.any(|one| one == **name)
    };
    NOT_IN_EXTENSIONS.iter().filter(named).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_extension_must_not_have_is_found_by_its_whole_name() {
        let crates = "companion-ffi-sealer v0.3.0 (/core)\ntokio-util v0.7.0\nring v0.17.14\n";
        assert_eq!(heavy(crates), [""; 0]);
        let crates = format!("{crates}rusqlite v0.43.0\ntokio v1.0.0\ntokio v1.0.0 (*)\n");
        assert_eq!(heavy(&crates), ["rusqlite", "tokio"]);
    }
}
