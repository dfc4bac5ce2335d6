//! Records: one chain, gap-free counts, sealed bodies under the day's epoch, an escrow copy from the start.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

mod common;

use common::{DAY, ENROLMENT, NOW, TENANT, config, conversation, escrow, key, keys, open, record};
use companion_crypto::{
    chain,
    derive::derive,
    hpke::{self, KeyPair, Purpose},
    seal::{Place, Sealer, key_id},
    secret::Key as SecretKey,
};
use companion_domain::record::Envelope;
use companion_vault::{MIRROR, Vault, VaultConfig, VaultError};
use rusqlite::Connection;
use std::path::Path;
use tempfile::tempdir;

fn append(vault: &Vault, chat: i64, name: &'static str, now: i64) -> Option<Envelope> {
    let job = vault.write(move |write| {
        write.append_record(chat, record(name, "hello"), b"entry", now, b"ledger")
    });
    job.wait().unwrap()
}

#[test]
fn the_chain_can_be_recomputed_from_what_is_queued() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let (one, two) = (conversation(&vault, "c1one"), conversation(&vault, "c1two"));
    let chats = [one, two, one, one, two];
    let names = ["m1-a", "m1-b", "m1-c", "m1-d", "m1-e"];
    for (chat, name) in chats.into_iter().zip(names) {
        append(&vault, chat, name, NOW).unwrap();
    }
    let queued: Vec<Envelope> = vault
        .read(|read| {
            let rows = read.outbox(MIRROR, 0, 100)?;
            rows.iter()
                .map(|row| envelope(&read.outbox_payload(row.id)?))
                .collect()
        })
        .unwrap();
    let mut head = chain::start(ENROLMENT);
    for (n, envelope) in queued.iter().enumerate() {
        assert_eq!(envelope.data.seq, n as u64 + 1);
        head = chain::next(
            &head,
            envelope.data.seq,
            &chain::digest(&envelope.data.record).unwrap(),
        );
        assert_eq!(envelope.data.head.0, head);
        assert_eq!(envelope.data.record.salt.len(), 16);
    }
    let counts: Vec<u64> = queued
        .iter()
        .map(|one| one.data.record.conversation_seq)
        .collect();
    assert_eq!(counts, [1, 1, 2, 3, 2]);
    let state = vault.read(|read| read.chain()).unwrap();
    assert_eq!((state.seq, state.head), (5, head));
}

#[test]
fn a_record_is_appended_once_and_a_failed_one_leaves_no_gap() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let chat = conversation(&vault, "c1one");
    append(&vault, chat, "m1-a", NOW).unwrap();
    assert!(append(&vault, chat, "m1-a", NOW).is_none());
    let failing = vault.write(move |write| {
        write.append_record(chat, record("m1-b", "hello"), b"entry", NOW, b"ledger")?;
        Err::<(), _>(VaultError::Full)
    });
    assert_eq!(failing.wait(), Err(VaultError::Full));
    let next = append(&vault, chat, "m1-c", NOW).unwrap();
    assert_eq!((next.data.seq, next.data.record.conversation_seq), (2, 2));
    vault
        .read(|read| {
            assert!(read.record_seen(chat, &key("m1-a"))?);
            assert!(!read.record_seen(chat, &key("m1-b"))?);
            assert_eq!(read.outbox_count(MIRROR)?, 2);
            assert_eq!(read.ledger(None, 10)?.len(), 2);
            Ok(())
        })
        .unwrap();
    vault
        .write(|write| {
            let id = write.outbox_by_key("m1-a")?.unwrap().id;
            write.outbox_remove(id)
        })
        .wait()
        .unwrap();
    assert!(
        append(&vault, chat, "m1-a", NOW).is_none(),
        "known after it was delivered"
    );
}

#[test]
fn a_queued_row_is_due_until_it_is_moved() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let job = vault.write(|write| {
        let later = write.enqueue(0, "later", 1, b"{}", NOW, b"body")?;
        write.outbox_update(later.id, 0, NOW + 5, 1, b"{}")?;
        let first = write.enqueue(0, "first", 1, b"{}", NOW, b"body")?;
        write.enqueue(1, "mirror", 1, b"{}", NOW, b"body")?;
        let again = write.enqueue(0, "first", 1, b"changed", NOW + 9, b"other")?;
        assert!(again == first, "a waiting key answers with its row");
        assert_eq!(ids(&write.outbox_due(0, NOW + 5, 9)?), [first.id, later.id]);
        assert_eq!(ids(&write.outbox_due(0, NOW, 9)?), [first.id]);
        write.outbox_update(first.id, 3, NOW, 1, b"held")?;
        assert_eq!(ids(&write.outbox_due(0, NOW + 5, 9)?), [later.id]);
        assert_eq!(ids(&write.outbox(0, later.id, 9)?), [first.id]);
        let held = write.outbox_by_key("first")?.unwrap();
        assert_eq!(
            (held.state, held.attempts, held.entry.as_slice()),
            (3, 1, b"held".as_slice())
        );
        write.outbox_remove(first.id)?;
        write.outbox_remove(first.id)?;
        assert!(write.outbox_by_key("first")?.is_none());
        write.outbox_update(first.id, 0, 0, 0, b"")
    });
    assert_eq!(job.wait(), Err(VaultError::Conflict { place: "outbox" }));
}

