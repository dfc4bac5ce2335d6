//! A locked store keeps what arrives and cannot read it back; what was there reads again once `D` is back.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

mod common;

use common::{NOW, config, conversation, key, keys, open, record};
use companion_crypto::{random::SystemRandom, secret::Key as SecretKey};
use companion_vault::{ArrivalRow, ConversationRow, Known, Vault, VaultError, VaultKeys};
use rusqlite::Connection;
use std::path::Path;
use tempfile::tempdir;

const LOCKED: Option<VaultError> = Some(VaultError::Locked);

fn open_locked(folder: &Path) -> Vault {
    let keys = VaultKeys { d: None, ..keys() };
    Vault::open(config(folder), keys).unwrap()
}

fn unlock(vault: &Vault, d: SecretKey) -> Result<(), VaultError> {
    vault.write(move |write| write.unlock(&d)).wait()
}

fn d() -> SecretKey {
    keys().d.unwrap()
}

fn values(vault: &Vault) -> Vec<ArrivalRow> {
    vault.read(|read| read.arrivals(0, 10)).unwrap()
}

#[test]
fn nothing_can_be_read_while_locked_and_all_afterwards() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let chat = conversation(&vault, "c1one");
    let job = vault.write(move |write| write.add_message(chat, &key("m1-1"), b"text"));
    job.wait().unwrap();

    vault.lock();
    assert!(vault.is_locked());
    for round in ["locked while open", "opened locked"] {
        let vault = match round {
            "opened locked" => open_locked(folder.path()),
            _ => {
                vault.lock();
                open_locked(folder.path())
            }
        };
        vault
            .read(|read| {
                assert_eq!(read.conversation(&key("c1one")).err(), LOCKED, "{round}");
                assert_eq!(read.inbox(None, 9).err(), LOCKED, "{round}");
                assert_eq!(read.messages(chat, None, 9).err(), LOCKED, "{round}");
                assert_eq!(read.passcode_used(b"493817", 3).err(), LOCKED, "{round}");
                read.check_conversation(chat)
            })
            .unwrap();
    }
    unlock(&vault, d()).unwrap();
    let read = vault.read(|read| read.messages(chat, None, 9)).unwrap();
    assert_eq!(read[0].value, b"text");
}

#[test]
fn what_is_written_while_locked_is_sealed_to_who_unlocks() {
    let folder = tempdir().unwrap();
    open(folder.path()).close().unwrap();
    // The first unlock tells the store whom to seal to.
    let vault = open_locked(folder.path());
    unlock(&vault, d()).unwrap();
    vault.close().unwrap();

    let vault = open_locked(folder.path());
    let job = vault.write(|write| {
        let chat = write.add_conversation(&key("c1new"), b"head", "山田".as_bytes())?;
        write.append_record(chat.id, record("m1-1", "hello"), b"entry", NOW, b"ledger")?;
        for text in ["one", "two", "three"] {
            write.add_arrival(chat.id, text.as_bytes())?;
        }
        Ok(chat.id)
    });
    let chat = job.wait().unwrap();
    vault
        .read(|read| {
            assert_eq!(read.arrivals(0, 9).err(), LOCKED);
            assert_eq!(read.arrivals_count()?, 3);
            let head = read.conversation_head(&key("c1new"))?.unwrap();
            assert_eq!(
                (head.id, head.control.as_slice()),
                (chat, b"head".as_slice())
            );
            let row = read.outbox(companion_vault::MIRROR, 0, 1)?.remove(0);
            read.outbox_payload(row.id)
        })
        .unwrap();

    unlock(&vault, d()).unwrap();
    let texts: Vec<_> = values(&vault)
        .into_iter()
        .map(|row| row.value.unwrap())
        .collect();
    assert_eq!(texts, [b"one".to_vec(), b"two".to_vec(), b"three".to_vec()]);
    vault
        .read(|read| {
            let chat = read.conversation(&key("c1new"))?.unwrap();
            assert_eq!(chat.value, "山田".as_bytes());
            assert_eq!(read.ledger(None, 9)?[0].value, b"ledger");
            Ok(())
        })
        .unwrap();
    let job = vault.write(|write| {
        let first = write.arrivals(0, 1)?.remove(0).id;
        write.remove_arrival(first)?;
        assert_eq!(
            write.remove_arrival(first).err(),
            Some(VaultError::Conflict { place: "arrivals" })
        );
        write.arrivals_count()
    });
    assert_eq!(job.wait(), Ok(2));
}

#[test]
fn only_the_stores_own_key_unlocks_it() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    conversation(&vault, "c1one");
    vault.close().unwrap();
    let vault = open_locked(folder.path());
    let wrong = unlock(&vault, SecretKey::random(&SystemRandom));
    assert_eq!(wrong, Err(VaultError::WrongKey));
    assert!(vault.is_locked());
    assert_eq!(vault.read(|read| read.inbox(None, 1)).err(), LOCKED);
}

