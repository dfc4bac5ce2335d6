//! Outbox epochs: a new key each day, kept under `T` and, from the start, for the company's escrow.
//!
//! Row ids and epochs both only count up, so an epoch's rows are those between its `first` and the next one's. The
//! newest epoch stays while its outbox is empty: key ids are 16 bits, and a new key for each message would use them up.

use crate::{
    db,
    error::{At, VaultError},
    fault,
    seal::{Seal, Seals, Spot},
    transaction::{Read, Write},
};
use companion_crypto::{
    hash::sha256,
    hpke::{Envelope, Purpose, seal_to},
    secret::Key,
};
use rusqlite::{Connection, params};
use std::sync::Arc;

const TABLE: &str = "epochs";
const DAY_MS: i64 = 86_400_000;

impl Read<'_> {
    /// The seal of an epoch.
    pub(crate) fn epoch(&self, id: u16) -> Result<Arc<Seal>, VaultError> {
        if let Some(seal) = self.epochs.borrow().get(&id) {
            return Ok(Arc::clone(seal));
        }
        let sql = "SELECT key FROM epochs WHERE id = ?";
        let (sealed,): (Vec<u8>,) =
            db::row(self.work, TABLE, sql, [id])?.ok_or(VaultError::Corrupt { place: TABLE })?;
        let seal = Arc::new(self.seals.epoch(id, &open_key(self.seals, id, &sealed)?));
        self.epochs.borrow_mut().insert(id, Arc::clone(&seal));
        Ok(seal)
    }
}

impl Write<'_> {
    /// The seal of the epoch for the day of `now_ms`: the newest epoch's if that is of this day, else a new one's.
    pub(crate) fn current_epoch(&mut self, now_ms: i64) -> Result<Arc<Seal>, VaultError> {
        let day = now_ms.div_euclid(DAY_MS);
        let sql = "SELECT id, day FROM epochs ORDER BY id DESC LIMIT 1";
        let newest: Option<(u16, i64)> = db::row(self.work, TABLE, sql, [])?;
        let next = u16::try_from(self.ids.peek(TABLE)).ok();
        match (newest, next) {
            (Some((id, of)), _) if of == day => self.epoch(id),
            (_, Some(id)) => self.new_epoch(id, day),
            // Once the counter is used up, the last key goes on.
            (Some((id, _)), None) => self.epoch(id),
            (None, None) => Err(VaultError::Conflict { place: TABLE }),
        }
    }

    /// Forgets the keys of earlier epochs without rows.
    pub(crate) fn drop_empty_epochs(&mut self) -> Result<(), VaultError> {
        let sql = "DELETE FROM epochs WHERE id < (SELECT max(id) FROM epochs) AND NOT EXISTS (
            SELECT 1 FROM outbox WHERE outbox.id >= epochs.first AND outbox.id <
                (SELECT later.first FROM epochs later WHERE later.id > epochs.id ORDER BY later.id LIMIT 1))";
        db::change(self.work, TABLE, sql, []).map(drop)
    }

    fn new_epoch(&mut self, id: u16, day: i64) -> Result<Arc<Seal>, VaultError> {
        self.ids.take(TABLE);
        let first = self.ids.peek("outbox");
        let key = Key::random(&*self.seals.random);
        let sealed = self.seals.t.seal(&key_spot(id), key.expose())?;
        let escrow = seal_escrow(self.seals, id, &key)?;
        let sql = "INSERT INTO epochs (id, day, first, key, escrow) VALUES (?, ?, ?, ?, ?)";
        let params = params![id, day, first, sealed, escrow];
        db::change_one(self.work, TABLE, sql, params)?;
        self.drop_empty_epochs()?;
        self.faults.reach(fault::EPOCH_MADE);
        self.epoch(id)
    }
}

/// Seals the epochs anew for which the escrow copy is another key's than the company's present one.
pub(crate) fn renew_escrow(db: &Connection, seals: &Seals) -> Result<(), VaultError> {
    let sql = "SELECT id, key, escrow FROM epochs";
    let epochs: Vec<(u16, Vec<u8>, Vec<u8>)> = db::rows(db, TABLE, sql, [])?;
    let to = sha256(seals.escrow.as_bytes());
    for (id, sealed, escrow) in epochs {
        if escrow.get(1..5) == to.get(..4) {
            continue;
        }
        let escrow = seal_escrow(seals, id, &open_key(seals, id, &sealed)?)?;
        let sql = "UPDATE epochs SET escrow = ? WHERE id = ?";
        db::change_one(db, TABLE, sql, params![escrow, id])?;
    }
    Ok(())
}

fn open_key(seals: &Seals, id: u16, sealed: &[u8]) -> Result<Key, VaultError> {
    let plain = zeroize::Zeroizing::new(seals.t.open(&key_spot(id), sealed)?);
    let bytes = plain.as_slice().try_into();
    bytes
        .map(Key::new)
        .map_err(|_| VaultError::Corrupt { place: TABLE })
}

fn seal_escrow(seals: &Seals, id: u16, key: &Key) -> Result<Vec<u8>, VaultError> {
    let about = Envelope {
        purpose: Purpose::Escrow,
        tenant: seals.tenant.as_str(),
        enrolment: seals.enrolment.as_str(),
        item: &id.to_be_bytes(),
    };
    seal_to(&*seals.random, &seals.escrow, &about, key.expose()).at("epochs.escrow")
}

fn key_spot(id: u16) -> Spot {
    Spot::row("epochs.key", i64::from(id))
}
