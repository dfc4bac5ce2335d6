//! A folder is named by what it holds; a name under which everything fits holds everything.

use super::{Finding, tree::Tree};
use std::collections::BTreeSet;

const RULE: &str = "folders";
/// Names that say nothing, and folders that belong to a tool or a machine.
const UNWANTED: &[&str] = &[
    "backup",
    "helper",
    "helpers",
    "misc",
    "node_modules",
    "old",
    "stuff",
    "temp",
    "tmp",
    "util",
    "utils",
    "vendor",
    "venv",
];

/// Checks the name of every folder, and of every file that could have been one.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let paths = tree.files.iter().map(|file| &file.path).chain(&tree.others);
    let places: BTreeSet<_> = paths
        .filter_map(|path| Some((unwanted(path)?, path)))
        .collect();
    places
        .into_iter()
        .map(|(name, path)| Finding::new(RULE, path, 1, format!("`{name}` says nothing")))
        .collect()
}

/// The first part of the path that is not allowed.
fn unwanted(path: &str) -> Option<&str> {
    path.split('/')
        .map(|part| part.strip_suffix(".rs").unwrap_or(part))
        .find(|part| UNWANTED.contains(part))
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::planted;
    use super::*;

    #[test]
    fn folders_named_by_what_they_hold_pass() {
        let (_folder, tree) = planted(&[
            ("core/vault/src/schema/work.sql", ""),
            ("core/utility/src/lib.rs", ""),
        ]);
        assert_eq!(check(&tree), []);
    }

    #[test]
    fn folders_that_hold_anything_are_found() {
        let (_folder, tree) =
            planted(&[("core/utils/src/lib.rs", ""), ("core/a/src/helpers.rs", "")]);
        let found: Vec<_> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "core/a/src/helpers.rs:1: folders: `helpers` says nothing",
                "core/utils/src/lib.rs:1: folders: `utils` says nothing",
            ]
        );
    }
}
