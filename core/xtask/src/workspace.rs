//! What cargo knows about this workspace.

use crate::{error::TaskError, process};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The workspace and everything that it depends on.
#[derive(Debug, Deserialize)]
pub struct Workspace {
    /// The folder of the repository.
    #[serde(rename = "workspace_root")]
    pub root: PathBuf,
    /// Where cargo builds, `CARGO_TARGET_DIR` included.
    #[serde(rename = "target_directory")]
    pub target: PathBuf,
    /// Our crates; after [`Workspace::load_all`] also every crate that one of them depends on.
    pub packages: Vec<Package>,
}

/// One crate.
#[derive(Debug, Deserialize)]
pub struct Package {
    /// Its name, such as `companion-domain`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence expression.
    pub license: Option<String>,
    /// Where it comes from; none for ours.
    pub source: Option<String>,
    /// Its `Cargo.toml`.
    pub manifest_path: PathBuf,
    /// What it asks for.
    pub dependencies: Vec<Dependency>,
    /// What it builds.
    pub targets: Vec<Target>,
}

/// One line of a crate's dependencies.
#[derive(Debug, Deserialize)]
pub struct Dependency {
    /// The crate that is asked for.
    pub name: String,
    /// None for a normal one, else `dev` or `build`.
    pub kind: Option<String>,
}

/// One thing that a crate builds.
#[derive(Debug, Deserialize)]
pub struct Target {
    /// `lib`, `bin`, `test`, …
    pub kind: Vec<String>,
    /// Its root file.
    pub src_path: PathBuf,
}

impl Workspace {
    /// Our crates and the folders.
    pub fn load() -> Result<Self, TaskError> {
        Self::read(Path::new("."), &["--no-deps"])
    }

    /// Every crate of the dependency tree, for all platforms.
    pub fn load_all(folder: &Path) -> Result<Self, TaskError> {
        Self::read(folder, &[])
    }

    fn read(folder: &Path, arguments: &[&str]) -> Result<Self, TaskError> {
        let mut cargo = process::cargo();
        cargo
            .current_dir(folder)
            .args(["metadata", "--format-version", "1", "--quiet"])
            .args(arguments);
        let answer = process::output(&mut cargo)?;
        serde_json::from_slice(&answer).map_err(|error| TaskError::Malformed {
            place: "cargo metadata".into(),
            reason: error.to_string(),
        })
    }

    /// Our own crates.
    pub fn ours(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| package.source.is_none())
    }

    /// The version of the crate `name` of ours.
    pub fn version(&self, name: &str) -> Result<String, TaskError> {
        let package = self.ours().find(|package| package.name == name);
        package
            .map(|package| package.version.clone())
            .ok_or_else(|| TaskError::Malformed {
                place: "Cargo.toml".into(),
                reason: format!("no crate {name}"),
            })
    }

    /// `path` as it is written in messages: from the root, with `/`.
    pub fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .to_string_lossy()
            .replace('\\', "/")
    }

    /// The first line of `file` that begins with `start`, for messages; 1 where none does.
    pub fn line_of(&self, file: &Path, start: &str) -> usize {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines()
            .position(|line| line.starts_with(start))
            .map_or(1, |index| index + 1)
    }
}
