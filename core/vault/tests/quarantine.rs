//! The quarantine: each item once, in order of arrival, until it is released or too old.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

mod common;

use common::{DAY, NOW, key, open};
use companion_vault::{Vault, VaultError};
use tempfile::tempdir;

fn put(vault: &Vault, chat: &'static str, item: &'static str, now: i64) -> bool {
    let job = vault.write(move |write| {
        write.quarantine_put(&key(chat), item.as_bytes(), item.as_bytes(), now)
    });
    job.wait().unwrap()
}

fn values(vault: &Vault, chat: &str) -> Vec<String> {
    let rows = vault.read(|read| read.quarantined(&key(chat))).unwrap();
    rows.into_iter()
        .map(|row| String::from_utf8(row.value).unwrap())
        .collect()
}

#[test]
fn items_come_out_once_in_the_order_in_which_they_came() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    for (chat, item) in [("c1a", "3"), ("c1b", "x"), ("c1a", "1"), ("c1a", "2")] {
        assert!(put(&vault, chat, item, NOW));
    }
    assert!(!put(&vault, "c1a", "1", NOW), "the same item is kept once");
    assert_eq!(values(&vault, "c1a"), ["3", "1", "2"]);

    let released = vault.write(|write| {
        let rows = write.quarantined(&key("c1a"))?;
        write.quarantine_remove(&rows.iter().map(|row| row.id).collect::<Vec<_>>());
        Ok(rows.len())
    });
    assert_eq!(released.wait(), Ok(3));
    assert_eq!(values(&vault, "c1a"), [""; 0]);
    assert_eq!(vault.read(|read| read.quarantine_count()), Ok(1));
}

#[test]
fn a_failed_job_neither_puts_nor_releases() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    put(&vault, "c1a", "1", NOW);
    let job = vault.write(|write| {
        let rows = write.quarantined(&key("c1a"))?;
        write.quarantine_remove(&[rows[0].id]);
        write.quarantine_put(&key("c1a"), b"2", b"2", NOW)?;
        Err::<(), _>(VaultError::Full)
    });
    assert_eq!(job.wait(), Err(VaultError::Full));
    assert_eq!(values(&vault, "c1a"), ["1"]);
}

#[test]
fn conversations_are_paged_by_their_first_item() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    for (chat, item) in [("c1a", "a1"), ("c1b", "b1"), ("c1c", "c1"), ("c1a", "a2")] {
        put(&vault, chat, item, NOW);
    }
    vault
        .read(|read| {
            let page = read.quarantine_page(0, 2)?;
            assert_eq!(page.len(), 2);
            assert_eq!(
                (page[0].count, page[0].newest.value.as_slice()),
                (2, b"a2".as_slice())
            );
            assert_eq!(
                (page[1].count, page[1].newest.value.as_slice()),
                (1, b"b1".as_slice())
            );
            let rest = read.quarantine_page(page[1].row, 2)?;
            assert_eq!(rest.len(), 1);
            assert_eq!(rest[0].newest.value, b"c1");
            Ok(())
        })
        .unwrap();
}

#[test]
fn items_of_days_that_ended_before_expire() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    put(&vault, "c1a", "old", NOW - 2 * DAY);
    put(&vault, "c1a", "edge", NOW);
    let expired = vault.write(|write| write.quarantine_expire(NOW + 1));
    assert_eq!(expired.wait(), Ok(1));
    assert_eq!(values(&vault, "c1a"), ["edge"]);
    let expired = vault.write(|write| write.quarantine_expire(NOW + DAY));
    assert_eq!(expired.wait(), Ok(1));
}
