//! Bearer tokens and the assertions that bought them. Both are kept as hashes.

use super::StoreError;
use companion_domain::{id::EnrolmentId, time::Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

/// A bearer token to be issued for an assertion.
pub(crate) struct NewToken {
    pub(crate) enrolment: EnrolmentId,
    /// SHA-256 of the assertion's `jti`.
    pub(crate) jti: [u8; 32],
    /// Until when the assertion could be shown again.
    pub(crate) assertion_exp: Timestamp,
    /// SHA-256 of the token.
    pub(crate) hash: [u8; 32],
    pub(crate) exp: Timestamp,
}

impl NewToken {
    /// Takes the assertion once and stores the token. `false`: the assertion was taken before.
    pub(crate) fn issue(&self, store: &Connection) -> Result<bool, StoreError> {
        let fresh = store
            .prepare_cached(
                "INSERT INTO assertion (enrolment, jti, exp) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                self.enrolment.as_str(),
                self.jti,
                self.assertion_exp.ms()
            ])?;
        if fresh == 0 {
            return Ok(false);
        }
        store
            .prepare_cached("INSERT INTO token (hash, enrolment, exp) VALUES (?1, ?2, ?3)")?
            .execute(params![self.hash, self.enrolment.as_str(), self.exp.ms()])?;
        Ok(true)
    }
}

/// The enrolment that holds the token with this hash, while it is valid and the enrolment is active.
pub(crate) fn holder(
    store: &Connection,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<EnrolmentId>, StoreError> {
    let holder = store
        .prepare_cached(
            "SELECT enrolment FROM token JOIN enrolment USING (enrolment)
             WHERE hash = ?1 AND exp > ?2 AND state = 'active'",
        )?
        .query_row(params![hash, now.ms()], |row| {
            Ok(EnrolmentId::new(row.get::<_, String>(0)?))
        })
        .optional()?;
    Ok(holder)
}
