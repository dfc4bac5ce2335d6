//! The repository builds wherever cargo is set up: nothing in it names where packages come from or one machine's folders.

use super::{
    Finding,
    tree::{File, Tree},
};

const RULE: &str = "hosts";
/// Each in two pieces, so that this file passes.
const UNWANTED: &[&str] = &[
    concat!("crates", ".io"),
    concat!("static.rust-lang", ".org"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("registry.npmjs", ".org"),
    concat!("repo.maven.apache", ".org"),
    concat!("maven.google", ".com"),
    concat!("deb.debian", ".org"),
    concat!("/", "work/"),
    concat!("/", "home/"),
    concat!("/", "root/"),
];
/// Written by cargo.
const GENERATED: &str = "Cargo.lock";

/// Checks every text file.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.files
        .iter()
        .filter(|file| file.path != GENERATED)
        .flat_map(check_file)
        .collect()
}

fn check_file(file: &File) -> Vec<Finding> {
    let found = file.lines().flat_map(|(line, text)| {
        let named = UNWANTED
            .iter()
            .filter(move |unwanted| text.contains(**unwanted));
        named.map(move |unwanted| {
            Finding::new(RULE, &file.path, line, format!("names `{unwanted}`"))
        })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::planted;
    use super::*;

    #[test]
    fn a_file_that_names_no_registry_passes() {
        let (_folder, tree) = planted(&[
            ("a.md", "needs rustup\n"),
            ("Cargo.lock", &format!("{}\n", UNWANTED[0])),
        ]);
        assert_eq!(check(&tree), []);
    }

    #[test]
    fn a_registry_or_a_folder_of_one_machine_is_found() {
        let text = format!("\nsee https://{}/a\ncd {}a\n", UNWANTED[0], UNWANTED[8]);
        let (_folder, tree) = planted(&[("core/a.sh", &text)]);
        let found: Vec<_> = check(&tree).iter().map(|finding| finding.line).collect();
        assert_eq!(found, [2, 3]);
    }
}
