//! The last passcodes, as hashes by a key of `D`: who can compare them has everything already.

use crate::{
    db,
    error::VaultError,
    transaction::{Read, Write},
};
use rusqlite::params;

const TABLE: &str = "passcodes";

impl Read<'_> {
    /// Whether `code`, normalised, is one of the last `history` passcodes.
    ///
    /// # Errors
    /// `Locked` without `D`.
    pub fn passcode_used(&self, code: &[u8], history: usize) -> Result<bool, VaultError> {
        let hash = self.seals.content.passcode_hash(code)?;
        let limit = i64::try_from(history).unwrap_or(i64::MAX);
        let sql = "SELECT hash FROM passcodes ORDER BY id DESC LIMIT ?";
        let last: Vec<(Vec<u8>,)> = db::rows(self.work, TABLE, sql, [limit])?;
        Ok(last.iter().any(|(known,)| *known == hash))
    }
}

impl Write<'_> {
    /// Notes `code`, normalised, as the newest passcode and forgets all but the last `history`.
    ///
    /// # Errors
    /// `Locked` without `D`.
    pub fn note_passcode(&mut self, code: &[u8], history: usize) -> Result<(), VaultError> {
        let hash = self.seals.content.passcode_hash(code)?;
        let id = self.ids.take(TABLE);
        let sql = "INSERT INTO passcodes (id, hash) VALUES (?, ?)";
        db::change_one(self.work, TABLE, sql, params![id, hash])?;
        let kept = i64::try_from(history).unwrap_or(i64::MAX);
        let sql = "DELETE FROM passcodes WHERE id <= ? - ?";
        db::change(self.work, TABLE, sql, params![id, kept]).map(drop)
    }
}
