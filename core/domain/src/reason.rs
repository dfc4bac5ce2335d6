//! Why something is as it is: one closed list of codes, each with its texts.

mod texts;

pub use texts::Code;

use crate::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// Why something is as it is (formats.md 10), ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Which rule.
    pub code: Code,
    /// Whose rule: `default employee company policy channel target phone`.
    pub source: String,
    /// Since when it holds.
    pub since: Option<Timestamp>,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
    /// What else ends it, as words that name an act or an event.
    pub ends_by: Vec<String>,
    /// The text for the employee.
    pub text: String,
}

/// A language that the texts for the employee come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Japanese.
    Ja,
    /// English.
    En,
}

impl Code {
    /// The code's word on the wire.
    pub fn as_str(self) -> &'static str {
        self.entry().word
    }

    /// Reads the word on the wire.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == word)
    }

    /// What the admin reads.
    pub fn admin_text(self) -> &'static str {
        self.entry().admin
    }

    /// The reason as it stands in the table, without times.
    pub fn reason(self, language: Language) -> Reason {
        let entry = self.entry();
        let text = match language {
            Language::Ja => entry.ja,
            Language::En => entry.en,
        };
        Reason {
            code: self,
            source: entry.source.into(),
            since: None,
            until: None,
            ends_by: entry.ends_by.iter().map(|word| (*word).into()).collect(),
            text: text.into(),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::parse(&word).ok_or_else(|| de::Error::custom("not a reason code"))
    }
}

/// One row of the table.
struct Entry {
    word: &'static str,
    source: &'static str,
    ends_by: &'static [&'static str],
    ja: &'static str,
    en: &'static str,
    admin: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_code_has_all_its_texts() {
        let japanese = |text: &str| text.chars().any(|c| ('ぁ'..='ん').contains(&c));
        for code in Code::ALL {
            let [ja, en] = [Language::Ja, Language::En].map(|language| code.reason(language).text);
            let admin = code.admin_text();
            assert!(japanese(&ja), "{code}: the Japanese text is not Japanese");
            for text in [en.as_str(), admin] {
                assert!(
                    text.is_ascii() && text.ends_with('.'),
                    "{code}: not an English sentence: {text:?}"
                );
            }
            assert_ne!(
                en, admin,
                "{code}: the admin needs more than the employee reads"
            );
        }
    }

    #[test]
    fn each_source_is_a_known_one() {
        for code in Code::ALL {
            let source = code.reason(Language::En).source;
            assert!(
                [
                    "default", "employee", "company", "policy", "channel", "target", "phone"
                ]
                .contains(&source.as_str()),
                "{code}: {source}"
            );
        }
    }

    #[test]
    fn codes_are_distinct_words_and_come_back_from_the_wire() {
        let words: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        for code in Code::ALL {
            let (area, rest) = code.as_str().split_once('.').unwrap();
            let plain = |word: &str| {
                !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            };
            assert!(plain(area) && plain(rest), "{code}");
            let json = serde_json::to_string(code).unwrap();
            assert_eq!(json, format!("\"{code}\""));
            assert_eq!(serde_json::from_str::<Code>(&json).unwrap(), *code);
        }
        assert!(serde_json::from_str::<Code>("\"outbox.elsewhere\"").is_err());
    }
}
