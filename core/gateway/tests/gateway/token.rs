//! Tokens: who gets one, for how long, and who does not.

use crate::world::{ACCOUNT, Phone, World};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::{fs, time::Duration};

async fn refused(world: &World, assertion: &str) -> String {
    let answer = world.ask_token(assertion).await;
    assert!(answer.status().is_client_error());
    let problem: Value = answer.json().await.unwrap();
    problem["code"].as_str().unwrap().to_owned()
}

async fn sync_status(world: &World, token: &str) -> StatusCode {
    let url = world.url("/v1/sync?nonce=AAAAAAAAAAAAAAAAAAAAAA");
    world
        .http
        .get(url)
        .bearer_auth(token)
        .send()
        .await
        .unwrap()
        .status()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_is_taken_once() {
    let world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    let assertion = phone.assertion(world.now());
    let answer = world.ask_token(&assertion).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(
        (&answer["token_type"], &answer["expires_in"]),
        (&json!("Bearer"), &json!(900))
    );
    assert_eq!(refused(&world, &assertion).await, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_that_is_not_exactly_right_is_refused() {
    let world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    let other = world.phone(&[ACCOUNT]).await;
    let now = world.now().seconds();
    for (claim, value) in [
        ("aud", json!("https://elsewhere.example")),
        ("sub", json!(other.id)),
        ("iss", json!(other.id)),
        ("iss", json!("nobody")),
        ("exp", json!(now - 120)),
        ("exp", json!(now + 3600)),
        ("iat", json!(now + 3600)),
        ("jti", json!("")),
    ] {
        let mut claims = phone.claims(world.now());
        claims[claim] = value;
        assert_eq!(
            refused(&world, &phone.sign(&claims)).await,
            "invalid_grant",
            "{claim}"
        );
    }
    let mut forged = Phone::new(&[ACCOUNT], world.folder.path());
    fs::remove_file(forged.grant(world.folder.path())).unwrap();
    forged.id = phone.id.clone();
    assert_eq!(
        refused(&world, &forged.assertion(world.now())).await,
        "invalid_grant"
    );
    for garbage in ["", "a.b.c", "e30.e30.e30"] {
        assert_eq!(refused(&world, garbage).await, "invalid_grant");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_after_a_quarter_of_an_hour() {
    let world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    let token = world.token(&phone).await;
    assert_eq!(sync_status(&world, &token).await, StatusCode::OK);
    assert_eq!(sync_status(&world, "guess").await, StatusCode::UNAUTHORIZED);
    world.pass(901);
    assert_eq!(sync_status(&world, &token).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_whose_grant_is_gone_is_told_so() {
    let world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    let token = world.token(&phone).await;
    fs::remove_file(phone.grant(world.folder.path())).unwrap();
    while sync_status(&world, &token).await == StatusCode::OK {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(
        refused(&world, &phone.assertion(world.now())).await,
        "enrolment_disabled"
    );
}
