//! Reading a queue.

use super::super::StoreError;
use companion_domain::{id::EnrolmentId, time::Timestamp};
use rusqlite::{Connection, params};

/// How many sealed bytes one page carries, so that a phone on a slow network sees progress.
const MAX_PAGE: usize = 4 * 1024 * 1024;

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
