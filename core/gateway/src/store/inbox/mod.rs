//! One queue per enrolment: numbers without gaps, cumulative acknowledgement, tombstones, a declared overflow.

#[cfg(test)]
mod model;
mod page;
mod queue;

pub(crate) use page::{Page, Row, RowBody};

use super::{StoreError, enrolments};
use crate::item::{Content, ItemMaker, Kind};
use companion_domain::{
    id::{AccountId, ChannelId, EnrolmentId},
    time::Timestamp,
};
use queue::Queue;
use rusqlite::{Connection, params};
use std::time::Duration;

/// How long an event's key is remembered: Meta repeats for up to 7 days.
const SEEN: Duration = Duration::from_secs(8 * 24 * 3600);
/// The largest event that travels inside an item.
const MAX_EVENT: usize = 256 * 1024;
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
            kind: Kind::Event,
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

impl Ack {
    /// Forgets everything up to `through` and keeps what the phone refused as dead letters: an outcome among that was
    /// not told.
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
            store
                .prepare_cached("UPDATE accepted SET told = NULL WHERE writer = ?1 AND told = ?2")?
                .execute(params![enrolment.as_str(), seq])?;
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
        "UPDATE accepted SET told = NULL WHERE writer = ?1 AND told IS NOT NULL",
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
