//! The writing thread: groups, failing jobs, tickets, readers beside it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

mod common;

use common::{config, conversation, key, keys, open};
use companion_domain::fault::FaultPoints;
use companion_vault::{Vault, VaultError};
use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    task::{Context, Poll, Waker},
};
use tempfile::tempdir;

#[test]
fn a_burst_shares_commits_and_every_job_is_answered() {
    let folder = tempdir().unwrap();
    let commits = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&commits);
    let faults = FaultPoints::new(move |point| {
        if point == "vault.group.committed" {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    let vault = Vault::open(
        companion_vault::VaultConfig {
            faults,
            ..config(folder.path())
        },
        keys(),
    )
    .unwrap();
    let chat = conversation(&vault, "c1one");
    let before = commits.load(Ordering::Relaxed);

    // The first job holds the writer until all others wait behind it.
    let (go, wait) = mpsc::channel::<()>();
    let gate = vault.write(move |_| {
        let _ = wait.recv();
        Ok(())
    });
    let tickets: Vec<_> = (0..130)
        .map(|n| {
            vault.write(move |write| {
                write.add_message(chat, &key(&format!("m1-{n}")), b"text")?;
                if n % 10 == 7 {
                    Err(VaultError::Conflict { place: "test" })
                } else {
                    Ok(n)
                }
            })
        })
        .collect();
    go.send(()).unwrap();
    gate.wait().unwrap();
    for (n, ticket) in tickets.into_iter().enumerate() {
        let expected = match n % 10 {
            7 => Err(VaultError::Conflict { place: "test" }),
            _ => Ok(n),
        };
        assert_eq!(ticket.wait(), expected);
    }
    let groups = commits.load(Ordering::Relaxed) - before;
    assert!(
        groups <= 4,
        "the gate, then 130 jobs by 64: {groups} commits"
    );
    let kept = vault
        .read(|read| Ok(read.messages(chat, None, 1000)?.len()))
        .unwrap();
    assert_eq!(kept, 117);
}

#[test]
fn a_dropped_ticket_and_a_dropped_store_undo_nothing() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let chat = conversation(&vault, "c1one");
    for n in 0..20 {
        let key = key(&format!("m1-{n}"));
        drop(vault.write(move |write| write.add_message(chat, &key, b"text").map(drop)));
    }
    drop(vault);
    assert!(
        !folder.path().join("vault.db-wal").exists(),
        "a closed store has no WAL"
    );
    let kept = open(folder.path()).read(|read| Ok(read.messages(chat, None, 100)?.len()));
    assert_eq!(kept, Ok(20));
}

#[test]
fn a_ticket_is_a_future() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let mut ticket = pin!(vault.write(|write| write.set_control("name", Some(b"value"))));
    let mut context = Context::from_waker(Waker::noop());
    let answer = loop {
        match ticket.as_mut().poll(&mut context) {
            Poll::Ready(answer) => break answer,
            Poll::Pending => std::thread::yield_now(),
        }
    };
    assert_eq!(answer, Ok(()));
    let value = vault.read(|read| read.control("name"));
    assert_eq!(value, Ok(Some(b"value".to_vec())));
}

#[test]
fn a_job_that_panics_closes_the_store_and_loses_no_answer() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let job = vault.write(|write| {
        write.set_control("name", Some(b"value"))?;
        if write.control("name")?.is_some() {
            panic!("a mistake of the caller");
        }
        Ok(())
    });
    assert_eq!(job.wait(), Err(VaultError::Closed));
    assert_eq!(vault.write(|_| Ok(())).wait(), Err(VaultError::Closed));
    assert_eq!(vault.close(), Err(VaultError::Closed));
    let value = open(folder.path()).read(|read| read.control("name"));
    assert_eq!(value, Ok(None));
}

#[test]
fn two_readers_see_whole_jobs_while_the_writer_writes() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let chat = conversation(&vault, "c1one");
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = 0;
                while last < 100 {
                    let seen = vault.read(|read| {
                        // One job writes the message and the cursor; a snapshot never parts them.
                        let cursor = read.control("cursor")?.unwrap_or_default();
                        let rows = read.messages(chat, None, 1)?;
                        let seq = rows.first().map_or(0, |row| row.seq);
                        assert_eq!(cursor, if seq == 0 { vec![] } else { vec![seq as u8] });
                        Ok(seq)
                    });
                    last = seen.unwrap();
                }
            });
        }
        for n in 1..=100u8 {
            let job = vault.write(move |write| {
                write.add_message(chat, &key(&format!("m1-{n}")), b"text")?;
                write.set_control("cursor", Some(&[n]))
            });
            job.wait().unwrap();
        }
    });
}

#[test]
fn a_read_inside_a_read_gets_the_second_connection() {
    let folder = tempdir().unwrap();
    let vault = open(folder.path());
    let both = vault.read(|outer| Ok((outer.chain()?, vault.read(|inner| inner.chain())?)));
    let (outer, inner) = both.unwrap();
    assert_eq!(outer, inner);
}
