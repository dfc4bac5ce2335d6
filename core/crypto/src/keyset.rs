//! The company's keys (formats.md 5): pinned once, then followed step by step as in The Update Framework.

use crate::{
    bytes::base64url,
    document,
    error::{CryptoError, malformed, refused},
    hash::sha256,
    hpke::PublicKey,
    json::parse_strict,
    sign::{Algorithm, VerifyingKey},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The `typ` of a signed key set.
pub const TYP: &str = "companion-keys+jws";

/// What a key may sign. One key has one role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Key sets.
    Root,
    /// Orders.
    Order,
    /// Policies and rules.
    Policy,
    /// Items, tombstones and time, of the gateway.
    Ingress,
}

/// The payload of a key set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySet {
    /// The version of this form: 1.
    pub v: u32,
    /// The tenant.
    pub tenant: String,
    /// Counts up by one.
    pub version: u64,
    /// From then on no order runs under it, RFC 3339 UTC with milliseconds. An expired set still leads on.
    pub expires: String,
    /// How many different keys an act needs.
    pub threshold: Threshold,
    /// The signing keys.
    pub keys: Vec<KeyRecord>,
    /// The keys that values are sealed to.
    pub hpke: HpkeKeys,
}

/// How many different keys an act needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threshold {
    /// For the next key set: of its `root` keys and of this one's.
    pub root: usize,
    /// For a wipe without a cooling time.
    pub destroy_now: usize,
}

/// One signing key of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "KeyRow", into = "KeyRow")]
pub struct KeyRecord {
    /// A name for people.
    pub name: String,
    /// What it may sign.
    pub role: Role,
    /// The key.
    pub key: VerifyingKey,
    /// From when it may be used, seconds since 1970.
    pub nbf: i64,
    /// From when it may no longer be used, seconds since 1970.
    pub exp: i64,
}

/// The company's three sealing keys, kept in three places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HpkeKeys {
    /// For unsent work.
    pub escrow: PublicKey,
    /// For slots' secrets.
    pub recovery: PublicKey,
    /// For mirrored content.
    pub archive: PublicKey,
}

impl KeySet {
    /// Takes the set whose payload has the pinned SHA-256, as the invite names it.
    ///
    /// # Errors
    /// `Refused` if it is another set or its own root keys did not sign it; `Malformed` if it is no key set.
    pub fn parse_pinned(text: &str, pinned: &[u8; 32]) -> Result<Self, CryptoError> {
        if sha256(&document::payload(text)?) != *pinned {
            return Err(refused("pinned key set"));
        }
        Self::parse_self_signed(text)
    }

    /// Takes the next version, which needs the root threshold of this set and of its own.
    ///
    /// # Errors
    /// `Refused` if it is another tenant's, not the next version or not signed enough; `Malformed` if it is no key
    /// set.
    pub fn follow(&self, text: &str) -> Result<Self, CryptoError> {
        self.check_root_signed(text)?;
        let next = Self::parse_self_signed(text)?;
        if next.tenant != self.tenant {
            return Err(refused("tenant"));
        }
        if Some(next.version) != self.version.checked_add(1) {
            return Err(refused("key set version"));
        }
        Ok(next)
    }

    /// The keys of `role` that may be used at `at`, in seconds since 1970.
    pub fn keys_of(&self, role: Role, at: i64) -> Vec<&VerifyingKey> {
        self.keys
            .iter()
            .filter(|record| record.role == role && record.nbf <= at && at < record.exp)
            .map(|record| &record.key)
            .collect()
    }

    fn parse_self_signed(text: &str) -> Result<Self, CryptoError> {
        let set: Self = parse_strict(&document::payload(text)?)?;
        let names: BTreeSet<String> = set.keys.iter().map(|record| record.key.kid()).collect();
        if names.len() != set.keys.len() {
            return Err(refused("key with two roles"));
        }
        if set.threshold.root == 0 || set.threshold.destroy_now == 0 {
            return Err(refused("threshold"));
        }
        set.check_root_signed(text)?;
        Ok(set)
    }

    /// Root keys count whatever their times say, since an expired set leads on.
    fn check_root_signed(&self, text: &str) -> Result<(), CryptoError> {
        let roots: Vec<&VerifyingKey> = self
            .keys
            .iter()
            .filter(|record| record.role == Role::Root)
            .map(|record| &record.key)
            .collect();
        if document::verify(text, TYP, &roots)?.by.len() < self.threshold.root {
            return Err(refused("root threshold"));
        }
        Ok(())
    }
}

/// A key as it stands in the payload.
#[derive(Serialize, Deserialize)]
struct KeyRow {
    name: String,
    role: Role,
    alg: Algorithm,
    #[serde(with = "base64url")]
    x: [u8; 32],
    nbf: i64,
    exp: i64,
}

impl TryFrom<KeyRow> for KeyRecord {
    type Error = CryptoError;

    fn try_from(row: KeyRow) -> Result<Self, CryptoError> {
        if row.alg != Algorithm::Ed25519 {
            return Err(malformed("company key"));
        }
        Ok(Self {
            name: row.name,
            role: row.role,
            key: VerifyingKey::ed25519(row.x)?,
            nbf: row.nbf,
            exp: row.exp,
        })
    }
}

impl From<KeyRecord> for KeyRow {
    fn from(record: KeyRecord) -> Self {
        Self {
            name: record.name,
            role: record.role,
            alg: record.key.algorithm(),
            x: *record.key.x(),
            nbf: record.nbf,
            exp: record.exp,
        }
    }
}
