//! Conversations, messages, control values and the ledger: what is written is read back, in order, once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

mod common;

use common::{config, conversation, key, keys, open};
use companion_crypto::secret::Key as SecretKey;
use companion_vault::{ConversationRow, MessageRow, Vault, VaultError, VaultKeys};
use proptest::prelude::*;
use rusqlite::Connection;
use std::{fs, path::Path};
use tempfile::tempdir;

#[test]
fn messages_are_numbered_paged_and_found_under_key_and_alias() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let chat = conversation(&vault, "c1one");
    let other = conversation(&vault, "c1two");
    vault
        .write(move |write| {
            for n in 1..=5 {
                let key = key(&format!("m1-{n}"));
                let row = write.add_message(chat, &key, format!("text {n}").as_bytes())?;
                assert_eq!(row.seq, n);
                write.add_message(other, &key, b"elsewhere")?;
            }
            let second = write.message(chat, &key("m1-2"))?.unwrap();
            write.add_alias(chat, &key("m1-alias"), &key("m1-2"))?;
            write.update_message(&MessageRow {
                value: b"edited".to_vec(),
                ..second
            })
        })
        .wait()
        .unwrap();
    vault.close().unwrap();

    let vault = open(folder.path());
    vault
        .read(|read| {
            let found = read.message(chat, &key("m1-alias"))?.unwrap();
            assert_eq!(
                (found.seq, found.value.as_slice()),
                (2, b"edited".as_slice())
            );
            assert!(read.message(other, &key("m1-alias"))?.is_none());
            let page = read.messages(chat, None, 3)?;
            assert_eq!(seqs(&page), [5, 4, 3]);
            assert_eq!(seqs(&read.messages(chat, Some(3), 3)?), [2, 1]);
            read.check_conversation(chat)
        })
        .unwrap();
}

#[test]
fn a_message_that_turned_out_to_be_another_one_goes_and_its_numbers_with_it() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let chat = conversation(&vault, "c1one");
    let merge = vault.write(move |write| {
        let own = write.add_message(chat, &key("m1-own"), b"own")?;
        let other = write.add_message(chat, &key("m1-id"), b"other")?;
        write.merge_message(&other, &key("m1-id"), &own, &key("m1-own"))?;
        Ok((own, other))
    });
    let (own, other) = merge.wait().unwrap();
    vault.close().unwrap();

    let vault = open(folder.path());
    let found = vault.read(|read| {
        read.check_conversation(chat)?;
        assert_eq!(seqs(&read.messages(chat, None, 5)?), [own.seq]);
        Ok(read.message(chat, &key("m1-id"))?.unwrap())
    });
    assert!(found.unwrap() == own);
    let (gone, own_again) = (other.clone(), own.clone());
    let again = vault
        .write(move |write| write.merge_message(&gone, &key("m1-id"), &own_again, &key("m1-own")));
    let nothing = VaultError::Conflict { place: "known" };
    assert_eq!(again.wait().err(), Some(nothing));
    let next = vault.write(move |write| write.add_message(chat, &key("m1-next"), b"next"));
    let next = next.wait().unwrap();
    assert!(next.id > other.id && next.seq > other.seq);
    vault.read(|read| read.check_conversation(chat)).unwrap();
}

#[test]
fn a_key_is_taken_once() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let chat = conversation(&vault, "c1one");
    let job = vault.write(move |write| {
        write.add_message(chat, &key("m1-1"), b"first")?;
        write.add_message(chat, &key("m1-1"), b"second")
    });
    let taken = VaultError::Conflict { place: "known" };
    assert_eq!(job.wait().err(), Some(taken));
    let again = vault.write(|write| write.add_conversation(&key("c1one"), b"", b"{}"));
    let taken = VaultError::Conflict {
        place: "conversations",
    };
    assert_eq!(again.wait().err(), Some(taken));
    vault
        .read(|read| {
            assert!(
                read.message(chat, &key("m1-1"))?.is_none(),
                "undone as a whole"
            );
            read.check_conversation(chat)
        })
        .unwrap();
}

#[test]
fn the_inbox_shows_the_newest_activity_first() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    for name in ["c1one", "c1two", "c1three"] {
        conversation(&vault, name);
    }
    vault
        .write(|write| {
            let row = write.conversation(&key("c1one"))?.unwrap();
            let message = write.add_message(row.id, &key("m1-1"), b"text")?;
            write.update_conversation(&ConversationRow {
                last: message.id,
                unread: 1,
                value: b"news".to_vec(),
                ..row
            })
        })
        .wait()
        .unwrap();
    vault
        .read(|read| {
            let page = read.inbox(None, 2)?;
            assert_eq!(page.iter().map(|row| row.id).collect::<Vec<_>>(), [1, 3]);
            assert_eq!(
                (page[0].unread, page[0].value.as_slice()),
                (1, b"news".as_slice())
            );
            let rest = read.inbox(Some(page[1].last), 2)?;
            assert_eq!(rest.iter().map(|row| row.id).collect::<Vec<_>>(), [2]);
            Ok(())
        })
        .unwrap();
}

