//! JSON read member by member from raw text: the bytes of each item stay as they came, one bad member spoils nothing
//! beside it, and nesting costs nothing where nobody looks.

use companion_domain::time::Timestamp;
use serde_json::{Value, value::RawValue};
use std::collections::BTreeMap;

/// The members of an object, unread. Of members that occur twice the last counts.
pub(super) struct Object<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Object<'a> {
    /// `None` unless `raw` is an object.
    pub fn of(raw: &'a RawValue) -> Option<Self> {
        Self::parse(raw.get())
    }

    /// `None` unless `text` is an object.
    pub fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    /// The member as it stands; `null` counts as absent.
    pub fn raw(&self, name: &str) -> Option<&'a RawValue> {
        let raw = *self.0.get(name)?;
        (raw.get() != "null").then_some(raw)
    }

    /// A member that is text.
    pub fn text(&self, name: &str) -> Option<String> {
        text(self.raw(name)?)
    }

    /// An identifier, code or count: text that is not empty, or a whole number in its own digits.
    pub fn id(&self, name: &str) -> Option<String> {
        id(self.raw(name)?)
    }

    /// A member that is an object.
    pub fn object(&self, name: &str) -> Option<Self> {
        Self::of(self.raw(name)?)
    }

    /// A member that is a list.
    pub fn list(&self, name: &str) -> Option<Vec<&'a RawValue>> {
        list(self.raw(name)?)
    }

    /// The objects in a member that is a list.
    pub fn objects(&self, name: &str) -> impl Iterator<Item = Self> + use<'a> {
        self.list(name)
            .unwrap_or_default()
            .into_iter()
            .filter_map(Self::of)
    }

    /// A member that is `true` or `false`.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.raw(name)?.get().parse().ok()
    }

    /// A time in seconds since 1970, as text or as a number; `None` if it cannot be one.
    pub fn seconds(&self, name: &str) -> Option<Timestamp> {
        seconds(self.raw(name)?)
    }

    /// The member as a value; `None` if it is nested deeper than 128 levels.
    pub fn value(&self, name: &str) -> Option<Value> {
        parse(self.raw(name)?.get())
    }
}

/// The items of a list, unread.
pub(super) fn list(raw: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// Text.
pub(super) fn text(raw: &RawValue) -> Option<String> {
    parse(raw.get())
}

/// Text that is not empty, or the digits of a whole number.
pub(super) fn id(raw: &RawValue) -> Option<String> {
    let digits = raw.get().strip_prefix('-').unwrap_or(raw.get());
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(raw.get().to_owned());
    }
    text(raw).filter(|text| !text.is_empty())
}

/// A time in seconds since 1970, as text or as a number; `None` if it cannot be one.
pub(super) fn seconds(raw: &RawValue) -> Option<Timestamp> {
    const YEAR_10000: i64 = 253_402_300_800;
    let seconds = id(raw)?.parse().ok()?;
    (1..YEAR_10000)
        .contains(&seconds)
        .then(|| Timestamp::from_seconds(seconds))
}

fn parse<T: serde::de::DeserializeOwned>(json: &str) -> Option<T> {
    serde_json::from_str(json)
        .or_else(|_| serde_json::from_str(&without_lone_surrogates(json)))
        .ok()
}

/// Writes U+FFFD for each escaped surrogate that has no partner, as formats.md 0 asks.
fn without_lone_surrogates(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let partner = escape.get(6..).and_then(code_unit);
        let (lone, length) = match (code_unit(escape), partner) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (false, 12),
            (Some(0xD800..=0xDFFF), _) => (true, 6),
            (Some(_), _) => (false, 6),
            (None, _) => (false, 2),
        };
        let (unit, after) = escape.split_at_checked(length).unwrap_or((escape, ""));
        out.push_str(if lone { "\\ufffd" } else { unit });
        rest = after;
    }
    out + rest
}

/// The value of a leading `\uXXXX`.
fn code_unit(escape: &str) -> Option<u16> {
    u16::from_str_radix(escape.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_become_replacement_characters() {
        let read = |json: &str| {
            Object::parse(&format!(r#"{{"t":{json}}}"#))
                .unwrap()
                .text("t")
        };
        for (json, text) in [
            (r#""\ud83d\ude00""#, "😀"),
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""a\ude00b""#, "a\u{fffd}b"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
            (r#""\\ud83d""#, r"\ud83d"),
            (r#""\\\ud83dA""#, "\\\u{fffd}A"),
            (r#""\ud83d\n""#, "\u{fffd}\n"),
        ] {
            assert_eq!(read(json).as_deref(), Some(text), "{json}");
        }
    }

    #[test]
    fn ids_keep_all_their_digits_and_times_must_be_possible() {
        let json = r#"{"n":123456789012345678901,"t":"5","f":1.5,"e":"","z":null,
            "s":"1760000000","i":1760000000,"ms":1760000000000,"neg":-1,"word":"soon"}"#;
        let object = Object::parse(json).unwrap();
        assert_eq!(object.id("n").as_deref(), Some("123456789012345678901"));
        assert_eq!(object.id("t").as_deref(), Some("5"));
        for absent in ["f", "e", "z", "none"] {
            assert_eq!(object.id(absent), None, "{absent}");
        }
        let at = Some(Timestamp::from_seconds(1_760_000_000));
        assert_eq!(object.seconds("s"), at);
        assert_eq!(object.seconds("i"), at);
        for absent in ["ms", "neg", "word", "f", "z"] {
            assert_eq!(object.seconds(absent), None, "{absent}");
        }
    }

    #[test]
    fn deep_nesting_costs_nothing_until_it_is_read() {
        let deep = format!(
            r#"{{"a":{}{},"b":"ok"}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        let object = Object::parse(&deep).unwrap();
        assert_eq!(object.text("b").as_deref(), Some("ok"));
        assert_eq!(object.value("a"), None);
    }
}
