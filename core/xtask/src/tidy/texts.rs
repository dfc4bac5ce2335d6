//! The texts of the phones' apps are those of their one table.

use super::{Finding, tree::Tree};
use crate::{error::TaskError, texts};

const RULE: &str = "texts";

/// Compares what is committed with what `cargo xtask texts` makes.
pub fn check(tree: &Tree) -> Result<Vec<Finding>, TaskError> {
    let Some(source) = tree.file(texts::SOURCE) else {
        return Ok(Vec::new());
    };
    let made = texts::files(&source.text)?;
    let others = made
        .iter()
        .filter(|(path, text)| tree.file(path).is_none_or(|file| file.text != *text));
    Ok(others
        .map(|(path, _)| Finding::new(RULE, path, 1, "run `cargo xtask texts`"))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::planted;
    use super::*;

    const TABLE: &str = r#"{"chats": {"ja": "トーク", "en": "Chats"}}"#;

    #[test]
    fn what_was_made_of_the_table_passes_and_a_change_beside_it_is_found() {
        let made = texts::files(TABLE).unwrap();
        let mut files: Vec<_> = made
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        files.push((texts::SOURCE, TABLE));
        let (_folder, tree) = planted(&files);
        assert_eq!(check(&tree).unwrap(), []);

        files[0].1 = "<resources></resources>";
        let (_folder, tree) = planted(&files);
        let found: Vec<_> = check(&tree)
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            found,
            [
                "sample-apps/android/src/main/res/values/strings.xml:1: texts: run `cargo xtask texts`"
            ]
        );
    }
}
