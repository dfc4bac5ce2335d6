//! The head of a queue: it numbers, remembers what found no room, and forgets what is acknowledged.

use super::super::{StoreError, at};
use crate::item::{Content, ItemMaker, Kind, Place};
use companion_crypto::hpke::PublicKey;
use companion_domain::{id::EnrolmentId, time::Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use std::time::Duration;

/// How long an event waits for its phone.
const EVENT: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long an outcome waits: as long as the phone's entry waits for it, which has no end.
const OUTCOME: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
/// How many items one queue holds.
const MAX_ITEMS: u64 = 10_000;
/// How many sealed bytes one queue holds.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// The head of one enrolment's queue, inside a transaction.
pub(super) struct Queue<'a> {
    enrolment: &'a EnrolmentId,
    key: PublicKey,
    pub(super) inbox: String,
    pub(super) next_seq: u64,
    pub(super) acked: u64,
    bytes: u64,
    overflow: Option<(Timestamp, Timestamp)>,
}

impl<'a> Queue<'a> {
    pub(super) fn load(store: &Connection, enrolment: &'a EnrolmentId) -> Result<Self, StoreError> {
        store
            .prepare_cached(
                "SELECT inbox_key, inbox, next_seq, acked, bytes, overflow_from, overflow_to
                 FROM enrolment WHERE enrolment = ?1",
            )?
            .query_row([enrolment.as_str()], |row| {
                let from: Option<i64> = row.get(5)?;
                let to: Option<i64> = row.get(6)?;
                Ok((
                    row.get::<_, [u8; 32]>(0)?,
                    Self {
                        enrolment,
                        key: PublicKey::from_bytes([0; 32]),
                        inbox: row.get(1)?,
                        next_seq: row.get(2)?,
                        acked: row.get(3)?,
                        bytes: row.get(4)?,
                        overflow: from.zip(to).map(|(from, to)| (at(from), at(to))),
                    },
                ))
            })
            .optional()?
            .map(|(key, queue)| Self {
                key: PublicKey::from_bytes(key),
                ..queue
            })
            .ok_or(StoreError::Malformed("enrolment"))
    }

    fn has_room(&self) -> bool {
        self.next_seq - 1 - self.acked < MAX_ITEMS && self.bytes < MAX_BYTES
    }

    /// Appends an event; answers whether there was room.
    pub(super) fn append(
        &mut self,
        store: &Connection,
        maker: &ItemMaker,
        now: Timestamp,
        content: &Content<'_>,
    ) -> Result<bool, StoreError> {
        self.declare_overflow(store, maker, now)?;
        if !self.has_room() {
            self.overflow(store, now)?;
            return Ok(false);
        }
        self.put(store, maker, now, content)?;
        Ok(true)
    }

    /// Numbers, signs, seals and stores.
    pub(super) fn put(
        &mut self,
        store: &Connection,
        maker: &ItemMaker,
        now: Timestamp,
        content: &Content<'_>,
    ) -> Result<(), StoreError> {
        let ttl = match content.kind {
            Kind::Event | Kind::Overflow => EVENT,
            Kind::Outcome => OUTCOME,
        };
        let place = Place {
            enrolment: self.enrolment.as_str(),
            inbox: &self.inbox,
            seq: self.next_seq,
            exp: (now + ttl).seconds(),
            key: &self.key,
        };
        let item = maker.make(&place, content)?;
        store
            .prepare_cached(
                "INSERT INTO item (enrolment, seq, id, kind, exp, sealed, tombstone)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                place.enrolment,
                place.seq,
                content.id,
                content.kind.as_str(),
                place.exp,
                item.sealed,
                item.tombstone
            ])?;
        self.next_seq += 1;
        self.bytes += item.sealed.len() as u64;
        store
            .prepare_cached("UPDATE enrolment SET next_seq = ?2, bytes = ?3 WHERE enrolment = ?1")?
            .execute(params![self.enrolment.as_str(), self.next_seq, self.bytes])?;
        Ok(())
    }

    /// Remembers that an event found no room.
    pub(super) fn overflow(
        &mut self,
        store: &Connection,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (from, _) = self.overflow.unwrap_or((now, now));
        self.overflow = Some((from, now));
        store
            .prepare_cached(
                "UPDATE enrolment SET overflow_from = ?2, overflow_to = ?3 WHERE enrolment = ?1",
            )?
            .execute(params![self.enrolment.as_str(), from.ms(), now.ms()])?;
        Ok(())
    }

    /// As soon as there is room again, one marker tells from when to when events were refused: a declared gap.
    pub(super) fn declare_overflow(
        &mut self,
        store: &Connection,
        maker: &ItemMaker,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some((from, to)) = self.overflow.filter(|_| self.has_room()) else {
            return Ok(());
        };
        let raw = serde_json::json!({ "from": from, "to": to }).to_string();
        let marker = Content {
            id: &maker.random_id(),
            kind: Kind::Overflow,
            account: None,
            verified: None,
            raw: raw.as_bytes(),
        };
        self.put(store, maker, now, &marker)?;
        self.overflow = None;
        store
            .prepare_cached(
                "UPDATE enrolment SET overflow_from = NULL, overflow_to = NULL WHERE enrolment = ?1",
            )?
            .execute([self.enrolment.as_str()])?;
        Ok(())
    }

    pub(super) fn acknowledge(
        &mut self,
        store: &Connection,
        through: u64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if through <= self.acked {
            return Ok(());
        }
        let freed: u64 = store
            .prepare_cached(
                "SELECT coalesce(sum(length(sealed)), 0) FROM item WHERE enrolment = ?1 AND seq <= ?2",
            )?
            .query_row(params![self.enrolment.as_str(), through], |row| row.get(0))?;
        store
            .prepare_cached("DELETE FROM item WHERE enrolment = ?1 AND seq <= ?2")?
            .execute(params![self.enrolment.as_str(), through])?;
        self.acked = through;
        self.bytes -= freed;
        store
            .prepare_cached(
                "UPDATE enrolment SET acked = ?2, acked_at = ?3, bytes = ?4 WHERE enrolment = ?1",
            )?
            .execute(params![
                self.enrolment.as_str(),
                self.acked,
                now.ms(),
                self.bytes
            ])?;
        Ok(())
    }
}
