//! What left the phone, for the employee to see.

use crate::{
    db,
    error::VaultError,
    seal::Spot,
    transaction::{Read, Write},
};
use rusqlite::params;

const TABLE: &str = "ledger";

/// One line of the ledger.
#[derive(Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// Its number; counts up.
    pub id: i64,
    /// The engine's value.
    pub value: Vec<u8>,
}

impl Read<'_> {
    /// Up to `limit` lines, newest first, older than `before`.
    ///
    /// # Errors
    /// `Corrupt` if a line does not open in its place.
    pub fn ledger(&self, before: Option<i64>, limit: u32) -> Result<Vec<LedgerRow>, VaultError> {
        let sql = "SELECT id, value FROM ledger WHERE id < ? ORDER BY id DESC LIMIT ?";
        let before = before.unwrap_or(i64::MAX);
        db::rows(self.work, TABLE, sql, params![before, limit])?
            .into_iter()
            .map(|(id, sealed): (i64, Vec<u8>)| {
                let value = self.seals.content.open(&spot(id), &sealed)?;
                Ok(LedgerRow { id, value })
            })
            .collect()
    }
}

impl Write<'_> {
    /// Adds a line.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn add_ledger(&mut self, value: &[u8]) -> Result<(), VaultError> {
        let id = self.ids.take(TABLE);
        let sealed = self.seals.content.seal(&spot(id), value)?;
        let sql = "INSERT INTO ledger (id, value) VALUES (?, ?)";
        db::change_one(self.work, TABLE, sql, params![id, sealed])
    }
}

fn spot(id: i64) -> Spot {
    Spot::row("ledger.value", id)
}
