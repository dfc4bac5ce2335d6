//! One slot: made and opened.

use super::{Kind, PLACE};
use crate::error::{At, VaultError};
use companion_crypto::{
    derive::slot_key,
    hash::{code, jcs},
    hpke::PublicKey,
    passcode::{Cost, Kdf},
    random::Random,
    recovery::{self, About},
    seal::{Place, Sealer},
    secret::{Key, Secret},
};
use companion_domain::{
    bytes::base64url,
    id::{EnrolmentId, TenantId},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// How a code is stretched.
const KDF: &str = "kdf";
/// What the seal does not bind: the seal itself, and the wrapping, which is replaced while nobody has the key.
const UNBOUND: [&str; 3] = ["sealed", "hw", "hw_n"];

/// One way to a key.
#[derive(Clone, Serialize, Deserialize)]
pub struct Slot {
    /// Names the slot; never given twice.
    pub id: String,
    /// What opens it.
    pub kind: Kind,
    /// The number of the key that it leads to.
    pub key: u16,
    /// What the hardware holds of it.
    #[serde(flatten)]
    pub wrapped: Wrapped,
    /// The key under the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<Sealed>,
    /// What belongs to one kind only, and what a later release wrote beside; it is kept, and bound by the seal.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The secret, the key or [`super::Guarded`], as a hardware key wrapped it; `R` as the company's recovery key opens it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrapped {
    /// The bytes.
    #[serde(with = "base64url")]
    pub hw: Vec<u8>,
    /// The number of the hardware key; 0 if its name has none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hw_n: u32,
}

/// The key that a slot leads to.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Its number in the enrolment's counter.
    pub id: u16,
    /// The key.
    pub key: &'a Key,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
struct Sealed(#[serde(with = "base64url")] Vec<u8>);

impl Slot {
    /// A slot of a key that is in the hardware's wrapping alone: control, personal.
    pub fn wrapped(random: &dyn Random, kind: Kind, key: u16, wrapped: Wrapped) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Self {
            id: code(&bytes),
            kind,
            key,
            wrapped,
            sealed: None,
            rest: Map::new(),
        }
    }

    /// A slot that opens with a secret which the hardware gives without a prompt.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn device(
        random: &dyn Random,
        target: Target<'_>,
        wrapped: Wrapped,
        secret: &Key,
    ) -> Result<Self, VaultError> {
        Self::wrapped(random, Kind::Device, target.id, wrapped).seal(random, secret, target)
    }

    /// A slot that opens with `B`.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn biometric(
        random: &dyn Random,
        target: Target<'_>,
        wrapped: Wrapped,
        b: &Key,
    ) -> Result<Self, VaultError> {
        Self::wrapped(random, Kind::Biometric, target.id, wrapped).seal(random, b, target)
    }

    /// A slot that opens with a code; `secret` is what `kdf` makes of the code and of the `H` in `wrapped`.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn passcode(
        random: &dyn Random,
        target: Target<'_>,
        wrapped: Wrapped,
        kdf: &Kdf,
        secret: &Secret<64>,
    ) -> Result<Self, VaultError> {
        let mut slot = Self::wrapped(random, Kind::Passcode, target.id, wrapped);
        let kdf = serde_json::to_value(kdf).at(PLACE)?;
        slot.rest.insert(KDF.into(), kdf);
        slot.seal(random, secret, target)
    }

    /// A slot that opens with a fresh `R`, which nobody but the holder of the company's recovery key learns.
    ///
    /// # Errors
    /// `Corrupt` if `company` is no key that can be sealed to.
    pub fn recovery(
        random: &dyn Random,
        target: Target<'_>,
        company: &PublicKey,
        tenant: &TenantId,
        enrolment: &EnrolmentId,
    ) -> Result<Self, VaultError> {
        let r = Key::random(random);
        let mut slot = Self::wrapped(random, Kind::Recovery, target.id, Wrapped::default());
        let about = About {
            tenant: tenant.as_str(),
            enrolment: enrolment.as_str(),
            slot: &slot.id,
        };
        slot.wrapped.hw = recovery::seal_secret(random, company, &about, &r).at(PLACE)?;
        slot.seal(random, &r, target)
    }

    /// How the code of a passcode slot is stretched: at least as hard as `floor`.
    ///
    /// # Errors
    /// `Weak` if it is less hard, `Corrupt` if it is harder than any phone makes it or the slot has no code.
    pub fn kdf(&self, floor: &Cost) -> Result<Kdf, VaultError> {
        let corrupt = VaultError::Corrupt { place: PLACE };
        let kdf = Kdf::deserialize(self.rest.get(KDF).ok_or(corrupt)?).at(PLACE)?;
        if !kdf.cost.covers(floor) {
            return Err(VaultError::Weak);
        }
        if !Cost::CEILING.covers(&kdf.cost) {
            return Err(corrupt);
        }
        Ok(kdf)
    }

    /// The key that the slot seals under `secret`.
    ///
    /// # Errors
    /// `WrongKey` if the secret does not open it or the slot was changed, `Corrupt` if it seals nothing.
    pub fn open<const N: usize>(&self, secret: &Secret<N>) -> Result<Key, VaultError> {
        let corrupt = VaultError::Corrupt { place: PLACE };
        let Sealed(sealed) = self.sealed.as_ref().ok_or(corrupt)?;
        let opened = self.sealer(secret).open(&self.place()?, sealed);
        let plain = Zeroizing::new(opened.map_err(|_| VaultError::WrongKey)?);
        let bytes = plain.as_slice().try_into();
        bytes.map(Key::new).map_err(|_| corrupt)
    }

    fn seal<const N: usize>(
        mut self,
        random: &dyn Random,
        secret: &Secret<N>,
        target: Target<'_>,
    ) -> Result<Self, VaultError> {
        let sealer = self.sealer(secret);
        let sealed = sealer.seal(random, &self.place()?, target.key.expose());
        self.sealed = Some(Sealed(sealed.at(PLACE)?));
        Ok(self)
    }

    fn sealer<const N: usize>(&self, secret: &Secret<N>) -> Sealer {
        Sealer::new(self.key, &slot_key(secret, &self.id))
    }

    fn place(&self) -> Result<Place, VaultError> {
        let mut bound = serde_json::to_value(self).at(PLACE)?;
        if let Some(members) = bound.as_object_mut() {
            members.retain(|name, _| !UNBOUND.contains(&name.as_str()));
        }
        Ok(Place::slot(&jcs(&bound).at(PLACE)?))
    }
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}
