//! What we build on may be passed on, and what we write says under which terms.

use super::{Finding, tree::Tree};
use crate::workspace::{Package, Workspace};

const RULE: &str = "licences";
/// The terms of our own crates.
const OURS: &str = "Apache-2.0 OR MIT";
/// Their texts, each with words that only the right text holds.
const TEXTS: &[(&str, &str)] = &[
    ("LICENSE-APACHE", "Apache License\n"),
    (
        "LICENSE-MIT",
        "Permission is hereby granted, free of charge",
    ),
];
/// Terms that ask for no more than that they are passed on.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Terms that bind the files of a library and not what is built with it, for crates whose name begins so. We change none of
/// them; whoever ships the binary says where their source is (MPL 2.0, 3.2).
const BY_FILE: &[(&str, &str)] = &[("uniffi", "MPL-2.0")];

/// Checks our crates, our texts and every crate that one of ours depends on, for whatever platform.
pub fn check(workspace: &Workspace, tree: &Tree) -> Vec<Finding> {
    let mut findings: Vec<_> = workspace
        .packages
        .iter()
        .filter_map(|package| check_package(workspace, package))
        .collect();
    for (name, words) in TEXTS {
        if !tree
            .file(name)
            .is_some_and(|file| file.text.contains(words))
        {
            findings.push(Finding::new(
                RULE,
                name,
                1,
                "the text of the licence is missing",
            ));
        }
    }
    findings
}

fn check_package(workspace: &Workspace, package: &Package) -> Option<Finding> {
    let licence = package.license.as_deref().unwrap_or("none");
    if package.source.is_none() {
        let manifest = workspace.relative(&package.manifest_path);
        return (licence != OURS).then(|| {
            Finding::new(
                RULE,
                &manifest,
                1,
                format!("`{licence}` instead of `{OURS}`"),
            )
        });
    }
    let line = workspace.line_of(
        &workspace.root.join("Cargo.lock"),
        &format!("name = \"{}\"", package.name),
    );
    let what = format!(
        "{} {}: `{licence}` is not among the allowed licences",
        package.name, package.version
    );
    let by_file = BY_FILE
        .iter()
        .any(|(name, terms)| package.name.starts_with(name) && licence == *terms);
    (!by_file && !allows(licence)).then(|| Finding::new(RULE, "Cargo.lock", line, what))
}

/// Whether an SPDX expression can be met with allowed licences alone. `/` is how crates wrote OR in former days.
fn allows(expression: &str) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    either(&mut words) && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words<'_>) -> bool {
    let mut allowed = both(words);
    while words.next_if_eq(&"OR").is_some() {
        allowed |= both(words);
    }
    allowed
}

fn both(words: &mut Words<'_>) -> bool {
    let mut allowed = one(words);
    while words.next_if_eq(&"AND").is_some() {
        allowed &= one(words);
    }
    allowed
}

/// A licence or a group. An exception (`WITH`) only ever grants more.
fn one(words: &mut Words<'_>) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let allowed = either(words);
        return words.next() == Some(")") && allowed;
    }
    let allowed = words
        .next()
        .is_some_and(|licence| ALLOWED.contains(&licence));
    if words.next_if_eq(&"WITH").is_some() {
        words.next();
    }
    allowed
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::planted;
    use super::*;

    const GOOD: &[(&str, &str)] = &[
        ("LICENSE-APACHE", "Apache License\n"),
        (
            "LICENSE-MIT",
            "Permission is hereby granted, free of charge",
        ),
    ];

    fn findings(licence: &str, source: Option<&str>, files: &[(&str, &str)]) -> Vec<String> {
        findings_of("a", licence, source, files)
    }

    fn findings_of(
        name: &str,
        licence: &str,
        source: Option<&str>,
        files: &[(&str, &str)],
    ) -> Vec<String> {
        let (folder, tree) = planted(files);
        let workspace: Workspace = serde_json::from_value(serde_json::json!({
            "workspace_root": folder.path(), "target_directory": folder.path().join("target"),
            "packages": [{"name": name, "version": "1.0.0", "license": licence, "source": source, "dependencies": [],
                          "manifest_path": folder.path().join("core/a/Cargo.toml"), "targets": []}],
        }))
        .unwrap();
        check(&workspace, &tree)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn our_terms_and_permissive_ones_pass() {
        assert_eq!(findings("Apache-2.0 OR MIT", None, GOOD), [""; 0]);
        for licence in [
            "MIT/Apache-2.0",
            "MIT OR LGPL-2.1-or-later",
            "(MIT OR GPL-3.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
            "Apache-2.0 AND ISC",
        ] {
            assert_eq!(findings(licence, Some("registry"), GOOD), [""; 0]);
        }
    }

    #[test]
    fn a_dependency_under_other_terms_is_found() {
        for licence in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT", "", "MIT MIT"] {
            let expected = format!(
                "Cargo.lock:1: licences: a 1.0.0: `{licence}` is not among the allowed licences"
            );
            assert_eq!(findings(licence, Some("registry"), GOOD), [expected]);
        }
    }

    #[test]
    fn terms_that_bind_files_alone_pass_where_they_are_known() {
        let terms = "MPL-2.0";
        assert_eq!(
            findings_of("uniffi_core", terms, Some("registry"), GOOD),
            [""; 0]
        );
        assert_eq!(findings(terms, Some("registry"), GOOD).len(), 1);
        assert_eq!(
            findings_of("uniffi_core", "GPL-3.0", Some("registry"), GOOD).len(),
            1
        );
    }

    #[test]
    fn a_crate_of_ours_under_other_terms_is_found() {
        let expected = "core/a/Cargo.toml:1: licences: `MIT` instead of `Apache-2.0 OR MIT`";
        assert_eq!(findings("MIT", None, GOOD), [expected]);
    }

    #[test]
    fn a_missing_text_is_found() {
        let expected = "LICENSE-MIT:1: licences: the text of the licence is missing";
        assert_eq!(findings("Apache-2.0 OR MIT", None, &GOOD[..1]), [expected]);
    }
}
