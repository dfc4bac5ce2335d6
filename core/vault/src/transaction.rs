//! What a job sees: a snapshot to read, and the writer's transaction.

use crate::{
    content::LOCKED,
    control, db,
    error::{At, VaultError},
    open,
    seal::{Seal, Seals, T},
};
use companion_crypto::secret::Key;
use companion_domain::fault::FaultPoints;
use rusqlite::Connection;
use std::{cell::RefCell, collections::BTreeMap, ops::Deref, sync::Arc};

/// One consistent view of the store. Its queries stand with their tables.
pub struct Read<'a> {
    pub(crate) work: &'a Connection,
    pub(crate) personal: &'a Connection,
    pub(crate) seals: &'a Seals,
    /// Epoch keys that this view opened, so that a page of rows opens each once.
    pub(crate) epochs: RefCell<BTreeMap<u16, Arc<Seal>>>,
}

impl<'a> Read<'a> {
    pub(crate) fn new(work: &'a Connection, personal: &'a Connection, seals: &'a Seals) -> Self {
        Self {
            work,
            personal,
            seals,
            epochs: RefCell::default(),
        }
    }
}

/// One job's part of a group. It reads what it wrote; if the job fails, all of it is undone and the rest of the group
/// stays.
pub struct Write<'a> {
    pub(crate) read: Read<'a>,
    pub(crate) ids: &'a mut Ids,
    pub(crate) faults: &'a FaultPoints,
    /// Quarantined rows that go once the group's work is committed.
    pub(crate) released: Vec<i64>,
}

impl<'a> Deref for Write<'a> {
    type Target = Read<'a>;

    fn deref(&self) -> &Read<'a> {
        &self.read
    }
}

/// The name of the control row that holds the ids of `vault.db`.
pub(crate) const IDS: &str = "vault.ids";
const QUARANTINE: &str = "quarantine";

/// The last row ids. A row's seal names its id, so ids are given before the insert; they only count up, over
/// rolled-back jobs and restarts, so that no id is given twice. Those of `vault.db` stand in a control row: it shares
/// the page of the chain's, where a table of counters would be one more page in each commit.
pub(crate) struct Ids {
    work: BTreeMap<String, i64>,
    personal: i64,
    changed: bool,
}

impl Ids {
    /// The row that a new file begins with; the keys 1 and 2 are `D` and `T`.
    pub(crate) fn seed(db: &Connection, seals: &Seals) -> Result<(), VaultError> {
        let work = BTreeMap::from([("control", 1), ("epochs", i64::from(T))]);
        control::seed(db, seals, IDS, &serde_json::to_vec(&work).at(IDS)?)
    }

    pub(crate) fn load(read: &Read<'_>) -> Result<Self, VaultError> {
        let corrupt = VaultError::Corrupt { place: IDS };
        let work = read.control(IDS)?.ok_or(corrupt)?;
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?";
        let personal = db::row(read.personal, QUARANTINE, sql, [QUARANTINE])?;
        Ok(Self {
            work: serde_json::from_slice(&work).at(IDS)?,
            personal: personal.map_or(0, |(last,)| last),
            changed: false,
        })
    }

    /// Takes the next id of a table of `vault.db`.
    pub(crate) fn take(&mut self, table: &'static str) -> i64 {
        self.changed = true;
        let last = self.work.entry(table.to_owned()).or_default();
        *last += 1;
        *last
    }

    /// The id that the next row of a table of `vault.db` gets.
    pub(crate) fn peek(&self, table: &'static str) -> i64 {
        self.work.get(table).map_or(0, |last| *last) + 1
    }

    /// All ids given so far are durable.
    pub(crate) fn kept(&mut self) {
        self.changed = false;
    }

    /// Takes the next id of the quarantine.
    pub(crate) fn take_quarantined(&mut self) -> i64 {
        self.personal += 1;
        self.personal
    }
}

impl Read<'_> {
    /// Whether `D` is not there.
    pub fn is_locked(&self) -> bool {
        self.seals.content.is_locked()
    }
}

impl Write<'_> {
    /// Takes `d` in, so that content can be read from here on. If the job, or its group, fails afterwards, [`crate::Vault::lock`]
    /// is the caller's to call.
    ///
    /// # Errors
    /// `WrongKey` if it is not the key of this store; nothing is changed then.
    pub fn unlock(&mut self, d: &Key) -> Result<(), VaultError> {
        open::prove_content(self.work, d, self.seals)?;
        let public = self.seals.content.open_with(d);
        if self.control(LOCKED)?.as_deref() != Some(public.as_bytes()) {
            self.set_control(LOCKED, Some(public.as_bytes()))?;
        }
        Ok(())
    }

    /// Makes the ids given so far part of the commit.
    pub(crate) fn keep_ids(&mut self) -> Result<(), VaultError> {
        if self.ids.changed {
            let ids = serde_json::to_vec(&self.ids.work).at(IDS)?;
            self.set_control(IDS, Some(&ids))?;
        }
        Ok(())
    }
}
