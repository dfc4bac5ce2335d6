//! A customer message from the draft to the customer, and everything that may come between.

use crate::{
    forge::{self, Forge},
    phone::{Phone, Time, draft},
};
use companion_domain::{
    event::DeliveryState,
    id::{Key, SourceId},
    outbound::OutboundContent,
};
use companion_engine::{
    CompanionError,
    values::{BindTo, Draft, SendTicket},
};
use serde_json::json;
use std::{sync::Arc, time::Duration};

const PEER: &str = "819011112222";

/// A phone with a work chat in which the customer just wrote.
async fn in_talk(time: &Time) -> (Arc<Forge>, Phone, Key) {
    let (forge, phone) = Forge::with_phone(time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    greet(&forge, time, "wamid.hello");
    phone.sync().await.unwrap();
    (forge, phone, chat)
}

fn greet(forge: &Forge, time: &Time, id: &str) {
    let message = json!({"from": PEER, "id": id, "timestamp": time.now().seconds().to_string(),
        "type": "text", "text": {"body": "こんにちは"}});
    let members = json!({"messages": [message]});
    forge.put(
        "event",
        &forge::hook("messages", crate::phone::ACCOUNT, members),
    );
}

/// Sends and lets the gateway take it.
async fn taken(phone: &Phone, chat: &Key, text: &str) -> SendTicket {
    let ticket = phone.send(chat, text).await;
    phone.sync().await.unwrap();
    ticket
}

#[tokio::test]
async fn a_text_that_the_channel_does_not_take_is_refused_before_it_is_queued() {
    let time = Time::new();
    let (_, phone, chat) = in_talk(&time).await;
    let longest = "長".repeat(4_096);
    for (text, code) in [
        (String::new(), "empty"),
        ("\u{3000} \n".into(), "empty"),
        (format!("{longest}い"), "too_long"),
    ] {
        let sent = phone.client.send(draft(&chat, &text)).await;
        let expected = CompanionError::InvalidInput {
            place: "content.text".into(),
            code: code.into(),
        };
        assert_eq!(sent.unwrap_err(), expected);
    }
    assert!(phone.queue().await.is_empty());
    assert_eq!(phone.texts(&chat).await, ["こんにちは"]);
    phone.send(&chat, &longest).await;
    assert_eq!(phone.queue().await.len(), 1);
}

fn states(forge: &Forge) -> Vec<String> {
    let records = forge.records("status").into_iter();
    records
        .map(|one| {
            one.data.record.details["state"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[tokio::test]
async fn a_message_goes_once_and_its_steps_are_told() {
    let time = Time::new();
    let (forge, phone, chat) = in_talk(&time).await;
    let ticket = taken(&phone, &chat, "はい").await;
    let id = ticket.client_message_id.as_str();
    assert!(forge.state().messages.contains_key(id));
    assert_eq!(phone.queue().await[0].state, "sending");
    forge.put_outcome(id, "done", json!({"remote_id": "wamid.own"}));
    for state in ["sent", "delivered", "read", "delivered"] {
        forge.put("event", &forge::status(PEER, "wamid.own", state, id));
    }
    phone.sync().await.unwrap();
    assert!(phone.queue().await.is_empty());
    let messages = phone.messages(&chat).await;
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1].source_id, Some(SourceId::new("wamid.own")));
    assert_eq!(messages[1].delivery().unwrap().state, DeliveryState::Read);
    assert_eq!(states(&forge), ["pending", "sent", "delivered", "read"]);
}

#[tokio::test]
async fn an_echo_a_status_and_a_history_copy_of_an_own_message_are_that_message() {
    let time = Time::new();
    let (forge, phone, chat) = in_talk(&time).await;
    let ticket = taken(&phone, &chat, "はい").await;
    let id = ticket.client_message_id.as_str();
    // The channel's copy comes before the gateway's answer.
    forge.put("event", &forge::echo(PEER, "wamid.own", "はい"));
    forge.put("event", &forge::status(PEER, "wamid.own", "delivered", id));
    forge.put_outcome(id, "done", json!({"remote_id": "wamid.own"}));
    let old = json!({"from": "815012345678", "to": PEER, "id": "wamid.own", "timestamp": "1767323050",
        "type": "text", "text": {"body": "はい"}, "history_context": {"status": "READ"}});
    let thread = json!({"id": PEER, "messages": [old]});
    let history = json!({"history": [{"metadata": {"phase": 0, "chunk_order": 1, "progress": 100},
        "threads": [thread]}]});
    forge.put(
        "event",
        &forge::hook("history", crate::phone::ACCOUNT, history),
    );
    phone.sync().await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["こんにちは", "はい"]);
    assert_eq!(forge.records("message").len(), 2);
    assert!(phone.queue().await.is_empty());
}

#[tokio::test]
async fn an_echo_of_what_may_have_arrived_is_that_message_even_while_it_waits_again() {
    let time = Time::new();
    let (forge, phone, chat) = in_talk(&time).await;
    // The gateway takes it, and its answer cannot be used.
    forge.state().always = Some((200, "{}".into()));
    phone.send(&chat, "はい").await;
    forge.state().always = None;
    phone.sync().await.unwrap();
    forge.put("event", &forge::echo(PEER, "wamid.own", "はい"));
    phone.sync().await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["こんにちは", "はい"]);
    assert!(phone.queue().await.is_empty());
}

#[tokio::test]
async fn what_is_uncertain_waits_for_the_employee_and_goes_again_only_then() {
    let time = Time::new();
    let (forge, phone, chat) = in_talk(&time).await;
    for (text, decision) in [
        ("一", "mark_delivered"),
        ("二", "send_again"),
        ("三", "discard"),
    ] {
        let ticket = taken(&phone, &chat, text).await;
        let id = ticket.client_message_id.as_str();
        forge.put_outcome(id, "ambiguous", json!({"code": "lost"}));
        phone.sync().await.unwrap();
        let entry = phone.queue().await.remove(0);
        assert_eq!(
            (entry.state.as_str(), entry.reason.as_deref()),
            ("uncertain", Some("outbox.uncertain"))
        );
        let wrong = phone.resolve(entry.id, "send_now").await;
        assert!(matches!(wrong, Err(CompanionError::InvalidInput { .. })));
        let asks = phone.client.notices().unwrap().into_iter();
        assert_eq!(
            asks.filter(|notice| notice.code != "lease.ending").count(),
            1
        );
        // The gateway knows that the phone knows: only then is a repetition a decision.
        assert!(forge.all_acknowledged());
        forge.state().messages.clear();
        phone.sync().await.unwrap();
        assert!(forge.state().messages.is_empty());
        phone.resolve(entry.id, decision).await.unwrap();
        phone.sync().await.unwrap();
        assert_eq!(
            forge.state().messages.contains_key(id),
            decision == "send_again"
        );
        if decision == "send_again" {
            forge.put_outcome(id, "done", json!({"remote_id": "wamid.two"}));
            phone.sync().await.unwrap();
        }
        assert!(phone.queue().await.is_empty());
        let gone = phone.resolve(entry.id, decision).await;
        assert_eq!(gone, Err(CompanionError::NotFound));
    }
}

#[tokio::test]
async fn a_refused_message_that_is_sent_once_more_has_not_failed() {
    let time = Time::new();
    let (forge, phone, chat) = in_talk(&time).await;
    let ticket = taken(&phone, &chat, "はい").await;
    let id = ticket.client_message_id.as_str();
    forge.put_outcome(id, "permanent", json!({"code": "channel.131026"}));
    phone.sync().await.unwrap();
    let entry = phone.queue().await.remove(0);
    assert_eq!(entry.reason.as_deref(), Some("outbox.refused"));
    assert_eq!(entry.detail.as_deref(), Some("channel.131026"));
    let failed = phone.messages(&chat).await[1].delivery().cloned().unwrap();
    assert_eq!(failed.state, DeliveryState::Failed);
    phone.resolve(entry.id, "send_now").await.unwrap();
    phone.sync().await.unwrap();
    forge.put_outcome(id, "done", json!({"remote_id": "wamid.own"}));
    phone.sync().await.unwrap();
    let now = phone.messages(&chat).await[1].delivery().cloned().unwrap();
    assert_eq!(now.state, DeliveryState::Pending);
}

#[tokio::test]
async fn what_should_not_go_unasked_is_held_and_goes_after_a_look() {
    let time = Time::new();
    let (forge, phone, chat) = in_talk(&time).await;
    let held = async |reason: &str| {
        phone.sync().await.unwrap();
        let entry = phone.queue().await.remove(0);
        assert_eq!(
            (entry.state.as_str(), entry.reason.as_deref()),
            ("held", Some(reason))
        );
        let subject = format!("queue:{}", entry.id);
        let language = companion_domain::reason::Language::Ja;
        let why = phone.client.explain(&subject, language).unwrap();
        assert_eq!(why[0].code.as_str(), reason);
        entry.id
    };
    let went = async |id: i64| {
        phone.resolve(id, "send_now").await.unwrap();
        phone.sync().await.unwrap();
        let name = phone.queue().await[0].client_message_id.clone();
        forge.put_outcome(
            name.as_str(),
            "done",
            json!({"remote_id": format!("wamid.own{id}")}),
        );
        phone.sync().await.unwrap();
        assert!(phone.queue().await.is_empty());
    };

    phone.send(&chat, "新しい質問の前").await;
    greet(&forge, &time, "wamid.newer");
    went(held("outbox.newer_customer_message").await).await;

    phone.send(&chat, "古い").await;
    time.pass(Duration::from_secs(40 * 60));
    went(held("outbox.stale").await).await;

    phone.send(&chat, "窓").await;
    time.pass(Duration::from_secs(25 * 60 * 60));
    let id = held("outbox.window_closed").await;
    phone.resolve(id, "send_now").await.unwrap();
    assert_eq!(
        held("outbox.window_closed").await,
        id,
        "no decision opens the window"
    );
    greet(&forge, &time, "wamid.opens");
    phone.sync().await.unwrap();
    went(id).await;
}

#[tokio::test]
async fn the_first_message_of_a_conversation_blocks_the_later_ones_and_no_other_conversation() {
    let time = Time::new();
    let (forge, phone, chat) = in_talk(&time).await;
    let other = phone.bind("819033334444", BindTo::Work).await.conversation;
    forge.put("event", &forge::text("819033334444", "wamid.o", "やあ"));
    let first = taken(&phone, &chat, "一").await;
    let second = taken(&phone, &chat, "二").await;
    let third = taken(&phone, &other, "三").await;
    let went = |ticket: &SendTicket| {
        forge
            .state()
            .messages
            .contains_key(ticket.client_message_id.as_str())
    };
    assert_eq!([&first, &second, &third].map(went), [true, false, true]);
    forge.put_outcome(
        first.client_message_id.as_str(),
        "done",
        json!({"remote_id": "wamid.1"}),
    );
    phone.sync().await.unwrap();
    assert!(went(&second));
}

#[tokio::test]
async fn what_is_written_offline_survives_a_restart_and_goes_when_the_network_is_back() {
    let time = Time::new();
    let (forge, mut phone, chat) = in_talk(&time).await;
    forge.state().always = Some((503, "{}".into()));
    let ticket = phone.send(&chat, "電波なし").await;
    assert!(phone.sync().await.is_err());
    phone.restart().await;
    let entry = phone.queue().await.remove(0);
    assert_eq!(
        (entry.state.as_str(), &entry.client_message_id),
        ("queued", &ticket.client_message_id)
    );
    forge.state().always = None;
    phone.sync().await.unwrap();
    assert_eq!(forge.state().messages.len(), 1);
}

#[tokio::test]
async fn an_own_reaction_is_recorded_once_the_channel_has_it() {
    let time = Time::new();
    let (forge, phone, chat) = in_talk(&time).await;
    let content = OutboundContent::Reaction {
        target: SourceId::new("wamid.hello"),
        emoji: "👍".into(),
    };
    let conversation = chat.clone();
    let ticket = phone
        .client
        .send(Draft {
            conversation,
            content,
        })
        .await
        .unwrap();
    phone.sync().await.unwrap();
    assert!(forge.records("reaction").is_empty());
    forge.put_outcome(ticket.client_message_id.as_str(), "done", json!({}));
    phone.sync().await.unwrap();
    let record = &forge.records("reaction")[0].data.record;
    assert_eq!(
        (record.direction.as_str(), &record.author),
        ("outbound", &None)
    );
    assert_eq!(phone.messages(&chat).await[0].standing_reactions().len(), 1);
}

#[tokio::test]
async fn a_status_of_an_own_reaction_settles_it_and_is_no_message() {
    let time = Time::new();
    let (forge, mut phone, chat) = in_talk(&time).await;
    let content = OutboundContent::Reaction {
        target: SourceId::new("wamid.hello"),
        emoji: "👍".into(),
    };
    let conversation = chat.clone();
    let draft = Draft {
        conversation,
        content,
    };
    let ticket = phone.client.send(draft).await.unwrap();
    phone.sync().await.unwrap();
    let id = ticket.client_message_id.as_str();
    forge.put_outcome(id, "ambiguous", json!({"code": "lost"}));
    phone.sync().await.unwrap();
    assert_eq!(phone.queue().await[0].state, "uncertain");
    // The first one proves that it arrived; when the others come, nothing of it waits any longer.
    for state in ["sent", "delivered", "read"] {
        forge.put("event", &forge::status(PEER, "wamid.react", state, id));
        phone.restart().await;
        phone.sync().await.unwrap();
        assert!(phone.queue().await.is_empty());
    }
    let messages = phone.messages(&chat).await;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].standing_reactions().len(), 1);
    assert_eq!(forge.records("reaction").len(), 1);
    assert!(states(&forge).is_empty(), "a status of no message");
}

