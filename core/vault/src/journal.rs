//! The journal of control decisions (formats.md 7): JSON Lines, each chained to the line before, in a file of its own
//! that outlives a wipe.

use crate::{
    error::{At, VaultError},
    fault, file,
};
use companion_crypto::hash::{jcs, sha256};
use companion_domain::{bytes::Digest, fault::FaultPoints, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

const PLACE: &str = "journal.jsonl";

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The version of this form: 1.
    pub v: u32,
    /// Its number, from 1.
    pub n: u64,
    /// When.
    pub at: Timestamp,
    /// What happened, for example `lock.engaged`.
    pub e: String,
    /// The reason code.
    pub code: String,
    /// Who decided, for example `policy:12`.
    pub by: String,
    /// The order's `jti`.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// SHA-256 of the line before; 32 zero bytes in the first.
    pub prev: Digest,
}

/// Where the journal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many entries it holds.
    pub n: u64,
    /// SHA-256 of the last line; 32 zero bytes if there is none.
    pub sha256: Digest,
}

impl Head {
    const EMPTY: Self = Self {
        n: 0,
        sha256: Digest([0; 32]),
    };
}

/// An open journal.
pub struct Journal {
    file: File,
    path: PathBuf,
    head: Head,
    faults: FaultPoints,
}

impl Journal {
    /// Opens the journal, or begins one. A last line that a crash cut off is set aside in `journal.torn`: its decision
    /// was never answered as done.
    ///
    /// # Errors
    /// `Newer`, `Corrupt` if the last whole line is not an entry, and those of the file system.
    pub fn open(path: &Path, faults: FaultPoints) -> Result<Self, VaultError> {
        let bytes = file::read(path, PLACE)?.unwrap_or_default();
        let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        let (lines, torn) = bytes.split_at_checked(whole).unwrap_or_default();
        if !torn.is_empty() {
            append(&path.with_extension("torn"), torn)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .at(PLACE)?;
        if !torn.is_empty() {
            file.set_len(whole as u64).at(PLACE)?;
        }
        file.sync_all().at(PLACE)?;
        file::sync_folder(path).at(PLACE)?;
        let head = match split_lines(lines).last() {
            Some(line) => head(line)?,
            None => Head::EMPTY,
        };
        Ok(Self {
            file,
            path: path.to_owned(),
            head,
            faults,
        })
    }

    /// Appends a decision and answers with its number once it is durable. After an error the journal must be opened
    /// anew, which sets aside what was half written.
    ///
    /// # Errors
    /// `Full` and those of the file system.
    pub fn append(
        &mut self,
        e: &str,
        code: &str,
        by: &str,
        reference: Option<&str>,
        at: Timestamp,
    ) -> Result<u64, VaultError> {
        let entry = Entry {
            v: 1,
            n: self.head.n + 1,
            at,
            e: e.into(),
            code: code.into(),
            by: by.into(),
            reference: reference.map(Into::into),
            prev: self.head.sha256,
        };
        let mut line = jcs(&entry).at(PLACE)?;
        let sha256 = Digest(sha256(&line));
        line.push(b'\n');
        self.file.write_all(&line).at(PLACE)?;
        self.faults.reach(fault::JOURNAL_WRITTEN);
        self.file.sync_data().at(PLACE)?;
        self.faults.reach(fault::JOURNAL_SYNCED);
        self.head = Head { n: entry.n, sha256 };
        Ok(entry.n)
    }

    /// Where the journal stands, for a receipt.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Reads the whole journal and checks every link.
    ///
    /// # Errors
    /// `Corrupt` if a line is missing, changed or out of order.
    pub fn verify(&self) -> Result<Vec<Entry>, VaultError> {
        let bytes = fs::read(&self.path).at(PLACE)?;
        let mut at = Head::EMPTY;
        let mut entries = Vec::new();
        for line in split_lines(&bytes) {
            let entry = entry(line)?;
            if entry.n != at.n + 1 || entry.prev != at.sha256 {
                return Err(VaultError::Corrupt { place: PLACE });
            }
            at = head(line)?;
            entries.push(entry);
        }
        if at != self.head {
            return Err(VaultError::Corrupt { place: PLACE });
        }
        Ok(entries)
    }
}

fn split_lines(bytes: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty())
}

fn entry(line: &[u8]) -> Result<Entry, VaultError> {
    let entry: Entry = serde_json::from_slice(line).at(PLACE)?;
    match entry.v {
        1 => Ok(entry),
        found => Err(VaultError::Newer {
            found: i64::from(found),
        }),
    }
}

fn head(line: &[u8]) -> Result<Head, VaultError> {
    Ok(Head {
        n: entry(line)?.n,
        sha256: Digest(sha256(line)),
    })
}

fn append(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .at(PLACE)?;
    file.write_all(bytes).at(PLACE)?;
    file.write_all(b"\n").at(PLACE)?;
    file.sync_all().at(PLACE)
}
