//! Taking a record or message once.

use super::{Kind, SHARES, Settled, settle};
use crate::{
    item::ItemMaker,
    store::{StoreError, enrolments},
};
use companion_adapters::crm::tombstone;
use companion_crypto::hash::sha256;
use companion_domain::{
    id::{AccountId, ChannelId, EnrolmentId, Key, TargetId},
    outbox::{Entry, Lane},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, params};

/// A record or message to be taken.
pub(crate) struct NewPost {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    pub(crate) writer: EnrolmentId,
    pub(crate) digest: [u8; 32],
    pub(crate) channel: ChannelId,
    pub(crate) account: AccountId,
    /// `03` to the poster's key.
    pub(crate) sealed: Vec<u8>,
    /// A keyed hash that names the conversation; a message's names its writer too, who alone decides about it.
    pub(crate) conversation: String,
    /// The order within the conversation; equal numbers go by arrival.
    pub(crate) seq: u64,
    pub(crate) targets: Vec<TargetId>,
    /// What it erases.
    pub(crate) erases: Option<Key>,
}

/// What became of a record or message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    /// The same was taken before, from this writer or another.
    Duplicate,
    /// This writer gave the id to something else before.
    Conflict,
    /// The enrolment is not bound to the account.
    NotBound,
    /// An earlier message of the conversation did not surely arrive, and its writer does not know that yet.
    Undecided,
}

struct Known {
    writer: String,
    digest: [u8; 32],
    settled: Option<Settled>,
    told: Option<u64>,
}

impl NewPost {
    /// Takes it once.
    ///
    /// A repeat of what was refused or is in doubt goes out again only if its writer has acknowledged that outcome:
    /// then it is the employee's decision. Before that it is a blind retry. Who repeats what has ended well, or whose
    /// outcome did not reach it, is told the outcome anew.
    pub(crate) fn take(
        &self,
        store: &Connection,
        maker: &ItemMaker,
        now: Timestamp,
    ) -> Result<Verdict, StoreError> {
        if !enrolments::is_bound(store, &self.writer, &self.channel, &self.account)? {
            return Ok(Verdict::NotBound);
        }
        let Some(known) = self.known(store)? else {
            if !self.goes_on(store, maker, now)? {
                return Ok(Verdict::Undecided);
            }
            self.insert(store, now)?;
            return Ok(Verdict::Accepted);
        };
        if known.writer != self.writer.as_str() {
            // The first writer's copy goes out; the second is told what becomes of it.
            match known.settled {
                None => self.wait(store)?,
                Some(settled) => {
                    let about = (&self.channel, &self.account);
                    let settled = settled.for_another();
                    settle::tell(store, maker, now, &self.writer, about, &self.id, &settled)?;
                }
            }
            return Ok(Verdict::Duplicate);
        }
        if known.digest != self.digest {
            return Ok(Verdict::Conflict);
        }
        if let Some(settled) = &known.settled {
            let acked = enrolments::acked(store, &self.writer)?;
            match known.told {
                Some(told) if told > acked => {}
                Some(_) if !settled.word.is_success() => {
                    self.again(store, now)?;
                    return Ok(Verdict::Accepted);
                }
                Some(_) | None => self.tell_anew(store, maker, now, &self.id, settled)?,
            }
        }
        self.goes_on(store, maker, now)?;
        Ok(Verdict::Duplicate)
    }

    /// Whether no earlier message keeps this one from going.
    ///
    /// A phone keeps a message back while an earlier one of its conversation is undecided. So a message that comes
    /// after its writer has acknowledged how the earlier one ended tells that the employee has decided to leave that.
    fn goes_on(
        &self,
        store: &Connection,
        maker: &ItemMaker,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if self.kind == Kind::Record {
            return Ok(true);
        }
        let acked = enrolments::acked(store, &self.writer)?;
        for target in &self.targets {
            let ended: Option<(String, Settled, Option<u64>)> = store
                .prepare_cached(
                    "SELECT id, post.outcome, post.code, told FROM post JOIN accepted USING (kind, id)
                     WHERE target = ?1 AND conversation = ?2 AND open = 1
                     AND post.outcome IS NOT NULL AND id <> ?3",
                )?
                .query_row(
                    params![target.as_str(), self.conversation, self.id],
                    |row| {
                        let word: String = row.get(1)?;
                        Ok((row.get(0)?, Settled::read(&word, row.get(2)?), row.get(3)?))
                    },
                )
                .optional()?;
            match ended {
                None => {}
                Some((earlier, settled, None)) => {
                    self.tell_anew(store, maker, now, &earlier, &settled)?;
                    return Ok(false);
                }
                Some((_, _, Some(told))) if told > acked => return Ok(false),
                Some((earlier, ..)) => {
                    store
                        .prepare_cached(
                            "UPDATE post SET open = 0 WHERE target = ?1 AND kind = ?2 AND id = ?3",
                        )?
                        .execute(params![target.as_str(), self.kind.as_str(), earlier])?;
                    self.wake(store, target, now)?;
                }
            }
        }
        Ok(true)
    }

