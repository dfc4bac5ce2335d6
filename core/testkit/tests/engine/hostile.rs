//! A gateway that lies, loses and repeats.

use crate::{
    forge::{self, Forge, item},
    phone::{Time, until},
};
use companion_crypto::{
    hpke::KeyPair,
    random::SystemRandom,
    secret::Key,
    sign::{Algorithm, SigningKey},
};
use companion_domain::reason::Code;
use companion_engine::{
    CompanionError,
    values::{BindTo, MirrorState, Page},
};
use serde_json::{Value, json};
use std::time::Duration;

const PEER: &str = "819011112222";

#[tokio::test]
async fn an_item_that_is_not_ours_is_named_to_the_gateway_and_blocks_nothing_behind_it() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    let lie = |seq: u64, change: &dyn Fn(&mut Value)| {
        let text = format!("見積 {seq}");
        let raw = forge::text(PEER, &format!("wamid.{seq}"), &text);
        let mut item = item(seq, "event", raw.as_bytes());
        change(&mut item);
        item
    };
    let other = SigningKey::generate(&SystemRandom, Algorithm::Ed25519).unwrap();
    forge.put_signed(&lie(1, &|_| {}), &other);
    let honest = &forge.ingress;
    forge.put_signed(&lie(2, &|item| item["aud"] = "another".into()), honest);
    forge.put_signed(&lie(3, &|item| item["inbox"] = "in-0".into()), honest);
    forge.put_signed(&lie(4, &|item| item["v"] = 2.into()), honest);
    forge.put_signed(&lie(5, &|item| item["kind"] = "order".into()), honest);
    forge.put_signed(&lie(6, &|item| item["channel"] = "fax".into()), honest);
    forge.put_signed(
        &lie(7, &|item| item["account"] = "206540352242922".into()),
        honest,
    );
    forge.put_signed(&lie(8, &|item| item["raw"] = "e30".into()), honest);
    forge.put_signed(&lie(9, &|_| {}), honest);
    forge.put("event", &forge::text(PEER, "wamid.10", "本物"));
    phone.sync().await.unwrap();
    let reasons: Vec<String> = forge
        .state()
        .rejected
        .iter()
        .map(|one| format!("{} {}", one["seq"], one["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(
        reasons,
        [
            "1 item.signature",
            "2 item.mismatch",
            "3 item.mismatch",
            "4 item.signature",
            "5 item.kind",
            "6 item.channel",
            "7 item.account",
            "8 item.payload",
        ]
    );
    assert_eq!(phone.texts(&chat).await, ["見積 9", "本物"]);
    assert_eq!(forge.state().acked, 10);
    let gaps = forge.records("gap");
    assert_eq!(gaps.len(), 1, "what was refused is a declared gap");
}

#[tokio::test]
async fn a_replayed_item_brings_nothing() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    forge.put("event", &forge::text(PEER, "wamid.1", "見積"));
    phone.sync().await.unwrap();
    let first = forge.state().items[0].clone();
    // The old item again, under the next number in clear.
    let mut replay = first.clone();
    replay["seq"] = 2.into();
    forge.state().items.push(replay);
    phone.sync().await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["見積"]);
    assert_eq!(forge.state().rejected[0]["reason"], "item.mismatch");
    assert_eq!(forge.records("message").len(), 1);
}

#[tokio::test]
async fn a_hole_is_never_stepped_over() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    for n in 1..=3 {
        forge.put(
            "event",
            &forge::text(PEER, &format!("wamid.{n}"), &format!("{n}")),
        );
    }
    let hidden = forge.state().items.remove(1);
    let refused = phone.sync().await;
    let reason = Code::GatewayUnreadable;
    assert_eq!(refused, Err(CompanionError::Unavailable { reason }));
    assert_eq!(phone.texts(&chat).await, ["1"]);
    assert_eq!(forge.state().acked, 1);
    forge.state().items.insert(1, hidden);
    phone.sync().await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["1", "2", "3"]);
}

