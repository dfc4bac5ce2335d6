//! The journal: a chain of decisions that shows what is missing and survives a torn last line.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

mod common;

use common::NOW;
use companion_crypto::hash::sha256;
use companion_domain::{bytes::Digest, fault::FaultPoints, time::Timestamp};
use companion_vault::{VaultError, journal::Journal};
use std::{fs, path::Path};
use tempfile::tempdir;

fn open(path: &Path) -> Journal {
    Journal::open(path, FaultPoints::default()).unwrap()
}

fn append(journal: &mut Journal, e: &str) -> u64 {
    let at = Timestamp::from_ms(NOW);
    journal
        .append(e, "idle.background", "policy:12", None, at)
        .unwrap()
}

#[test]
fn lines_have_the_form_of_the_formats() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let mut journal = open(&path);
    append(&mut journal, "lock.engaged");
    let at = Timestamp::from_ms(NOW);
    journal
        .append("order.taken", "order.lock", "order", Some("jti-1"), at)
        .unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let zero = Digest([0; 32]);
    let first = format!(
        r#"{{"at":"2026-01-02T03:04:05.000Z","by":"policy:12","code":"idle.background","e":"lock.engaged","n":1,"prev":"{zero}","v":1}}"#
    );
    let prev = Digest(sha256(first.as_bytes()));
    let second = format!(
        r#"{{"at":"2026-01-02T03:04:05.000Z","by":"order","code":"order.lock","e":"order.taken","n":2,"prev":"{prev}","ref":"jti-1","v":1}}"#
    );
    assert_eq!(lines, [first, second]);
    assert!(text.ends_with('\n'));
}

#[test]
fn it_goes_on_after_a_restart_and_verifies() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let mut journal = open(&path);
    append(&mut journal, "one");
    let head = journal.head();
    let mut journal = open(&path);
    assert_eq!(journal.head(), head);
    assert_eq!(append(&mut journal, "two"), 2);
    let entries = journal.verify().unwrap();
    assert_eq!(
        entries
            .iter()
            .map(|entry| entry.e.as_str())
            .collect::<Vec<_>>(),
        ["one", "two"]
    );
}

#[test]
fn a_line_that_a_crash_cut_anywhere_is_set_aside() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let mut journal = open(&path);
    append(&mut journal, "kept");
    let kept = fs::read(&path).unwrap();
    append(&mut journal, "torn");
    let whole = fs::read(&path).unwrap();
    drop(journal);
    for cut in kept.len() + 1..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let mut journal = open(&path);
        assert_eq!(fs::read(&path).unwrap(), kept);
        assert_eq!(append(&mut journal, "next"), 2);
        assert_eq!(journal.verify().unwrap().len(), 2);
    }
    let aside = fs::read_to_string(folder.path().join("journal.torn")).unwrap();
    assert_eq!(aside.lines().count(), whole.len() - kept.len() - 1);
}

#[test]
fn a_line_that_is_missing_changed_moved_or_cut_off_shows() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let mut journal = open(&path);
    for e in ["one", "two", "three"] {
        append(&mut journal, e);
    }
    let text = fs::read_to_string(&path).unwrap();
    let [one, two, three] = text.lines().collect::<Vec<_>>()[..] else {
        panic!()
    };
    let changed = two.replace("idle", "idol");
    for lines in [
        vec![one, three],
        vec![one, &changed, three],
        vec![two, one, three],
        vec![one, two],
    ] {
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        assert_eq!(
            journal.verify(),
            Err(VaultError::Corrupt {
                place: "journal.jsonl"
            })
        );
    }
    fs::write(&path, text).unwrap();
    assert!(journal.verify().is_ok());
}

#[test]
fn a_newer_form_is_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    append(&mut open(&path), "one");
    let text = fs::read_to_string(&path)
        .unwrap()
        .replace(r#""v":1"#, r#""v":2"#);
    fs::write(&path, text).unwrap();
    let opened = Journal::open(&path, FaultPoints::default());
    assert_eq!(opened.err(), Some(VaultError::Newer { found: 2 }));
}
