//! Every text of the app, by key, in Japanese and English, from the one table of all sample apps. Reasons come from the
//! core with texts of their own.

use companion_domain::reason::Language;

/// Declares the keys and their texts in one. `{x}` stands for a value.
macro_rules! texts {
    ($($name:ident $ja:literal, $en:literal;)*) => {
        /// A text of the sample apps.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Text {
            $(#[doc = concat!("“", $en, "”")] $name,)*
        }

        impl Text {
            /// All texts.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The text as it stands in the table.
            pub fn of(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, Language::Ja) => $ja, (Self::$name, Language::En) => $en,)*
                }
            }
        }
    };
}

// What `build.rs` made of `sample-apps/texts.json`.
include!(concat!(env!("OUT_DIR"), "/texts.rs"));

impl Text {
    /// The text with `value` in the place of `{name}`.
    pub fn with(self, language: Language, name: &str, value: impl ToString) -> String {
        let place = format!("{{{name}}}");
        self.of(language).replace(&place, &value.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_each_text_and_blame_nobody() {
        for text in Text::ALL {
            let [ja, en] = [Language::Ja, Language::En].map(|language| text.of(language));
            assert!(!ja.is_empty() && !en.is_empty(), "{text:?}");
            for word in ["失敗", "違反", "エラー", "顧客"] {
                assert!(!ja.contains(word), "{text:?}: {ja}");
            }
        }
    }
}
