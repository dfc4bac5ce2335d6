//! A message as an app draws it.

use companion_domain::{
    event::{Content, DeliveryState, Direction, Origin, Party, PartyKey, PartyKind},
    id::{Key, SourceId},
    message::{Delivery, Edit, Message, Reaction},
    time::Timestamp,
};
use companion_engine::values::{MirrorState, MirroredMessage};
use companion_ffi::message::Message as Drawn;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_767_323_045 + second)
}

fn message() -> Message {
    Message {
        key: Key::new("m1"),
        source_id: Some(SourceId::new("wamid.1")),
        client_message_id: None,
        origin: Origin::Live,
        direction: Direction::Inbound,
        author: None,
        sent_at: Some(at(0)),
        received_at: at(1),
        content: Some(Content::text("first")),
        reply_to: None,
        forwarded: false,
        edits: Vec::new(),
        deletion: None,
        reactions: Vec::new(),
        deliveries: Vec::new(),
    }
}

fn edit(second: i64, text: &str) -> Edit {
    Edit {
        at: at(second),
        content: Content::text(text),
    }
}

fn drawn(message: Message) -> Drawn {
    let mirror = MirrorState::Recorded;
    MirroredMessage { message, mirror }.into()
}

fn texts(drawn: &Drawn) -> Vec<&str> {
    let versions = drawn.versions.iter();
    versions
        .filter_map(|version| version.content.text.as_deref())
        .collect()
}

#[test]
fn the_content_is_the_last_version_and_all_versions_are_told() {
    let once = drawn(message());
    assert_eq!(texts(&once), ["first"]);
    assert_eq!(once.content, Some(Content::text("first")));

    let mut known = message();
    known.edits = vec![edit(5, "second"), edit(9, "third")];
    let edited = drawn(known.clone());
    assert_eq!(texts(&edited), ["first", "second", "third"]);
    assert_eq!(edited.content, Some(Content::text("third")));
    let times: Vec<_> = edited.versions.iter().map(|version| version.at).collect();
    assert_eq!(times, [Some(at(0)), Some(at(5)), Some(at(9))]);

    known.content = None;
    assert_eq!(texts(&drawn(known)), ["second", "third"]);
}

#[test]
fn a_message_of_which_only_news_came_says_nothing() {
    let mut known = message();
    known.content = None;
    let drawn = drawn(known);
    assert!(drawn.content.is_none() && drawn.versions.is_empty());
}

#[test]
fn only_reactions_that_stand_and_the_furthest_delivery_are_drawn() {
    let reaction = |second, name: &str, emoji: &str, removed| Reaction {
        actor: Some(Party {
            keys: vec![PartyKey {
                kind: "phone".into(),
                value: name.into(),
            }],
            name: None,
            kind: PartyKind::Customer,
        }),
        emoji: emoji.into(),
        removed,
        at: at(second),
    };
    let delivery = |second, state| Delivery {
        state,
        at: at(second),
        code: None,
    };
    let mut known = message();
    known.reactions = vec![
        reaction(1, "a", "👍", false),
        reaction(2, "a", "❤", false),
        reaction(3, "b", "👍", false),
        reaction(4, "b", "", true),
    ];
    known.deliveries = vec![
        delivery(3, DeliveryState::Read),
        delivery(4, DeliveryState::Sent),
    ];
    let drawn = drawn(known);
    let emoji: Vec<_> = drawn.reactions.iter().map(|one| &one.emoji).collect();
    assert_eq!(emoji, ["❤"]);
    assert_eq!(drawn.delivery, Some(delivery(3, DeliveryState::Read)));
}
