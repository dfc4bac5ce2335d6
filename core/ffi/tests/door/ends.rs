//! Streams, calls and objects come to an end.

use crate::phone::Phone;
use companion_engine::values::{Page, SyncOptions};
use companion_ffi::{CancelToken, ChangeStream, error::CompanionError, live_objects};
use std::{sync::Arc, time::Duration};

/// How long a stream may take to end, in real time.
const PATIENCE: Duration = Duration::from_secs(60);

async fn over(stream: &ChangeStream) {
    let next = tokio::time::timeout(PATIENCE, stream.next()).await;
    assert_eq!(next.expect("the stream goes on"), Ok(None));
}

#[tokio::test]
async fn a_closed_stream_ends_and_a_closed_client_ends_all() {
    let phone = Phone::joined().await;
    let client = phone.open(phone.ports()).await.unwrap();
    let (first, second) = (client.changes().unwrap(), client.changes().unwrap());
    let waiting = tokio::spawn(async move { over(&first).await });
    let other = client.changes().unwrap();
    other.close().unwrap();
    over(&other).await;
    client.close().await.unwrap();
    waiting.await.unwrap();
    over(&second).await;
    let page = client.inbox(Page::default()).await;
    assert_eq!(page.err(), Some(CompanionError::Closed));
    assert_eq!(client.state().unwrap().phase, "closed");
}

#[tokio::test]
async fn a_cancelled_token_ends_the_calls_that_carry_it() {
    let phone = Phone::joined().await;
    let client = phone.open(phone.ports()).await.unwrap();
    let token = CancelToken::new().unwrap();
    token.cancel().unwrap();
    let synced = client.sync_once(SyncOptions::default(), Arc::clone(&token));
    assert_eq!(synced.await.err(), Some(CompanionError::Cancelled));
    client.close().await.unwrap();
}

#[tokio::test]
async fn a_call_that_is_dropped_under_way_leaves_the_client_usable() {
    let phone = Phone::joined().await;
    let mut ports = phone.ports();
    ports.network = || None;
    let ports = Arc::new(ports);
    let client = phone.open(ports.clone()).await.unwrap();
    for _ in 0..2 {
        let token = CancelToken::new().unwrap();
        let syncing = client.sync_once(SyncOptions::default(), token);
        tokio::select! {
            _ = syncing => panic!("nobody answers"),
            () = ports.asked.notified() => {}
        }
    }
    assert!(
        client
            .inbox(Page::default())
            .await
            .unwrap()
            .items
            .is_empty()
    );
    client.close().await.unwrap();
}

#[test]
fn what_is_freed_is_counted_off() {
    // Other tests hold objects at the same time, so many are made: far more than all of them.
    let tokens: Vec<_> = (0..1000).map(|_| CancelToken::new().unwrap()).collect();
    assert!(live_objects().unwrap() >= 1000);
    drop(tokens);
    assert!(live_objects().unwrap() < 1000);
}
