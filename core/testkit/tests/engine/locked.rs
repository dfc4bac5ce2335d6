//! A locked phone: nothing can be read, everything arrives, leaves and is mirrored, and after the unlock nobody could tell.

use crate::{
    forge::{self, Forge},
    phone::{ACCOUNT, Phone, Time, draft},
};
use companion_crypto::random::{Random, SystemRandom};
use companion_domain::{id::Key, policy::Policy, reason::Code, record::Record};
use companion_engine::{
    CancelToken, CompanionError,
    values::{
        BindTo, ChangeHint, IngestInput, MessageQuery, Page, PasscodeChange, QueueDecision,
        UnlockWith,
    },
};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

const PEER: &str = "819011112222";
const STRANGER: &str = "819033334444";
pub const CODE: &str = "493817";

/// A phone with a passcode and a work chat in which the customer wrote.
pub async fn in_talk(time: &Time) -> (Arc<Forge>, Phone, Key) {
    let (forge, phone) = Forge::with_phone(time).await;
    set_passcode(&phone, None, CODE).await.unwrap();
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    wrote(&forge, time, "wamid.hello", "こんにちは");
    phone.sync().await.unwrap();
    (forge, phone, chat)
}

pub async fn set_passcode(
    phone: &Phone,
    old: Option<&str>,
    new: &str,
) -> Result<(), CompanionError> {
    let change = PasscodeChange {
        old: old.map(str::to_owned),
        new: new.to_owned(),
    };
    phone.client.set_passcode(change, Arc::default()).await
}

pub async fn unlock(phone: &Phone, code: &str) -> Result<(), CompanionError> {
    let code = code.to_owned();
    let cancel = Arc::new(CancelToken::default());
    phone
        .client
        .unlock(UnlockWith::Passcode { code }, cancel)
        .await
}

fn wrote(forge: &Forge, time: &Time, id: &str, text: &str) {
    wrote_at(forge, time.now().seconds().to_string(), id, text);
}

fn wrote_at(forge: &Forge, at: String, id: &str, text: &str) {
    let message = json!({"from": PEER, "id": id, "timestamp": at,
        "type": "text", "text": {"body": text}});
    let contact = json!({"profile": {"name": "山田"}, "wa_id": PEER});
    let members = json!({"contacts": [contact], "messages": [message]});
    forge.put("event", &forge::hook("messages", ACCOUNT, members));
}

fn locked(reason: Code) -> CompanionError {
    CompanionError::Locked { reason }
}

fn texts(forge: &Forge) -> Vec<String> {
    let records = forge.records("message").into_iter();
    records.filter_map(|one| one.data.record.text).collect()
}

#[tokio::test]
async fn nothing_shows_while_locked_and_all_arrives() {
    let time = Time::new();
    let (forge, phone, chat) = in_talk(&time).await;
    phone.client.lock();
    assert_eq!(phone.client.state().unwrap().lock, "locked");
    let refused = locked(Code::LockNow);
    let page = Page::default;
    let query = MessageQuery {
        conversation: chat.clone(),
        before: None,
        limit: 9,
    };
    let client = &phone.client;
    assert_eq!(client.inbox(page()).await.err(), Some(refused.clone()));
    assert_eq!(client.messages(query).await.err(), Some(refused.clone()));
    assert_eq!(client.undecided(page()).await.err(), Some(refused.clone()));
    assert_eq!(client.queue(page()).await.err(), Some(refused.clone()));
    assert_eq!(client.ledger(page()).await.err(), Some(refused.clone()));
    let decision = QueueDecision {
        id: 1,
        decision: "discard".into(),
    };
    assert_eq!(client.resolve(decision).await.err(), Some(refused.clone()));
    let sent = client.send(draft(&chat, "はい")).await;
    assert_eq!(sent.err(), Some(refused), "nothing arrived there yet");

    wrote(&forge, &time, "wamid.locked", "届きましたか");
    phone.sync().await.unwrap();
    assert!(forge.all_acknowledged());
    assert_eq!(texts(&forge), ["こんにちは", "届きましたか"]);
    assert_eq!(client.state().unwrap().lock, "locked");

    unlock(&phone, CODE).await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["こんにちは", "届きましたか"]);
    let inbox = phone.client.inbox(Page::default()).await.unwrap().items;
    assert_eq!(
        (inbox[0].unread, inbox[0].title.as_deref()),
        (2, Some("山田"))
    );
    phone.sync().await.unwrap();
    assert_eq!(texts(&forge).len(), 2, "recorded once");
}

