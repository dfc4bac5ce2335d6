//! Records on their way to targets.

use crate::{
    sandbox::{Answer, Sandbox},
    world::{ACCOUNT, OTHER_ACCOUNT, Phone, World},
};
use companion_crypto::chain;
use companion_domain::{
    bytes::Digest,
    id::{TenantId, WriterId},
    record::{Envelope, Record},
};
use serde_json::{Value, json};

/// A kintone target and an account that sends, both of the sandbox at `address`.
pub fn targets(address: &str) -> String {
    format!(
        r#"
[account.send]
base_url = "{address}"
version = "v23.0"
token = "whatsapp-token"

[[target]]
name = "crm"
kind = "kintone"
base_url = "{address}/k/v1"
app = 12
token = "kintone-token"
"#
    )
}

/// Records of one writer, in the order of its chain.
pub struct Writer<'a> {
    phone: &'a Phone,
    seq: u64,
    head: [u8; 32],
}

impl<'a> Writer<'a> {
    pub fn new(phone: &'a Phone) -> Self {
        Self {
            phone,
            seq: 0,
            head: chain::start(&phone.id),
        }
    }

    pub fn record(
        &mut self,
        key: &str,
        conversation: &str,
        conversation_seq: u64,
        text: &str,
    ) -> Value {
        let record = json!({
            "v": 1, "key": key, "kind": "message", "change": "created", "channel": "whatsapp",
            "account": ACCOUNT, "conversation": conversation, "conversation_seq": conversation_seq,
            "direction": "inbound", "origin": "live", "recorded_at": "2026-01-02T03:04:05.000Z",
            "content": "text", "text": text, "reply_to": null, "supersedes": null,
            "salt": "AAAAAAAAAAAAAAAAAAAAAA",
        });
        let record: Record = serde_json::from_value(record).unwrap();
        self.envelope(record)
    }

    fn envelope(&mut self, record: Record) -> Value {
        self.seq += 1;
        self.head = chain::next(&self.head, self.seq, &chain::digest(&record).unwrap());
        let writer = WriterId::new(self.phone.id.clone());
        let tenant = TenantId::new("acme");
        let event = Envelope::new(&tenant, &writer, self.seq, Digest(self.head), record);
        serde_json::to_value(event).unwrap()
    }
}

/// Hands records over; answers each result, with its reason.
async fn hand_over(world: &World, phone: &Phone, events: &[Value]) -> Vec<String> {
    let records: Vec<Value> = events
        .iter()
        .map(|event| json!({"event": event, "blobs": {}}))
        .collect();
    let answer = world
        .post(phone, "/v1/records", &json!({"records": records}))
        .await;
    results(&answer.json().await.unwrap())
}

pub async fn send(world: &World, phone: &Phone, message: Value) -> Vec<String> {
    let answer = world
        .post(phone, "/v1/messages", &json!({"messages": [message]}))
        .await;
    results(&answer.json().await.unwrap())
}

fn results(answer: &Value) -> Vec<String> {
    let text = |result: &Value| {
        let word = result["result"].as_str().unwrap();
        match result["reason"].as_str() {
            Some(reason) => format!("{word} {reason}"),
            None => word.to_owned(),
        }
    };
    answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(text)
        .collect()
}