#[test]
fn what_a_lane_holds_is_counted_and_what_halted_is_found_without_reading_the_rest() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let job = vault.write(|write| {
        let mut rows = Vec::new();
        for name in ["one", "two", "three"] {
            rows.push(write.enqueue(MIRROR, name, 1, b"{}", NOW, b"body")?.id);
        }
        write.enqueue(0, "customer", 1, b"{}", NOW, b"body")?;
        // The later one halts first.
        write.outbox_update(rows[2], 1, NOW, 1, b"parked")?;
        write.outbox_update(rows[0], 2, NOW + 1, 1, b"parked")?;
        assert_eq!(ids(&write.outbox_halted(MIRROR)?), [rows[0], rows[2]]);
        assert_eq!(write.outbox_count(MIRROR)?, 3);
        assert!(write.outbox_halted(0)?.is_empty());
        Ok(())
    });
    job.wait().unwrap();
    vault.close().unwrap();
    let db = Connection::open(folder.path().join("vault.db")).unwrap();
    let plan = |sql: &str| -> String {
        let sql = format!("EXPLAIN QUERY PLAN {sql}");
        db.query_row(&sql, [], |row| row.get("detail")).unwrap()
    };
    let count = plan("SELECT count(*) FROM outbox WHERE lane = 1");
    assert!(count.contains("COVERING INDEX outbox_by_lane"), "{count}");
    let halted = plan("SELECT entry FROM outbox WHERE lane = 1 AND state > 0 ORDER BY +id");
    assert!(halted.contains("(lane=? AND state>?)"), "{halted}");
}

#[test]
fn waiting_rows_keep_their_order_when_the_clock_goes_back() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let job = vault.write(|write| {
        let first = write.enqueue(0, "first", 1, b"{}", NOW, b"body")?;
        let second = write.enqueue(0, "second", 1, b"{}", NOW - DAY, b"body")?;
        write.outbox_update(first.id, 0, 0, 1, b"put back")?;
        assert_eq!(
            ids(&write.outbox_due(0, NOW - DAY, 9)?),
            [first.id, second.id]
        );
        Ok(())
    });
    job.wait().unwrap();
}

#[test]
fn each_day_has_its_key_and_a_key_goes_with_its_last_row() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let chat = conversation(&vault, "c1one");
    for (name, now) in [
        ("m1-a", NOW),
        ("m1-b", NOW + 1),
        ("m1-c", NOW + DAY),
        ("m1-d", NOW + 2 * DAY),
    ] {
        append(&vault, chat, name, now).unwrap();
    }
    assert_eq!(epochs(folder.path()), [3, 4, 5]);
    let remove = |name: &'static str| {
        let job = vault.write(move |write| {
            let row = write.outbox_by_key(name)?.unwrap();
            write.outbox_remove(row.id)
        });
        job.wait().unwrap();
    };
    remove("m1-a");
    assert_eq!(epochs(folder.path()), [3, 4, 5]);
    remove("m1-c");
    assert_eq!(epochs(folder.path()), [3, 5]);
    remove("m1-b");
    assert_eq!(epochs(folder.path()), [5]);
    remove("m1-d");
    assert_eq!(
        epochs(folder.path()),
        [5],
        "the present key stays for the next row"
    );
    append(&vault, chat, "m1-e", NOW + 2 * DAY).unwrap();
    assert_eq!(epochs(folder.path()), [5]);
    append(&vault, chat, "m1-f", NOW).unwrap();
    assert_eq!(
        epochs(folder.path()),
        [5, 6],
        "a clock set back makes a key, not an old one"
    );
}

#[test]
fn escrow_opens_every_queued_body_without_the_phone() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let chat = conversation(&vault, "c1one");
    append(&vault, chat, "m1-a", NOW).unwrap();
    append(&vault, chat, "m1-b", NOW + DAY).unwrap();
    vault.close().unwrap();
    assert_eq!(opened_by(&escrow(), folder.path()), ["m1-a", "m1-b"]);

    // The company changed its escrow key: the copies follow at the next opening.
    let new = KeyPair::derive(&SecretKey::new([8; 32]));
    let changed = VaultConfig {
        escrow: new.public(),
        ..config(folder.path())
    };
    Vault::open(changed, keys()).unwrap().close().unwrap();
    assert_eq!(opened_by(&new, folder.path()), ["m1-a", "m1-b"]);
}

/// Opens the queue as the company would: escrow key, file, nothing else.
fn opened_by(pair: &KeyPair, folder: &Path) -> Vec<String> {
    let db = Connection::open(folder.join("vault.db")).unwrap();
    let mut rows = db
        .prepare("SELECT id, payload FROM outbox ORDER BY id")
        .unwrap();
    let rows = rows
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    rows.map(|row| {
        let (row, payload): (i64, Vec<u8>) = row.unwrap();
        let id = key_id(&payload).unwrap();
        let sql = "SELECT escrow FROM epochs WHERE id = ?";
        let sealed: Vec<u8> = db.query_row(sql, [id], |row| row.get(0)).unwrap();
        let about = hpke::Envelope {
            purpose: Purpose::Escrow,
            tenant: TENANT,
            enrolment: ENROLMENT,
            item: &id.to_be_bytes(),
        };
        let epoch = hpke::open_with(pair, &about, &sealed).unwrap();
        let epoch = SecretKey::new(epoch.try_into().unwrap());
        let sealer = Sealer::new(id, &derive(&epoch, ENROLMENT, "seal"));
        let body = sealer
            .open(&Place::row("outbox.payload", row as u64), &payload)
            .unwrap();
        envelope(&body).unwrap().id.as_str().to_owned()
    })
    .collect()
}

fn envelope(bytes: &[u8]) -> Result<Envelope, VaultError> {
    Ok(serde_json::from_slice(bytes).unwrap())
}

fn epochs(folder: &Path) -> Vec<i64> {
    let db = Connection::open(folder.join("vault.db")).unwrap();
    let mut rows = db.prepare("SELECT id FROM epochs ORDER BY id").unwrap();
    let rows = rows.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn ids(rows: &[companion_vault::OutboxRow]) -> Vec<i64> {
    rows.iter().map(|row| row.id).collect()
}