#[tokio::test]
async fn a_chat_that_begins_while_locked_is_there_after_the_unlock() {
    let time = Time::new();
    let (forge, phone, _) = in_talk(&time).await;
    let chat = phone.bind(STRANGER, BindTo::Work).await.conversation;
    phone.client.lock();
    forge.put("event", &forge::text(STRANGER, "wamid.new", "はじめまして"));
    phone.sync().await.unwrap();
    // What nobody decided on waits in quarantine, as ever.
    forge.put(
        "event",
        &forge::text("819055556666", "wamid.private", "今夜どう"),
    );
    phone.sync().await.unwrap();
    assert_eq!(phone.client.state().unwrap().undecided, 1);
    assert_eq!(texts(&forge), ["こんにちは", "はじめまして"]);
    unlock(&phone, CODE).await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["はじめまして"]);
    assert_eq!(
        phone
            .client
            .inbox(Page::default())
            .await
            .unwrap()
            .items
            .len(),
        2
    );
}

#[tokio::test]
async fn an_answer_goes_out_where_something_arrived_while_locked() {
    let time = Time::new();
    let (forge, phone, chat) = in_talk(&time).await;
    phone.client.lock();
    wrote(&forge, &time, "wamid.q", "何時ですか");
    phone.sync().await.unwrap();
    let ticket = phone.send(&chat, "三時です").await;
    phone.sync().await.unwrap();
    let id = ticket.client_message_id.as_str();
    let message = forge.state().messages[id].clone();
    assert_eq!(message["to"]["value"], PEER, "{message}");
    forge.put("event", &forge::echo(PEER, "wamid.own", "三時です"));
    forge.put_outcome(id, "done", json!({"remote_id": "wamid.own"}));
    forge.put("event", &forge::status(PEER, "wamid.own", "read", id));
    phone.sync().await.unwrap();
    assert_eq!(phone.client.state().unwrap().waiting_messages, 0);
    assert_eq!(texts(&forge), ["こんにちは", "何時ですか", "三時です"]);

    unlock(&phone, CODE).await.unwrap();
    assert_eq!(
        phone.texts(&chat).await,
        ["こんにちは", "何時ですか", "三時です"]
    );
    let own = phone.messages(&chat).await.remove(2);
    assert_eq!(Some(own.key), ticket.message);
    assert_eq!(own.deliveries.last().unwrap().state.as_str(), "read");
    phone.sync().await.unwrap();
    assert_eq!(texts(&forge).len(), 3);
    // The way back to whom it went is forgotten with the lock.
    phone.client.lock();
    let sent = phone.client.send(draft(&chat, "はい")).await;
    assert_eq!(sent.err(), Some(locked(Code::LockNow)));
}

#[tokio::test]
async fn nothing_leaves_a_locked_phone_where_the_policy_forbids_it() {
    let time = Time::new();
    let (forge, mut phone, chat) = in_talk(&time).await;
    let silent = Policy {
        outbox_while_locked: false,
        ..Policy::default()
    };
    phone.restart_under(silent).await;
    unlock(&phone, CODE).await.unwrap();
    phone.send(&chat, "三時です").await;
    phone.client.lock();
    let before = texts(&forge);
    wrote(&forge, &time, "wamid.q", "何時ですか");
    phone.sync().await.unwrap();
    assert!(forge.all_acknowledged());
    assert_eq!(texts(&forge), before);
    assert!(forge.state().messages.is_empty());
    unlock(&phone, CODE).await.unwrap();
    phone.sync().await.unwrap();
    assert_eq!(texts(&forge).len(), 3);
}

#[tokio::test]
async fn a_newer_customer_message_holds_a_waiting_one_on_a_locked_phone_too() {
    let time = Time::new();
    let (forge, phone, chat) = in_talk(&time).await;
    time.pass(Duration::from_secs(60));
    phone.send(&chat, "三時です").await;
    phone.client.lock();
    time.pass(Duration::from_secs(60));
    wrote(&forge, &time, "wamid.newer", "やっぱり四時で");
    phone.sync().await.unwrap();
    assert!(forge.state().messages.is_empty());
    unlock(&phone, CODE).await.unwrap();
    assert_eq!(phone.queue().await[0].state, "held");
}