pub fn message(id: &str, text: &str) -> Value {
    json!({
        "client_message_id": id, "channel": "whatsapp", "account": ACCOUNT,
        "conversation": "819012345678", "to": {"kind": "phone", "value": "819012345678"},
        "content": {"kind": "text", "text": text, "reply_to": null},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn records_arrive_in_their_conversation_s_order_and_their_writer_is_told() {
    let (sandbox, address) = Sandbox::start().await;
    let world = World::with(&targets(&address)).await;
    let phone = world.phone(&[ACCOUNT]).await;
    let mut writer = Writer::new(&phone);
    let events: Vec<Value> = (1..=30_u64)
        .map(|n| {
            writer.record(
                &format!("m1{n}"),
                &format!("c1{}", n % 3),
                n.div_ceil(3),
                "a",
            )
        })
        .collect();
    assert_eq!(hand_over(&world, &phone, &events).await, ["accepted"; 30]);
    let outcomes = world.wait_for(&phone, "outcome", 30).await;
    assert!(outcomes.iter().all(|outcome| outcome["outcome"] == "done"));
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome["remote_id"].is_string())
    );
    for conversation in ["c10", "c11", "c12"] {
        let of_it: Vec<u64> = sandbox
            .applied()
            .iter()
            .filter(|record| record["record"]["conversation_key"]["value"] == conversation)
            .map(|record| {
                record["record"]["conversation_seq"]["value"]
                    .as_str()
                    .unwrap()
                    .parse()
                    .unwrap()
            })
            .collect();
        assert_eq!(of_it, (1..=10).collect::<Vec<_>>(), "{conversation}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_id_is_a_duplicate_or_a_conflict() {
    let (sandbox, address) = Sandbox::start().await;
    let world = World::with(&targets(&address)).await;
    let (phone, other) = (world.phone(&[ACCOUNT]).await, world.phone(&[ACCOUNT]).await);
    let event = Writer::new(&phone).record("m1a", "c1", 1, "a");
    let changed = Writer::new(&phone).record("m1a", "c1", 1, "b");
    let theirs = Writer::new(&other).record("m1a", "c1", 1, "c");
    assert_eq!(
        hand_over(&world, &phone, std::slice::from_ref(&event)).await,
        ["accepted"]
    );
    assert_eq!(
        hand_over(&world, &phone, &[event, changed]).await,
        ["duplicate", "conflict"]
    );
    assert_eq!(hand_over(&world, &other, &[theirs]).await, ["duplicate"]);
    assert_eq!(
        world.wait_for(&phone, "outcome", 1).await[0]["outcome"],
        "done"
    );
    let told = &world.wait_for(&other, "outcome", 1).await[0];
    assert_eq!(
        (&told["id"], &told["outcome"]),
        (&json!("m1a"), &json!("already_there"))
    );
    assert_eq!(sandbox.keys(), ["m1a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_whose_parts_do_not_agree_is_refused() {
    let (sandbox, address) = Sandbox::start().await;
    let world = World::with(&targets(&address)).await;
    let phone = world.phone(&[ACCOUNT]).await;
    let other = world.phone(&[OTHER_ACCOUNT]).await;
    let good = Writer::new(&phone).record("m1a", "c1", 1, "a");
    let with = |pointer: &str, value: Value| {
        let mut event = good.clone();
        *event.pointer_mut(pointer).unwrap() = value;
        event
    };
    let mut newer = good.clone();
    newer["data"]["record"]["header"] = json!({"ask": "confirm"});
    let mut shapeless = good.clone();
    shapeless["data"] = json!(1);
    let events = [
        with("/id", json!("m1b")),
        with("/subject", json!("c2")),
        with("/source", json!("urn:companion:other")),
        with("/sequence", json!("0000000000000009")),
        with("/data/writer", json!(other.id)),
        with("/data/record/text", json!("a".repeat(70_000))),
        shapeless,
        newer,
    ];
    assert_eq!(
        hand_over(&world, &phone, &events).await,
        [
            "refused record_envelope",
            "refused record_envelope",
            "refused record_envelope",
            "refused record_envelope",
            "refused record_writer",
            "refused record_size",
            "refused record_shape",
            "held record_newer",
        ]
    );
    let unbound = Writer::new(&other).record("m1a", "c1", 1, "a");
    assert_eq!(
        hand_over(&world, &other, &[unbound]).await,
        ["refused account_not_bound"]
    );
    assert_eq!(hand_over(&world, &phone, &[good]).await, ["accepted"]);
    world.wait_for(&phone, "outcome", 1).await;
    assert_eq!(sandbox.keys(), ["m1a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_target_a_record_is_held() {
    let world = World::new().await;
    let phone = world.phone(&[ACCOUNT]).await;
    let event = Writer::new(&phone).record("m1a", "c1", 1, "a");
    assert_eq!(
        hand_over(&world, &phone, &[event]).await,
        ["held no_target"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_asks_for_a_pause_gets_it_in_every_conversation() {
    for retry_after in ["120", "Fri, 02 Jan 2026 03:06:05 GMT"] {
        let (sandbox, address) = Sandbox::start().await;
        let world = World::with(&targets(&address)).await;
        let phone = world.phone(&[ACCOUNT]).await;
        let mut writer = Writer::new(&phone);
        sandbox.next(Answer::Refuse(
            429,
            Some(retry_after),
            r#"{"code":"GAIA_TO04"}"#,
        ));
        hand_over(&world, &phone, &[writer.record("m1a", "c1", 1, "a")]).await;
        while sandbox.requests() == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        world.pass(60);
        hand_over(&world, &phone, &[writer.record("m1b", "c2", 1, "b")]).await;
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        assert_eq!(
            sandbox.requests(),
            1,
            "{retry_after}: nothing goes during the pause"
        );
        world.pass(61);
        assert_eq!(world.wait_for(&phone, "outcome", 2).await.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_the_target_will_never_take_is_parked_and_blocks_nothing() {
    let (sandbox, address) = Sandbox::start().await;
    let world = World::with(&targets(&address)).await;
    let phone = world.phone(&[ACCOUNT]).await;
    sandbox.refuse_key("m13");
    let mut writer = Writer::new(&phone);
    let events: Vec<Value> = (1..=6)
        .map(|n| writer.record(&format!("m1{n}"), "c1", n, "a"))
        .collect();
    hand_over(&world, &phone, &events).await;
    let outcomes = world.wait_for(&phone, "outcome", 6).await;
    let parked: Vec<&Value> = outcomes
        .iter()
        .filter(|outcome| outcome["outcome"] == "permanent")
        .collect();
    assert_eq!(parked.len(), 1);
    assert_eq!(
        (&parked[0]["id"], &parked[0]["code"]),
        (&json!("m13"), &json!("kintone.CB_VA01"))
    );
    assert_eq!(sandbox.keys(), ["m11", "m12", "m14", "m15", "m16"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_delivered_waits_through_a_restart() {
    let (sandbox, address) = Sandbox::start().await;
    let mut world = World::with(&targets(&address)).await;
    let phone = world.phone(&[ACCOUNT]).await;
    let mut writer = Writer::new(&phone);
    sandbox.next(Answer::Refuse(500, None, ""));
    let events = [
        writer.record("m1a", "c1", 1, "a"),
        writer.record("m1b", "c1", 2, "b"),
    ];
    hand_over(&world, &phone, &events).await;
    while sandbox.requests() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    world.restart().await;
    world.pass(10);
    world.wait_for(&phone, "outcome", 2).await;
    assert_eq!(sandbox.keys(), ["m1a", "m1b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_backs_off_is_not_overtaken_in_its_conversation() {
    // Only the second says that the whole target is busy.
    for (status, others_go_on) in [(409, true), (503, false)] {
        let (sandbox, address) = Sandbox::start().await;
        let world = World::with(&targets(&address)).await;
        let phone = world.phone(&[ACCOUNT]).await;
        let mut writer = Writer::new(&phone);
        sandbox.next(Answer::Refuse(status, None, ""));
        hand_over(&world, &phone, &[writer.record("m1a", "c1", 1, "a")]).await;
        while sandbox.requests() == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        hand_over(&world, &phone, &[writer.record("m1b", "c1", 2, "b")]).await;
        let mut keys = Vec::new();
        if others_go_on {
            hand_over(&world, &phone, &[writer.record("m1c", "c2", 1, "c")]).await;
            world.wait_for(&phone, "outcome", 1).await;
            keys.push("m1c");
        }
        assert_eq!(sandbox.keys(), keys, "{status}");
        world.pass(10);
        keys.extend(["m1a", "m1b"]);
        world.wait_for(&phone, "outcome", keys.len()).await;
        assert_eq!(sandbox.keys(), keys, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_message_does_not_come_back() {
    let (sandbox, address) = Sandbox::start().await;
    let world = World::with(&targets(&address)).await;
    let phone = world.phone(&[ACCOUNT]).await;
    let mut writer = Writer::new(&phone);
    let template = writer.record("k1e", "c1", 1, "");
    let mut record: Record = serde_json::from_value(template["data"]["record"].clone()).unwrap();
    record.kind = "erasure".into();
    record.reply_to = Some(companion_domain::id::Key::new("m1a"));
    let erasure = Writer::new(&phone).envelope(record);
    assert_eq!(hand_over(&world, &phone, &[erasure]).await, ["accepted"]);
    world.wait_for(&phone, "outcome", 1).await;
    let late = [
        writer.record("m1a", "c1", 2, "a"),
        writer.record("m1a-e5-abcdef", "c1", 3, "b"),
    ];
    assert_eq!(
        hand_over(&world, &phone, &late).await,
        ["accepted", "accepted"]
    );
    let outcomes = world.wait_for(&phone, "outcome", 3).await;
    for late in &outcomes[1..] {
        assert_eq!(
            (&late["outcome"], &late["code"]),
            (&json!("permanent"), &json!("record.erased"))
        );
    }
    assert_eq!(sandbox.keys(), ["k1e"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_two_targets_the_outcome_is_that_of_both() {
    let (sandbox, address) = Sandbox::start().await;
    let two = format!(
        r#"{}
[[target]]
name = "events"
kind = "webhook"
url = "{address}/events"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"#,
        targets(&address)
    );
    let world = World::with(&two).await;
    let phone = world.phone(&[ACCOUNT]).await;
    sandbox.refuse_key("m1bad");
    let mut writer = Writer::new(&phone);
    let events = [
        writer.record("m1a", "c1", 1, "a"),
        writer.record("m1bad", "c2", 1, "b"),
    ];
    hand_over(&world, &phone, &events).await;
    let mut outcomes = world.wait_for(&phone, "outcome", 2).await;
    outcomes.sort_by_key(|outcome| outcome["id"].to_string());
    assert_eq!(
        (&outcomes[0]["id"], &outcomes[0]["outcome"]),
        (&json!("m1a"), &json!("done"))
    );
    assert_eq!(
        (&outcomes[1]["id"], &outcomes[1]["outcome"]),
        (&json!("m1bad"), &json!("permanent"))
    );
    assert_eq!(
        sandbox.applied().len(),
        3,
        "one at kintone, two at the webhook"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_point_is_reached_by_a_phone_s_day_and_no_other_is() {
    let (_sandbox, address) = Sandbox::start().await;
    let world = World::with(&targets(&address)).await;
    let phone = world.phone(&[ACCOUNT]).await;
    world.hook(&crate::world::one("1", "a")).await;
    let page = world.sync(&phone, "").await;
    let ack = json!({"inbox": page.inbox, "through": page.next});
    world.ack(&phone, ack).await;
    hand_over(
        &world,
        &phone,
        &[Writer::new(&phone).record("m1a", "c1", 1, "a")],
    )
    .await;
    send(&world, &phone, message("own-1", "a")).await;
    world.wait_for(&phone, "outcome", 2).await;
    crate::receipts::hand_over_checkpoint(&world, &phone).await;
    let reached: Vec<&str> = world.reached.lock().unwrap().iter().copied().collect();
    let mut named = companion_gateway::FAULT_POINTS.to_vec();
    named.sort_unstable();
    assert_eq!(reached, named);
}