    /// Tells the writer how this one, or another of its conversation, has ended.
    fn tell_anew(
        &self,
        store: &Connection,
        maker: &ItemMaker,
        now: Timestamp,
        id: &str,
        settled: &Settled,
    ) -> Result<(), StoreError> {
        let about = (&self.channel, &self.account);
        let what = (self.kind, id);
        settle::tell_writer(store, maker, now, &self.writer, about, what, settled)
    }

    fn known(&self, store: &Connection) -> Result<Option<Known>, StoreError> {
        Ok(store
            .prepare_cached(
                "SELECT writer, digest, outcome, code, told FROM accepted WHERE kind = ?1 AND id = ?2",
            )?
            .query_row([self.kind.as_str(), &self.id], |row| {
                let outcome: Option<String> = row.get(2)?;
                let code = row.get(3)?;
                Ok(Known {
                    writer: row.get(0)?,
                    digest: row.get(1)?,
                    settled: outcome.map(|word| Settled::read(&word, code)),
                    told: row.get(4)?,
                })
            })
            .optional()?)
    }

    fn insert(&self, store: &Connection, now: Timestamp) -> Result<(), StoreError> {
        let kind = self.kind.as_str();
        store
            .prepare_cached(
                "INSERT INTO accepted (kind, id, writer, digest, channel, account, sealed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                kind,
                self.id,
                self.writer.as_str(),
                self.digest,
                self.channel.as_str(),
                self.account.as_str(),
                self.sealed
            ])?;
        self.wait(store)?;
        if let Some(key) = &self.erases {
            store
                .prepare_cached("INSERT OR IGNORE INTO erased (key, at) VALUES (?1, ?2)")?
                .execute(params![tombstone(key).as_str(), now.ms()])?;
        }
        for target in &self.targets {
            store
                .prepare_cached(
                    "INSERT INTO post (target, conversation, seq, arrival, kind, id, entry)
                     SELECT ?1, ?2, ?3, coalesce(max(arrival), 0) + 1, ?4, ?5, ?6
                     FROM post WHERE target = ?1 AND conversation = ?2",
                )?
                .execute(params![
                    target.as_str(),
                    self.conversation,
                    self.seq,
                    kind,
                    self.id,
                    self.fresh_entry(now)?
                ])?;
            self.wake(store, target, now)?;
        }
        Ok(())
    }

    /// Queues it again for every target that has not taken it.
    fn again(&self, store: &Connection, now: Timestamp) -> Result<(), StoreError> {
        let kind = self.kind.as_str();
        store
            .prepare_cached(
                "UPDATE accepted SET sealed = ?3, outcome = NULL, code = NULL, told = NULL
                 WHERE kind = ?1 AND id = ?2",
            )?
            .execute(params![kind, self.id, self.sealed])?;
        self.wait(store)?;
        store
            .prepare_cached(
                "UPDATE post SET entry = ?3, outcome = NULL, code = NULL, open = 1
                 WHERE kind = ?1 AND id = ?2 AND outcome IN ('ambiguous', 'permanent')",
            )?
            .execute(params![kind, self.id, self.fresh_entry(now)?])?;
        for target in &self.targets {
            self.wake(store, target, now)?;
        }
        Ok(())
    }

    fn wake(
        &self,
        store: &Connection,
        target: &TargetId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let [first, ..] = sha256(self.conversation.as_bytes());
        let share = first % SHARES;
        store
            .prepare_cached(
                "INSERT INTO conversation (target, conversation, share, due) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET due = coalesce(due, excluded.due)",
            )?
            .execute(params![target.as_str(), self.conversation, share, now.ms()])?;
        Ok(())
    }

    fn wait(&self, store: &Connection) -> Result<(), StoreError> {
        store
            .prepare_cached(
                "INSERT OR IGNORE INTO waiting (kind, id, enrolment) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![self.kind.as_str(), self.id, self.writer.as_str()])?;
        Ok(())
    }

    fn fresh_entry(&self, now: Timestamp) -> Result<String, StoreError> {
        let lane = match self.kind {
            Kind::Record => Lane::Mirror,
            Kind::Message => Lane::Customer,
        };
        serde_json::to_string(&Entry::new(lane, now))
            .map_err(|_| StoreError::Malformed("post.entry"))
    }
}