#[tokio::test]
async fn nothing_that_a_gateway_says_makes_a_chat_work() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    forge.put("event", &forge::text(PEER, "wamid.1", "誕生日"));
    forge.put("event", &forge::echo(PEER, "wamid.2", "誕生日"));
    forge.put("event", &forge::status(PEER, "wamid.3", "read", "any"));
    for kind in ["bind", "policy", "order", "event"] {
        forge.put(kind, r#"{"to":"work","conversation":"819011112222"}"#);
    }
    forge.put_outcome("any", "done", json!({"remote_id": "wamid.9"}));
    phone.sync().await.unwrap();
    let state = phone.client.state().unwrap();
    assert_eq!(state.undecided, 3);
    let inbox = phone.client.inbox(Page::default()).await.unwrap();
    assert!(inbox.items.is_empty());
    assert!(forge.records("message").is_empty());
    let leaked = forge
        .state()
        .requests
        .iter()
        .any(|(_, body)| body.contains("誕生日"));
    assert!(!leaked);
}

#[tokio::test]
async fn a_new_inbox_is_read_from_its_beginning() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    for n in 1..=12 {
        forge.put(
            "event",
            &forge::text(PEER, &format!("wamid.{n}"), &format!("{n}")),
        );
    }
    phone.sync().await.unwrap();
    {
        let mut state = forge.state();
        state.inbox = "in-2".into();
        state.items.clear();
        state.acked = 0;
    }
    forge.put("event", &forge::text(PEER, "wamid.12", "12"));
    forge.put("event", &forge::text(PEER, "wamid.13", "13"));
    phone.sync().await.unwrap();
    assert_eq!(phone.texts(&chat).await.len(), 13);
    assert_eq!(forge.state().acked, 2);
}

#[tokio::test]
async fn a_refused_acknowledgement_loses_nothing_and_keeps_nothing_back() {
    let time = Time::new();
    let (forge, mut phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    let put = |n: u32| {
        let text = n.to_string();
        forge.put("event", &forge::text(PEER, &format!("wamid.{n}"), &text));
    };
    (1..=3).for_each(put);
    phone.sync().await.unwrap();
    // The gateway lost its store: it begins a new inbox, and refuses what is acknowledged of the old one.
    {
        let mut state = forge.state();
        state.inbox = "in-2".into();
        state.items.clear();
        state.acked = 0;
    }
    phone.restart().await;
    let ticket = phone.send(&chat, "はい").await;
    put(3);
    put(4);
    phone.sync().await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["1", "2", "3", "はい", "4"]);
    assert_eq!(forge.state().acked, 2);
    assert_eq!(forge.records("message").len(), 5);

    // An inbox that is the same and shorter than what is committed here brings nothing new, and sending goes on.
    forge.state().items.pop();
    phone.restart().await;
    phone.sync().await.unwrap();
    assert_eq!(forge.state().acked, 2);
    let entry = phone.queue().await.remove(0);
    assert_eq!(entry.client_message_id, ticket.client_message_id);
    phone.resolve(entry.id, "send_now").await.unwrap();
    phone.sync().await.unwrap();
    let id = ticket.client_message_id.as_str();
    assert!(forge.state().messages.contains_key(id));
    put(5);
    put(6);
    phone.sync().await.unwrap();
    let texts = phone.texts(&chat).await;
    assert_eq!(texts.last().map(String::as_str), Some("6"));
    assert_eq!(forge.state().acked, 3);
}

#[tokio::test]
async fn what_is_sealed_to_another_key_is_named_and_keeps_nothing_back() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    let other = KeyPair::derive(&Key::random(&SystemRandom)).public();
    let raw = forge::text(PEER, "wamid.1", "見積 1");
    forge.put_sealed(&item(1, "event", raw.as_bytes()), &forge.ingress, &other);
    forge.put("event", &forge::text(PEER, "wamid.2", "見積 2"));
    phone.sync().await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["見積 2"]);
    assert_eq!(forge.state().rejected[0]["reason"], "item.seal");
    assert_eq!(forge.state().acked, 2);
    assert_eq!(forge.records("gap").len(), 1);
}

