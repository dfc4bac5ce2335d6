//! Checkpoints and receipts, kept as they were signed.

use super::StoreError;
use companion_domain::{bytes::Digest, id::EnrolmentId, time::Timestamp};
use rusqlite::{Connection, params};

/// A verified document to be kept.
pub(crate) struct NewReceipt {
    /// SHA-256 of the payload: a document's name, whoever signed it how often.
    pub(crate) id: [u8; 32],
    pub(crate) enrolment: EnrolmentId,
    pub(crate) typ: &'static str,
    /// A checkpoint's number and head.
    pub(crate) chain: Option<(u64, Digest)>,
    pub(crate) document: String,
}

impl NewReceipt {
    /// Keeps the document. Answers whether its chain forked: another head was signed for the same number.
    pub(crate) fn keep(&self, store: &Connection, now: Timestamp) -> Result<bool, StoreError> {
        let (seq, head) = self
            .chain
            .map(|(seq, head)| (seq, head.to_string()))
            .unzip();
        store
            .prepare_cached(
                "INSERT INTO receipt (id, enrolment, typ, seq, head, document, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                self.id,
                self.enrolment.as_str(),
                self.typ,
                seq,
                head,
                self.document,
                now.ms()
            ])?;
        let forked = store
            .prepare_cached(
                "SELECT count(DISTINCT head) > 1 FROM receipt WHERE enrolment = ?1 AND seq = ?2",
            )?
            .query_row(params![self.enrolment.as_str(), seq], |row| row.get(0))?;
        Ok(forked)
    }
}

/// Every checkpoint as it was signed, by writer and number.
pub(crate) fn checkpoints(store: &Connection) -> Result<Vec<String>, StoreError> {
    let mut query = store.prepare(
        "SELECT document FROM receipt WHERE seq IS NOT NULL ORDER BY enrolment, seq, at, id",
    )?;
    let documents = query.query_map([], |row| row.get(0))?;
    Ok(documents.collect::<Result<_, _>>()?)
}
