//! Webhooks: authenticity, splitting, repeats, numbering.

use crate::world::{ACCOUNT, OTHER_ACCOUNT, World, body, message, one, raw, wamids};
use companion_adapters::channel::whatsapp::inbound;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn the_subscription_check_answers_only_to_the_token() {
    let world = World::new().await;
    let check = |token: &str| {
        let query = format!("hub.mode=subscribe&hub.verify_token={token}&hub.challenge=115820");
        world
            .http
            .get(world.url(&format!("/hooks/whatsapp/acme?{query}")))
            .send()
    };
    let answer = check("verify-me").await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.text().await.unwrap(), "115820");
    assert_eq!(
        check("guess").await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_is_not_signed_by_the_channel_is_refused_unread() {
    let world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    let wrong = world
        .hook_signed(&one("1", "こんにちは"), "another secret")
        .await;
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    let unparsable = world.hook_signed("{", "another secret").await;
    assert_eq!(unparsable.status(), StatusCode::UNAUTHORIZED);
    let unsigned = world
        .http
        .post(world.url("/hooks/whatsapp/acme"))
        .body(one("1", "a"));
    assert_eq!(
        unsigned.send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(world.hook("{").await.status(), StatusCode::BAD_REQUEST);
    let nowhere = world
        .http
        .post(world.url("/hooks/whatsapp/other"))
        .body("{}");
    assert_eq!(
        nowhere.send().await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
    assert!(world.all(&phone).await.is_empty());
    assert_eq!(world.metric("hooks_bad_signature").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_beyond_the_limit_is_refused() {
    let world = World::new().await;
    let large = format!("{}{}", one("1", "a"), " ".repeat(4 * 1024 * 1024));
    assert_eq!(
        world.hook(&large).await.status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_kept_once_however_it_is_repeated_or_regrouped() {
    let world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    let (a, b, c) = (message("A", "a"), message("B", "b"), message("C", "c"));
    for group in [&[a.clone(), b.clone()][..], &[b, c.clone()], &[c, a]] {
        for _ in 0..3 {
            let answer = world.hook(&body(&[(ACCOUNT, group)])).await;
            assert_eq!(answer.status(), StatusCode::OK);
        }
    }
    assert_eq!(
        wamids(&world.all(&phone).await),
        ["wamid.A", "wamid.B", "wamid.C"]
    );
    assert_eq!(world.metric("events_duplicate").await, 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_s_events_reach_the_phones_that_are_bound_to_it_and_no_other() {
    let world = World::new().await;
    let one = world.phone(&[ACCOUNT]).await;
    let other = world.phone(&[OTHER_ACCOUNT]).await;
    let both = world.phone(&[ACCOUNT, OTHER_ACCOUNT]).await;
    let mixed = body(&[
        (ACCOUNT, &[message("mine", "a")]),
        (OTHER_ACCOUNT, &[message("theirs", "b")]),
        ("999", &[message("unknown", "c")]),
    ]);
    assert_eq!(world.hook(&mixed).await.status(), StatusCode::OK);
    let items = world.all(&one).await;
    assert_eq!(wamids(&items), ["wamid.mine"]);
    assert_eq!(items[0]["account"], ACCOUNT);
    assert_eq!(items[0]["verified"], "hmac-sha256");
    assert_eq!(wamids(&world.all(&other).await), ["wamid.theirs"]);
    assert_eq!(
        wamids(&world.all(&both).await),
        ["wamid.mine", "wamid.theirs"]
    );
    assert_eq!(world.metric("events_unknown_account").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_concerns_a_business_account_reaches_the_phones_of_each_of_its_numbers() {
    let second = "306540352242922";
    let more = format!(
        r#"waba = "777"
[[account]]
channel = "whatsapp"
id = "{second}"
waba = "777"
mode = "mixed"
"#
    );
    let world = World::with(&more).await;
    let one = world.phone(&[ACCOUNT]).await;
    let both = world.phone(&[ACCOUNT, second]).await;
    let apart = world.phone(&[OTHER_ACCOUNT]).await;
    let ban = |waba: &str| {
        let value = json!({"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}});
        let change = json!({"field": "account_update", "value": value});
        let entry = json!({"id": waba, "time": 1_767_323_045, "changes": [change]});
        json!({"object": "whatsapp_business_account", "entry": [entry]}).to_string()
    };
    for waba in ["777", "888"] {
        assert_eq!(world.hook(&ban(waba)).await.status(), StatusCode::OK);
    }
    let accounts = |items: &[Value]| -> Vec<Value> {
        items.iter().map(|item| item["account"].clone()).collect()
    };
    let items = world.all(&one).await;
    assert_eq!(accounts(&items), [ACCOUNT]);
    assert_eq!(raw(&items[0])["entry"][0]["id"], "777");
    assert_eq!(accounts(&world.all(&both).await), [ACCOUNT, second]);
    assert!(world.all(&apart).await.is_empty());
    assert_eq!(world.metric("events_unknown_account").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn news_of_a_person_s_id_that_names_no_number_is_given_to_each_number_in_its_own_name() {
    let more = r#"waba = "777""#;
    let world = World::with(more).await;
    let phone = world.phone(&[ACCOUNT, OTHER_ACCOUNT]).await;
    let update = |waba: &str, value: Value| {
        let change = json!({"field": "user_id_update", "value": value});
        let entry = json!({"id": waba, "changes": [change]});
        json!({"object": "whatsapp_business_account", "entry": [entry]}).to_string()
    };
    let ids = |current: &str| {
        json!([{"wa_id": "819012345678", "user_id": {"previous": "JP.1", "current": current},
            "timestamp": "1767323045"}])
    };
    let nameless = json!({"user_id_update": ids("JP.2")});
    let halfway = json!({"metadata": {"display_phone_number": "1"}, "user_id_update": ids("JP.3")});
    for body in [
        update("777", nameless.clone()),
        update("777", halfway),
        update("888", nameless),
    ] {
        assert_eq!(world.hook(&body).await.status(), StatusCode::OK);
    }
    let items = world.all(&phone).await;
    assert_eq!(items.len(), 2);
    for item in &items {
        let payload = inbound::read(raw(item).to_string().as_bytes(), world.now()).unwrap();
        let event = &payload.events[0];
        assert_eq!(
            (event.account.as_str(), &item["account"]),
            (ACCOUNT, &json!(ACCOUNT))
        );
        assert_eq!(event.conversation.id.as_str(), "819012345678");
    }
    assert_eq!(world.metric("events_unknown_account").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_no_phone_is_bound_to_is_counted_and_not_kept() {
    let world = World::new().await;
    assert_eq!(world.hook(&one("1", "a")).await.status(), StatusCode::OK);
    assert_eq!(world.metric("events_unbound").await, 1);
    let phone = world.phone(&[ACCOUNT]).await;
    assert!(world.all(&phone).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_hooks_at_once_are_numbered_without_a_gap() {
    let world = Arc::new(World::new().await);
    let phones = [world.phone(&[ACCOUNT]).await, world.phone(&[ACCOUNT]).await];
    let hooks: Vec<_> = (0..50)
        .map(|n| {
            let world = world.clone();
            tokio::spawn(async move {
                let group = [
                    message(&format!("{n}a"), "a"),
                    message(&format!("{n}b"), "b"),
                ];
                world.hook(&body(&[(ACCOUNT, &group)])).await.status()
            })
        })
        .collect();
    for hook in hooks {
        assert_eq!(hook.await.unwrap(), StatusCode::OK);
    }
    for phone in &phones {
        let items = world.all(phone).await;
        let numbers: Vec<u64> = items
            .iter()
            .map(|item| item["seq"].as_u64().unwrap())
            .collect();
        assert_eq!(numbers, (1..=100).collect::<Vec<_>>());
        let mut ids = wamids(&items);
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 100);
    }
}
