//! A process that dies at any durable step loses nothing that was acknowledged, and what it left half done is done once.
//!
//! The test starts itself anew as the process that dies: `child` runs the script below in a folder and aborts at the
//! point that it was told.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

mod common;

use common::{DAY, NOW, config, key, keys, random, record};
use companion_crypto::secret::Key as SecretKey;
use companion_domain::{fault::FaultPoints, time::Timestamp};
use companion_vault::{
    FAULT_POINTS, MIRROR, Vault, VaultConfig, VaultError, Write,
    journal::Journal,
    slots::{SLOTS_FILE, Slot, Slots, Target, Wrapped},
};
use std::{
    env,
    fs::{self, OpenOptions},
    io::Write as _,
    path::Path,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};
use tempfile::tempdir;

const POINT: &str = "VAULT_CRASH_POINT";
const TIME: &str = "VAULT_CRASH_TIME";
const FOLDER: &str = "VAULT_CRASH_FOLDER";
const ACKNOWLEDGED: &str = "acknowledged";
const ROUNDS: u8 = 6;

#[test]
fn nothing_acknowledged_is_lost_at_any_point() {
    for point in FAULT_POINTS {
        // At its first time, and once there is something to lose. Schemas are made once per file.
        let later = if point.starts_with("vault.schema") {
            2
        } else {
            4
        };
        for time in [1, later] {
            let folder = tempdir().unwrap();
            let died = Command::new(env::current_exe().unwrap())
                .args(["--exact", "child", "--nocapture"])
                .env(POINT, point)
                .env(TIME, time.to_string())
                .env(FOLDER, folder.path())
                .output()
                .unwrap();
            assert_eq!(
                died.status.code(),
                None,
                "{point} was never reached {time} times"
            );
            check(folder.path(), point);
        }
    }
}

/// Not a test by itself: the process that dies.
#[test]
fn child() {
    let (Ok(point), Ok(time), Ok(folder)) = (env::var(POINT), env::var(TIME), env::var(FOLDER))
    else {
        return;
    };
    let left = AtomicU32::new(time.parse().unwrap());
    let faults = FaultPoints::new(move |reached| {
        if reached == point && left.fetch_sub(1, Ordering::SeqCst) == 1 {
            std::process::abort();
        }
    });
    run(Path::new(&folder), &faults);
}

/// Six rounds of: an undecided item arrives and is acknowledged; it is bound, becomes a message and is recorded; a
/// decision is journaled; a slot is made.
fn run(folder: &Path, faults: &FaultPoints) {
    let vault = open(folder, faults);
    let mut journal = Journal::open(&folder.join("journal.jsonl"), faults.clone()).unwrap();
    for round in 0..ROUNDS {
        vault
            .write(move |write| arrive(write, round))
            .wait()
            .unwrap();
        acknowledge(folder, "arrived", round);
        vault
            .write(move |write| release(write, round))
            .wait()
            .unwrap();
        acknowledge(folder, "bound", round);
        journal
            .append(
                "bound",
                "binding",
                "employee",
                None,
                Timestamp::from_ms(NOW),
            )
            .unwrap();
        acknowledge(folder, "journaled", round);
        add_slot(folder, faults);
        acknowledge(folder, "slotted", round);
    }
    vault.close().unwrap();
}

fn arrive(write: &mut Write<'_>, round: u8) -> Result<(), VaultError> {
    write.quarantine_put(&key("c1one"), &[round], &[round], NOW)?;
    write.set_control("cursor", Some(&[round]))
}

/// What the engine does at a binding: every quarantined item becomes a message and a record, unless it is one already.
fn release(write: &mut Write<'_>, round: u8) -> Result<(), VaultError> {
    let chat = match write.conversation(&key("c1one"))? {
        Some(row) => row.id,
        None => write.add_conversation(&key("c1one"), b"", b"{}")?.id,
    };
    let rows = write.quarantined(&key("c1one"))?;
    for row in &rows {
        let name = format!("m1-{}", row.value[0]);
        if write.message(chat, &key(&name))?.is_none() {
            write.add_message(chat, &key(&name), &row.value)?;
        }
        let now = NOW + i64::from(round) * DAY;
        write.append_record(chat, record(&name, "text"), b"entry", now, b"ledger")?;
    }
    write.quarantine_remove(&rows.iter().map(|row| row.id).collect::<Vec<_>>());
    Ok(())
}