#[tokio::test]
async fn a_status_before_its_message_shows_nothing_and_is_the_messages_once_it_comes() {
    let time = Time::new();
    let (forge, phone, chat) = in_talk(&time).await;
    forge.put("event", &forge::status(PEER, "wamid.app", "delivered", ""));
    phone.sync().await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["こんにちは"]);
    forge.put("event", &forge::echo(PEER, "wamid.app", "はい"));
    phone.sync().await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["こんにちは", "はい"]);
    let echo = phone.messages(&chat).await.remove(1);
    assert_eq!(echo.delivery().unwrap().state, DeliveryState::Delivered);
    assert_eq!(states(&forge), ["delivered"]);
}

#[tokio::test]
async fn what_a_kill_left_unacknowledged_is_acknowledged_before_anything_else() {
    let time = Time::new();
    let (forge, mut phone, _) = in_talk(&time).await;
    forge.state().acked = 0;
    phone.restart().await;
    phone.sync().await.unwrap();
    assert_eq!(forge.state().acked, 1);
}

#[tokio::test]
async fn history_opens_the_reply_window_if_it_is_of_today() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    let wrote = |id: &str, hours_ago: i64| {
        let at = time.now().seconds() - hours_ago * 60 * 60;
        forge.put("event", &forge::history(PEER, id, at));
    };
    wrote("wamid.old", 25);
    phone.sync().await.unwrap();
    phone.send(&chat, "はい").await;
    phone.sync().await.unwrap();
    let entry = phone.queue().await.remove(0);
    assert_eq!(entry.reason.as_deref(), Some("outbox.window_closed"));
    assert!(forge.state().messages.is_empty());

    // Parts of the history come in any order: an older one after it closes nothing.
    wrote("wamid.recent", 2);
    wrote("wamid.older", 50);
    phone.sync().await.unwrap();
    phone.resolve(entry.id, "send_now").await.unwrap();
    phone.sync().await.unwrap();
    assert_eq!(forge.state().messages.len(), 1);
}

