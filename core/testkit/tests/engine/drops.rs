//! Every public future is dropped at every poll: nothing is lost, nothing is doubled, and the next call works.

use crate::{
    forge::{self, Forge},
    phone::{Time, chat, draft, until},
};
use companion_domain::id::Key;
use companion_engine::{
    CancelToken,
    values::{BindRequest, BindTo, IngestInput, SyncOptions},
};
use serde_json::json;
use std::{collections::BTreeSet, future::poll_fn, pin::pin, sync::Arc, task::Poll};

const PEER: &str = "819011112222";

/// Polls a future at most `times` times, then drops it. Whether it came to its end.
async fn dropped_after<F: Future>(times: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[tokio::test]
async fn a_synchronisation_dropped_anywhere_converges() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    let key = phone.bind(PEER, BindTo::Work).await.conversation;
    forge.put("event", &forge::text(PEER, "wamid.hello", "こんにちは"));
    phone.sync().await.unwrap();
    let mut sent = BTreeSet::new();
    for times in 0.. {
        // Each round brings something to do for each step.
        forge.put(
            "event",
            &forge::text(PEER, &format!("wamid.{times}"), &format!("見積 {times}")),
        );
        let ticket = phone.send(&key, &format!("回答 {times}")).await;
        sent.insert(ticket.client_message_id.as_str().to_owned());
        time.pass(std::time::Duration::from_secs(16 * 60));
        let sync = phone
            .client
            .sync_once(SyncOptions::default(), Arc::new(CancelToken::default()));
        let ended = dropped_after(times, sync).await;
        if ended.is_some_and(|report| report.unwrap().complete) {
            assert!(times > 10, "the future was ready after {times} polls");
            break;
        }
        // Held ones are looked at, so that each round has something to send.
        for entry in phone.queue().await {
            if entry.state == "held" {
                phone.resolve(entry.id, "send_now").await.unwrap();
            }
        }
        let taken: Vec<String> = forge.state().messages.keys().cloned().collect();
        for id in taken {
            let waits = phone
                .queue()
                .await
                .iter()
                .any(|one| one.client_message_id.as_str() == id);
            if waits {
                forge.put_outcome(&id, "done", json!({"remote_id": format!("wamid.own-{id}")}));
            }
        }
    }
    until("everything is out", async || {
        for entry in phone.queue().await {
            if entry.state == "held" {
                phone.resolve(entry.id, "send_now").await.unwrap();
            }
        }
        phone.sync().await.unwrap();
        for entry in phone.queue().await {
            let id = entry.client_message_id.as_str();
            if entry.state == "sending" {
                forge.put_outcome(id, "done", json!({"remote_id": format!("wamid.own-{id}")}));
            }
        }
        forge.confirm_records();
        phone.sync().await.unwrap();
        let state = phone.client.state().unwrap();
        (state.waiting_messages + state.undelivered == 0).then_some(())
    })
    .await;
    let state = forge.state();
    let taken: BTreeSet<String> = state.messages.keys().cloned().collect();
    assert_eq!(taken, sent);
    assert_eq!(
        state.records.len() as u64,
        phone.client.state().unwrap().recorded
    );
    let seqs = state.arrivals.iter().map(|id| state.records[id].data.seq);
    let expected = 1..=state.records.len() as u64;
    assert!(seqs.eq(expected), "records came out of their order");
    assert_eq!(state.acked, state.items.len() as u64);
}

#[tokio::test]
async fn a_binding_dropped_anywhere_is_made_or_not_and_never_half() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    for times in 0..8 {
        let peer = format!("8190{times:08}");
        for n in 0..3 {
            forge.put(
                "event",
                &forge::text(&peer, &format!("wamid.{times}.{n}"), &format!("{n}")),
            );
        }
        phone.sync().await.unwrap();
        let request = BindRequest {
            conversation: chat(&peer),
            to: BindTo::Work,
        };
        let report = dropped_after(times, phone.client.bind(request)).await;
        if let Some(report) = report {
            assert_eq!(report.unwrap().items, 3);
        }
        let key: Key = phone.bind(&peer, BindTo::Work).await.conversation;
        assert_eq!(phone.texts(&key).await, ["0", "1", "2"]);
    }
    phone.sync().await.unwrap();
    assert_eq!(forge.records("message").len(), 24);
    let bound = forge.records("binding").into_iter();
    let bound = bound.filter(|one| one.data.record.change == "bound");
    assert_eq!(bound.count(), 8);
    assert_eq!(phone.client.state().unwrap().undecided, 0);
}

#[tokio::test]
async fn a_send_or_an_intake_dropped_anywhere_happened_once_or_not_at_all() {
    let time = Time::new();
    let (_, phone) = Forge::with_phone(&time).await;
    let key = phone.bind(PEER, BindTo::Work).await.conversation;
    for times in 0..6 {
        let text = format!("回答 {times}");
        let ticket = dropped_after(times, phone.client.send(draft(&key, &text))).await;
        let input = IngestInput {
            reader: "whatsapp_cloud".into(),
            raw: forge::text(PEER, &format!("wamid.{times}"), &format!("見積 {times}")).into(),
        };
        let report = dropped_after(times, phone.client.ingest(input.clone())).await;
        // The same again finds everything as it should be.
        let again = phone.client.ingest(input).await.unwrap();
        assert_eq!(again.work + again.known, 1);
        let texts = phone.texts(&key).await;
        let queued = texts.iter().filter(|one| **one == text).count();
        assert!(queued <= 1 && (ticket.is_none() || queued == 1));
        assert!(report.is_none() || again.known == 1);
        let arrived = texts.iter().filter(|one| **one == format!("見積 {times}"));
        assert_eq!(arrived.count(), 1);
    }
    let queue = phone.queue().await.len();
    let written = phone
        .texts(&key)
        .await
        .iter()
        .filter(|text| text.starts_with("回答"))
        .count();
    assert_eq!(queue, written, "what shows as written waits to be sent");
}

#[tokio::test]
async fn leaving_and_coming_back_dropped_anywhere_leaves_a_client_that_works() {
    let time = Time::new();
    let (forge, phone) = Forge::with_phone(&time).await;
    let key = phone.bind(PEER, BindTo::Work).await.conversation;
    for times in 0..8 {
        dropped_after(times, phone.client.suspend()).await;
        dropped_after(times, phone.client.resume()).await;
        until("the client is open", async || {
            phone.client.resume().await.ok()
        })
        .await;
        forge.put(
            "event",
            &forge::text(PEER, &format!("wamid.{times}"), &format!("{times}")),
        );
        phone.sync().await.unwrap();
    }
    assert_eq!(phone.texts(&key).await.len(), 8);
}
