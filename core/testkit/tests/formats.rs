//! The golden vectors, met by the domain's own keys and records: the kit's own check does without these.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

use companion_crypto::{chain, id::KeySalt};
use companion_domain::{
    bytes::Digest,
    event::{DeliveryState, PartyKey},
    id::{AccountId, ChannelId, ClientMessageId, Key, SourceConversationId, SourceId},
    key::{self, KeyParts, Place},
    record::Envelope,
    time::Timestamp,
};
use serde_json::Value;

fn vectors(name: &str) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../formats/vectors/");
    serde_json::from_slice(&std::fs::read(format!("{path}{name}.json")).unwrap()).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn salt(ids: &Value) -> KeySalt {
    KeySalt::new(Digest::parse(text(&ids["key_salt"])).unwrap().0)
}

/// The parts as the domain makes them for what the vector is about; `None` where the domain has no such key yet.
fn parts(prefix: &str, given: &[&str]) -> Option<KeyParts> {
    let ms = |text: &str| Timestamp::from_ms(text.parse().unwrap());
    Some(match (prefix, given) {
        ("m1" | "c1", [channel, account, conversation, rest @ ..]) => {
            let (channel, account) = (ChannelId::new(*channel), AccountId::new(*account));
            let conversation = SourceConversationId::new(*conversation);
            let place = Place {
                channel: &channel,
                account: &account,
                conversation: &conversation,
            };
            match rest {
                [] => place.conversation(),
                ["id", id] => place.source_message(&SourceId::new(*id)),
                ["own", id] => place.own_message(&ClientMessageId::new(*id)),
                ["raw", digest, ordinal] => {
                    place.raw_message(Digest::parse(digest).unwrap(), ordinal.parse().unwrap())
                }
                _ => return None,
            }
        }
        ("p1", [kind, value]) => key::contact(&PartyKey {
            kind: (*kind).into(),
            value: (*value).into(),
        }),
        ("r1", [message, actor, emoji, removed, at]) => key::reaction(
            &Key::new(*message),
            actor,
            emoji,
            *removed == "true",
            ms(at),
        ),
        ("s1", [message, "delivered"]) => {
            key::status(&Key::new(*message), DeliveryState::Delivered)
        }
        ("k1", [kind, subject, at]) => key::other(kind, subject, ms(at)),
        _ => return None,
    })
}

#[test]
fn the_domain_makes_the_golden_ids() {
    let ids = vectors("ids");
    let salt = salt(&ids);
    let mut met = 0;
    for case in ids["cases"].as_array().unwrap() {
        let given: Vec<&str> = case["parts"].as_array().unwrap().iter().map(text).collect();
        let Some(parts) = parts(text(&case["prefix"]), &given) else {
            continue;
        };
        assert_eq!(salt.key(parts.prefix, &parts.parts), text(&case["id"]));
        met += 1;
    }
    assert!(met >= 9, "only attachments have no key in the domain yet");
    for edit in ids["edits"].as_array().unwrap() {
        let message = Key::new(text(&edit["message"]));
        let parts = key::edit_text(&message, text(&edit["text"]));
        let text_key = Key::new(salt.key(parts.prefix, &parts.parts));
        let at = Timestamp::from_ms(text(&edit["edited_at_ms"]).parse().unwrap());
        assert_eq!(
            key::edit(&message, at, &text_key).as_str(),
            text(&edit["id"])
        );
    }
    for deletion in ids["deletions"].as_array().unwrap() {
        let message = Key::new(text(&deletion["message"]));
        assert_eq!(key::deletion(&message).as_str(), text(&deletion["id"]));
    }
}

#[test]
fn the_domain_reads_and_writes_the_golden_chain() {
    let golden = vectors("chain");
    let mut head = None;
    for link in golden["links"].as_array().unwrap() {
        let envelope: Envelope = serde_json::from_value(link["envelope"].clone()).unwrap();
        assert_eq!(serde_json::to_value(&envelope).unwrap(), link["envelope"]);
        let digest = chain::digest(&envelope.data.record).unwrap();
        assert_eq!(Digest(digest).to_string(), text(&link["digest"]));
        let before = head.unwrap_or_else(|| chain::start(envelope.data.writer.as_str()));
        head = Some(chain::next(&before, envelope.data.seq, &digest));
        assert_eq!(head, Some(envelope.data.head.0));
    }
    assert!(head.is_some());
}
