//! JSON as formats.md 0 wants it: canonical when made, strict when taken from a signed document.

use crate::error::{CryptoError, malformed, refused};
use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Number, Value};
use std::{borrow::Cow, fmt};

/// The largest integer that every JSON implementation keeps exactly: 2^53 − 1.
const MAX_INTEGER: f64 = 9_007_199_254_740_991.0;

/// RFC 8785 bytes of `value`.
///
/// # Errors
/// `Malformed` if it is not JSON, or holds a number that is no integer within ±(2^53 − 1): another
/// implementation could read another number and so come to another hash.
pub fn canonical(value: &Value) -> Result<Vec<u8>, CryptoError> {
    if !integers_only(value) {
        return Err(malformed("number"));
    }
    serde_json_canonicalizer::to_vec(value).map_err(|_| malformed("json"))
}

/// Reads the JSON of a signed document: an object member may stand there only once, at any depth, and numbers are
/// integers within ±(2^53 − 1).
///
/// # Errors
/// `Malformed` if a rule is broken or the shape is not `T`'s.
pub fn parse_strict<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CryptoError> {
    let Strict(value) = serde_json::from_slice(bytes).map_err(|_| malformed("json"))?;
    if !integers_only(&value) {
        return Err(malformed("number"));
    }
    serde_json::from_value(value).map_err(|_| malformed("shape"))
}

/// That `document` is of version 1, the newest that this code knows.
pub(crate) fn check_version(document: &Value) -> Result<(), CryptoError> {
    match document.get("v").and_then(Value::as_u64) {
        Some(1) => Ok(()),
        Some(_) => Err(refused("version")),
        None => Err(malformed("version")),
    }
}

/// Turns the escapes of lone surrogates in a JSON text into U+FFFD, since they have no UTF-8 form and parsers
/// disagree about them. Well-formed JSON stays well-formed.
pub fn without_lone_surrogates(json: &str) -> Cow<'_, str> {
    let mut mended = String::new();
    let mut rest = json;
    let mut kept = json;
    while let Some(at) = rest.find('\\') {
        let escape = rest.get(at..).unwrap_or_default();
        let (length, lone) = match (code_unit(escape, 0), code_unit(escape, 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (12, false),
            (Some(0xD800..=0xDFFF), _) => (6, true),
            (Some(_), _) => (6, false),
            (None, _) => (2, false),
        };
        rest = escape.get(length..).unwrap_or_default();
        if lone {
            let before = kept.len() - escape.len();
            mended.push_str(kept.get(..before).unwrap_or_default());
            mended.push_str("\\ufffd");
            kept = rest;
        }
    }
    if mended.is_empty() {
        return Cow::Borrowed(json);
    }
    mended.push_str(kept);
    Cow::Owned(mended)
}

/// The UTF-16 unit of the `\uXXXX` that stands at `at`, if one does.
fn code_unit(text: &str, at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}

fn integers_only(value: &Value) -> bool {
    match value {
        Value::Number(number) => number
            .as_f64()
            .is_some_and(|n| n.fract() == 0.0 && n.abs() <= MAX_INTEGER),
        Value::Array(items) => items.iter().all(integers_only),
        Value::Object(members) => members.values().all(integers_only),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// A JSON value in which no object names a member twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some((name, Strict(value))) = map.next_entry::<String, Strict>()? {
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a member stands there twice"));
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8785 3.2.3: members sort by UTF-16 units.
    #[test]
    fn members_sort_as_rfc_8785_says() {
        let text = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
            "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
        let canonical = canonical(&serde_json::from_str(text).unwrap()).unwrap();
        let canonical = String::from_utf8(canonical).unwrap();
        let order = [
            "Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew",
        ];
        let places: Vec<_> = order.map(|word| canonical.find(word).unwrap()).into();
        assert!(places.is_sorted(), "{canonical}");
    }

    /// RFC 8785 3.2.2. Its numbers are JavaScript's; formats.md 0 keeps integers only.
    #[test]
    fn the_example_of_rfc_8785_holds_and_its_fractions_are_refused() {
        let text = r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
            "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#;
        let mut value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(
            serde_json_canonicalizer::to_string(&value).unwrap(),
            r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
        );
        assert_eq!(canonical(&value), Err(malformed("number")));
        value["numbers"] = serde_json::json!([MAX_INTEGER, -MAX_INTEGER, 0]);
        assert!(canonical(&value).is_ok());
        value["numbers"] = serde_json::json!([9_007_199_254_740_992_u64]);
        assert_eq!(canonical(&value), Err(malformed("number")));
    }

    #[test]
    fn a_member_may_stand_only_once() {
        for text in [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"\u0061":2}}]"#] {
            assert_eq!(
                parse_strict::<Value>(text.as_bytes()),
                Err(malformed("json")),
                "{text}"
            );
        }
        assert!(parse_strict::<Value>(br#"{"a":{"a":1},"b":[{"a":1},{"a":1}]}"#).is_ok());
    }

    #[test]
    fn lone_surrogates_become_the_replacement_character() {
        let cases = [
            (r#""plain 山田""#, "plain 山田"),
            (r#""\ud83d\ude00""#, "😀"),
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""a\uDE00b""#, "a\u{fffd}b"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
            (r#""\ude00\ud83d\n""#, "\u{fffd}\u{fffd}\n"),
            (r#""\\ud83d""#, r"\ud83d"),
            (r#""\\\ud83d""#, "\\\u{fffd}"),
        ];
        for (text, meant) in cases {
            let mended = without_lone_surrogates(text);
            assert_eq!(
                serde_json::from_str::<String>(&mended).unwrap(),
                meant,
                "{text}"
            );
        }
    }

    #[test]
    fn text_that_is_no_json_is_left_alone() {
        for text in ["", "\\", "\\u", "\\ud8", "山\\u山田山田", "\\ud83", "\\山"] {
            assert_eq!(without_lone_surrogates(text), text);
        }
    }
}