#[tokio::test]
async fn what_arrives_is_kept_over_a_restart_and_taken_in_once() {
    let time = Time::new();
    let (forge, mut phone, chat) = in_talk(&time).await;
    phone.restart().await;
    assert_eq!(phone.client.state().unwrap().lock, "locked");
    for n in 0..25 {
        wrote(&forge, &time, &format!("wamid.{n}"), &format!("text {n}"));
    }
    phone.sync().await.unwrap();
    let raw = forge::text(PEER, "wamid.7", "text 7").into_bytes();
    let reader = "whatsapp_cloud".to_owned();
    let report = phone
        .client
        .ingest(IngestInput { reader, raw })
        .await
        .unwrap();
    assert_eq!((report.work, report.known), (0, 1));
    phone.restart().await;
    assert_eq!(
        phone.client.inbox(Page::default()).await.err(),
        Some(locked(Code::LockBoot))
    );
    unlock(&phone, CODE).await.unwrap();
    let texts = phone.texts(&chat).await;
    assert_eq!(texts.len(), 26);
    let expected: Vec<String> = (0..25).map(|n| format!("text {n}")).collect();
    assert_eq!(texts[1..], expected);
    phone.restart().await;
    unlock(&phone, CODE).await.unwrap();
    assert_eq!(phone.texts(&chat).await.len(), 26);
}

#[tokio::test]
async fn who_watches_hears_of_the_lock_and_of_what_came_meanwhile() {
    let time = Time::new();
    let (forge, phone, chat) = in_talk(&time).await;
    let changes = phone.client.changes();
    phone.client.lock();
    assert_eq!(changes.next().await, Some(ChangeHint::Lock));
    wrote(&forge, &time, "wamid.q", "何時ですか");
    phone.sync().await.unwrap();
    unlock(&phone, CODE).await.unwrap();
    let mut heard = Vec::new();
    while heard.last() != Some(&ChangeHint::Conversation { key: chat.clone() }) || heard.len() < 5 {
        heard.push(changes.next().await.unwrap());
    }
    let of = |hint: ChangeHint| heard.iter().filter(|one| **one == hint).count();
    assert_eq!(
        (of(ChangeHint::Lock), of(ChangeHint::Inbox)),
        (1, 2),
        "{heard:?}"
    );
}

/// One thing that happens in a chat. `own` is the newest message that was sent from here: its name and
/// what it says; `elsewhere` tells whether the message before was written by the employee in the channel's own app.
fn happen(forge: &Forge, (what, n): (u32, u32), elsewhere: bool, own: Option<&(String, String)>) {
    let (id, old) = (
        format!("wamid.{n}"),
        format!("wamid.{}", n.saturating_sub(1)),
    );
    let reaction = |target: &str, emoji: &str| {
        json!({"from": PEER, "id": id, "timestamp": at(n),
            "type": "reaction", "reaction": {"message_id": target, "emoji": emoji}})
    };
    let messages = |one| forge::hook("messages", ACCOUNT, json!({"messages": [one]}));
    let raw = match (what, own) {
        (0 | 1, _) => return wrote_at(forge, at(n), &id, &format!("text {n}")),
        (2, _) => messages(reaction("wamid.hello", "👍")),
        (3, _) => messages(reaction(&old, "🙏")),
        (4, _) => forge::history(PEER, &id, 1_767_000_000 + i64::from(n)),
        (5, _) => messages(json!({"from": PEER, "id": id, "timestamp": at(n),
            "type": "text", "text": {"body": format!("answer {n}")}, "context": {"id": "wamid.hello"}})),
        (6, Some((_, text))) => forge::echo(PEER, &format!("wamid.own.{text}"), text),
        (7, Some((name, text))) => {
            return forge.put_outcome(
                name,
                "done",
                json!({"remote_id": format!("wamid.own.{text}")}),
            );
        }
        (8, Some((name, text))) => {
            forge::status(PEER, &format!("wamid.own.{text}"), "delivered", name)
        }
        (9, Some((_, text))) => messages(reaction(&format!("wamid.own.{text}"), "🎉")),
        (10, _) => {
            let message = json!({"type": "text", "text": {"body": format!("edited {n}")}});
            let edit = json!({"original_message_id": old, "message": message});
            act(n, &id, "edit", edit, elsewhere)
        }
        (11, _) => act(
            n,
            &id,
            "revoke",
            json!({"original_message_id": old}),
            elsewhere,
        ),
        _ => forge::echo(PEER, &id, &format!("elsewhere {n}")),
    };
    forge.put("event", &raw);
}

/// When the `n`th thing happens by the channel's clock: in seconds, which tell two of them apart.
fn at(n: u32) -> String {
    (1_767_323_045 + n).to_string()
}

/// A change of an earlier message by who wrote it.
fn act(n: u32, id: &str, kind: &str, object: serde_json::Value, elsewhere: bool) -> String {
    let from = if elsewhere { "815012345678" } else { PEER };
    let mut act = json!({"from": from, "to": PEER, "id": id,
        "timestamp": at(n), "type": kind});
    act[kind] = object;
    if elsewhere {
        return forge::hook(
            "smb_message_echoes",
            ACCOUNT,
            json!({"message_echoes": [act]}),
        );
    }
    forge::hook("messages", ACCOUNT, json!({"messages": [act]}))
}

