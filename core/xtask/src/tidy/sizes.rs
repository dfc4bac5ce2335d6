//! A file holds one idea, and a crate's root is its table of contents.

use super::{Finding, tree::Tree};
use crate::workspace::Workspace;

const RULE: &str = "sizes";
/// Lines of a source file, its tests included.
const FILE: usize = 500;
/// Lines of a crate's root.
const ROOT: usize = 60;

/// Checks every source file.
pub fn check(workspace: &Workspace, tree: &Tree) -> Vec<Finding> {
    let roots: Vec<_> = workspace
        .ours()
        .flat_map(|package| &package.targets)
        .filter(|target| {
            target
                .kind
                .iter()
                .any(|kind| kind.ends_with("lib") || kind == "bin")
        })
        .map(|target| workspace.relative(&target.src_path))
        .collect();
    check_files(&roots, tree)
}

fn check_files(roots: &[String], tree: &Tree) -> Vec<Finding> {
    let sources = ["rs", "kt", "swift", "py"]
        .into_iter()
        .flat_map(|extension| tree.with_extension(extension));
    let too_long = sources.filter_map(|file| {
        let lines = file.text.lines().count();
        let (limit, what) = if roots.contains(&file.path) {
            (ROOT, "a crate's root")
        } else {
            (FILE, "a file")
        };
        (lines > limit).then(|| {
            Finding::new(
                RULE,
                &file.path,
                limit + 1,
                format!("{lines} lines; {what} has at most {limit}"),
            )
        })
    });
    too_long.collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::planted;
    use super::*;

    fn findings(path: &str, lines: usize) -> Vec<String> {
        let (_folder, tree) = planted(&[(path, &"//\n".repeat(lines))]);
        check_files(&["core/a/src/lib.rs".to_owned()], &tree)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn files_up_to_the_limit_pass() {
        assert_eq!(findings("core/a/src/b.rs", 500), [""; 0]);
        assert_eq!(findings("core/a/src/lib.rs", 60), [""; 0]);
    }

    #[test]
    fn a_longer_file_is_found() {
        assert_eq!(
            findings("core/a/src/b.rs", 501),
            ["core/a/src/b.rs:501: sizes: 501 lines; a file has at most 500"]
        );
    }

    #[test]
    fn a_longer_root_is_found() {
        assert_eq!(
            findings("core/a/src/lib.rs", 61),
            ["core/a/src/lib.rs:61: sizes: 61 lines; a crate's root has at most 60"]
        );
    }
}
