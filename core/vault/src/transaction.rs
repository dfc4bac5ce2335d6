//! What a job sees: a snapshot to read, and the writer's transaction.

use crate::{
    db,
    error::VaultError,
    seal::{Seal, Seals},
};
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

/// The next row ids. A row's seal names its id, so ids are given before the insert; they only count up, over
/// rolled-back jobs and restarts, so that no id is given twice.
#[derive(Default)]
pub(crate) struct Ids(BTreeMap<&'static str, i64>);

impl Ids {
    /// Takes the next id of `table`.
    pub(crate) fn take(&mut self, db: &Connection, table: &'static str) -> Result<i64, VaultError> {
        let id = self.peek(db, table)?;
        self.0.insert(table, id + 1);
        Ok(id)
    }

    /// The id that the next row of `table` gets.
    pub(crate) fn peek(&mut self, db: &Connection, table: &'static str) -> Result<i64, VaultError> {
        if let Some(next) = self.0.get(table) {
            return Ok(*next);
        }
        let given = db::row(
            db,
            table,
            "SELECT seq FROM sqlite_sequence WHERE name = ?",
            [table],
        )?;
        let next = given.map_or(0, |(seq,): (i64,)| seq) + 1;
        self.0.insert(table, next);
        Ok(next)
    }
}
