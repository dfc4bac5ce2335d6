//! Small named values under `T`, readable while the screen is locked.

use crate::{
    db,
    error::VaultError,
    seal::{Seals, Spot},
    transaction::{Read, Write},
};
use rusqlite::{Connection, params};

const TABLE: &str = "control";

impl Read<'_> {
    /// The value of a name. Names that begin with `vault.` are this crate's.
    ///
    /// # Errors
    /// `Corrupt` if the row does not open in its place, or stands under another name than it was written for.
    pub fn control(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
        load(self.work, self.seals, name)
    }
}

impl Write<'_> {
    /// Sets the value of a name, or removes it.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn set_control(&mut self, name: &str, new: Option<&[u8]>) -> Result<(), VaultError> {
        let hash = hash(self.seals, name);
        let Some(new) = new else {
            let sql = "DELETE FROM control WHERE name = ?";
            return db::change(self.work, TABLE, sql, [hash]).map(drop);
        };
        let plain = [hash.as_slice(), new].concat();
        let sql = "SELECT id FROM control WHERE name = ?";
        if let Some((id,)) = db::row(self.work, TABLE, sql, [hash])? {
            let sealed = self.seals.t.seal(&value(id), &plain)?;
            let sql = "UPDATE control SET value = ? WHERE id = ?";
            return db::change_one(self.work, TABLE, sql, params![sealed, id]);
        }
        let id = self.ids.take(TABLE);
        insert(self.work, self.seals, id, hash, &plain)
    }
}

/// The value of a name.
pub(crate) fn load(
    db: &Connection,
    seals: &Seals,
    name: &str,
) -> Result<Option<Vec<u8>>, VaultError> {
    let hash = hash(seals, name);
    let sql = "SELECT id, value FROM control WHERE name = ?";
    let Some((id, sealed)) = db::row::<(i64, Vec<u8>)>(db, TABLE, sql, [hash])? else {
        return Ok(None);
    };
    let plain = seals.t.open(&value(id), &sealed)?;
    match plain.split_first_chunk() {
        Some((named, value)) if *named == hash => Ok(Some(value.to_vec())),
        _ => Err(VaultError::Corrupt { place: TABLE }),
    }
}

/// Writes the row that a new file begins with.
pub(crate) fn seed(
    db: &Connection,
    seals: &Seals,
    name: &str,
    new: &[u8],
) -> Result<(), VaultError> {
    let hash = hash(seals, name);
    insert(db, seals, 1, hash, &[hash.as_slice(), new].concat())
}

fn hash(seals: &Seals, name: &str) -> [u8; 16] {
    seals.hash("control.name", name.as_bytes())
}

fn insert(
    db: &Connection,
    seals: &Seals,
    id: i64,
    hash: [u8; 16],
    plain: &[u8],
) -> Result<(), VaultError> {
    let sealed = seals.t.seal(&value(id), plain)?;
    let sql = "INSERT INTO control (id, name, value) VALUES (?, ?, ?)";
    db::change_one(db, TABLE, sql, params![id, hash, sealed])
}

fn value(id: i64) -> Spot {
    Spot::row("control.value", id)
}
