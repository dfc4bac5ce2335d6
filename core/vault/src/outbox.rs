//! What waits to leave the phone: control values under `T`, bodies under the key of their epoch.

use crate::{
    db,
    error::VaultError,
    seal::Spot,
    transaction::{Read, Write},
};
use companion_crypto::seal::key_id;
use rusqlite::params;

/// The lane of what the employee sends.
pub const CUSTOMER: u8 = 0;
/// The lane of records.
pub const MIRROR: u8 = 1;
/// The state of a row that waits for its due time; every other number is the engine's.
pub const WAITING: u8 = 0;

const TABLE: &str = "outbox";

/// What waits. The engine repeats `state` inside `entry`, so that a changed number in the file shows.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// The order of queueing; never given twice.
    pub id: i64,
    /// [`CUSTOMER`] or [`MIRROR`].
    pub lane: u8,
    /// Its conversation's number.
    pub conversation: i64,
    /// [`WAITING`], or a state of the engine.
    pub state: u8,
    /// From when on it may be tried, in milliseconds since 1970; 0 as queued.
    pub due_ms: i64,
    /// How often it was tried.
    pub attempts: u32,
    /// The engine's control value.
    pub entry: Vec<u8>,
}

type Columns = (i64, u8, i64, u8, i64, u32, Vec<u8>);

impl Read<'_> {
    /// Up to `limit` rows of a lane, whatever their state, oldest first, from those whose id is above `after`.
    ///
    /// # Errors
    /// `Corrupt` if one does not open in its place.
    pub fn outbox(&self, lane: u8, after: i64, limit: u32) -> Result<Vec<OutboxRow>, VaultError> {
        // Nearly all rows are records: they are read in the table's order, the few others by the index and sorted.
        let sql = match lane {
            MIRROR => {
                "SELECT id, lane, conversation, state, due, attempts, entry FROM outbox
                WHERE +lane = ? AND id > ? ORDER BY id LIMIT ?"
            }
            _ => {
                "SELECT id, lane, conversation, state, due, attempts, entry FROM outbox
                WHERE lane = ? AND +id > ? ORDER BY +id LIMIT ?"
            }
        };
        let rows = db::rows(self.work, TABLE, sql, params![lane, after, limit])?;
        rows.into_iter().map(|row| self.open_outbox(row)).collect()
    }

    /// Up to `limit` waiting rows of a lane that are due at `now_ms`, the longest due first.
    ///
    /// # Errors
    /// `Corrupt` if one does not open in its place.
    pub fn outbox_due(
        &self,
        lane: u8,
        now_ms: i64,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, VaultError> {
        let sql = "SELECT id, lane, conversation, state, due, attempts, entry FROM outbox
            WHERE state = 0 AND lane = ? AND due <= ? ORDER BY due, id LIMIT ?";
        let rows = db::rows(self.work, TABLE, sql, params![lane, now_ms, limit])?;
        rows.into_iter().map(|row| self.open_outbox(row)).collect()
    }

    /// The row queued under this key.
    ///
    /// # Errors
    /// `Corrupt` if it does not open in its place.
    pub fn outbox_by_key(&self, key: &str) -> Result<Option<OutboxRow>, VaultError> {
        let sql = "SELECT id, lane, conversation, state, due, attempts, entry FROM outbox
            WHERE key = ?";
        let row = db::row(self.work, TABLE, sql, [self.outbox_key(key)])?;
        row.map(|row| self.open_outbox(row)).transpose()
    }

    /// All rows of a lane whose state is the engine's, oldest first.
    ///
    /// # Errors
    /// `Corrupt` if one does not open in its place.
    pub fn outbox_halted(&self, lane: u8) -> Result<Vec<OutboxRow>, VaultError> {
        let sql = "SELECT id, lane, conversation, state, due, attempts, entry FROM outbox
            WHERE lane = ? AND state > 0 ORDER BY +id";
        let rows = db::rows(self.work, TABLE, sql, [lane])?;
        rows.into_iter().map(|row| self.open_outbox(row)).collect()
    }

    /// How many rows a lane holds, whatever their state.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn outbox_count(&self, lane: u8) -> Result<u64, VaultError> {
        let sql = "SELECT count(*) FROM outbox WHERE lane = ?";
        let count = db::row(self.work, TABLE, sql, [lane])?;
        Ok(count.map_or(0, |(count,): (i64,)| count.cast_unsigned()))
    }

    /// What a row wants sent.
    ///
    /// # Errors
    /// `Conflict` if there is no such row, `Corrupt` if it does not open in its place.
    pub fn outbox_payload(&self, id: i64) -> Result<Vec<u8>, VaultError> {
        let sql = "SELECT payload FROM outbox WHERE id = ?";
        let row = db::row(self.work, TABLE, sql, [id])?;
        let (sealed,): (Vec<u8>,) = row.ok_or(VaultError::Conflict { place: TABLE })?;
        let epoch = key_id(&sealed).ok_or(VaultError::Corrupt { place: TABLE })?;
        self.epoch(epoch)?.open(&payload_spot(id), &sealed)
    }

    fn outbox_key(&self, key: &str) -> [u8; 16] {
        self.seals.hash("outbox.key", key.as_bytes())
    }

    fn open_outbox(
        &self,
        (id, lane, conversation, state, due_ms, attempts, sealed): Columns,
    ) -> Result<OutboxRow, VaultError> {
        Ok(OutboxRow {
            id,
            lane,
            conversation,
            state,
            due_ms,
            attempts,
            entry: self.seals.t.open(&entry_spot(id), &sealed)?,
        })
    }
}

