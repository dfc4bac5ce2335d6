//! What a webhook tells, whole or in parts, and that no bytes harm the reader. Fixtures with their full meaning are tested by
//! `companionctl inspect`; here every one of them is cut and mutated.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]
#![expect(
    clippy::disallowed_methods,
    reason = "tests read their fixtures from files"
)]

use companion_adapters::channel::whatsapp::inbound::{
    BadPayload, HistorySync, Payload, read, split,
};
use companion_domain::{event::ChannelEvent, time::Timestamp};
use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};
use std::{fs, path::Path};

#[test]
fn a_part_means_what_it_meant_in_the_whole_body() {
    let mut parts = 0;
    for (name, body) in fixtures() {
        parts += compare(&body, &name);
    }
    assert!(parts > 100, "{parts} parts compared");
}

#[test]
fn a_part_holds_nothing_of_another_chat_or_account() {
    let parts = |name: &str| -> Vec<String> {
        let parts = split(&fixture(name)).unwrap().into_iter();
        parts
            .map(|part| String::from_utf8(part.raw).unwrap())
            .collect()
    };
    for part in parts("several_numbers") {
        let accounts = ["2001", "2002", "2003"];
        let held = accounts
            .iter()
            .filter(|account| part.contains(*account))
            .count();
        assert_eq!(held, 1, "{part}");
    }
    for part in parts("history_chunk") {
        let first = part.contains("819011112222") || part.contains("hana.yamada");
        let second = part.contains("JP.777") || part.contains("secret.ken");
        assert!(first != second, "{part}");
        assert!(part.contains(r#""progress": 55"#), "{part}");
    }
    for part in parts("group_message") {
        assert!(
            part.contains("819011112222") != part.contains("JP.555"),
            "{part}"
        );
    }
}

#[test]
fn repeated_deliveries_are_recognised_and_other_news_is_not() {
    let keys = |body: &[u8]| -> Vec<_> {
        let parts = split(body).unwrap().into_iter();
        parts.map(|part| part.event_key).collect()
    };
    let again = fixture("text");
    assert_eq!(keys(&again), keys(&fixture("text")));
    let removed = |time: u64| {
        json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "time": time,
            "changes": [{"field": "account_update", "value": {"event": "PARTNER_REMOVED"}}]}]})
        .to_string()
    };
    assert_eq!(keys(removed(1).as_bytes()), keys(removed(1).as_bytes()));
    assert_ne!(keys(removed(1).as_bytes()), keys(removed(2).as_bytes()));
}

#[test]
fn unknown_fields_and_changes_without_an_account_give_no_part() {
    assert_eq!(split(&fixture("unknown_field")).unwrap().len(), 1);
    assert!(split(&fixture("no_account")).unwrap().is_empty());
    assert_eq!(payload(&fixture("unknown_field")).ignored.len(), 1);
    assert_eq!(payload(&fixture("no_account")).denied.len(), 1);
}

#[test]
fn the_refusal_of_the_history_outlives_its_progress() {
    let declined = json!({"errors": [{"code": 2_593_109}]});
    let chunk = |progress: u32| json!({"metadata": {"phase": 1, "chunk_order": 1, "progress": progress}, "threads": []});
    let sync = |history: Value| {
        let body = json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [
            {"field": "history", "value": {"metadata": {"phone_number_id": "2"}, "history": history}}]}]});
        payload(body.to_string().as_bytes()).sync
    };
    assert_eq!(
        sync(json!([declined, chunk(80)])),
        Some(HistorySync::Declined)
    );
    let progress = Some(HistorySync::Progress {
        progress: 80,
        phase: 1,
        chunk_order: 1,
    });
    assert_eq!(sync(json!([chunk(80), chunk(30)])), progress);
}

#[test]
fn deep_and_huge_bodies_are_refused_or_cost_only_themselves() {
    let body = |messages: &str| {
        format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{{"field":"messages","value":
            {{"metadata":{{"phone_number_id":"2"}},"messages":[{messages}]}}}}]}}]}}"#
        )
    };
    let good = r#"{"id":"w1","from":"81","type":"text","text":{"body":"ok"}}"#;
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let nested =
        format!(r#"{{"id":"w0","from":"81","type":"order","order":{{"product_items":{deep}}}}}"#);
    let read_back = payload(body(&format!("{deep},{nested},{good}")).as_bytes());
    assert_eq!(read_back.events.len(), 2);
    assert_eq!(read_back.rejected.len(), 1);
    let many = vec!["1"; 50_001].join(",");
    assert_eq!(
        split(body(&many).as_bytes()).unwrap_err(),
        BadPayload::TooManyItems
    );
    let huge = vec![b' '; (8 << 20) + 1];
    assert_eq!(split(&huge).unwrap_err(), BadPayload::TooLarge);
}

