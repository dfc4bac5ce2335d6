//! The slots file (formats.md 8): where the keys of a store are kept, sealed or wrapped. No hardware key is asked here: the
//! caller does that, and gives and takes secrets that are unwrapped.
//!
//! A secret lies in the wrapping of a numbered hardware key. The next number replaces it, so that an old file opens nothing.
//! `n` is the number in a kind's slot, or 0 if there is none. A kill may leave the keys n−1 and n+1: each start, and each
//! change, deletes them first. A change makes key n+1 then, and whatever kills it, the file opens in the old way or in the
//! new one.
//!
//! - **Checking a code**: [`Guarded::read`] what key n unwraps; wrap [`Guarded::tried`] by key n+1; [`Slots::rewrap`]; delete
//!   key n. Only now, with the try paid for, do [`Slot::kdf`], [`Kdf::secret`] and [`Slot::open`] tell whether the code is
//!   right. If it is, the same again with [`Guarded::forgiven`].
//! - **A new code, a new biometric secret**: wrap a fresh secret by key n+1; [`Slots::replace`]; delete key n. The first code
//!   replaces the device slot too. Its hardware key goes with it, at the next start at the latest, and may wrap nothing that
//!   stays: with that key an old file opens without a code.
//! - **A hard lock**, or a biometric slot that is switched off: delete key n, and only then [`Slots::remove`] the slot. The
//!   other way round, after a kill, nobody would know the number of the key that is left.
//! - **After recovery**: remove the biometric slot so; wrap a fresh `H` and `T` by keys n+1; [`Slots::replace`] all other slots
//!   in one step, the recovery slot too, since the company knows its secret now; delete the keys n.
//!
//! [`Kdf::secret`]: companion_crypto::passcode::Kdf::secret

mod guarded;
mod slot;

pub use guarded::Guarded;
pub use slot::{Slot, Target, Wrapped};

use crate::{
    error::{At, VaultError},
    file,
};
use companion_domain::fault::FaultPoints;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{path::Path, slice};

/// The slots of `D` and `T`, beside `vault.db`.
pub const SLOTS_FILE: &str = "slots.json";
/// The slot of `P`, beside `personal.db`.
pub const PERSONAL_SLOTS_FILE: &str = "personal.json";

const PLACE: &str = "slots";

/// A slots file.
#[derive(Clone, Serialize, Deserialize)]
pub struct Slots {
    v: u32,
    /// The slots, in the order in which they were made.
    pub slots: Vec<Slot>,
    /// What a later release wrote beside; it is kept.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// What opens a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A secret that the hardware gives without a prompt: until a passcode is set.
    Device,
    /// A code together with `H`.
    Passcode,
    /// `B`, which the hardware gives to a present user.
    Biometric,
    /// `R`, which the company gives.
    Recovery,
    /// Nothing more: `T` lies in the hardware's wrapping.
    Control,
    /// Nothing more: `P` lies in the hardware's wrapping.
    Personal,
    /// A kind of a later release.
    #[serde(untagged)]
    Other(String),
}

impl Slots {
    /// No slots yet.
    pub fn new() -> Self {
        Self {
            v: 1,
            slots: Vec::new(),
            rest: Map::new(),
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
    pub fn find(&self, kind: &Kind) -> Option<&Slot> {
        self.slots.iter().rfind(|slot| slot.kind == *kind)
    }

    /// Puts `new` in the place of all slots of `kinds`, in one step of the file.
    ///
    /// # Errors
    /// As [`Slots::store`]; nothing is replaced then.
    pub fn replace(
        &mut self,
        kinds: &[Kind],
        new: impl IntoIterator<Item = Slot>,
        path: &Path,
        faults: &FaultPoints,
    ) -> Result<(), VaultError> {
        let mut next = self.clone();
        next.slots.retain(|slot| !kinds.contains(&slot.kind));
        next.slots.extend(new);
        next.store(path, faults)?;
        *self = next;
        Ok(())
    }

    /// Removes all slots of `kinds`, in one step of the file.
    ///
    /// # Errors
    /// As [`Slots::store`]; nothing is removed then.
    pub fn remove(
        &mut self,
        kinds: &[Kind],
        path: &Path,
        faults: &FaultPoints,
    ) -> Result<(), VaultError> {
        self.replace(kinds, [], path, faults)
    }

    /// Puts the secret of the newest slot of a kind into the wrapping of another hardware key, in one step of the file.
    ///
    /// # Errors
    /// `Conflict` if there is no such slot, else as [`Slots::store`]; nothing is changed then.
    pub fn rewrap(
        &mut self,
        kind: &Kind,
        wrapped: Wrapped,
        path: &Path,
        faults: &FaultPoints,
    ) -> Result<(), VaultError> {
        let missing = VaultError::Conflict { place: PLACE };
        let mut slot = self.find(kind).ok_or(missing)?.clone();
        slot.wrapped = wrapped;
        self.replace(slice::from_ref(kind), [slot], path, faults)
    }
}

impl Default for Slots {
    fn default() -> Self {
        Self::new()
    }
}
