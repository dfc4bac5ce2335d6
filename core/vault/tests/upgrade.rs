//! Files of every release open, an upgraded file has the schema of a fresh one, and a newer file is refused.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

mod common;

use common::{DAY, NOW, config, copy, key, keys, open, record};
use companion_vault::{MIRROR, Vault, VaultError};
use rusqlite::Connection;
use std::{fs, path::Path};
use tempfile::tempdir;

/// One folder per schema that was ever released.
const RELEASED: &[&str] = &["vault-1", "vault-2"];

#[test]
fn files_of_every_release_open_and_equal_fresh_ones() {
    if std::env::var_os("COMPANION_WRITE_FIXTURE").is_some() {
        write_the_newest_fixture();
    }
    let fresh = tempdir().unwrap();
    open(fresh.path()).close().unwrap();
    for release in RELEASED {
        let folder = tempdir().unwrap();
        copy(&fixtures().join(release), folder.path());
        let vault = open(folder.path());
        vault
            .read(|read| {
                let chat = read.conversation(&key("c1one"))?.unwrap();
                assert_eq!((chat.unread, chat.value.as_slice()), (1, "山田".as_bytes()));
                let message = read.message(chat.id, &key("m1-alias"))?.unwrap();
                assert_eq!(message.value, "こんにちは".as_bytes());
                read.check_conversation(chat.id)?;
                assert_eq!(read.chain()?.seq, 2);
                assert!(read.record_seen(chat.id, &key("m1-a"))?);
                for row in read.outbox(MIRROR, 0, 10)? {
                    assert_eq!(row.entry, b"entry");
                    read.outbox_payload(row.id)?;
                }
                assert_eq!(read.outbox_count(MIRROR)?, 2);
                assert_eq!(read.ledger(None, 10)?.len(), 2);
                assert_eq!(read.control("cursor")?, Some(b"7".to_vec()));
                assert_eq!(read.quarantined(&key("c1private"))?.len(), 1);
                Ok(())
            })
            .unwrap();
        vault.close().unwrap();
        for file in ["vault.db", "personal.db"] {
            assert_eq!(
                schema(folder.path(), file),
                schema(fresh.path(), file),
                "{release}"
            );
        }
    }
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    for file in ["vault.db", "personal.db"] {
        let folder = tempdir().unwrap();
        open(folder.path()).close().unwrap();
        let path = folder.path().join(file);
        let db = Connection::open(&path).unwrap();
        db.pragma_update(None, "user_version", 99).unwrap();
        db.close().unwrap();
        let before = fs::read(&path).unwrap();
        let opened = Vault::open(config(folder.path()), keys());
        assert_eq!(opened.err(), Some(VaultError::Newer { found: 99 }));
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

#[test]
fn the_newest_release_is_among_the_fixtures() {
    let fresh = tempdir().unwrap();
    open(fresh.path()).close().unwrap();
    let newest = tempdir().unwrap();
    copy(&fixtures().join(RELEASED.last().unwrap()), newest.path());
    for file in ["vault.db", "personal.db"] {
        assert_eq!(version(newest.path(), file), version(fresh.path(), file));
    }
}

/// Once per schema: `COMPANION_WRITE_FIXTURE=1 cargo test -p companion-vault --test upgrade`.
fn write_the_newest_fixture() {
    let folder = fixtures().join(RELEASED.last().unwrap());
    fs::create_dir(&folder).expect("a released file is never written again");
    let vault = open(&folder);
    let job = vault.write(|write| {
        let chat = write.add_conversation(&key("c1one"), b"head", "山田".as_bytes())?;
        let message = write.add_message(chat.id, &key("m1-a"), "こんにちは".as_bytes())?;
        write.add_alias(chat.id, &key("m1-alias"), &key("m1-a"))?;
        write.append_record(
            chat.id,
            record("m1-a", "こんにちは"),
            b"entry",
            NOW,
            b"ledger",
        )?;
        write.append_record(
            chat.id,
            record("m1-b", "hello"),
            b"entry",
            NOW + DAY,
            b"ledger",
        )?;
        write.set_control("cursor", Some(b"7"))?;
        write.quarantine_put(&key("c1private"), b"item", b"private", NOW)?;
        let last = message.id;
        write.update_conversation(&companion_vault::ConversationRow {
            last,
            unread: 1,
            ..chat
        })
    });
    job.wait().unwrap();
    vault.close().unwrap();
}

fn fixtures() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures"))
}

/// All that SQLite knows of a file's tables and indexes.
fn schema(folder: &Path, file: &str) -> Vec<(String, String)> {
    let db = Connection::open(folder.join(file)).unwrap();
    let sql = "SELECT name, ifnull(sql, '') FROM sqlite_schema ORDER BY name";
    let mut rows = db.prepare(sql).unwrap();
    let rows = rows
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    rows.map(Result::unwrap).collect()
}

fn version(folder: &Path, file: &str) -> i64 {
    let db = Connection::open(folder.join(file)).unwrap();
    db.pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}
