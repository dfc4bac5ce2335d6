//! Undecided conversations, in the personal file: counted, never mirrored, gone after a while.

use crate::{
    db,
    error::VaultError,
    seal::Spot,
    transaction::{Read, Write},
};
use companion_domain::id::Key;
use rusqlite::params;

const TABLE: &str = "quarantine";
const DAY_MS: i64 = 86_400_000;

/// One undecided item.
#[derive(Clone, PartialEq, Eq)]
pub struct QuarantineRow {
    /// The order of arrival; never given twice.
    pub id: i64,
    /// The engine's value.
    pub value: Vec<u8>,
}

/// A conversation of which items wait for the employee's decision.
#[derive(Clone, PartialEq, Eq)]
pub struct QuarantinedConversation {
    /// The id of its first item, which is the cursor of [`Read::quarantine_page`].
    pub row: i64,
    /// How many items wait.
    pub count: u64,
    /// The newest of them.
    pub newest: QuarantineRow,
}

impl Read<'_> {
    /// The items of a conversation, in order of arrival.
    ///
    /// # Errors
    /// `Corrupt` if one does not open in its place.
    pub fn quarantined(&self, conversation: &Key) -> Result<Vec<QuarantineRow>, VaultError> {
        let sql = "SELECT id, value FROM quarantine WHERE conversation = ? ORDER BY id";
        let key = self.quarantine_key(conversation);
        let rows = db::rows(self.personal, TABLE, sql, [key])?;
        rows.into_iter()
            .map(|(id, sealed): (i64, Vec<u8>)| self.open_quarantined(id, &sealed))
            .collect()
    }

    /// Up to `limit` conversations in quarantine, in order of their first item, from those whose `row` is above
    /// `after`.
    ///
    /// # Errors
    /// `Corrupt` if an item does not open in its place.
    pub fn quarantine_page(
        &self,
        after: i64,
        limit: u32,
    ) -> Result<Vec<QuarantinedConversation>, VaultError> {
        let sql = "SELECT page.first, page.items, newest.id, newest.value FROM (
                SELECT min(id) AS first, count(*) AS items, max(id) AS last FROM quarantine
                GROUP BY conversation HAVING min(id) > ? ORDER BY 1 LIMIT ?
            ) page JOIN quarantine newest ON newest.id = page.last ORDER BY page.first";
        let rows = db::rows(self.personal, TABLE, sql, params![after, limit])?;
        rows.into_iter()
            .map(|(row, count, id, sealed): (i64, i64, i64, Vec<u8>)| {
                Ok(QuarantinedConversation {
                    row,
                    count: count.cast_unsigned(),
                    newest: self.open_quarantined(id, &sealed)?,
                })
            })
            .collect()
    }

    /// How many items are in quarantine.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn quarantine_count(&self) -> Result<u64, VaultError> {
        let count = db::row(self.personal, TABLE, "SELECT count(*) FROM quarantine", [])?;
        Ok(count.map_or(0, |(count,): (i64,)| count.cast_unsigned()))
    }

    fn quarantine_key(&self, conversation: &Key) -> [u8; 16] {
        let value = conversation.as_str().as_bytes();
        self.seals.personal_hash("quarantine.conversation", value)
    }

    fn open_quarantined(&self, id: i64, sealed: &[u8]) -> Result<QuarantineRow, VaultError> {
        let value = self.seals.personal.open(&spot(id), sealed)?;
        Ok(QuarantineRow { id, value })
    }
}

impl Write<'_> {
    /// Puts an item into quarantine; `false` if it is there already. `item` names it (its hash is kept), `now_ms` is its
    /// arrival in milliseconds since 1970. Committed before the work of the same group.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn quarantine_put(
        &mut self,
        conversation: &Key,
        item: &[u8],
        value: &[u8],
        now_ms: i64,
    ) -> Result<bool, VaultError> {
        let id = self.ids.take_quarantined();
        let sealed = self.seals.personal.seal(&spot(id), value)?;
        let conversation = self.quarantine_key(conversation);
        let item = self.seals.personal_hash("quarantine.item", item);
        let day = now_ms.div_euclid(DAY_MS);
        let sql =
            "INSERT INTO quarantine (id, conversation, item, day, value) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (conversation, item) DO NOTHING";
        let params = params![id, conversation, item, day, sealed];
        Ok(db::change(self.personal, TABLE, sql, params)? == 1)
    }

    /// Removes released items once the work of this group is committed; until then they can still be read.
    pub fn quarantine_remove(&mut self, ids: &[i64]) {
        self.released.extend_from_slice(ids);
    }

    /// Removes the items of all days that had ended by `before_ms` (milliseconds since 1970), and says how many.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn quarantine_expire(&mut self, before_ms: i64) -> Result<usize, VaultError> {
        let sql = "DELETE FROM quarantine WHERE day < ?";
        db::change(self.personal, TABLE, sql, [before_ms.div_euclid(DAY_MS)])
    }
}

/// Removes released items.
pub(crate) fn remove(db: &rusqlite::Connection, ids: &[i64]) -> Result<(), VaultError> {
    ids.iter().try_for_each(|id| {
        db::change(db, TABLE, "DELETE FROM quarantine WHERE id = ?", [id]).map(drop)
    })
}

fn spot(id: i64) -> Spot {
    Spot::row("quarantine.value", id)
}