fn add_slot(folder: &Path, faults: &FaultPoints) {
    let path = folder.join(SLOTS_FILE);
    let mut slots = Slots::load(&path).unwrap().unwrap_or_default();
    let (secret, plain) = (SecretKey::new([5; 32]), SecretKey::new([1; 32]));
    let target = Target { id: 1, key: &plain };
    let slot = Slot::device(&random(), target, Wrapped::default(), &secret);
    slots.slots.push(slot.unwrap());
    slots.store(&path, faults).unwrap();
}

/// Opens what the dead process left, as the next start would, and finishes its work.
fn check(folder: &Path, point: &str) {
    let vault = open(folder, &FaultPoints::default());
    let cursor = vault.read(|read| read.control("cursor")).unwrap();
    let arrived = cursor.map_or(0, |cursor| cursor[0] + 1);
    assert!(
        arrived >= acknowledged(folder, "arrived"),
        "{point}: the cursor went back"
    );
    for round in arrived..ROUNDS {
        vault
            .write(move |write| arrive(write, round))
            .wait()
            .unwrap();
    }
    let bound = vault.read(|read| Ok(read.chain()?.seq)).unwrap();
    assert!(
        bound >= u64::from(acknowledged(folder, "bound")),
        "{point}: a record is lost"
    );
    vault.write(|write| release(write, ROUNDS)).wait().unwrap();
    vault
        .read(|read| {
            let chat = read.conversation(&key("c1one"))?.unwrap().id;
            let values: Vec<Vec<u8>> = read
                .messages(chat, None, 100)?
                .into_iter()
                .map(|row| row.value)
                .collect();
            let expected: Vec<Vec<u8>> = (0..ROUNDS).rev().map(|round| vec![round]).collect();
            assert_eq!(values, expected, "{point}: lost, doubled or out of order");
            assert_eq!(read.chain()?.seq, u64::from(ROUNDS), "{point}");
            assert_eq!(read.outbox_count(MIRROR)?, u64::from(ROUNDS), "{point}");
            assert_eq!(
                read.ledger(None, 100)?.len(),
                usize::from(ROUNDS),
                "{point}"
            );
            for row in read.outbox(MIRROR, 0, 100)? {
                read.outbox_payload(row.id)?;
            }
            assert_eq!(read.quarantine_count()?, 0, "{point}");
            read.check_conversation(chat)
        })
        .unwrap();

    let journal = Journal::open(&folder.join("journal.jsonl"), FaultPoints::default()).unwrap();
    let journaled = journal.verify().unwrap().len();
    assert!(
        journaled >= usize::from(acknowledged(folder, "journaled")),
        "{point}"
    );
    let slots = Slots::load(&folder.join(SLOTS_FILE))
        .unwrap()
        .unwrap_or_default();
    assert!(
        slots.slots.len() >= usize::from(acknowledged(folder, "slotted")),
        "{point}"
    );
    assert!(
        slots
            .slots
            .iter()
            .all(|slot| slot.open(&SecretKey::new([5; 32])).is_ok())
    );
}

fn open(folder: &Path, faults: &FaultPoints) -> Vault {
    let config = VaultConfig {
        faults: faults.clone(),
        ..config(folder)
    };
    Vault::open(config, keys()).unwrap()
}

/// Notes that the caller was told so.
fn acknowledge(folder: &Path, what: &str, round: u8) {
    let path = folder.join(ACKNOWLEDGED);
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .unwrap();
    writeln!(file, "{what} {round}").unwrap();
}

fn acknowledged(folder: &Path, what: &str) -> u8 {
    let lines = fs::read_to_string(folder.join(ACKNOWLEDGED)).unwrap_or_default();
    lines.lines().filter(|line| line.starts_with(what)).count() as u8
}