#[test]
fn without_d_no_store_is_made_and_none_is_taken_for_new() {
    let folder = tempdir().unwrap();
    let keys = || VaultKeys { d: None, ..keys() };
    let opened = Vault::open(config(folder.path()), keys());
    let missing = Some(VaultError::Corrupt { place: "vault.db" });
    assert_eq!(opened.err(), missing);
    assert!(!folder.path().join("vault.db").exists());

    open(folder.path()).close().unwrap();
    let wrong = VaultKeys {
        t: SecretKey::new([9; 32]),
        ..keys()
    };
    let opened = Vault::open(config(folder.path()), wrong);
    assert_eq!(opened.err(), Some(VaultError::WrongKey));
}

#[test]
fn a_damaged_or_forged_arrival_holds_up_no_other() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let chat = conversation(&vault, "c1one");
    vault.lock();
    let job = vault.write(move |write| {
        for text in ["one", "two", "three", "four"] {
            write.add_arrival(chat, text.as_bytes())?;
        }
        Ok(())
    });
    job.wait().unwrap();
    let db = Connection::open(folder.path().join("vault.db")).unwrap();
    let moved =
        "UPDATE arrivals SET value = (SELECT value FROM arrivals WHERE id = 1) WHERE id = 2;
        UPDATE arrivals SET value = x'02000100' WHERE id = 3;";
    db.execute_batch(moved).unwrap();
    db.close().unwrap();
    unlock(&vault, d()).unwrap();
    let rows = values(&vault);
    let opened: Vec<_> = rows.iter().map(|row| row.value.as_deref()).collect();
    assert_eq!(opened, [Some(&b"one"[..]), None, None, Some(b"four")]);
}

#[test]
fn a_locked_phone_knows_whose_alias_a_key_is() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let chat = conversation(&vault, "c1one");
    let job = vault.write(move |write| {
        write.add_message(chat, &key("m1-own"), b"text")?;
        write.add_alias(chat, &key("m1-alias"), &key("m1-own"))
    });
    job.wait().unwrap();
    vault.lock();
    let job = vault.write(move |write| {
        let stored = write.known(chat, &key("m1-own"))?.unwrap().message;
        let alias = write.known(chat, &key("m1-alias"))?.unwrap();
        let expected = Known {
            message: stored,
            recorded: false,
            own: Some(key("m1-own")),
        };
        assert_eq!(alias, expected);
        assert_eq!(write.known(chat, &key("m1-other"))?, None);
        // A message that is written while locked gets its row later, and keeps the name that it got meanwhile.
        write.note_alias(chat, &key("m1-later-alias"), &key("m1-later"))?;
        write.note_alias(chat, &key("m1-alias"), &key("m1-later"))?;
        let alias = write.known(chat, &key("m1-alias"))?.unwrap();
        assert_eq!(alias.own, Some(key("m1-own")), "an owner stays");
        Ok(())
    });
    job.wait().unwrap();
    unlock(&vault, d()).unwrap();
    let job = vault.write(move |write| {
        let row = write.add_message(chat, &key("m1-later"), b"later")?;
        write.add_alias(chat, &key("m1-later-alias"), &key("m1-later"))?;
        assert!(write.message(chat, &key("m1-later-alias"))? == Some(row));
        let taken = write.add_alias(chat, &key("m1-later-alias"), &key("m1-own"));
        assert_eq!(taken, Err(VaultError::Conflict { place: "known" }));
        Ok(())
    });
    job.wait().unwrap();
}

#[test]
fn a_conversations_head_is_written_without_d() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let chat = conversation(&vault, "c1one");
    vault.lock();
    let job = vault.write(move |write| {
        let mut head = write.conversation_head(&key("c1one"))?.unwrap();
        head.control = b"changed".to_vec();
        write.update_conversation_head(&head)
    });
    job.wait().unwrap();
    unlock(&vault, d()).unwrap();
    let job = vault.write(move |write| {
        let row = write.conversation_row(chat)?.unwrap();
        assert_eq!(
            (row.control.as_slice(), row.value.as_slice()),
            (&b"changed"[..], &b"{}"[..])
        );
        write.update_conversation(&ConversationRow {
            control: b"again".to_vec(),
            ..row
        })?;
        Ok(write.conversation_head(&key("c1one"))?.unwrap().control)
    });
    assert_eq!(job.wait(), Ok(b"again".to_vec()));
}

#[test]
fn the_last_passcodes_are_known_and_older_ones_forgotten() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let job = vault.write(|write| {
        for code in ["493817", "582046", "719355"] {
            write.note_passcode(code.as_bytes(), 2)?;
        }
        let used = |code: &str, history| write.passcode_used(code.as_bytes(), history);
        assert!(used("719355", 1)? && !used("582046", 1)?);
        assert!(used("582046", 2)? && used("582046", 9)?);
        assert!(!used("493817", 9)? && !used("100000", 9)? && !used("719355", 0)?);
        Ok(())
    });
    job.wait().unwrap();
}
