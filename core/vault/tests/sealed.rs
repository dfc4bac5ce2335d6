//! What a reader of the stolen files sees, and what a writer of them can do: nothing in plain, nothing moved.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

mod common;

use common::{NOW, config, conversation, copy, key, keys, open, record};
use companion_vault::{Vault, VaultError};
use rusqlite::Connection;
use std::{fs, path::Path};
use tempfile::tempdir;

/// Words of every kind that the store is given.
const CANARIES: &[&str] = &[
    "山田太郎の見積書",
    "canary-text",
    "canary-head",
    "canary-title",
    "canary-passcode",
    "canary-arrival",
    "canary-record",
    "canary-entry",
    "canary-ledger",
    "canary-control",
    "canary-token",
    "canary-private",
    "canary-customer",
    "m1canarykey",
    "c1canarychat",
    "m1canaryalias",
    "m1canaryrecord",
    "canary-client-message-id",
];

#[test]
fn no_word_is_in_any_file_open_killed_or_closed() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let job = vault.write(|write| {
        let chat = write
            .add_conversation(&key("c1canarychat"), b"canary-head", b"canary-title")?
            .id;
        let text = "canary-text 山田太郎の見積書".repeat(100);
        write.add_message(chat, &key("m1canarykey"), text.as_bytes())?;
        write.add_alias(chat, &key("m1canaryalias"), &key("m1canarykey"))?;
        write.note_passcode(b"canary-passcode", 3)?;
        write.add_arrival(chat, b"canary-arrival")?;
        let record = record("m1canaryrecord", "canary-record");
        write.append_record(chat, record, b"canary-entry", NOW, b"canary-ledger")?;
        write.enqueue(
            0,
            "canary-client-message-id",
            chat,
            b"canary-entry",
            NOW,
            b"canary-customer",
        )?;
        write.set_control("canary-control", Some(b"canary-token"))?;
        write.quarantine_put(
            &key("c1canarychat"),
            b"canary-private",
            b"canary-private",
            NOW,
        )
    });
    job.wait().unwrap();
    assert_eq!(found(folder.path()), [""; 0], "open");
    assert!(folder.path().join("vault.db-wal").exists());

    // What a kill leaves is what the files hold at this moment.
    let killed = tempdir().unwrap();
    copy(folder.path(), killed.path());
    assert_eq!(found(killed.path()), [""; 0], "killed");
    open(killed.path()).close().unwrap();
    assert_eq!(found(killed.path()), [""; 0], "recovered");

    vault.close().unwrap();
    assert_eq!(found(folder.path()), [""; 0], "closed");
}

#[test]
fn the_same_scan_finds_the_words_in_a_plain_database() {
    let folder = tempdir().unwrap();
    let db = Connection::open(folder.path().join("plain.db")).unwrap();
    db.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE plain (value BLOB);")
        .unwrap();
    for word in CANARIES {
        db.execute("INSERT INTO plain VALUES (?)", [word.as_bytes()])
            .unwrap();
    }
    assert_eq!(found(folder.path()), CANARIES, "in the WAL");
    db.close().unwrap();
    assert_eq!(found(folder.path()), CANARIES, "in the file");
}

/// Each line moves one kind of value to another row or place, and names what must refuse it.
const MOVES: &[(&str, &str)] = &[
    (
        "UPDATE messages SET value = (SELECT value FROM messages other WHERE other.id <> messages.id)",
        "messages.value",
    ),
    ("UPDATE messages SET seq = seq + 1", "messages.value"),
    (
        "DELETE FROM messages WHERE conversation = 2; UPDATE messages SET conversation = 2",
        "messages.value",
    ),
    (
        "UPDATE conversations SET value = (SELECT value FROM conversations other WHERE other.id <> conversations.id)",
        "conversations.value",
    ),
    (
        "UPDATE conversations SET counts = (SELECT counts FROM conversations other WHERE other.id <> conversations.id)",
        "conversations.counts",
    ),
    (
        "UPDATE conversations SET control = (SELECT control FROM conversations other WHERE other.id <> conversations.id)",
        "conversations.control",
    ),
    (
        "UPDATE known SET own = (SELECT own FROM known other WHERE other.own <> known.own AND other.conversation <> known.conversation) WHERE own IS NOT NULL AND conversation = 1",
        "known.own",
    ),
    (
        "UPDATE known SET own = (SELECT own FROM known other WHERE other.own <> known.own AND other.conversation = known.conversation) WHERE conversation = 2 AND key = (SELECT min(key) FROM known WHERE own IS NOT NULL AND conversation = 2)",
        "known",
    ),
    (
        "UPDATE conversations SET value = counts",
        "conversations.value",
    ),
    (
        "UPDATE control SET value = (SELECT value FROM control other WHERE other.id <> control.id LIMIT 1)",
        "control.value",
    ),
    (
        "UPDATE control SET name = randomblob(16) WHERE id > 1; UPDATE control SET name = x'%NAME%' WHERE id = 2",
        "control",
    ),
    (
        "UPDATE outbox SET entry = (SELECT entry FROM outbox other WHERE other.id <> outbox.id)",
        "outbox.entry",
    ),
    (
        "UPDATE outbox SET payload = (SELECT payload FROM outbox other WHERE other.id <> outbox.id)",
        "outbox.payload",
    ),
    (
        "UPDATE epochs SET key = (SELECT entry FROM outbox)",
        "epochs.key",
    ),
    (
        "UPDATE ledger SET value = (SELECT value FROM ledger other WHERE other.id <> ledger.id)",
        "ledger.value",
    ),
];

