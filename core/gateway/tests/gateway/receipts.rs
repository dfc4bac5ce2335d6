//! Checkpoints and receipts.

use crate::world::{ACCOUNT, Phone, World};
use companion_crypto::{checkpoint, document, hash::jcs};
use data_encoding::BASE64URL_NOPAD;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::fs;

pub fn checkpoint(phone: &Phone, writer: &str, seq: u64, head: u8) -> String {
    let payload = json!({
        "v": 1, "writer": writer, "seq": seq, "head": BASE64URL_NOPAD.encode(&[head; 32]),
        "time": "2026-01-02T03:04:05.000Z", "undelivered": 0, "parked": [],
        "prev": BASE64URL_NOPAD.encode(&[0; 32]),
    });
    sign(phone, checkpoint::TYP, &payload)
}

fn sign(phone: &Phone, typ: &str, payload: &Value) -> String {
    document::sign(typ, jcs(payload).unwrap(), &[&phone.device]).unwrap()
}

pub async fn hand_over_checkpoint(world: &World, phone: &Phone) {
    let document = checkpoint(phone, &phone.id, 3, 1);
    assert_eq!(hand_over(world, document).await, StatusCode::OK);
}

pub async fn hand_over(world: &World, document: String) -> StatusCode {
    let request = world.http.post(world.url("/v1/receipts")).body(document);
    request.send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_is_kept_and_two_heads_for_one_number_raise_an_alarm() {
    let world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    // ES256 signs differently each time: the payload names the document.
    for _ in 0..2 {
        let document = checkpoint(&phone, &phone.id, 3, 1);
        assert_eq!(hand_over(&world, document).await, StatusCode::OK);
    }
    assert_eq!(world.metric("chain_forks").await, 0);
    let document = checkpoint(&phone, &phone.id, 3, 2);
    assert_eq!(hand_over(&world, document).await, StatusCode::OK);
    assert_eq!(world.metric("chain_forks").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_counts_only_from_the_device_that_it_speaks_for() {
    let world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    let other = world.phone(&[ACCOUNT]).await;
    let foreign = checkpoint(&phone, &other.id, 3, 1);
    assert_eq!(hand_over(&world, foreign).await, StatusCode::FORBIDDEN);
    let mut changed: Value = serde_json::from_str(&checkpoint(&phone, &phone.id, 3, 1)).unwrap();
    changed["payload"] = json!("e30");
    assert_eq!(
        hand_over(&world, changed.to_string()).await,
        StatusCode::UNAUTHORIZED
    );
    let stranger = sign(
        &phone,
        "companion-order+jws",
        &json!({"v": 1, "iss": phone.id}),
    );
    assert_eq!(hand_over(&world, stranger).await, StatusCode::BAD_REQUEST);
    assert_eq!(
        hand_over(&world, "{}".into()).await,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_whose_enrolment_ended_still_reports() {
    let world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    fs::remove_file(phone.grant(world.folder.path())).unwrap();
    while world
        .ask_token(&phone.assertion(world.now()))
        .await
        .status()
        != StatusCode::FORBIDDEN
    {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let receipt = json!({"v": 1, "iss": phone.id, "order": "x", "cmd": "wipe", "outcome": "done"});
    let document = sign(&phone, "companion-receipt+jws", &receipt);
    assert_eq!(hand_over(&world, document).await, StatusCode::OK);
}
