//! The mirror record and its envelope (formats.md 3).

use crate::{
    bytes::{Digest, base64url},
    id::{AccountId, ChannelId, Key, SourceId, TenantId, WriterId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// One mirrored thing, as it is hashed and kept. Absent is not `null`, except where formats.md 3 writes `null`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of this form: 1.
    pub v: u32,
    /// The record's key.
    pub key: Key,
    /// `message reaction status contact binding consent task escalation link gap erasure`.
    pub kind: String,
    /// `created edited deleted redacted …`.
    pub change: String,
    /// The channel.
    pub channel: ChannelId,
    /// The company's identity on it.
    pub account: AccountId,
    /// `c1…`.
    pub conversation: Key,
    /// Counts this writer's records of the conversation from 1, without a gap.
    pub conversation_seq: u64,
    /// `p1…` of the customer, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Key>,
    /// `inbound outbound system unknown`.
    pub direction: String,
    /// `live echo history export manual`.
    pub origin: String,
    /// The channel's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_id: Option<SourceId>,
    /// The channel's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// When this writer committed it.
    pub recorded_at: Timestamp,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<Author>,
    /// The kind of content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The text or caption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The key of the message it quotes, reacts to or reports on.
    pub reply_to: Option<Key>,
    /// Attachments by key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<RecordAttachment>,
    /// The version that this one replaces.
    pub supersedes: Option<Key>,
    /// What the kind needs beside (emoji, delivery state and code, the ends of a gap).
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub details: serde_json::Map<String, serde_json::Value>,
    /// 16 random bytes that make the digest a commitment.
    #[serde(with = "base64url")]
    pub salt: Vec<u8>,
}

/// Who wrote a record's subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// `customer agent bot system unknown`.
    pub role: String,
    /// The name that the channel shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// An attachment as a record names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordAttachment {
    /// `a1…`, once its bytes are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
    /// The channel's id, until the bytes are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// SHA-256 of the bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The MIME type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Its size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The file's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A record in its CloudEvents 1.0 envelope, structured mode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// `1.0`.
    pub specversion: String,
    /// The record's key; also the `webhook-id`.
    pub id: Key,
    /// `urn:companion:<tenant>`: the tenant, not the writer, since receivers dedupe by source and id.
    pub source: String,
    /// `companion.<kind>.v1`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The conversation's key.
    pub subject: Key,
    /// The channel's time, else the time of recording.
    pub time: Timestamp,
    /// `application/json`.
    pub datacontenttype: String,
    /// `urn:companion:record:1`.
    pub dataschema: String,
    /// The chain's number, 16 digits, so that text sorts as numbers do.
    pub sequence: String,
    /// The record and its place in the writer's chain.
    pub data: EnvelopeData,
}

/// A record and its place in the writer's chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnvelopeData {
    /// Whose chain.
    pub writer: WriterId,
    /// The number in it, from 1.
    pub seq: u64,
    /// The chain's head after this record.
    pub head: Digest,
    /// The record.
    pub record: Record,
}

impl Envelope {
    /// Puts `record` into its envelope.
    pub fn new(
        tenant: &TenantId,
        writer: &WriterId,
        seq: u64,
        head: Digest,
        record: Record,
    ) -> Self {
        Self {
            specversion: "1.0".into(),
            id: record.key.clone(),
            source: format!("urn:companion:{}", tenant.as_str()),
            event_type: format!("companion.{}.v1", record.kind),
            subject: record.conversation.clone(),
            time: record.sent_at.unwrap_or(record.recorded_at),
            datacontenttype: "application/json".into(),
            dataschema: "urn:companion:record:1".into(),
            sequence: format!("{seq:016}"),
            data: EnvelopeData {
                writer: writer.clone(),
                seq,
                head,
                record,
            },
        }
    }
}
