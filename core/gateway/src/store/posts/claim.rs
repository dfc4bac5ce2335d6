//! One worker's turn with one conversation of one target.

use super::{Kind, Settled, settle};
use crate::{item::ItemMaker, store::StoreError};
use companion_adapters::crm::tombstone;
use companion_domain::{
    id::{EnrolmentId, Key, TargetId},
    outbox::{Entry, Target},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, params};

/// A conversation of a target in the hands of one worker.
pub(crate) struct Claim {
    target: TargetId,
    conversation: String,
}

/// A post that waits.
pub(crate) struct Post {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    pub(crate) writer: EnrolmentId,
    pub(crate) entry: Entry,
    /// What it belongs to was erased.
    pub(crate) erased: bool,
    /// Empty once it has ended.
    pub(crate) sealed: Vec<u8>,
}

impl Claim {
    /// The conversation of this share of `target` that has waited longest, with at most `max` of its first open posts,
    /// in order. One due after `far` has waited since another clock.
    pub(crate) fn take(
        store: &Connection,
        target: &TargetId,
        share: u8,
        max: usize,
        (now, far): (Timestamp, Timestamp),
    ) -> Result<Option<(Self, Vec<Post>)>, StoreError> {
        let conversation = store
            .prepare_cached(
                "SELECT conversation FROM conversation
                 WHERE target = ?1 AND share = ?2 AND (due <= ?3 OR due > ?4) ORDER BY due LIMIT 1",
            )?
            .query_row(params![target.as_str(), share, now.ms(), far.ms()], |row| {
                row.get(0)
            })
            .optional()?;
        let Some(conversation) = conversation else {
            return Ok(None);
        };
        let claim = Self {
            target: target.clone(),
            conversation,
        };
        let posts = claim.load(store, max)?;
        Ok(Some((claim, posts)))
    }

    /// Keeps a post's state.
    pub(crate) fn save(&self, store: &Connection, post: &Post) -> Result<(), StoreError> {
        let entry =
            serde_json::to_string(&post.entry).map_err(|_| StoreError::Malformed("post.entry"))?;
        store
            .prepare_cached(
                "UPDATE post SET entry = ?4 WHERE target = ?1 AND kind = ?2 AND id = ?3",
            )?
            .execute(params![
                self.target.as_str(),
                post.kind.as_str(),
                post.id,
                entry
            ])?;
        Ok(())
    }

    /// Ends a post at this target; answers who was told.
    pub(crate) fn settle(
        &self,
        store: &Connection,
        maker: &ItemMaker,
        now: Timestamp,
        post: &Post,
        settled: &Settled,
    ) -> Result<Vec<EnrolmentId>, StoreError> {
        self.save(store, post)?;
        settle::settle(
            store,
            maker,
            now,
            &self.target,
            post.kind,
            &post.id,
            settled,
        )
    }

    /// Lets go of the conversation. It is due again when its first open post is, or if that one has ended, when it is
    /// decided about.
    pub(crate) fn free(&self, store: &Connection) -> Result<(), StoreError> {
        let first: Option<(String, bool)> = store
            .prepare_cached(
                "SELECT entry, outcome IS NULL FROM post
                 WHERE target = ?1 AND conversation = ?2 AND open = 1
                 ORDER BY seq, arrival LIMIT 1",
            )?
            .query_row([self.target.as_str(), &self.conversation], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let due = match first {
            Some((entry, true)) => Some(read_entry(&entry)?.due.ms()),
            Some((_, false)) | None => None,
        };
        store
            .prepare_cached(
                "UPDATE conversation SET due = ?3 WHERE target = ?1 AND conversation = ?2",
            )?
            .execute(params![self.target.as_str(), self.conversation, due])?;
        Ok(())
    }

    fn load(&self, store: &Connection, max: usize) -> Result<Vec<Post>, StoreError> {
        let mut query = store.prepare_cached(
            "SELECT kind, id, writer, entry, sealed FROM post JOIN accepted USING (kind, id)
             WHERE target = ?1 AND conversation = ?2 AND open = 1
             ORDER BY seq, arrival LIMIT ?3",
        )?;
        let mut rows = query.query(params![self.target.as_str(), self.conversation, max])?;
        let mut posts = Vec::new();
        while let Some(row) = rows.next()? {
            let id: String = row.get(1)?;
            posts.push(Post {
                kind: Kind::read(&row.get::<_, String>(0)?)?,
                erased: is_erased(store, &id)?,
                id,
                writer: EnrolmentId::new(row.get::<_, String>(2)?),
                entry: read_entry(&row.get::<_, String>(3)?)?,
                sealed: row.get::<_, Option<_>>(4)?.unwrap_or_default(),
            });
        }
        Ok(posts)
    }
}

/// When something in a share of `target` is due next; `None` if nothing waits. What is due after `far` is due at once.
pub(crate) fn next_due(
    store: &Connection,
    target: &TargetId,
    share: u8,
    far: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    // Each aggregate alone, since so SQLite takes it from the index.
    let (first, last): (Option<i64>, Option<i64>) = store
        .prepare_cached(
            "SELECT (SELECT min(due) FROM conversation WHERE target = ?1 AND share = ?2 AND due IS NOT NULL),
                    (SELECT max(due) FROM conversation WHERE target = ?1 AND share = ?2 AND due IS NOT NULL)",
        )?
        .query_row(params![target.as_str(), share], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    Ok(match last {
        Some(last) if last > far.ms() => Some(Timestamp::from_ms(0)),
        _ => first.map(Timestamp::from_ms),
    })
}

/// Whether a target waits, and until when.
pub(crate) fn load_target(store: &Connection, target: &TargetId) -> Result<Target, StoreError> {
    let state: Option<String> = store
        .prepare_cached("SELECT state FROM target WHERE target = ?1")?
        .query_row([target.as_str()], |row| row.get(0))
        .optional()?;
    match state {
        None => Ok(Target::default()),
        Some(state) => {
            serde_json::from_str(&state).map_err(|_| StoreError::Malformed("target.state"))
        }
    }
}

/// Keeps what a target said.
pub(crate) fn save_target(
    store: &Connection,
    target: &TargetId,
    state: &Target,
) -> Result<(), StoreError> {
    let state = serde_json::to_string(state).map_err(|_| StoreError::Malformed("target.state"))?;
    store
        .prepare_cached(
            "INSERT INTO target (target, state) VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET state = excluded.state",
        )?
        .execute(params![target.as_str(), state])?;
    Ok(())
}

/// Whether the thing that a record is a version of was erased.
fn is_erased(store: &Connection, id: &str) -> Result<bool, StoreError> {
    Ok(store
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM erased WHERE key = ?1)")?
        .query_row([tombstone(&Key::new(id)).as_str()], |row| row.get(0))?)
}

fn read_entry(json: &str) -> Result<Entry, StoreError> {
    serde_json::from_str(json).map_err(|_| StoreError::Malformed("post.entry"))
}