#[test]
fn a_value_that_was_moved_does_not_open() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let (one, two) = (conversation(&vault, "c1one"), conversation(&vault, "c1two"));
    let job = vault.write(move |write| {
        for (chat, name) in [(one, "m1-a"), (two, "m1-b")] {
            write.add_message(chat, &key(name), b"text")?;
            write.add_alias(chat, &key("m1-alias"), &key(name))?;
            write.append_record(chat, record(name, "text"), b"entry", NOW, b"ledger")?;
            write.set_control(name, Some(name.as_bytes()))?;
        }
        write.add_alias(two, &key("m1-other-alias"), &key("m1-b"))
    });
    job.wait().unwrap();
    vault.close().unwrap();
    let db = Connection::open(folder.path().join("vault.db")).unwrap();
    let sql = "SELECT hex(name) FROM control WHERE id = 3";
    let name: String = db.query_row(sql, [], |row| row.get(0)).unwrap();
    drop(db);
    assert_eq!(read_all(folder.path()), Ok(()), "untouched");

    for (sql, place) in MOVES {
        let moved = tempdir().unwrap();
        copy(folder.path(), moved.path());
        let db = Connection::open(moved.path().join("vault.db")).unwrap();
        db.execute_batch(&sql.replace("%NAME%", &name)).unwrap();
        drop(db);
        assert_eq!(
            read_all(moved.path()),
            Err(VaultError::Corrupt { place }),
            "{sql}"
        );
    }
}

#[test]
fn quarantined_values_do_not_move_either() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let job = vault.write(|write| {
        write.quarantine_put(&key("c1a"), b"1", b"first", NOW)?;
        write.quarantine_put(&key("c1b"), b"2", b"second", NOW)
    });
    job.wait().unwrap();
    vault.close().unwrap();
    let db = Connection::open(folder.path().join("personal.db")).unwrap();
    let sql = "UPDATE quarantine SET value = (SELECT value FROM quarantine o WHERE o.id <> quarantine.id)";
    db.execute(sql, []).unwrap();
    drop(db);
    let opened = open(folder.path()).read(|read| read.quarantined(&key("c1a")).map(drop));
    assert_eq!(
        opened,
        Err(VaultError::Corrupt {
            place: "quarantine.value"
        })
    );
}

/// Reads whatever the test wrote, as an app would.
fn read_all(folder: &Path) -> Result<(), VaultError> {
    Vault::open(config(folder), keys())?.read(|read| {
        for chat in read.inbox(None, 10)? {
            read.messages(chat.id, None, 10)?;
            read.known(chat.id, &key("m1-alias"))?;
            read.known(chat.id, &key("m1-other-alias"))?;
            read.check_conversation(chat.id)?;
        }
        for name in ["m1-a", "m1-b"] {
            read.control(name)?;
        }
        for row in read.outbox(1, 0, 10)? {
            read.outbox_payload(row.id)?;
        }
        read.chain()?;
        read.ledger(None, 10).map(drop)
    })
}

/// The words that stand in plain in any file of the folder.
fn found(folder: &Path) -> Vec<&'static str> {
    let files: Vec<Vec<u8>> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
        .collect();
    let stands = |word: &&str| {
        files.iter().any(|bytes| {
            bytes
                .windows(word.len())
                .any(|part| part == word.as_bytes())
        })
    };
    CANARIES
        .iter()
        .copied()
        .filter(|word| stands(word))
        .collect()
}