#[test]
fn a_contact_that_fills_pages_is_not_copied_to_every_message() {
    let mut body: Value = serde_json::from_slice(&fixture("text")).unwrap();
    let contact = &mut body["entry"][0]["changes"][0]["value"]["contacts"][0];
    contact["padding"] = "x".repeat(5_000).into();
    let body = body.to_string();
    assert!(split(body.as_bytes()).unwrap()[0].raw.len() < 1_000);
    compare(body.as_bytes(), "long contact");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn flipped_and_cut_bytes_harm_nothing(
        fixture: Index,
        flips in prop::collection::vec((any::<Index>(), any::<u8>()), 0..6),
        cut in prop::option::of(any::<Index>()),
    ) {
        let (name, mut body) = any_fixture(&fixture);
        for (at, byte) in flips {
            if !body.is_empty() {
                let at = at.index(body.len());
                body[at] = byte;
            }
        }
        if let Some(cut) = cut {
            body.truncate(cut.index(body.len() + 1));
        }
        compare(&body, &name);
    }

    #[test]
    fn removed_and_replaced_members_harm_nothing(
        fixture: Index,
        changes in prop::collection::vec((any::<Index>(), replacement()), 1..4),
    ) {
        let (name, body) = any_fixture(&fixture);
        if let Ok(mut body) = serde_json::from_slice::<Value>(&body) {
            for (at, replacement) in changes {
                mutate(&mut body, at, replacement);
            }
            compare(body.to_string().as_bytes(), &name);
        }
    }
}

/// What a member is replaced with; `None` removes it.
fn replacement() -> impl Strategy<Value = Option<Value>> {
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5e300),
        json!(u64::MAX),
        json!(""),
        json!("\u{0}"),
        json!("819011112222"),
        json!("815012345678"),
        json!("JP.1"),
        json!("9".repeat(5_000)),
        json!([]),
        json!([[], null, {"id": "x"}]),
        json!({}),
        json!({"id": {"id": 1}, "body": []}),
    ];
    prop::option::of(prop::sample::select(values.to_vec()))
}

/// Replaces or removes one node of the tree, chosen among all.
fn mutate(body: &mut Value, at: Index, replacement: Option<Value>) {
    let mut pointers = Vec::new();
    list_pointers(body, String::new(), &mut pointers);
    let pointer = at.get(&pointers);
    let Some((parent, last)) = pointer.rsplit_once('/') else {
        *body = replacement.unwrap_or_default();
        return;
    };
    match (replacement, body.pointer_mut(parent)) {
        (Some(value), _) => *body.pointer_mut(pointer).unwrap() = value,
        (None, Some(Value::Object(members))) => {
            members.remove(last);
        }
        (None, Some(Value::Array(items))) => {
            items.remove(last.parse().unwrap());
        }
        (None, _) => {}
    }
}

fn list_pointers(value: &Value, at: String, out: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                list_pointers(value, format!("{at}/{name}"), out);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                list_pointers(value, format!("{at}/{index}"), out);
            }
        }
        _ => {}
    }
    out.push(at);
}

/// Reads a body whole and in parts and finds both alike. Returns the number of parts.
fn compare(body: &[u8], name: &str) -> usize {
    let whole = match (read(body, received_at()), split(body)) {
        (Ok(whole), Ok(_)) => whole,
        (read, split) => {
            assert_eq!(read.err(), split.err(), "{name}");
            return 0;
        }
    };
    let parts = split(body).unwrap();
    let (mut events, mut notes, mut sync) = (Vec::new(), Vec::new(), None);
    for part in &parts {
        let payload = payload(&part.raw);
        assert!(payload.denied.is_empty(), "{name}");
        assert!(payload.events.len() <= 1, "{name}");
        for event in &payload.events {
            assert_eq!(event.account, part.account, "{name}");
            assert_eq!(event.raw_digest.0, part.event_key, "{name}");
        }
        events.extend(payload.events);
        notes.extend(payload.notes);
        sync = sync.max(payload.sync);
    }
    assert_eq!(whole.events.len(), whole.notes.len(), "{name}");
    assert_eq!(
        at_no_position(whole.events),
        at_no_position(events),
        "{name}"
    );
    assert_eq!(whole.notes, notes, "{name}");
    assert_eq!(whole.sync, sync, "{name}");
    parts.len()
}

fn at_no_position(events: Vec<ChannelEvent>) -> Vec<ChannelEvent> {
    let events = events.into_iter();
    events
        .map(|event| ChannelEvent {
            position: 0,
            ..event
        })
        .collect()
}

fn payload(body: &[u8]) -> Payload {
    read(body, received_at()).unwrap()
}

fn received_at() -> Timestamp {
    Timestamp::from_seconds(1_760_100_000)
}

fn any_fixture(index: &Index) -> (String, Vec<u8>) {
    index.get(&fixtures()).clone()
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(folder().join(name).with_extension("json")).unwrap()
}

/// Every body of the folder, sorted by name.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    let mut fixtures: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.file_stem()
                .is_some_and(|stem| !stem.to_string_lossy().contains('.'))
        })
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect();
    fixtures.sort();
    fixtures
}

fn folder() -> &'static Path {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/whatsapp"
    ))
}
