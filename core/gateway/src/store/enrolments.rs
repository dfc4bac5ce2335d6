//! Enrolments and the accounts they are bound to.

use super::StoreError;
use companion_crypto::{hpke::PublicKey, sign::VerifyingKey};
use companion_domain::id::{AccountId, ChannelId, EnrolmentId};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeMap;

/// A phone as the gateway knows it.
#[derive(Clone)]
pub(crate) struct Enrolment {
    pub(crate) id: EnrolmentId,
    pub(crate) active: bool,
    pub(crate) device: VerifyingKey,
}

/// An enrolment to enter.
pub(crate) struct NewEnrolment {
    pub(crate) id: EnrolmentId,
    pub(crate) device: VerifyingKey,
    pub(crate) inbox_key: PublicKey,
    /// A fresh random id, used if the enrolment is new to this store.
    pub(crate) inbox: String,
    pub(crate) accounts: Vec<(ChannelId, AccountId)>,
}

impl NewEnrolment {
    /// Enters the enrolment, or makes a known one active again. Its keys never change; its accounts do.
    pub(crate) fn enter(&self, store: &Connection) -> Result<(), StoreError> {
        let device = serde_json::to_string(&self.device)
            .map_err(|_| StoreError::Malformed("enrolment.device"))?;
        store
            .prepare_cached(
                "INSERT INTO enrolment (enrolment, state, kid, device, inbox_key, inbox)
                 VALUES (?1, 'active', ?2, ?3, ?4, ?5)
                 ON CONFLICT (enrolment) DO UPDATE SET state = 'active'",
            )?
            .execute(params![
                self.id.as_str(),
                self.device.kid(),
                device,
                self.inbox_key.as_bytes(),
                self.inbox
            ])?;
        store
            .prepare_cached("DELETE FROM binding WHERE enrolment = ?1")?
            .execute([self.id.as_str()])?;
        let mut bind = store.prepare_cached(
            "INSERT OR IGNORE INTO binding (channel, account, enrolment) VALUES (?1, ?2, ?3)",
        )?;
        for (channel, account) in &self.accounts {
            bind.execute(params![
                channel.as_str(),
                account.as_str(),
                self.id.as_str()
            ])?;
        }
        Ok(())
    }
}

impl Enrolment {
    /// The enrolment of this id, active or not.
    pub(crate) fn find(store: &Connection, id: &str) -> Result<Option<Self>, StoreError> {
        Self::find_by(
            store,
            "SELECT enrolment, state, device FROM enrolment WHERE enrolment = ?1",
            id,
        )
    }

    /// The enrolment whose device key has this thumbprint, active or not.
    pub(crate) fn find_by_kid(store: &Connection, kid: &str) -> Result<Option<Self>, StoreError> {
        Self::find_by(
            store,
            "SELECT enrolment, state, device FROM enrolment WHERE kid = ?1",
            kid,
        )
    }

    fn find_by(store: &Connection, sql: &str, key: &str) -> Result<Option<Self>, StoreError> {
        let row = store
            .prepare_cached(sql)?
            .query_row([key], |row: &Row<'_>| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((id, state, device)): Option<(String, String, String)> = row else {
            return Ok(None);
        };
        Ok(Some(Self {
            id: EnrolmentId::new(id),
            active: state == "active",
            device: read_device(&device)?,
        }))
    }

    /// Ends every active enrolment that is not in `kept`: nothing new is sealed to it and it gets no token.
    pub(crate) fn revoke_others(
        store: &Connection,
        kept: &[EnrolmentId],
    ) -> Result<(), StoreError> {
        let mut active =
            store.prepare_cached("SELECT enrolment FROM enrolment WHERE state = 'active'")?;
        let active: Vec<String> = active
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for id in active {
            if !kept.iter().any(|kept| kept.as_str() == id) {
                store.execute(
                    "UPDATE enrolment SET state = 'revoked' WHERE enrolment = ?1",
                    [&id],
                )?;
                store.execute("DELETE FROM token WHERE enrolment = ?1", [&id])?;
            }
        }
        Ok(())
    }
}

/// The device key of every enrolment, active or not.
pub(crate) fn device_keys(
    store: &Connection,
) -> Result<BTreeMap<String, VerifyingKey>, StoreError> {
    let mut query = store.prepare("SELECT enrolment, device FROM enrolment")?;
    let mut rows = query.query([])?;
    let mut keys = BTreeMap::new();
    while let Some(row) = rows.next()? {
        keys.insert(row.get(0)?, read_device(&row.get::<_, String>(1)?)?);
    }
    Ok(keys)
}

/// The active enrolments bound to an account, in the order of their ids, so that two transactions lock alike.
pub(super) fn bound(
    store: &Connection,
    channel: &ChannelId,
    account: &AccountId,
) -> Result<Vec<EnrolmentId>, StoreError> {
    let mut query = store.prepare_cached(
        "SELECT binding.enrolment FROM binding JOIN enrolment USING (enrolment)
         WHERE channel = ?1 AND account = ?2 AND state = 'active' ORDER BY binding.enrolment",
    )?;
    let ids = query.query_map([channel.as_str(), account.as_str()], |row| {
        Ok(EnrolmentId::new(row.get::<_, String>(0)?))
    })?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// Whether an active enrolment is bound to an account.
pub(super) fn is_bound(
    store: &Connection,
    enrolment: &EnrolmentId,
    channel: &ChannelId,
    account: &AccountId,
) -> Result<bool, StoreError> {
    Ok(bound(store, channel, account)?.contains(enrolment))
}

/// Up to where the phone holds its queue.
pub(super) fn acked(store: &Connection, enrolment: &EnrolmentId) -> Result<u64, StoreError> {
    Ok(store
        .prepare_cached("SELECT acked FROM enrolment WHERE enrolment = ?1")?
        .query_row([enrolment.as_str()], |row| row.get(0))?)
}

fn read_device(json: &str) -> Result<VerifyingKey, StoreError> {
    serde_json::from_str(json).map_err(|_| StoreError::Malformed("enrolment.device"))
}
