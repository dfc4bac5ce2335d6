//! The files of the repository, read once.

use crate::error::TaskError;
use std::{fs, path::Path};

/// What is made by a run or by a tool, and so not ours. The files are those of `cargo xtask bindings`, which compares them.
const NOT_OURS: &[&str] = &[
    ".git",
    "target",
    "__pycache__",
    "CompanionBindings.swift",
    "CompanionFFI.h",
    "CompanionTestingBindings.swift",
    "CompanionSealerBindings.swift",
    "CompanionSealerFFI.h",
    "CompanionTestingFFI.h",
];

/// Every text file of the repository.
#[derive(Debug, Default)]
pub struct Tree {
    /// By path.
    pub files: Vec<File>,
    /// Every other file, such as a picture or an old database: its path alone.
    pub others: Vec<String>,
}

/// One text file.
#[derive(Debug)]
pub struct File {
    /// From the root, with `/`.
    pub path: String,
    /// Its content.
    pub text: String,
}

impl Tree {
    /// Reads everything below `root`.
    pub fn read(root: &Path) -> Result<Self, TaskError> {
        let mut tree = Self::default();
        tree.enter(root, "")?;
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(tree)
    }

    /// The text files whose name ends in `.` and `extension`.
    pub fn with_extension<'a>(&'a self, extension: &'a str) -> impl Iterator<Item = &'a File> {
        self.files
            .iter()
            .filter(move |file| file.extension() == Some(extension))
    }

    /// The text file at `path`.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether a file stands at `path`, or a folder that holds one.
    pub fn holds(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        let mut paths = self.files.iter().map(|file| &file.path).chain(&self.others);
        path.is_empty() || paths.any(|held| held == path || held.starts_with(&folder))
    }

    fn enter(&mut self, folder: &Path, prefix: &str) -> Result<(), TaskError> {
        let failed = |source| TaskError::file(folder, source);
        for entry in fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if NOT_OURS.contains(&name.as_str()) {
                continue;
            }
            let path = format!("{prefix}{name}");
            if entry.file_type().map_err(failed)?.is_dir() {
                self.enter(&entry.path(), &format!("{path}/"))?;
            } else {
                self.add(path, &fs::read(entry.path()).map_err(failed)?);
            }
        }
        Ok(())
    }

    fn add(&mut self, path: String, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.files.push(File {
                path,
                text: text.to_owned(),
            }),
            Err(_) => self.others.push(path),
        }
    }
}

impl File {
    /// What follows the last dot of the name.
    pub fn extension(&self) -> Option<&str> {
        Path::new(&self.path).extension()?.to_str()
    }

    /// The lines, numbered from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A tree with these files in a real folder, which the test keeps as long as it needs it.
    pub fn planted(files: &[(&str, &str)]) -> (tempfile::TempDir, Tree) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let tree = Tree::read(folder.path()).unwrap();
        (folder, tree)
    }

    #[test]
    fn what_is_built_is_not_read_and_what_is_no_text_is_only_named() {
        let (folder, _) = planted(&[("target/debug/a.rs", ""), ("core/a/src/lib.rs", "")]);
        fs::write(folder.path().join("old.db"), [0xff, 0xfe]).unwrap();
        let tree = Tree::read(folder.path()).unwrap();
        assert_eq!(
            tree.files
                .iter()
                .map(|file| file.path.as_str())
                .collect::<Vec<_>>(),
            ["core/a/src/lib.rs"]
        );
        assert_eq!(tree.others, ["old.db"]);
        assert!(tree.holds("core/a") && tree.holds("old.db") && !tree.holds("core/a/sr"));
    }
}
