//! Pages by key.

use crate::{
    forge::{self, Forge},
    phone::Time,
    redaction::act,
};
use companion_engine::values::{BindTo, MessageQuery, MirrorState, Page};
use serde_json::json;

const PEER: &str = "819011112222";

#[tokio::test]
async fn five_hundred_messages_are_paged_without_a_gap_while_more_arrive() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    for n in 0..500 {
        forge.put(
            "event",
            &forge::text(PEER, &format!("wamid.{n}"), &format!("{n}")),
        );
    }
    phone.sync().await.unwrap();
    let (mut texts, mut before) = (Vec::new(), None);
    loop {
        let conversation = chat.clone();
        let query = MessageQuery {
            conversation,
            before,
            limit: 70,
        };
        let page = phone.client.messages(query).await.unwrap();
        let said = page
            .messages
            .iter()
            .map(|one| one.message.current().unwrap().text.clone().unwrap());
        texts.extend(said);
        let late = format!("wamid.late{}", texts.len());
        forge.put("event", &forge::text(PEER, &late, "late"));
        phone.sync().await.unwrap();
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    let expected: Vec<String> = (0..500).rev().map(|n| n.to_string()).collect();
    assert_eq!(texts, expected);
}

#[tokio::test]
async fn the_ledger_lists_what_left_newest_first() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    phone.bind(PEER, BindTo::Work).await;
    for n in 0..5 {
        forge.put("event", &forge::text(PEER, &format!("wamid.{n}"), "見積"));
    }
    phone.sync().await.unwrap();
    let mut page = Page {
        after: None,
        limit: 4,
    };
    let first = phone.client.ledger(page).await.unwrap();
    page.after = first.next;
    let rest = phone.client.ledger(page).await.unwrap();
    let all: Vec<_> = first.items.iter().chain(&rest.items).collect();
    let what: Vec<_> = all.iter().map(|entry| entry.what.as_str()).collect();
    assert_eq!(what[5..], ["binding bound", "binding accepted"]);
    assert!(what[..5].iter().all(|what| *what == "message created"));
    let left: Vec<_> = forge.state().arrivals.iter().rev().cloned().collect();
    let listed: Vec<_> = all.iter().map(|entry| entry.record.as_str()).collect();
    assert_eq!(listed, left);
}

#[tokio::test]
async fn checkpoints_say_how_far_the_chain_came_and_what_is_under_way() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    phone.bind(PEER, BindTo::Work).await;
    forge.put("event", &forge::text(PEER, "wamid.1", "見積"));
    phone.sync().await.unwrap();
    forge.confirm_records();
    time.pass(std::time::Duration::from_secs(16 * 60));
    phone.sync().await.unwrap();
    forge.put("event", &forge::text(PEER, "wamid.2", "納期"));
    time.pass(std::time::Duration::from_secs(16 * 60));
    phone.sync().await.unwrap();
    let state = forge.state();
    let payloads: Vec<serde_json::Value> = state
        .checkpoints
        .iter()
        .map(|jws| {
            serde_json::from_slice(&companion_crypto::document::payload(jws).unwrap()).unwrap()
        })
        .collect();
    let seqs: Vec<_> = payloads
        .iter()
        .map(|one| json!([one["seq"], one["undelivered"]]))
        .collect();
    assert_eq!(seqs, [json!([3, 3]), json!([4, 1])]);
    let first = companion_crypto::document::payload(&state.checkpoints[0]).unwrap();
    let hash = data_encoding::BASE64URL_NOPAD.encode(&companion_crypto::hash::sha256(&first));
    assert_eq!(payloads[1]["prev"], hash);
}

#[tokio::test]
async fn a_message_is_recorded_once_the_company_has_it_as_it_stands() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    for told in [
        forge::text(PEER, "wamid.1", "五卓"),
        act("edit", Some("六卓")),
        act("revoke", None),
    ] {
        forge.put("event", &told);
        phone.sync().await.unwrap();
        assert_eq!(phone.mirrored(&chat).await[0].mirror, MirrorState::Waiting);
        forge.confirm_records();
        phone.sync().await.unwrap();
        assert_eq!(phone.mirrored(&chat).await[0].mirror, MirrorState::Recorded);
    }
}
