//! Records for the tests of targets.

use companion_domain::{
    bytes::Digest,
    id::{AccountId, ChannelId, Key, TenantId, WriterId},
    record::{Author, Envelope, Record},
    time::Timestamp,
};

/// The `seq`th record of a writer: a customer's message that says `text`.
pub(crate) fn envelope(seq: u64, text: &str) -> Envelope {
    let record = Record {
        v: 1,
        key: Key::new(format!("m1{seq:032}")),
        kind: "message".into(),
        change: "created".into(),
        channel: ChannelId::new("whatsapp"),
        account: AccountId::new("106540352242922"),
        conversation: Key::new("c1conversation"),
        conversation_seq: seq,
        contact: Some(Key::new("p1contact")),
        direction: "inbound".into(),
        origin: "live".into(),
        source_id: None,
        sent_at: Timestamp::parse("2026-01-02T03:04:05.678Z"),
        recorded_at: Timestamp::from_seconds(1_767_323_050),
        author: Some(Author {
            role: "customer".into(),
            name: Some("山田".into()),
        }),
        content: Some("text".into()),
        text: Some(text.into()),
        reply_to: None,
        attachments: Vec::new(),
        supersedes: None,
        details: serde_json::Map::new(),
        salt: vec![7; 16],
    };
    Envelope::new(
        &TenantId::new("acme"),
        &WriterId::new("0a1b"),
        seq,
        Digest([9; 32]),
        record,
    )
}
