//! Ids, keys, times and JSON: text or numbers beyond the door, checked when they come in.

use companion_domain::{
    bytes::Digest,
    id::{AccountId, ChannelId, ClientMessageId, EnrolmentId, Key, SourceConversationId, SourceId},
    time::Timestamp,
};
use companion_engine::CompanionError;
use std::path::PathBuf;

/// A folder of the phone's file system.
pub type FolderPath = PathBuf;
/// A key of formats.md 1: `c1…` a conversation, `m1…` a message, and so on.
pub type RecordKey = Key;
/// A JSON value as text.
pub type JsonValue = serde_json::Value;
/// A JSON object as text.
pub type JsonObject = serde_json::Map<String, serde_json::Value>;

/// What an id in a channel's own words may be long, in bytes.
const LONGEST: usize = 1024;

/// Declares ids that are text outside, each with the rule that it keeps.
macro_rules! ids {
    ($($name:ident, $place:literal, $rule:expr;)*) => {$(
        uniffi::custom_type!($name, String, {
            remote,
            lower: |id| id.as_str().to_owned(),
            try_lift: |text| Ok(check(text, $place, $rule).map($name::new)?),
        });
    )*};
}

ids! {
    AccountId, "account", is_word_of_a_channel;
    ChannelId, "channel", is_name;
    ClientMessageId, "client_message_id", is_uuid;
    EnrolmentId, "enrolment", is_uuid;
    RecordKey, "key", is_key;
    SourceConversationId, "conversation", is_word_of_a_channel;
    SourceId, "message", is_word_of_a_channel;
}

// Milliseconds, and not the bindings' own instant: Swift's `Date` counts in floating seconds and would come back one
// millisecond early. `uniffi.toml` makes a `Date` or an `Instant` of it.
uniffi::custom_type!(Timestamp, i64, {
    remote,
    lower: |at| at.ms(),
    try_lift: |ms| Ok(Timestamp::from_ms(ms)),
});

uniffi::custom_type!(Digest, String, {
    remote,
    lower: |digest| digest.to_string(),
    try_lift: |text| Ok(Digest::parse(&text).ok_or_else(|| invalid("digest"))?),
});

uniffi::custom_type!(FolderPath, String, {
    remote,
    lower: |path| path.to_string_lossy().into_owned(),
    try_lift: |text| Ok(PathBuf::from(text)),
});

uniffi::custom_type!(JsonValue, String, {
    remote,
    lower: |json| json.to_string(),
    try_lift: |text| Ok(serde_json::from_str(&text).map_err(|_| invalid("json"))?),
});

uniffi::custom_type!(JsonObject, String, {
    remote,
    lower: |json| serde_json::Value::Object(json).to_string(),
    try_lift: |text| Ok(serde_json::from_str(&text).map_err(|_| invalid("json"))?),
});

fn check(text: String, place: &str, rule: fn(&str) -> bool) -> Result<String, CompanionError> {
    if rule(&text) {
        Ok(text)
    } else {
        Err(invalid(place))
    }
}

fn invalid(place: &str) -> CompanionError {
    CompanionError::InvalidInput {
        place: place.into(),
        code: "malformed".into(),
    }
}

/// In lower case with hyphens, the one spelling that hashes and folders know (formats.md 0).
fn is_uuid(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok_and(|id| id.hyphenated().to_string() == text)
}

/// Two characters of prefix, 32 of base32, and a version's suffix.
fn is_key(text: &str) -> bool {
    text.len() >= 34
        && text.len() <= LONGEST
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_word_of_a_channel(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST && !text.chars().any(char::is_control)
}
