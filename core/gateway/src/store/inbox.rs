//! One queue per enrolment: numbers without gaps, cumulative acknowledgement, tombstones, a declared overflow.

use super::{StoreError, at, enrolments};
use crate::item::{Content, ItemMaker, Place};
use companion_crypto::hpke::PublicKey;
use companion_domain::{
    id::{AccountId, ChannelId, EnrolmentId},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, params};
use std::time::Duration;

/// How long an item waits for its phone.
const TTL: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long an event's key is remembered: Meta repeats for up to 7 days.
const SEEN: Duration = Duration::from_secs(8 * 24 * 3600);
/// The largest event that travels inside an item.
const MAX_EVENT: usize = 256 * 1024;
/// How many items one queue holds.
const MAX_ITEMS: u64 = 10_000;
/// How many sealed bytes one queue holds.
const MAX_BYTES: u64 = 256 * 1024 * 1024;
/// How many sealed bytes one page carries, so that a phone on a slow network sees progress.
const MAX_PAGE: usize = 4 * 1024 * 1024;
/// How many rows one sweep touches, so that it never holds up a hook.
const SWEEP: u64 = 500;

/// One verified event of a channel.
pub(crate) struct TakenEvent {
    pub(crate) channel: ChannelId,
    pub(crate) account: AccountId,
    pub(crate) key: [u8; 32],
    /// Names the item; derived from the event, so that a store that was rebuilt gives it again.
    pub(crate) id: String,
    pub(crate) verified: &'static str,
    pub(crate) raw: Vec<u8>,
}

/// What became of an event.
#[derive(Default)]
pub(crate) struct Taken {
    /// The enrolments whose queues grew.
    pub(crate) enrolments: Vec<EnrolmentId>,
    pub(crate) duplicate: bool,
    pub(crate) unbound: bool,
    pub(crate) oversize: bool,
    /// How many queues had no room for it.
    pub(crate) no_room: usize,
}

/// A row of a queue as `sync` shows it.
pub(crate) struct Row {
    pub(crate) seq: u64,
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) exp: i64,
    pub(crate) body: RowBody,
}

/// What a row still holds.
pub(crate) enum RowBody {
    Sealed(Vec<u8>),
    Tombstone(String),
}

/// A part of a queue.
pub(crate) struct Page {
    pub(crate) inbox: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) next: u64,
    pub(crate) more: bool,
    /// The phone holds items that this store never numbered: a backup was put back.
    pub(crate) behind: bool,
}

/// What an acknowledgement came to.
pub(crate) enum Ack {
    /// The phone holds everything up to here.
    Through(u64),
    /// It speaks of another life of the queue.
    OtherInbox,
    /// It names items that were never numbered.
    BeyondEnd,
}

impl TakenEvent {
    /// Stores the event once, in the queue of every enrolment bound to its account.
    pub(crate) fn take(
        &self,
        store: &Connection,
        maker: &ItemMaker,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let mut taken = Taken::default();
        let enrolments = enrolments::bound(store, &self.channel, &self.account)?;
        if enrolments.is_empty() {
            taken.unbound = true;
            return Ok(taken);
        }
        let new = store
            .prepare_cached(
                "INSERT INTO seen (channel, account, event_key, at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                self.channel.as_str(),
                self.account.as_str(),
                self.key,
                now.ms()
            ])?;
        if new == 0 {
            taken.duplicate = true;
            return Ok(taken);
        }
        taken.oversize = self.raw.len() > MAX_EVENT;
        for enrolment in enrolments {
            let mut queue = Queue::load(store, &enrolment)?;
            let stored = if taken.oversize {
                queue.overflow(store, now)?;
                false
            } else {
                queue.append(store, maker, now, &self.content())?
            };
            queue.declare_overflow(store, maker, now)?;
            taken.no_room += usize::from(!stored && !taken.oversize);
            taken.enrolments.push(enrolment);
        }
        Ok(taken)
    }

    fn content(&self) -> Content<'_> {
        Content {
            id: &self.id,
            kind: "event",
            account: Some((&self.channel, &self.account)),
            verified: Some(self.verified),
            raw: &self.raw,
        }
    }
}

/// Puts the gateway's own word into a queue, full or not: an outcome is owed. Answers its number.
pub(super) fn tell(
    store: &Connection,
    maker: &ItemMaker,
    now: Timestamp,
    enrolment: &EnrolmentId,
    content: &Content<'_>,
) -> Result<u64, StoreError> {
    let mut queue = Queue::load(store, enrolment)?;
    queue.put(store, maker, now, content)?;
    Ok(queue.next_seq - 1)
}

impl Page {
    /// Reads at most `limit` rows after `after`; from the start if `inbox` names another life of the queue.
    pub(crate) fn read(
        store: &Connection,
        enrolment: &EnrolmentId,
        inbox: Option<&str>,
        after: u64,
        limit: u32,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let (current, next_seq): (String, u64) = store
            .prepare_cached("SELECT inbox, next_seq FROM enrolment WHERE enrolment = ?1")?
            .query_row([enrolment.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let after = if inbox == Some(current.as_str()) {
            after
        } else {
            0
        };
        let mut page = Self {
            inbox: current,
            rows: Vec::new(),
            next: after,
            more: false,
            behind: after >= next_seq,
        };
        let mut query = store.prepare_cached(
            "SELECT seq, id, kind, exp, iif(exp > ?3, sealed, NULL), tombstone FROM item
             WHERE enrolment = ?1 AND seq > ?2 ORDER BY seq",
        )?;
        let mut rows = query.query(params![enrolment.as_str(), after, now.seconds()])?;
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            if page.rows.len() >= limit as usize || bytes >= MAX_PAGE {
                page.more = true;
                break;
            }
            let row = Row::read(row)?;
            bytes += row.size();
            page.next = row.seq;
            page.rows.push(row);
        }
        Ok(page)
    }
}

impl Row {
    /// The body's size in bytes.
    pub(crate) fn size(&self) -> usize {
        match &self.body {
            RowBody::Sealed(sealed) => sealed.len(),
            RowBody::Tombstone(text) => text.len(),
        }
    }

