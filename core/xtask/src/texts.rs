//! `cargo xtask texts`: the phones' sample apps say what `sample-apps/texts.json` says, each in its system's own format. The
//! terminal app reads it as it is built.

use crate::{error::TaskError, workspace::Workspace};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt::Write as _, fs};

/// Every text of the sample apps by its key, in both languages. `{name}` stands for a value.
pub const SOURCE: &str = "sample-apps/texts.json";
const ANDROID: &str = "sample-apps/android/src/main/res";
const APPLE: &str = "sample-apps/ios/Sources/CompanionApp/Resources/Localizable.xcstrings";

/// A text in both languages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    ja: String,
    en: String,
}

/// Writes the files of both apps.
pub fn run(workspace: &Workspace) -> Result<bool, TaskError> {
    let source = workspace.root.join(SOURCE);
    let read = fs::read_to_string(&source).map_err(|error| TaskError::file(&source, error))?;
    for (path, made) in files(&read)? {
        let path = workspace.root.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| TaskError::file(folder, error))?;
        }
        fs::write(&path, made).map_err(|error| TaskError::file(&path, error))?;
    }
    Ok(true)
}

/// What is made of the table: paths from the root, and what stands there.
pub fn files(source: &str) -> Result<Vec<(String, String)>, TaskError> {
    let table = table(source)?;
    for (key, text) in &table {
        let (mut ja, mut en) = (values(&text.ja), values(&text.en));
        ja.sort_unstable();
        en.sort_unstable();
        if ja != en {
            return Err(malformed(format!("{key}: the languages name other values")));
        }
    }
    Ok(vec![
        (
            format!("{ANDROID}/values/strings.xml"),
            android(&table, |text| &text.en),
        ),
        (
            format!("{ANDROID}/values-ja/strings.xml"),
            android(&table, |text| &text.ja),
        ),
        (APPLE.to_owned(), apple(&table)),
    ])
}

/// The keys of all texts.
pub fn keys(source: &str) -> Result<Vec<String>, TaskError> {
    Ok(table(source)?.into_keys().collect())
}

fn table(source: &str) -> Result<BTreeMap<String, Text>, TaskError> {
    serde_json::from_str(source).map_err(|error| malformed(error.to_string()))
}

fn malformed(reason: String) -> TaskError {
    TaskError::Malformed {
        place: SOURCE.to_owned(),
        reason,
    }
}

/// Android's string resources (developer.android.com, String resources).
fn android(table: &BTreeMap<String, Text>, language: fn(&Text) -> &String) -> String {
    let mut lines = String::from("<resources>\n");
    for (key, text) in table {
        let value = positional(text, language(text), 's');
        let _ = writeln!(
            lines,
            "    <string name=\"{key}\">{}</string>",
            escaped(&value)
        );
    }
    lines.push_str("</resources>\n");
    lines
}

/// What Android's resource compiler would otherwise read as something else.
fn escaped(value: &str) -> String {
    let mut escaped = String::new();
    for (index, letter) in value.chars().enumerate() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '\n' => escaped.push_str("\\n"),
            '\'' | '"' | '\\' => escaped.extend(['\\', letter]),
            '@' | '?' if index == 0 => escaped.extend(['\\', letter]),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Xcode's string catalogue (developer.apple.com, Localizing and varying text with a string catalog).
fn apple(table: &BTreeMap<String, Text>) -> String {
    let unit = |text: &Text, value: &str| json!({"stringUnit": {"state": "translated", "value": positional(text, value, '@')}});
    let strings: BTreeMap<&String, Value> = table
        .iter()
        .map(|(key, text)| {
            let localizations = json!({"en": unit(text, &text.en), "ja": unit(text, &text.ja)});
            let entry = json!({"extractionState": "manual", "localizations": localizations});
            (key, entry)
        })
        .collect();
    let catalogue = json!({"sourceLanguage": "en", "strings": strings, "version": "1.0"});
    format!("{catalogue:#}\n")
}

/// The text with numbered places for its values, numbered as they come in English; `kind` is the letter after the number.
fn positional(text: &Text, value: &str, kind: char) -> String {
    let names = values(&text.en);
    if names.is_empty() {
        return value.to_owned();
    }
    let mut numbered = value.replace('%', "%%");
    for (index, name) in names.iter().enumerate() {
        let place = format!("%{}${kind}", index + 1);
        numbered = numbered.replace(&format!("{{{name}}}"), &place);
    }
    numbered
}

/// The names of a text's values, each once, in their order.
fn values(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for piece in text.split('{').skip(1) {
        if let Some((name, _)) = piece.split_once('}')
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(source: &str) -> Vec<String> {
        files(source)
            .unwrap()
            .into_iter()
            .map(|(_, made)| made)
            .collect()
    }

    #[test]
    fn values_have_the_same_number_in_both_languages() {
        let [en, ja, apple] = &made(
            r#"{"composer": {"ja": "{account}の{customer}様へ 100%", "en": "To {customer} at {account} 100%"}}"#,
        )[..] else {
            panic!("three files");
        };
        assert!(
            en.contains(r#"name="composer">To %1$s at %2$s 100%%<"#),
            "{en}"
        );
        assert!(ja.contains(">%2$sの%1$s様へ 100%%<"), "{ja}");
        assert!(
            apple.contains(r#""value": "%2$@の%1$@様へ 100%%""#),
            "{apple}"
        );
    }

    #[test]
    fn what_android_would_read_otherwise_is_escaped() {
        let made = made(r#"{"a": {"ja": "?\n", "en": "@Ben & Co <1> isn't \"100%\" @"}}"#);
        let [en, ja, _] = &made[..] else {
            panic!("three files");
        };
        assert!(
            en.contains(r#">\@Ben &amp; Co &lt;1> isn\'t \"100%\" @<"#),
            "{en}"
        );
        assert!(ja.contains(r">\?\n<"), "{ja}");
    }

    #[test]
    fn a_value_that_one_language_lacks_is_found() {
        let found = files(r#"{"a": {"ja": "あと{n}", "en": "soon"}}"#).unwrap_err();
        assert_eq!(
            found.to_string(),
            "sample-apps/texts.json: a: the languages name other values"
        );
        assert!(files(r#"{"a": {"ja": "x", "en": "x", "fr": "x"}}"#).is_err());
    }
}