#[tokio::test]
async fn a_customer_who_changed_the_number_is_answered_at_the_new_one() {
    let time = Time::new();
    let (forge, mut phone, chat) = in_talk(&time).await;
    let recipient = |ticket: &SendTicket| {
        let state = forge.state();
        let message = &state.messages[ticket.client_message_id.as_str()];
        (
            message["conversation"].clone(),
            message["to"]["value"].clone(),
        )
    };
    let before = taken(&phone, &chat, "はい").await;
    assert_eq!(recipient(&before), (json!(PEER), json!(PEER)));
    let id = before.client_message_id.as_str();
    forge.put_outcome(id, "done", json!({"remote_id": "wamid.own"}));

    let change = json!({"from": PEER, "id": "wamid.change", "timestamp": "1767323055",
        "type": "system", "system": {"type": "user_changed_number", "wa_id": "819055556666"}});
    let body = forge::hook(
        "messages",
        crate::phone::ACCOUNT,
        json!({"messages": [change]}),
    );
    for _ in 0..2 {
        forge.put("event", &body);
    }
    phone.sync().await.unwrap();
    phone.restart().await;
    let after = taken(&phone, &chat, "承知しました").await;
    assert_eq!(recipient(&after), (json!(PEER), json!("819055556666")));
    let told: Vec<_> = forge.records("contact");
    let told: Vec<_> = told
        .iter()
        .map(|one| one.data.record.change.as_str())
        .collect();
    assert_eq!(told, ["key_changed"]);
}

#[tokio::test]
async fn what_is_queued_while_the_gateway_holds_a_request_is_sent_at_once() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    let chat = phone.bind(PEER, BindTo::Work).await.conversation;
    forge.put("event", &forge::text(PEER, "wamid.1", "見積"));
    phone.sync().await.unwrap();
    forge.state().holds = true;
    let sending = async {
        while !forge
            .state()
            .requests
            .iter()
            .any(|(path, _)| path.ends_with("&wait=25"))
        {
            tokio::task::yield_now().await;
        }
        phone.send(&chat, "すぐに").await
    };
    let waiting = phone.sync_waiting(Duration::from_secs(25));
    let (report, ticket) = tokio::join!(waiting, sending);
    assert_eq!(report.unwrap().sent, 1);
    let id = ticket.client_message_id;
    assert!(forge.state().messages.contains_key(id.as_str()));
}
