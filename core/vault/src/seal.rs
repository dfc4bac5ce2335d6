//! The keys of an open store, and the places of what they seal.

use crate::{
    content::Content,
    error::{At, VaultError},
    vault::{VaultConfig, VaultKeys},
};
use companion_crypto::{
    derive::{derive, keyed_hash},
    random::Random,
    seal::{Place, Sealer},
    secret::Key,
};
use companion_domain::id::{EnrolmentId, TenantId, WriterId};
use std::sync::Arc;

/// The number of `D` in the enrolment's counter of keys.
pub(crate) const D: u16 = 1;
/// The number of `T`.
pub(crate) const T: u16 = 2;
/// The number of `P`, which counts alone.
pub(crate) const P: u16 = 1;

/// Where one sealed value belongs: its word in the SQL and its row.
pub(crate) struct Spot {
    pub(crate) word: &'static str,
    pub(crate) place: Place,
}

impl Spot {
    /// A column of a row.
    pub(crate) fn row(word: &'static str, row: i64) -> Self {
        let place = Place::row(word, row.cast_unsigned());
        Self { word, place }
    }

    /// A message, bound to its conversation and number too.
    pub(crate) fn message(row: i64, conversation: i64, seq: u64) -> Self {
        let word = "messages.value";
        let (row, conversation) = (row.cast_unsigned(), conversation.cast_unsigned());
        let place = Place::message(word, row, conversation, seq);
        Self { word, place }
    }
}

/// One key and the randomness for its nonces.
pub(crate) struct Seal {
    sealer: Sealer,
    random: Arc<dyn Random>,
}

impl Seal {
    /// `salt` is the enrolment's id, or `personal`.
    pub(crate) fn new(id: u16, key: &Key, salt: &str, random: Arc<dyn Random>) -> Self {
        let sealer = Sealer::new(id, &derive(key, salt, "seal"));
        Self { sealer, random }
    }

    /// Seals `plain` for its spot.
    pub(crate) fn seal(&self, spot: &Spot, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let sealed = self.sealer.seal(&*self.random, &spot.place, plain);
        sealed.at(spot.word)
    }

    /// Opens what was sealed for this spot.
    pub(crate) fn open(&self, spot: &Spot, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.sealer.open(&spot.place, sealed).at(spot.word)
    }
}

/// The keys of an open store, and who it belongs to.
pub(crate) struct Seals {
    /// What is under `D`.
    pub(crate) content: Content,
    /// Control rows.
    pub(crate) t: Seal,
    /// The personal file.
    pub(crate) personal: Seal,
    /// Of T: proves a copy of it, too.
    pub(crate) hash: Key,
    personal_hash: Key,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) enrolment: EnrolmentId,
    pub(crate) tenant: TenantId,
    pub(crate) writer: WriterId,
    pub(crate) escrow: companion_crypto::hpke::PublicKey,
}

impl Seals {
    pub(crate) fn new(config: &VaultConfig, keys: &VaultKeys) -> Self {
        let random = || Arc::clone(&config.random);
        let enrolment = config.enrolment.as_str();
        let content = Content::new(&config.enrolment, &keys.t, random());
        if let Some(d) = &keys.d {
            content.open_with(d);
        }
        Self {
            content,
            t: Seal::new(T, &keys.t, enrolment, random()),
            personal: Seal::new(P, &keys.personal, "personal", random()),
            hash: derive(&keys.t, enrolment, "hash"),
            personal_hash: derive(&keys.personal, "personal", "hash"),
            random: random(),
            enrolment: config.enrolment.clone(),
            tenant: config.tenant.clone(),
            writer: config.writer.clone(),
            escrow: config.escrow,
        }
    }

    /// What stands in a searched column of `vault.db`.
    pub(crate) fn hash(&self, place: &'static str, value: &[u8]) -> [u8; 16] {
        keyed_hash(&self.hash, place, value)
    }

    /// What stands in a searched column of `personal.db`.
    pub(crate) fn personal_hash(&self, place: &'static str, value: &[u8]) -> [u8; 16] {
        keyed_hash(&self.personal_hash, place, value)
    }

    /// The seal of an outbox epoch.
    pub(crate) fn epoch(&self, id: u16, key: &Key) -> Seal {
        Seal::new(id, key, self.enrolment.as_str(), Arc::clone(&self.random))
    }
}