impl Write<'_> {
    /// Queues `payload` under the epoch of the day of `now_ms` (milliseconds since 1970). Its due time is 0, so that what
    /// waits goes in the order of queueing whatever the clock did. `key` is a record's key or a `client_message_id`,
    /// `entry` the engine's control value. A key that waits already answers with its row, unchanged.
    ///
    /// # Errors
    /// `Corrupt` if that row or the epoch's key does not open.
    pub fn enqueue(
        &mut self,
        lane: u8,
        key: &str,
        conversation: i64,
        entry: &[u8],
        now_ms: i64,
        payload: &[u8],
    ) -> Result<OutboxRow, VaultError> {
        if let Some(row) = self.outbox_by_key(key)? {
            return Ok(row);
        }
        let epoch = self.current_epoch(now_ms)?;
        let id = self.ids.take(TABLE);
        let sealed = self.seals.t.seal(&entry_spot(id), entry)?;
        let payload = epoch.seal(&payload_spot(id), payload)?;
        let sql =
            "INSERT INTO outbox (id, lane, key, conversation, state, due, attempts, entry, payload)
            VALUES (?, ?, ?, ?, 0, 0, 0, ?, ?)";
        let key = self.outbox_key(key);
        let params = params![id, lane, key, conversation, sealed, payload];
        db::change_one(self.work, TABLE, sql, params)?;
        Ok(OutboxRow {
            id,
            lane,
            conversation,
            state: WAITING,
            due_ms: 0,
            attempts: 0,
            entry: entry.to_vec(),
        })
    }

    /// Writes a row's state, due time in milliseconds since 1970, number of attempts and control value.
    ///
    /// # Errors
    /// `Conflict` if there is no such row.
    pub fn outbox_update(
        &mut self,
        id: i64,
        state: u8,
        due_ms: i64,
        attempts: u32,
        entry: &[u8],
    ) -> Result<(), VaultError> {
        let entry = self.seals.t.seal(&entry_spot(id), entry)?;
        let sql = "UPDATE outbox SET state = ?, due = ?, attempts = ?, entry = ? WHERE id = ?";
        let params = params![state, due_ms, attempts, entry, id];
        db::change_one(self.work, TABLE, sql, params)
    }

    /// Removes a row, and with the last row of an earlier epoch its key. A row that is gone already is fine.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn outbox_remove(&mut self, id: i64) -> Result<(), VaultError> {
        db::change(self.work, TABLE, "DELETE FROM outbox WHERE id = ?", [id])?;
        self.drop_empty_epochs()
    }
}

fn entry_spot(id: i64) -> Spot {
    Spot::row("outbox.entry", id)
}

fn payload_spot(id: i64) -> Spot {
    Spot::row("outbox.payload", id)
}
