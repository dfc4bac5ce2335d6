//! The texts of the sample apps are those of their one table, and each is shown by one of them.

use super::{Finding, tree::Tree};
use crate::{error::TaskError, texts};

const RULE: &str = "texts";
/// Where the apps say which text they show, and how that is written there: `{camel}` and `{pascal}` stand for the key. What
/// is made of the table, and tests, say nothing.
const APPS: &[(&str, &str)] = &[
    (
        "sample-apps/android/src/main/AndroidManifest.xml",
        "@string/{key}",
    ),
    ("sample-apps/android/src/main/kotlin/", "R.string.{key}"),
    ("sample-apps/ios/Sources/", ".{camel}"),
    ("sample-apps/terminal/src/", "Text::{pascal}"),
    ("sample-apps/terminal/src/", "Words::{pascal}"),
];

/// Compares what is committed with what `cargo xtask texts` makes, and looks for texts that nobody shows.
pub fn check(tree: &Tree) -> Result<Vec<Finding>, TaskError> {
    let Some(source) = tree.file(texts::SOURCE) else {
        return Ok(Vec::new());
    };
    let made = texts::files(&source.text)?;
    let others = made
        .iter()
        .filter(|(path, text)| tree.file(path).is_none_or(|file| file.text != *text));
    let mut findings: Vec<Finding> = others
        .map(|(path, _)| Finding::new(RULE, path, 1, "run `cargo xtask texts`"))
        .collect();
    for key in texts::keys(&source.text)? {
        if !is_shown(tree, &key) {
            let entry = format!("\"{key}\"");
            let line = source.lines().find(|(_, line)| line.contains(&entry));
            let line = line.map_or(1, |(line, _)| line);
            let what = format!("no app shows `{key}`");
            findings.push(Finding::new(RULE, texts::SOURCE, line, what));
        }
    }
    Ok(findings)
}

/// Whether any app names the key, as its language writes it.
fn is_shown(tree: &Tree, key: &str) -> bool {
    APPS.iter().any(|(place, name)| {
        let name = name
            .replace("{key}", key)
            .replace("{camel}", &camel(key))
            .replace("{pascal}", &pascal(key));
        let mut files = tree.files.iter();
        files.any(|file| file.path.starts_with(place) && holds(&file.text, &name))
    })
}

/// Whether `name` stands in `text` and does not go on.
fn holds(text: &str, name: &str) -> bool {
    let mut rest = text.split(name).skip(1);
    rest.any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// `not_loaded` as `NotLoaded`.
fn pascal(key: &str) -> String {
    let words = key.split('_').filter_map(|word| word.split_at_checked(1));
    words
        .map(|(first, rest)| first.to_uppercase() + rest)
        .collect()
}

/// `not_loaded` as `notLoaded`.
fn camel(key: &str) -> String {
    let (first, rest) = key.split_once('_').unwrap_or((key, ""));
    format!("{first}{}", pascal(rest))
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::planted;
    use super::*;

    const TABLE: &str = r#"{"chats": {"ja": "トーク", "en": "Chats"}}"#;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let (_folder, tree) = planted(files);
        let found = check(&tree).unwrap();
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_was_made_of_the_table_passes_and_a_change_beside_it_is_found() {
        let made = texts::files(TABLE).unwrap();
        let mut files: Vec<_> = made
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        files.push((texts::SOURCE, TABLE));
        files.push(("sample-apps/terminal/src/view.rs", "Text::Chats"));
        assert_eq!(found(&files), [""; 0]);

        files[0].1 = "<resources></resources>";
        assert_eq!(
            found(&files),
            [
                "sample-apps/android/src/main/res/values/strings.xml:1: texts: run `cargo xtask texts`"
            ]
        );
    }

    #[test]
    fn a_text_that_no_app_shows_is_found() {
        let table = "{\n\"not_now\": {\"ja\": \"x\", \"en\": \"x\"}\n}";
        let made = texts::files(table).unwrap();
        let found_with = |path, source| {
            let made = made.iter();
            let mut files: Vec<_> = made
                .map(|(path, text)| (path.as_str(), text.as_str()))
                .collect();
            files.extend([(texts::SOURCE, table), (path, source)]);
            found(&files)
        };
        for (path, source) in [
            (
                "sample-apps/android/src/main/kotlin/A.kt",
                "R.string.not_now)",
            ),
            (
                "sample-apps/android/src/main/AndroidManifest.xml",
                "\"@string/not_now\"",
            ),
            ("sample-apps/ios/Sources/A.swift", "texts(.notNow)"),
            ("sample-apps/terminal/src/a.rs", "Words::NotNow,"),
        ] {
            assert_eq!(found_with(path, source), [""; 0], "{path}");
        }
        let nobody = ["sample-apps/texts.json:2: texts: no app shows `not_now`"];
        for (path, source) in [
            (
                "sample-apps/android/src/main/kotlin/A.kt",
                "R.string.not_now_either",
            ),
            (
                "sample-apps/ios/Sources/A.swift",
                "case notNow = \"not_now\"",
            ),
            ("sample-apps/terminal/tests/a.rs", "Text::NotNow"),
            ("sample-apps/terminal/src/a.rs", "entry.not_now.notNow"),
        ] {
            assert_eq!(found_with(path, source), nobody, "{path}");
        }
    }
}