#[tokio::test]
async fn what_the_gateway_lost_is_a_declared_gap_of_the_account_and_no_conversation() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    let at = time.now().seconds();
    forge.put_tombstone(at);
    forge.put(
        "overflow",
        r#"{"from":"2026-01-01T00:00:00.000Z","to":"2026-01-01T12:00:00.000Z"}"#,
    );
    phone.sync().await.unwrap();
    let gaps = forge.records("gap");
    let details = &gaps[0].data.record.details;
    assert_eq!(gaps.len(), 1);
    assert_eq!(details["from"], "2026-01-01T00:00:00.000Z");
    assert!(details["to"].as_str() >= Some("2026-01-02"));
    assert!(
        phone
            .client
            .inbox(Page::default())
            .await
            .unwrap()
            .items
            .is_empty()
    );
    // Another one later is another gap.
    forge.put_tombstone(at + 10);
    phone.sync().await.unwrap();
    assert_eq!(forge.records("gap").len(), 2);
}

#[tokio::test]
async fn news_of_the_account_stop_sending_until_newer_ones_say_otherwise() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    forge.put("event", &forge::text(PEER, "wamid.1", "見積"));
    forge.put(
        "event",
        &forge::account_update("PARTNER_REMOVED", 1_767_323_100),
    );
    let changes = phone.client.changes();
    phone.sync().await.unwrap();
    let hint = async || changes.next().await;
    until("the account's hint", async || {
        (hint().await == Some(companion_engine::values::ChangeHint::Account)).then_some(())
    })
    .await;
    phone.send(&chat, "はい").await;
    phone.sync().await.unwrap();
    assert!(forge.state().messages.is_empty());
    assert_eq!(
        phone.queue().await[0].reason.as_deref(),
        Some("account.disconnected")
    );
    assert_eq!(phone.client.state().unwrap().broken_accounts.len(), 1);
    // Older news that come late change nothing.
    forge.put(
        "event",
        &forge::account_update("ACCOUNT_RECONNECTED", 1_767_323_000),
    );
    phone.sync().await.unwrap();
    assert!(forge.state().messages.is_empty());
    forge.put(
        "event",
        &forge::account_update("ACCOUNT_RECONNECTED", 1_767_323_200),
    );
    phone.sync().await.unwrap();
    assert_eq!(forge.state().messages.len(), 1);
}

#[tokio::test]
async fn a_token_that_the_gateway_forgot_is_exchanged_and_only_its_own_word_ends_an_enrolment() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    phone.sync().await.unwrap();
    forge.state().unauthorized = 1;
    phone.sync().await.unwrap();
    assert_eq!(forge.state().tokens, 2);
    let reason = Code::GatewayToken;
    forge.state().unauthorized = 2;
    assert_eq!(
        phone.sync().await,
        Err(CompanionError::SignInNeeded { reason })
    );
    phone.sync().await.unwrap();
    for (status, body, reason) in [
        (403, "captive portal", None),
        (400, "captive portal", None),
        (
            403,
            r#"{"code":"enrolment_disabled"}"#,
            Some(Code::GatewayEnrolmentDisabled),
        ),
    ] {
        forge.state().always = Some((status, body.into()));
        let answered = phone.sync().await.unwrap_err();
        match reason {
            Some(reason) => assert_eq!(answered, CompanionError::SignInNeeded { reason }),
            None => assert!(matches!(answered, CompanionError::Unavailable { .. })),
        }
    }
}

#[tokio::test]
async fn one_record_that_the_gateway_cannot_read_is_parked_and_keeps_no_other() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    for n in 0..5 {
        forge.put(
            "event",
            &forge::text(PEER, &format!("wamid.{n}"), &format!("見積{n}")),
        );
    }
    forge.state().indigestible = Some("見積2".into());
    phone.sync().await.unwrap();
    assert_eq!(forge.records("message").len(), 4);
    assert_eq!(phone.client.state().unwrap().parked, 1);
    let told: Vec<MirrorState> = phone
        .mirrored(&chat)
        .await
        .iter()
        .map(|one| one.mirror)
        .collect();
    let (waiting, parked) = (MirrorState::Waiting, MirrorState::Parked);
    assert_eq!(told, [waiting, waiting, parked, waiting, waiting]);
}

#[tokio::test]
async fn a_wrong_clock_of_the_phone_loses_nothing() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    forge.put("event", &forge::text(PEER, "wamid.1", "見積"));
    time.pass(Duration::from_secs(20 * 365 * 24 * 60 * 60));
    phone.sync().await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["見積"]);
}