/// What a person sees of the chat.
async fn seen(phone: &Phone, chat: &Key) -> Vec<String> {
    let messages = phone.messages(chat).await.into_iter();
    let shown = messages.map(|message| {
        let text = message.current().and_then(|now| now.text.clone());
        let delivery = message.delivery().map(|one| one.state);
        let mut reactions: Vec<_> = message
            .standing_reactions()
            .into_iter()
            .map(|one| one.emoji.clone())
            .collect();
        reactions.sort();
        let (direction, gone) = (message.direction, message.deletion.is_some());
        format!("{direction:?} {text:?} {gone} {reactions:?} {delivery:?}")
    });
    shown.collect()
}

/// What the company gets of it, without what differs from phone to phone: keys of what was written here, times.
fn mirrored(forge: &Forge) -> BTreeMap<String, u32> {
    let state = forge.state();
    let mut told = BTreeMap::new();
    for envelope in state.records.values() {
        let Record {
            kind,
            change,
            text,
            direction,
            details,
            ..
        } = &envelope.data.record;
        let line = match kind.as_str() {
            // How far a message came is told once per step, and a step that came late may be left out.
            "status" | "binding" => continue,
            _ => format!("{kind} {change} {direction} {text:?} {details:?}"),
        };
        *told.entry(line).or_default() += 1;
    }
    told
}

#[tokio::test]
async fn a_day_with_locks_ends_as_one_without() {
    let mut seed = [0; 8];
    SystemRandom.fill(&mut seed);
    let seed = std::env::var("COMPANION_SEED")
        .map_or(u64::from_be_bytes(seed), |text| text.parse().unwrap());
    println!("COMPANION_SEED={seed}");
    let time = Time::new();
    let random = companion_crypto::random::SeededRandom::new(seed);
    let draw = move |below: u32| {
        let mut bytes = [0; 4];
        Random::fill(&random, &mut bytes);
        u32::from_be_bytes(bytes) % below
    };
    for round in 0..6 {
        let (forge_a, mut a, chat) = in_talk(&time).await;
        let (forge_b, b, chat_b) = in_talk(&time).await;
        let (mut own_a, mut own_b, mut script) = (None, None, Vec::new());
        for n in 0..60 {
            let (what, before) = (draw(16), script.last().copied());
            script.push(what);
            match what {
                12 => a.client.lock(),
                13 => {
                    if draw(3) == 0 {
                        a.restart().await;
                    }
                    unlock(&a, CODE).await.unwrap();
                }
                14 => {
                    // A locked phone answers where something arrived; to see the same on both, something did.
                    for forge in [&forge_a, &forge_b] {
                        wrote_at(forge, at(n), &format!("wamid.{n}"), &format!("text {n}"));
                    }
                    a.sync().await.unwrap();
                    b.sync().await.unwrap();
                    let text = format!("own {n}");
                    let name = a.send(&chat, &text).await.client_message_id;
                    own_a = Some((name.as_str().to_owned(), text.clone()));
                    let name = b.send(&chat_b, &text).await.client_message_id;
                    own_b = Some((name.as_str().to_owned(), text));
                }
                what => {
                    let elsewhere =
                        before == Some(15) || (own_a.is_none() && matches!(before, Some(6..=9)));
                    happen(&forge_a, (what, n), elsewhere, own_a.as_ref());
                    happen(&forge_b, (what, n), elsewhere, own_b.as_ref());
                }
            }
            a.sync().await.unwrap();
            b.sync().await.unwrap();
        }
        if a.client.state().unwrap().lock == "locked" {
            unlock(&a, CODE).await.unwrap();
        }
        a.sync().await.unwrap();
        b.sync().await.unwrap();
        let context = format!("COMPANION_SEED={seed}, round {round}: {script:?}");
        assert_eq!(seen(&a, &chat).await, seen(&b, &chat_b).await, "{context}");
        let (mut only_a, mut only_b) = (mirrored(&forge_a), mirrored(&forge_b));
        let both = only_b.clone();
        only_b.retain(|line, n| only_a.get(line) != Some(n));
        only_a.retain(|line, n| both.get(line) != Some(n));
        assert_eq!(only_a, only_b, "{context}");
        let unread = async |phone: &Phone| {
            phone.client.inbox(Page::default()).await.unwrap().items[0].unread
        };
        assert_eq!(unread(&a).await, unread(&b).await, "{context}");
    }
}
