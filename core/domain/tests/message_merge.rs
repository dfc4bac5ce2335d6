//! One message told in any order, any number of times, comes to the same end, and each piece of news is told once.

use companion_domain::{
    bytes::Digest,
    event::*,
    id::*,
    key::KeyParts,
    message::{self, Message, News},
    mirror::Drafting,
    policy::MirrorUnsend,
    time::Timestamp,
};
use proptest::prelude::*;

fn event(second: i64, origin: Origin, body: EventBody) -> ChannelEvent {
    let customer = Party {
        keys: vec![PartyKey {
            kind: "phone".into(),
            value: "819011112222".into(),
        }],
        name: Some("山田".into()),
        kind: PartyKind::Customer,
    };
    ChannelEvent {
        channel: ChannelId::new("whatsapp"),
        account: AccountId::new("1065"),
        conversation: SourceConversation {
            id: SourceConversationId::new("819011112222"),
            kind: ConversationKind::Direct,
            external: None,
        },
        source_id: matches!(body, EventBody::Message { .. }).then(|| SourceId::new("wamid.A")),
        raw_digest: Digest([0; 32]),
        sent_at: Some(Timestamp::from_seconds(second)),
        received_at: Timestamp::from_seconds(1_000),
        position: 0,
        origin,
        direction: Direction::Inbound,
        author: Some(customer),
        recipients: Vec::new(),
        body,
    }
}

fn target() -> SourceId {
    SourceId::new("wamid.A")
}

fn original(origin: Origin) -> ChannelEvent {
    let content = Content::text("納期を教えてください");
    let body = EventBody::Message {
        content,
        reply_to: None,
        thread: None,
        forwarded: false,
        mentions: Vec::new(),
        expires: None,
    };
    event(100, origin, body)
}

fn edit(second: i64, text: &str) -> ChannelEvent {
    let edited_at = Timestamp::from_seconds(second);
    event(
        second,
        Origin::Live,
        EventBody::Edit {
            target: target(),
            content: Content::text(text),
            edited_at,
        },
    )
}

fn status(second: i64, state: DeliveryState) -> ChannelEvent {
    event(
        second,
        Origin::Live,
        EventBody::Status {
            target: target(),
            state,
            code: None,
            opaque: None,
        },
    )
}

fn reaction(second: i64, emoji: &str, removed: bool) -> ChannelEvent {
    event(
        second,
        Origin::Live,
        EventBody::Reaction {
            target: target(),
            emoji: emoji.into(),
            removed,
        },
    )
}

fn all() -> Vec<ChannelEvent> {
    vec![
        original(Origin::Live),
        original(Origin::Live),
        edit(130, "納期はいつですか"),
        edit(160, "納期は10月ですか"),
        status(110, DeliveryState::Sent),
        status(111, DeliveryState::Delivered),
        status(140, DeliveryState::Read),
        reaction(150, "👍", false),
        reaction(170, "👍", true),
        event(
            200,
            Origin::Live,
            EventBody::Delete {
                targets: vec![target()],
                why: DeleteKind::Unsend,
            },
        ),
    ]
}

fn tell(events: &[ChannelEvent]) -> Option<(Message, Vec<News>)> {
    let key = Key::new("m1test");
    let mut known = None;
    let mut told = Vec::new();
    for event in events {
        let (message, news) = message::apply(known.take(), &key, event);
        known = message;
        told.extend(news);
    }
    known.map(|message| (message, told))
}

fn record_keys(message: &Message, told: &[News]) -> Vec<String> {
    let conversation = Key::new("c1test");
    let make = |parts: &KeyParts| Key::new(format!("{}{}", parts.prefix, parts.parts.join("/")));
    let drafting = Drafting {
        channel: &ChannelId::new("whatsapp"),
        account: &AccountId::new("1065"),
        source_conversation: &SourceConversationId::new("819011112222"),
        conversation: &conversation,
        contact: None,
        unsend: MirrorUnsend::Keep,
        now: Timestamp::from_seconds(1_000),
        keys: &make,
    };
    let mut keys: Vec<String> = told
        .iter()
        .map(|news| drafting.record(message, news).key.as_str().to_owned())
        .collect();
    keys.sort();
    keys
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_come_to_the_same_end(
        order in Just((0..10usize).collect::<Vec<_>>()).prop_shuffle(),
        repeated in proptest::collection::vec(0..10usize, 0..10),
    ) {
        let events = all();
        let (straight, straight_news) = tell(&events).unwrap();
        let shuffled: Vec<ChannelEvent> =
            order.iter().chain(&repeated).map(|index| events[*index].clone()).collect();
        let (message, news) = tell(&shuffled).unwrap();

        prop_assert_eq!(message.current(), straight.current());
        prop_assert_eq!(message.delivery(), straight.delivery());
        prop_assert_eq!(message.standing_reactions(), straight.standing_reactions());
        prop_assert_eq!(&message.deletion, &straight.deletion);
        prop_assert_eq!(&message.edits, &straight.edits);
        prop_assert_eq!(record_keys(&message, &news), record_keys(&straight, &straight_news));
    }
}

#[test]
fn what_stands_at_the_end_is_what_a_reader_expects() {
    let (message, news) = tell(&all()).unwrap();
    assert_eq!(
        message.current().unwrap().text.as_deref(),
        Some("納期は10月ですか")
    );
    assert_eq!(message.delivery().unwrap().state, DeliveryState::Read);
    assert!(
        message.standing_reactions().is_empty(),
        "the reaction was withdrawn"
    );
    assert!(message.deletion.is_some());
    assert_eq!(news.len(), 9, "ten events, one of them a repetition");
}

#[test]
fn a_failure_is_final_and_a_late_step_never_steps_back() {
    let (message, _) = tell(&[
        original(Origin::Live),
        status(120, DeliveryState::Read),
        status(121, DeliveryState::Sent),
    ])
    .unwrap();
    assert_eq!(message.delivery().unwrap().state, DeliveryState::Read);
    let (message, _) = tell(&[
        original(Origin::Live),
        status(120, DeliveryState::Failed),
        status(121, DeliveryState::Sent),
    ])
    .unwrap();
    assert_eq!(message.delivery().unwrap().state, DeliveryState::Failed);
}

#[test]
fn a_medium_that_follows_its_placeholder_is_a_version() {
    let mut placeholder = original(Origin::History);
    let mut medium = original(Origin::History);
    for (event, kind) in [
        (&mut placeholder, message::MEDIA_OMITTED),
        (&mut medium, "image"),
    ] {
        if let EventBody::Message { content, .. } = &mut event.body {
            *content = Content {
                kind: kind.into(),
                ..Content::default()
            };
        }
    }
    let (message, news) = tell(&[placeholder.clone(), medium.clone(), medium]).unwrap();
    assert_eq!(message.current().unwrap().kind, "image");
    assert!(matches!(news.as_slice(), [News::Created, News::Edited(_)]));
}
