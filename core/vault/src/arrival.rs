//! What came while `D` was not there, in order, until it is taken into its conversation.

use crate::{
    db,
    error::VaultError,
    seal::Spot,
    transaction::{Read, Write},
};
use rusqlite::params;

const TABLE: &str = "arrivals";

/// Something that waits for `D`.
#[derive(Clone, PartialEq, Eq)]
pub struct ArrivalRow {
    /// The order of arrival; never given twice.
    pub id: i64,
    /// Its conversation's number.
    pub conversation: i64,
    /// The engine's value; `None` if the row is damaged.
    pub value: Option<Vec<u8>>,
}

impl Read<'_> {
    /// Up to `limit` arrivals, oldest first, from those whose id is above `after`.
    ///
    /// # Errors
    /// `Locked` without `D`.
    pub fn arrivals(&self, after: i64, limit: u32) -> Result<Vec<ArrivalRow>, VaultError> {
        let sql = "SELECT id, conversation, value FROM arrivals WHERE id > ? ORDER BY id LIMIT ?";
        let rows: Vec<(i64, i64, Vec<u8>)> =
            db::rows(self.work, TABLE, sql, params![after, limit])?;
        let open = |(id, conversation, sealed): (i64, i64, Vec<u8>)| {
            let value = match self.seals.content.open(&spot(id), &sealed) {
                Ok(value) => Some(value),
                Err(VaultError::Corrupt { .. }) => None,
                Err(error) => return Err(error),
            };
            Ok(ArrivalRow {
                id,
                conversation,
                value,
            })
        };
        rows.into_iter().map(open).collect()
    }

    /// How many arrivals wait.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn arrivals_count(&self) -> Result<u64, VaultError> {
        let count = db::row(self.work, TABLE, "SELECT count(*) FROM arrivals", [])?;
        Ok(count.map_or(0, |(count,): (i64,)| count.cast_unsigned()))
    }
}

impl Write<'_> {
    /// Keeps an arrival for a conversation.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn add_arrival(&mut self, conversation: i64, value: &[u8]) -> Result<(), VaultError> {
        let id = self.ids.take(TABLE);
        let sealed = self.seals.content.seal(&spot(id), value)?;
        let sql = "INSERT INTO arrivals (id, conversation, value) VALUES (?, ?, ?)";
        db::change_one(self.work, TABLE, sql, params![id, conversation, sealed])
    }

    /// Removes an arrival that its conversation has taken in.
    ///
    /// # Errors
    /// `Conflict` if there is no such row.
    pub fn remove_arrival(&mut self, id: i64) -> Result<(), VaultError> {
        db::change_one(self.work, TABLE, "DELETE FROM arrivals WHERE id = ?", [id])
    }
}

fn spot(id: i64) -> Spot {
    Spot::row("arrivals.value", id)
}
