//! Which part of a record goes into which field of the app.

use crate::crm::RequestError;
use companion_crypto::chain;
use companion_domain::{bytes::Digest, record::Envelope, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// A part of a record that can have a field of its own. The field is a single-line text where nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The record's key. The app must keep this field unique.
    MessageKey,
    /// The conversation's key.
    ConversationKey,
    /// The customer's key.
    ContactKey,
    /// The channel's time, else that of recording, as date and time. kintone shows its minutes.
    SentAt,
    /// The same in milliseconds since 1970, as a number.
    SentAtMs,
    /// `inbound outbound system unknown`.
    Direction,
    /// The text or caption, as multi-line text.
    Body,
    /// The kind of record.
    Kind,
    /// What happened to its subject.
    Change,
    /// SHA-256 of the record's JCS.
    Digest,
    /// The number in the conversation, as a number.
    ConversationSeq,
    /// The number in the writer's chain, as a number.
    Seq,
    /// Whose chain.
    Writer,
    /// The whole envelope as JSON, as multi-line text: what proves the chain.
    Envelope,
}

impl Part {
    /// What `event` has for this part; `None` leaves the field as it is.
    fn value(self, event: &Envelope) -> Result<Option<String>, RequestError> {
        let record = &event.data.record;
        Ok(match self {
            Self::MessageKey => Some(event.id.to_string()),
            Self::ConversationKey => Some(event.subject.to_string()),
            Self::ContactKey => record.contact.as_ref().map(ToString::to_string),
            Self::SentAt => Some(date_time(event.time)),
            Self::SentAtMs => Some(event.time.ms().to_string()),
            Self::Direction => Some(record.direction.clone()),
            Self::Body => record.text.clone(),
            Self::Kind => Some(record.kind.clone()),
            Self::Change => Some(record.change.clone()),
            Self::Digest => Some(Digest(chain::digest(record)?).to_string()),
            Self::ConversationSeq => Some(record.conversation_seq.to_string()),
            Self::Seq => Some(event.data.seq.to_string()),
            Self::Writer => Some(event.data.writer.as_str().to_owned()),
            Self::Envelope => Some(serde_json::to_string(event)?),
        })
    }
}

/// The field codes of an app. As configuration: a table from parts to field codes, in which what is left out is not
/// written. The default gives every part the field of its own name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "BTreeMap<Part, String>")]
pub struct Fields {
    key: String,
    others: BTreeMap<Part, String>,
}

/// A mapping without a field that every target keeps.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("message_key, digest and sent_at each need a field of their own")]
pub struct BadFields;

impl TryFrom<BTreeMap<Part, String>> for Fields {
    type Error = BadFields;

    fn try_from(mut codes: BTreeMap<Part, String>) -> Result<Self, BadFields> {
        let different: BTreeSet<&String> = codes.values().collect();
        let kept = [Part::Digest, Part::SentAt];
        if different.len() < codes.len() || !kept.iter().all(|part| codes.contains_key(part)) {
            return Err(BadFields);
        }
        let key = codes.remove(&Part::MessageKey).ok_or(BadFields)?;
        Ok(Self { key, others: codes })
    }
}

impl Default for Fields {
    fn default() -> Self {
        let others = [
            (Part::ConversationKey, "conversation_key"),
            (Part::ContactKey, "contact_key"),
            (Part::SentAt, "sent_at"),
            (Part::SentAtMs, "sent_at_ms"),
            (Part::Direction, "direction"),
            (Part::Body, "body"),
            (Part::Kind, "kind"),
            (Part::Change, "change"),
            (Part::Digest, "digest"),
            (Part::ConversationSeq, "conversation_seq"),
            (Part::Seq, "seq"),
            (Part::Writer, "writer"),
            (Part::Envelope, "envelope"),
        ];
        Self {
            key: "message_key".into(),
            others: others.map(|(part, code)| (part, code.to_owned())).into(),
        }
    }
}

impl Fields {
    /// The field that the app keeps unique.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Every part that has a field, with the field's code.
    pub fn codes(&self) -> impl Iterator<Item = (Part, &String)> {
        let others = self.others.iter().map(|(part, code)| (*part, code));
        std::iter::once((Part::MessageKey, &self.key)).chain(others)
    }

    /// The values of `event` by field code, without the key's field, which an upsert may not repeat.
    pub(super) fn values<'a>(
        &'a self,
        event: &Envelope,
    ) -> Result<BTreeMap<&'a str, Value>, RequestError> {
        let mut values = BTreeMap::new();
        for (part, code) in &self.others {
            if let Some(value) = part.value(event)? {
                values.insert(code.as_str(), Value { value });
            }
        }
        Ok(values)
    }
}

/// A field's value as kintone writes it.
#[derive(Serialize)]
pub(super) struct Value {
    value: String,
}

/// A date and time as kintone reads it, without fractions of a second.
fn date_time(at: Timestamp) -> String {
    let text = at.to_string();
    match text.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::samples::envelope;

    fn values(fields: &Fields) -> serde_json::Value {
        let Ok(values) = fields.values(&envelope(7, "こんにちは")) else {
            panic!("no values");
        };
        serde_json::to_value(values).unwrap()
    }

    #[test]
    fn by_default_every_part_has_the_field_of_its_name() {
        let values = values(&Fields::default());
        let value = |code: &str| values[code]["value"].as_str().unwrap().to_owned();
        assert_eq!(value("conversation_key"), "c1conversation");
        assert_eq!(value("contact_key"), "p1contact");
        assert_eq!(value("sent_at"), "2026-01-02T03:04:05Z");
        assert_eq!(value("sent_at_ms"), "1767323045678");
        assert_eq!(value("direction"), "inbound");
        assert_eq!(value("body"), "こんにちは");
        assert_eq!(value("kind"), "message");
        assert_eq!(value("change"), "created");
        assert_eq!(value("conversation_seq"), "7");
        assert_eq!(value("seq"), "7");
        assert_eq!(value("writer"), "0a1b");
        let whole: Envelope = serde_json::from_str(&value("envelope")).unwrap();
        assert_eq!(whole, envelope(7, "こんにちは"));
        let digest = chain::digest(&whole.data.record).unwrap();
        assert_eq!(value("digest"), Digest(digest).to_string());
        assert!(
            values.get("message_key").is_none(),
            "the key is not repeated"
        );
    }

    #[test]
    fn a_mapping_renames_fields_and_leaves_parts_out() {
        let fields: Fields =
            serde_json::from_str(r#"{"message_key":"K","digest":"D","sent_at":"S","body":"本文"}"#)
                .unwrap();
        assert_eq!(fields.key(), "K");
        let values = values(&fields);
        assert_eq!(values["本文"]["value"], "こんにちは");
        assert_eq!(values.as_object().unwrap().len(), 3);
    }

    #[test]
    fn a_mapping_keeps_what_every_target_keeps() {
        for mapping in [
            r#"{"digest":"D","sent_at":"S"}"#,
            r#"{"message_key":"K","sent_at":"S"}"#,
            r#"{"message_key":"K","digest":"D"}"#,
            r#"{"message_key":"K","digest":"D","sent_at":"D"}"#,
            r#"{"message_key":"K","digest":"D","sent_at":"S","mood":"M"}"#,
        ] {
            assert!(
                serde_json::from_str::<Fields>(mapping).is_err(),
                "{mapping}"
            );
        }
    }
}
