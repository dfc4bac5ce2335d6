//! How posts end, and who is told.

use super::Kind;
use crate::{
    item::{Content, ItemMaker, Kind as ItemKind},
    store::{StoreError, inbox},
};
use companion_domain::{
    id::{AccountId, ChannelId, EnrolmentId, TargetId},
    time::Timestamp,
};
use rusqlite::{Connection, params};

/// How a post ended, at one target or at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) word: Word,
    pub(crate) remote_id: Option<String>,
    pub(crate) code: Option<String>,
}

/// The outcomes of an `outcome` item, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Word {
    AlreadyThere,
    Done,
    Ambiguous,
    Permanent,
}

impl Word {
    fn as_str(self) -> &'static str {
        match self {
            Self::AlreadyThere => "already_there",
            Self::Done => "done",
            Self::Ambiguous => "ambiguous",
            Self::Permanent => "permanent",
        }
    }

    fn read(word: &str) -> Self {
        match word {
            "already_there" => Self::AlreadyThere,
            "done" => Self::Done,
            "ambiguous" => Self::Ambiguous,
            _ => Self::Permanent,
        }
    }

    pub(super) fn is_success(self) -> bool {
        self <= Self::Done
    }
}

impl Settled {
    /// As the store keeps it: without the other side's id, which may hold a customer's number.
    pub(super) fn read(word: &str, code: Option<String>) -> Self {
        Self {
            word: Word::read(word),
            remote_id: None,
            code,
        }
    }

    /// The same outcome for a writer whose own copy was not the one that went out.
    pub(super) fn for_another(self) -> Self {
        let word = if self.word.is_success() {
            Word::AlreadyThere
        } else {
            self.word
        };
        Self { word, ..self }
    }
}

/// Writes down how a post ended at `target`. A message that did not surely arrive keeps its place before later ones, until
/// its writer decides. Once it has ended at every target, all who wait are told in the same
/// transaction; answers who.
pub(super) fn settle(
    store: &Connection,
    maker: &ItemMaker,
    now: Timestamp,
    target: &TargetId,
    kind: Kind,
    id: &str,
    settled: &Settled,
) -> Result<Vec<EnrolmentId>, StoreError> {
    store
        .prepare_cached(
            "UPDATE post SET outcome = ?4, code = ?5, open = ?6 WHERE target = ?1 AND kind = ?2 AND id = ?3",
        )?
        .execute(params![
            target.as_str(),
            kind.as_str(),
            id,
            settled.word.as_str(),
            settled.code,
            kind == Kind::Message && !settled.word.is_success()
        ])?;
    let Some(worst) = worst_of_all(store, kind, id, settled)? else {
        return Ok(Vec::new());
    };
    let (writer, channel, account) = close(store, kind, id, &worst)?;
    let mut query = store
        .prepare_cached("DELETE FROM waiting WHERE kind = ?1 AND id = ?2 RETURNING enrolment")?;
    let mut waiting: Vec<EnrolmentId> = query
        .query_map([kind.as_str(), id], |row| {
            Ok(EnrolmentId::new(row.get::<_, String>(0)?))
        })?
        .collect::<Result<_, _>>()?;
    waiting.sort();
    for enrolment in &waiting {
        let about = (&channel, &account);
        if *enrolment == writer {
            tell_writer(store, maker, now, &writer, about, (kind, id), &worst)?;
        } else {
            let settled = worst.clone().for_another();
            tell(store, maker, now, enrolment, about, id, &settled)?;
        }
    }
    Ok(waiting)
}

/// Tells the writer, and notes where in its queue.
pub(super) fn tell_writer(
    store: &Connection,
    maker: &ItemMaker,
    now: Timestamp,
    writer: &EnrolmentId,
    about: (&ChannelId, &AccountId),
    (kind, id): (Kind, &str),
    settled: &Settled,
) -> Result<(), StoreError> {
    let told = tell(store, maker, now, writer, about, id, settled)?;
    store
        .prepare_cached("UPDATE accepted SET told = ?3 WHERE kind = ?1 AND id = ?2")?
        .execute(params![kind.as_str(), id, told])?;
    Ok(())
}

/// Puts an `outcome` item into a queue; answers its number.
pub(super) fn tell(
    store: &Connection,
    maker: &ItemMaker,
    now: Timestamp,
    enrolment: &EnrolmentId,
    about: (&ChannelId, &AccountId),
    id: &str,
    settled: &Settled,
) -> Result<u64, StoreError> {
    let raw = serde_json::to_vec(&Outcome {
        id,
        outcome: settled.word.as_str(),
        remote_id: settled.remote_id.as_deref(),
        code: settled.code.as_deref(),
        at: now,
    });
    let content = Content {
        id: &maker.random_id(),
        kind: ItemKind::Outcome,
        account: Some(about),
        verified: None,
        raw: &raw.map_err(|_| StoreError::Malformed("outcome"))?,
    };
    inbox::tell(store, maker, now, enrolment, &content)
}

#[derive(serde::Serialize)]
struct Outcome<'a> {
    id: &'a str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remote_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    at: Timestamp,
}

/// The outcome over all targets, once every one has settled: a refusal outweighs a doubt, a doubt a success.
fn worst_of_all(
    store: &Connection,
    kind: Kind,
    id: &str,
    last: &Settled,
) -> Result<Option<Settled>, StoreError> {
    let mut query =
        store.prepare_cached("SELECT outcome, code FROM post WHERE kind = ?1 AND id = ?2")?;
    let mut rows = query.query([kind.as_str(), id])?;
    let mut worst = last.clone();
    while let Some(row) = rows.next()? {
        let Some(word) = row.get::<_, Option<String>>(0)? else {
            return Ok(None);
        };
        let settled = Settled::read(&word, row.get(1)?);
        if settled.word > worst.word {
            worst = settled;
        }
    }
    Ok(Some(worst))
}

/// Ends it. The sealed content goes, since its writer keeps it until the outcome is known.
fn close(
    store: &Connection,
    kind: Kind,
    id: &str,
    settled: &Settled,
) -> Result<(EnrolmentId, ChannelId, AccountId), StoreError> {
    Ok(store
        .prepare_cached(
            "UPDATE accepted SET outcome = ?3, code = ?4, sealed = NULL
             WHERE kind = ?1 AND id = ?2 RETURNING writer, channel, account",
        )?
        .query_row(
            params![kind.as_str(), id, settled.word.as_str(), settled.code],
            |row| {
                Ok((
                    EnrolmentId::new(row.get::<_, String>(0)?),
                    ChannelId::new(row.get::<_, String>(1)?),
                    AccountId::new(row.get::<_, String>(2)?),
                ))
            },
        )?)
}
