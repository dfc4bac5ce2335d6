//! What is known under each key of formats.md 1: messages, their aliases, records. Readable without `D`.

use crate::{
    db,
    error::VaultError,
    seal::Spot,
    transaction::{Read, Write},
};
use companion_domain::id::Key;
use rusqlite::params;

pub(crate) const KNOWN: &str = "known";

/// What is known under a key, readable without `D`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The message's row, if it is stored.
    pub message: Option<i64>,
    /// Whether the chain holds a record with this key.
    pub recorded: bool,
    /// If the key is an alias, the message's own key.
    pub own: Option<Key>,
}

impl Read<'_> {
    /// What is known under a key.
    ///
    /// # Errors
    /// `Corrupt` if it does not open in its place.
    pub fn known(&self, conversation: i64, key: &Key) -> Result<Option<Known>, VaultError> {
        let sql = "SELECT message, recorded, own FROM known WHERE conversation = ? AND key = ?";
        let hash = self.known_key(key);
        let row = db::row(self.work, KNOWN, sql, params![conversation, hash])?;
        row.map(
            |(message, recorded, own): (Option<i64>, bool, Option<Vec<u8>>)| {
                let own = own.map(|sealed| self.open_own(conversation, hash, &sealed));
                Ok(Known {
                    message,
                    recorded,
                    own: own.transpose()?,
                })
            },
        )
        .transpose()
    }

    /// Whether the chain holds a record with this key.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn record_seen(&self, conversation: i64, key: &Key) -> Result<bool, VaultError> {
        let sql = "SELECT recorded FROM known WHERE conversation = ? AND key = ?";
        let params = params![conversation, self.known_key(key)];
        let row = db::row(self.work, KNOWN, sql, params)?;
        Ok(row.is_some_and(|(recorded,): (bool,)| recorded))
    }

    pub(crate) fn known_key(&self, key: &Key) -> [u8; 16] {
        self.seals.hash("known.key", key.as_str().as_bytes())
    }

    fn open_own(
        &self,
        conversation: i64,
        hash: [u8; 16],
        sealed: &[u8],
    ) -> Result<Key, VaultError> {
        let corrupt = VaultError::Corrupt { place: KNOWN };
        let plain = self.seals.t.open(&own_spot(conversation), sealed)?;
        let own = plain.strip_prefix(&hash).ok_or(corrupt)?;
        let own = std::str::from_utf8(own).map_err(|_| corrupt)?;
        Ok(Key::new(own))
    }
}

impl Write<'_> {
    /// Makes the message with the key `own` known under another key too. It may be one that is not stored yet.
    ///
    /// # Errors
    /// `Conflict` if the alias is another message's.
    pub fn add_alias(
        &mut self,
        conversation: i64,
        alias: &Key,
        own: &Key,
    ) -> Result<(), VaultError> {
        let message = self.known(conversation, own)?.and_then(|own| own.message);
        let hash = self.known_key(alias);
        let own = self.seal_own(conversation, hash, own)?;
        let sql = "INSERT INTO known (conversation, key, message, own) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET message = excluded.message, own = excluded.own
            WHERE message IS NULL";
        db::change_one(
            self.work,
            KNOWN,
            sql,
            params![conversation, hash, message, own],
        )
    }

    /// Notes that a key was heard of, if nothing is known under it yet.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn note_key(&mut self, conversation: i64, key: &Key) -> Result<(), VaultError> {
        let sql = "INSERT INTO known (conversation, key) VALUES (?, ?) ON CONFLICT DO NOTHING";
        let params = params![conversation, self.known_key(key)];
        db::change(self.work, KNOWN, sql, params).map(drop)
    }

    /// Notes that what is known under `alias` concerns the message with the key `own`, without moving what is stored under it:
    /// that only [`Write::merge_message`] can. An alias that has an owner keeps it.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn note_alias(
        &mut self,
        conversation: i64,
        alias: &Key,
        own: &Key,
    ) -> Result<(), VaultError> {
        let message = self.known(conversation, own)?.and_then(|own| own.message);
        let hash = self.known_key(alias);
        let own = self.seal_own(conversation, hash, own)?;
        let sql = "INSERT INTO known (conversation, key, message, own) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET own = excluded.own WHERE own IS NULL";
        let params = params![conversation, hash, message, own];
        db::change(self.work, KNOWN, sql, params).map(drop)
    }

    pub(crate) fn know_record(&mut self, conversation: i64, key: &Key) -> Result<(), VaultError> {
        let sql = "INSERT INTO known (conversation, key, recorded) VALUES (?, ?, 1)
            ON CONFLICT DO UPDATE SET recorded = 1";
        let params = params![conversation, self.known_key(key)];
        db::change_one(self.work, KNOWN, sql, params)
    }

    pub(crate) fn know_message(
        &mut self,
        conversation: i64,
        key: &Key,
        message: i64,
    ) -> Result<(), VaultError> {
        let sql = "INSERT INTO known (conversation, key, message) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET message = excluded.message WHERE message IS NULL";
        let params = params![conversation, self.known_key(key), message];
        db::change_one(self.work, KNOWN, sql, params)
    }

    pub(crate) fn seal_own(
        &self,
        conversation: i64,
        hash: [u8; 16],
        own: &Key,
    ) -> Result<Vec<u8>, VaultError> {
        let plain = [hash.as_slice(), own.as_str().as_bytes()].concat();
        self.seals.t.seal(&own_spot(conversation), &plain)
    }
}

fn own_spot(conversation: i64) -> Spot {
    Spot::row("known.own", conversation)
}