#[test]
fn ids_are_never_given_twice() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let queue = |vault: &Vault, name: &'static str| {
        let job = vault.write(move |write| write.enqueue(0, name, 1, b"{}", 0, b"body"));
        job.wait().unwrap().id
    };
    let first = queue(&vault, "one");
    vault
        .write(move |write| write.outbox_remove(first))
        .wait()
        .unwrap();
    let second = queue(&vault, "two");
    assert!(second > first);
    vault
        .write(move |write| write.outbox_remove(second))
        .wait()
        .unwrap();
    vault.close().unwrap();
    let vault = open(folder.path());
    assert!(
        queue(&vault, "three") > second,
        "not after a restart either"
    );

    // A conversation takes a number of the messages' counter, which must remember it without a message.
    let chat = conversation(&vault, "c1one");
    vault.close().unwrap();
    let vault = open(folder.path());
    let job = vault.write(move |write| {
        let message = write.add_message(chat, &key("m1-1"), b"text")?;
        Ok((message.id, write.conversation_row(chat)?.unwrap().last))
    });
    let (message, last) = job.wait().unwrap();
    assert!(message > last);
}

#[test]
fn control_values_are_set_replaced_and_removed() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let job = vault.write(|write| {
        write.set_control("cursor", Some(b"1"))?;
        write.set_control("token", Some(b"secret"))?;
        write.set_control("cursor", Some(b"2"))?;
        write.set_control("token", None)
    });
    job.wait().unwrap();
    let both = vault.read(|read| Ok((read.control("cursor")?, read.control("token")?)));
    assert_eq!(both.unwrap(), (Some(b"2".to_vec()), None));
}

#[test]
fn a_wrong_key_is_told_before_anything_is_written() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    conversation(&vault, "c1one");
    vault.close().unwrap();
    let before = contents(folder.path());
    let wrong = || SecretKey::new([9; 32]);
    let sets = [
        VaultKeys {
            d: Some(wrong()),
            ..keys()
        },
        VaultKeys {
            t: wrong(),
            ..keys()
        },
        VaultKeys {
            personal: wrong(),
            ..keys()
        },
    ];
    for keys in sets {
        let opened = Vault::open(config(folder.path()), keys);
        assert_eq!(opened.err(), Some(VaultError::WrongKey));
        assert_eq!(contents(folder.path()), before);
    }
    open(folder.path());
}

#[test]
fn what_is_not_a_database_is_damaged_and_stays_as_it_is() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("vault.db");
    fs::write(&path, "not a database, but somebody may still need it").unwrap();
    let before = fs::read(&path).unwrap();
    let opened = Vault::open(config(folder.path()), keys());
    assert_eq!(
        opened.err(),
        Some(VaultError::Corrupt { place: "vault.db" })
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_row_deleted_from_the_file_shows_in_the_sealed_counts() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let chat = conversation(&vault, "c1one");
    for name in ["m1-1", "m1-2", "m1-3"] {
        let job = vault.write(move |write| write.add_message(chat, &key(name), b"text"));
        job.wait().unwrap();
    }
    vault.close().unwrap();
    let db = Connection::open(folder.path().join("vault.db")).unwrap();
    db.execute("DELETE FROM messages WHERE seq = 3", [])
        .unwrap();
    drop(db);
    let checked = open(folder.path()).read(|read| read.check_conversation(chat));
    assert_eq!(checked, Err(VaultError::Corrupt { place: "messages" }));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever jobs fail in between, what stays is numbered without a gap and in the order of its jobs.
    #[test]
    fn failing_jobs_leave_no_gap(fails in proptest::collection::vec(any::<bool>(), 1..80)) {
        let folder = tempdir().unwrap();
        let vault = open(folder.path());
        let chat = conversation(&vault, "c1one");
        let tickets: Vec<_> = fails.iter().enumerate().map(|(n, fail)| {
            let fail = *fail;
            vault.write(move |write| {
                let row = write.add_message(chat, &key(&format!("m1-{n}")), b"text")?;
                if fail { Err(VaultError::Full) } else { Ok(row.seq) }
            })
        }).collect();
        let seqs: Vec<u64> = tickets.into_iter().filter_map(|ticket| ticket.wait().ok()).collect();
        let kept = fails.iter().filter(|fail| !**fail).count() as u64;
        prop_assert_eq!(seqs, (1..=kept).collect::<Vec<_>>());
        vault.read(|read| read.check_conversation(chat)).unwrap();
    }
}

fn seqs(rows: &[MessageRow]) -> Vec<u64> {
    rows.iter().map(|row| row.seq).collect()
}

fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    ["vault.db", "personal.db"]
        .map(|name| (name.to_owned(), fs::read(folder.join(name)).unwrap()))
        .into()
}
