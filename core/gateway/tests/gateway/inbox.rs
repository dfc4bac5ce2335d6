//! Reading a queue: cursors, acknowledgements, expiry, limits.

use crate::world::{ACCOUNT, World, body, message, one, raw, wamids};
use companion_domain::time::Timestamp;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::{fs, sync::Arc, time::Duration};
use tokio::task::JoinSet;

async fn code(answer: reqwest::Response) -> String {
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: Value = answer.json().await.unwrap();
    problem["code"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn cursors_are_exact_across_pages_acknowledgements_and_a_restart() {
    let mut world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    for n in 1..=5 {
        world.hook(&one(&n.to_string(), "a")).await;
    }
    let first = world.sync(&phone, "limit=2").await;
    assert_eq!((first.next, first.more, first.items.len()), (2, true, 2));
    let inbox = first.inbox;
    let answer = world
        .ack(&phone, json!({"inbox": inbox, "through": 2}))
        .await;
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({"acked": 2}));

    world.restart().await;
    let rest = world.sync(&phone, &format!("inbox={inbox}&after=2")).await;
    assert_eq!(rest.inbox, inbox, "a restart does not begin a new life");
    let numbers: Vec<&Value> = rest.items.iter().map(|item| &item["seq"]).collect();
    assert_eq!(numbers, [3, 4, 5]);
    let again = world
        .ack(&phone, json!({"inbox": inbox, "through": 1}))
        .await;
    assert_eq!(
        again.json::<Value>().await.unwrap(),
        json!({"acked": 2}),
        "it only grows"
    );
    world
        .ack(&phone, json!({"inbox": inbox, "through": 5}))
        .await;
    assert!(world.all(&phone).await.is_empty());
    world.hook(&one("6", "a")).await;
    assert_eq!(world.sync(&phone, "").await.items[0]["seq"], 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_must_speak_of_this_queue_and_of_what_was_numbered() {
    let world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    world.hook(&one("1", "a")).await;
    let inbox = world.sync(&phone, "").await.inbox;
    let beyond = world
        .ack(&phone, json!({"inbox": inbox, "through": 2}))
        .await;
    assert_eq!(code(beyond).await, "ack_beyond_end");
    let other = world
        .ack(&phone, json!({"inbox": "other", "through": 1}))
        .await;
    assert_eq!(other.status(), StatusCode::CONFLICT);
    assert_eq!(code(other).await, "other_inbox");
    assert_eq!(world.all(&phone).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuilt_store_has_another_inbox_and_is_read_from_its_start() {
    let mut world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    world.hook(&one("1", "a")).await;
    let before = world.sync(&phone, "").await;
    world.stop().await;
    for file in ["gateway.db", "gateway.db-wal", "gateway.db-shm"] {
        let _ = fs::remove_file(world.folder.path().join(file));
    }
    world.start().await;
    world.hook(&one("1", "a")).await;
    let page = world
        .sync(&phone, &format!("inbox={}&after=1", before.inbox))
        .await;
    assert_ne!(page.inbox, before.inbox);
    assert_eq!(
        page.items[0]["id"], before.items[0]["id"],
        "the phone knows it again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_backup_was_put_back_no_number_is_given_twice_and_the_gap_is_declared() {
    let mut world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    world.hook(&one("1", "a")).await;
    let inbox = world.sync(&phone, "").await.inbox;
    let ack = json!({"inbox": inbox, "through": 1});
    world.ack(&phone, ack).await;
    let from = world.now();
    world.stop().await;
    let database = world.folder.path().join("gateway.db");
    let backup = fs::read(&database).unwrap();
    world.start().await;
    for id in ["2", "3"] {
        world.hook(&one(id, "a")).await;
    }
    assert_eq!(
        world
            .sync(&phone, &format!("inbox={inbox}&after=1"))
            .await
            .next,
        3
    );
    world.stop().await;
    fs::write(&database, backup).unwrap();
    world.start().await;
    world.pass(60);
    let page = world.sync(&phone, &format!("inbox={inbox}&after=3")).await;
    assert_ne!(page.inbox, inbox);
    let marker = world.open(&phone, &page.items[0]);
    assert_eq!(
        (&marker["kind"], &marker["seq"]),
        (&json!("overflow"), &json!(1))
    );
    assert_eq!(raw(&marker), json!({"from": from, "to": world.now()}));
    world.hook(&one("4", "a")).await;
    let page = world
        .sync(&phone, &format!("inbox={}&after=1", page.inbox))
        .await;
    assert_eq!(page.items[0]["seq"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_begins_anew_once_however_many_polls_are_ahead_of_the_store() {
    let world = Arc::new(World::new().await);
    let phone = Arc::new(world.phone(&[ACCOUNT]).await);
    let inbox = world.sync(&phone, "").await.inbox;
    let ahead = format!("inbox={inbox}&after=9");
    let mut polls = JoinSet::new();
    for _ in 0..8 {
        let (world, phone, ahead) = (world.clone(), phone.clone(), ahead.clone());
        polls.spawn(async move { world.sync(&phone, &ahead).await.inbox });
    }
    let mut inboxes = polls.join_all().await;
    inboxes.dedup();
    assert_eq!(inboxes.len(), 1);
    assert_ne!(inboxes[0], inbox);
    assert_eq!(world.metric("inboxes_renewed").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_answered_as_a_problem() {
    let world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    let inbox = world.sync(&phone, "").await.inbox;
    let get = |path: &str| world.http.get(world.url(path));
    let token = world.token(&phone).await;
    let beyond = format!(
        "/v1/sync?nonce=AAAAAAAAAAAAAAAAAAAAAA&inbox={inbox}&after={}",
        u64::MAX
    );
    for (request, expected) in [
        (get("/v1/ack"), "method_not_allowed"),
        (get("/nowhere"), "not_found"),
        (get("/hooks/whatsapp/%FF"), "not_found"),
        (get("/hooks/whatsapp/acme?%FF=%"), "refused"),
        (get(&beyond).bearer_auth(&token), "malformed"),
        (get("/v1/sync?after=-1").bearer_auth(&token), "malformed"),
    ] {
        let answer = request.send().await.unwrap();
        let url = answer.url().path().to_owned();
        assert_eq!(code(answer).await, expected, "{url}");
    }
    let rejected = json!([{"seq": u64::MAX, "reason": "item.seal"}]);
    let ack = json!({"inbox": inbox, "through": 0, "rejected": rejected});
    assert_eq!(code(world.ack(&phone, ack).await).await, "malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_poll_answers_when_something_comes() {
    let world = Arc::new(World::new().await);
    let phone = Arc::new(world.phone(&[ACCOUNT]).await);
    let polling = {
        let (world, phone) = (world.clone(), phone.clone());
        tokio::spawn(async move { world.sync(&phone, "wait=25").await.items.len() })
    };
    tokio::time::sleep(Duration::from_millis(100)).await;
    world.hook(&one("1", "a")).await;
    assert_eq!(polling.await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_poll_does_not_keep_a_gateway_from_stopping() {
    let mut world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    let token = world.token(&phone).await;
    let url = world.url("/v1/sync?nonce=AAAAAAAAAAAAAAAAAAAAAA&wait=25");
    let request = world.http.get(url).bearer_auth(token);
    let polling = tokio::spawn(request.send());
    tokio::time::sleep(Duration::from_millis(200)).await;
    world.stop().await;
    let answer = polling.await.unwrap().unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_phone_that_never_reads_harms_no_other() {
    let world = World::new().await;
    let _silent = world.phone(&[ACCOUNT]).await;
    let phone = world.phone(&[ACCOUNT]).await;
    for n in 0..20 {
        world.hook(&one(&n.to_string(), "a")).await;
        let page = world.sync(&phone, "").await;
        assert_eq!(page.items.len(), 1);
        let through = json!({"inbox": page.inbox, "through": page.next});
        world.ack(&phone, through).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_the_phone_cannot_read_is_put_aside_and_blocks_nothing() {
    let world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    world.hook(&one("1", "a")).await;
    let inbox = world.sync(&phone, "").await.inbox;
    let rejected = json!([{"seq": 1, "reason": "item.seal"}]);
    let ack = json!({"inbox": inbox, "through": 1, "rejected": rejected});
    assert_eq!(world.ack(&phone, ack).await.status(), StatusCode::OK);
    assert!(world.all(&phone).await.is_empty());
    assert_eq!(world.metric("items_rejected").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_items_stay_as_signed_tombstones() {
    let world = World::build("", 600).await;
    let phone = world.phone(&[ACCOUNT]).await;
    world.hook(&one("1", "a")).await;
    let page = world.sync(&phone, "").await;
    let sealed = page.items[0].clone();
    world.pass(31 * 24 * 3600);
    world.hook(&one("2", "b")).await;
    let page = world.sync(&phone, &format!("inbox={}", page.inbox)).await;
    assert_eq!(page.items.len(), 2, "no number is missing");
    let hint = &page.items[0];
    assert_eq!(hint.get("sealed"), None);
    let tombstone = world.verify_item(hint["tombstone"].as_str().unwrap());
    assert_eq!(
        tombstone,
        json!({
            "v": 1, "aud": phone.id, "inbox": page.inbox, "seq": 1, "id": sealed["id"],
            "kind": "tombstone", "nbf": sealed["exp"],
        })
    );
    assert_eq!(wamids(&[world.open(&phone, &page.items[1])]), ["wamid.2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_too_large_for_an_item_becomes_a_declared_overflow() {
    let world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    let large = "a".repeat(257 * 1024);
    assert_eq!(world.hook(&one("1", &large)).await.status(), StatusCode::OK);
    world.hook(&one("2", "b")).await;
    let items = world.all(&phone).await;
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["kind"], "overflow");
    assert_eq!(
        raw(&items[0]),
        json!({"from": world.now(), "to": world.now()})
    );
    assert_eq!(world.metric("events_oversize").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_keeps_what_it_has_and_declares_what_found_no_room() {
    let world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    let mut n = 0;
    let mut batch = |count: usize| -> String {
        let messages: Vec<String> = (0..count)
            .map(|_| {
                n += 1;
                message(&n.to_string(), "a")
            })
            .collect();
        body(&[(ACCOUNT, &messages)])
    };
    for _ in 0..10 {
        assert_eq!(world.hook(&batch(1000)).await.status(), StatusCode::OK);
    }
    let from = world.now();
    for _ in 0..3 {
        world.hook(&batch(1)).await;
        world.pass(10);
    }
    let to = Timestamp::from_ms(world.now().ms() - 10_000);
    assert_eq!(world.metric("items_without_room").await, 3);
    let page = world.sync(&phone, "").await;
    let through = json!({"inbox": page.inbox, "through": 10_000});
    world.ack(&phone, through).await;
    world.hook(&batch(1)).await;
    let items = world.all(&phone).await;
    let numbers: Vec<&Value> = items.iter().map(|item| &item["seq"]).collect();
    assert_eq!(numbers, [10_001, 10_002]);
    assert_eq!(
        items[0]["kind"], "overflow",
        "one marker, before what came later"
    );
    assert_eq!(raw(&items[0]), json!({"from": from, "to": to}));
    assert_eq!(wamids(&items), ["wamid.10004"]);
}