    fn read(row: &rusqlite::Row<'_>) -> Result<Self, StoreError> {
        let sealed: Option<Vec<u8>> = row.get(4)?;
        let (kind, body) = match sealed {
            Some(sealed) => (row.get(2)?, RowBody::Sealed(sealed)),
            None => ("tombstone".to_owned(), RowBody::Tombstone(row.get(5)?)),
        };
        Ok(Self {
            seq: row.get(0)?,
            id: row.get(1)?,
            kind,
            exp: row.get(3)?,
            body,
        })
    }
}

impl Ack {
    /// Forgets everything up to `through` and keeps what the phone refused as dead letters.
    pub(crate) fn take(
        store: &Connection,
        maker: &ItemMaker,
        now: Timestamp,
        enrolment: &EnrolmentId,
        (inbox, through): (&str, u64),
        rejected: &[(u64, String)],
    ) -> Result<Self, StoreError> {
        let mut queue = Queue::load(store, enrolment)?;
        if queue.inbox != inbox {
            return Ok(Self::OtherInbox);
        }
        if through >= queue.next_seq {
            return Ok(Self::BeyondEnd);
        }
        for (seq, reason) in rejected {
            store
                .prepare_cached(
                    "INSERT OR IGNORE INTO dead_letter (enrolment, seq, id, reason, sealed, at)
                     SELECT enrolment, seq, id, ?3, sealed, ?4 FROM item WHERE enrolment = ?1 AND seq = ?2",
                )?
                .execute(params![enrolment.as_str(), seq, reason, now.ms()])?;
        }
        queue.acknowledge(store, through, now)?;
        queue.declare_overflow(store, maker, now)?;
        Ok(Self::Through(queue.acked))
    }
}

/// Begins a queue anew after a backup was put back, whose numbers would otherwise be given twice. What came since the
/// last acknowledgement that this store knows is a declared gap.
pub(crate) fn renew(
    store: &Connection,
    maker: &ItemMaker,
    now: Timestamp,
    enrolment: &EnrolmentId,
) -> Result<(), StoreError> {
    store.execute(
        "DELETE FROM item WHERE enrolment = ?1",
        [enrolment.as_str()],
    )?;
    store.execute(
        "UPDATE accepted SET told = 0 WHERE writer = ?1 AND told IS NOT NULL",
        [enrolment.as_str()],
    )?;
    store.execute(
        "UPDATE enrolment SET inbox = ?2, next_seq = 1, acked = 0, bytes = 0,
         overflow_from = acked_at, overflow_to = ?3 WHERE enrolment = ?1",
        params![enrolment.as_str(), maker.random_id(), now.ms()],
    )?;
    Queue::load(store, enrolment)?.declare_overflow(store, maker, now)
}

/// Turns expired items into their tombstones and forgets old keys. Answers whether more is to do.
pub(crate) fn sweep(store: &Connection, now: Timestamp) -> Result<bool, StoreError> {
    let mut expired = store.prepare_cached(
        "SELECT enrolment, seq, length(sealed) FROM item WHERE sealed IS NOT NULL AND exp <= ?1 LIMIT ?2",
    )?;
    let expired: Vec<(String, u64, u64)> = expired
        .query_map(params![now.seconds(), SWEEP], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<Result<_, _>>()?;
    for (enrolment, seq, size) in &expired {
        store
            .prepare_cached("UPDATE item SET sealed = NULL WHERE enrolment = ?1 AND seq = ?2")?
            .execute(params![enrolment, seq])?;
        store
            .prepare_cached("UPDATE enrolment SET bytes = bytes - ?2 WHERE enrolment = ?1")?
            .execute(params![enrolment, size])?;
    }
    let forgotten = store.execute(
        "DELETE FROM seen WHERE (channel, account, event_key) IN
         (SELECT channel, account, event_key FROM seen WHERE at <= ?1 LIMIT ?2)",
        params![(now - SEEN).ms(), SWEEP],
    )?;
    store.execute("DELETE FROM token WHERE exp <= ?1", [now.ms()])?;
    store.execute("DELETE FROM assertion WHERE exp <= ?1", [now.ms()])?;
    Ok(expired.len() as u64 == SWEEP || forgotten as u64 == SWEEP)
}

/// The head of one enrolment's queue, inside a transaction.
struct Queue<'a> {
    enrolment: &'a EnrolmentId,
    key: PublicKey,
    inbox: String,
    next_seq: u64,
    acked: u64,
    bytes: u64,
    overflow: Option<(Timestamp, Timestamp)>,
}

impl<'a> Queue<'a> {
    fn load(store: &Connection, enrolment: &'a EnrolmentId) -> Result<Self, StoreError> {
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
    fn append(
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
    fn put(
        &mut self,
        store: &Connection,
        maker: &ItemMaker,
        now: Timestamp,
        content: &Content<'_>,
    ) -> Result<(), StoreError> {
        let place = Place {
            enrolment: self.enrolment.as_str(),
            inbox: &self.inbox,
            seq: self.next_seq,
            exp: (now + TTL).seconds(),
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
                content.kind,
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
    fn overflow(&mut self, store: &Connection, now: Timestamp) -> Result<(), StoreError> {
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
    fn declare_overflow(
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
            kind: "overflow",
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

    fn acknowledge(
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
