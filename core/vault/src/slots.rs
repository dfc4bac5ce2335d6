//! The slots file (formats.md 8): where the keys of a store are kept, sealed or wrapped. The hardware's part is the
//! caller's; the functions here take and give secrets that are unwrapped.

use crate::{
    error::{At, VaultError},
    file,
};
use companion_crypto::{
    derive::derive,
    hash::{code, jcs},
    random::Random,
    seal::{Place, Sealer},
    secret::Key,
};
use companion_domain::{bytes::base64url, fault::FaultPoints};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::Path;

/// The slots of `D` and `T`, beside `vault.db`.
pub const SLOTS_FILE: &str = "slots.json";
/// The slot of `P`, beside `personal.db`.
pub const PERSONAL_SLOTS_FILE: &str = "personal.json";
/// `D` under a secret that the hardware wraps.
pub const DEVICE: &str = "device";
/// `T` in the hardware's wrapping alone.
pub const CONTROL: &str = "control";
/// `P` in the hardware's wrapping alone.
pub const PERSONAL: &str = "personal";

const PLACE: &str = "slots";

/// A slots file.
#[derive(Clone, Serialize, Deserialize)]
pub struct Slots {
    v: u32,
    /// The slots, in the order in which they were made.
    pub slots: Vec<Slot>,
}

/// One way to a key.
#[derive(Clone, Serialize, Deserialize)]
pub struct Slot {
    /// Names the slot; never given twice.
    pub id: String,
    /// [`DEVICE`], [`CONTROL`], [`PERSONAL`], or a kind of a later release.
    pub kind: String,
    /// The number of the key that it leads to.
    pub key: u16,
    /// The secret or the key, as the hardware wrapped it.
    #[serde(with = "base64url")]
    pub hw: Vec<u8>,
    /// The key under the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<Sealed>,
    /// What a later release wrote beside; it is kept, and bound by the seal.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
struct Sealed(#[serde(with = "base64url")] Vec<u8>);

impl Slots {
    /// No slots yet.
    pub fn new() -> Self {
        Self {
            v: 1,
            slots: Vec::new(),
        }
    }

    /// Reads a slots file; `None` if there is none.
    ///
    /// # Errors
    /// `Newer`, `Corrupt`, and those of the file system.
    pub fn load(path: &Path) -> Result<Option<Self>, VaultError> {
        let Some(bytes) = file::read(path, PLACE)? else {
            return Ok(None);
        };
        let value: Value = serde_json::from_slice(&bytes).at(PLACE)?;
        match value.get("v").and_then(Value::as_i64) {
            Some(1) => serde_json::from_value(value).map(Some).at(PLACE),
            Some(found) => Err(VaultError::Newer { found }),
            None => Err(VaultError::Corrupt { place: PLACE }),
        }
    }

    /// Replaces the file in one step.
    ///
    /// # Errors
    /// `Full` and those of the file system.
    pub fn store(&self, path: &Path, faults: &FaultPoints) -> Result<(), VaultError> {
        let bytes = serde_json::to_vec(self).at(PLACE)?;
        file::replace(path, &bytes, PLACE, faults)
    }

    /// The newest slot of a kind.
    pub fn find(&self, kind: &str) -> Option<&Slot> {
        self.slots.iter().rfind(|slot| slot.kind == kind)
    }
}

impl Default for Slots {
    fn default() -> Self {
        Self::new()
    }
}

impl Slot {
    /// A slot whose key is in the hardware's wrapping alone: `hw` is the key, wrapped.
    pub fn wrapped(random: &dyn Random, kind: &str, key: u16, hw: Vec<u8>) -> Self {
        Self {
            id: new_id(random),
            kind: kind.into(),
            key,
            hw,
            sealed: None,
            rest: Map::new(),
        }
    }

    /// A slot that seals `plain` under `secret`; `hw` is the secret, wrapped.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn sealed(
        random: &dyn Random,
        kind: &str,
        key: u16,
        hw: Vec<u8>,
        secret: &Key,
        plain: &Key,
    ) -> Result<Self, VaultError> {
        let mut slot = Self::wrapped(random, kind, key, hw);
        let sealed = slot
            .sealer(secret)
            .seal(random, &slot.place()?, plain.expose());
        slot.sealed = Some(Sealed(sealed.at(PLACE)?));
        Ok(slot)
    }

    /// The key that the slot seals under `secret`.
    ///
    /// # Errors
    /// `WrongKey` if the secret does not open it or the slot was changed, `Corrupt` if it seals nothing.
    pub fn open(&self, secret: &Key) -> Result<Key, VaultError> {
        let corrupt = VaultError::Corrupt { place: PLACE };
        let Sealed(sealed) = self.sealed.as_ref().ok_or(corrupt)?;
        let opened = self.sealer(secret).open(&self.place()?, sealed);
        let plain = zeroize::Zeroizing::new(opened.map_err(|_| VaultError::WrongKey)?);
        let bytes = plain.as_slice().try_into();
        bytes.map(Key::new).map_err(|_| corrupt)
    }

    fn sealer(&self, secret: &Key) -> Sealer {
        Sealer::new(self.key, &derive(secret, &self.id, "slot"))
    }

    fn place(&self) -> Result<Place, VaultError> {
        let unsealed = Self {
            sealed: None,
            ..self.clone()
        };
        Ok(Place::slot(&jcs(&unsealed).at(PLACE)?))
    }
}

fn new_id(random: &dyn Random) -> String {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    code(&bytes)
}
