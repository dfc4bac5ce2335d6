//! What the hardware guards for the passcode slot.

use super::PLACE;
use crate::error::VaultError;
use companion_crypto::{
    random::Random,
    secret::{Key, Secret},
};
use zeroize::Zeroizing;

const VERSION: u8 = 1;

/// `H` and the wrong tries in a row, in one wrapping: who brings back an old file brings back no tries.
///
/// Its bytes are `01 H(32) tries(4)`.
#[derive(Clone, Debug)]
pub struct Guarded {
    /// The hardware's part of the slot's secret.
    pub h: Key,
    /// Wrong tries in a row, the one that is being checked among them.
    pub tries: u32,
}

impl Guarded {
    /// A fresh `H`, not tried yet.
    pub fn new(random: &dyn Random) -> Self {
        let h = Key::random(random);
        Self { h, tries: 0 }
    }

    /// With one try more.
    #[must_use]
    pub fn tried(self) -> Self {
        let tries = self.tries.saturating_add(1);
        Self { tries, ..self }
    }

    /// With no tries.
    #[must_use]
    pub fn forgiven(self) -> Self {
        Self { tries: 0, ..self }
    }

    /// What is to be wrapped.
    pub fn bytes(&self) -> Secret<37> {
        let mut bytes = Zeroizing::new([VERSION; 37]);
        let tries = self.tries.to_be_bytes();
        let content = self.h.expose().iter().chain(&tries);
        for (to, from) in bytes.iter_mut().skip(1).zip(content) {
            *to = *from;
        }
        Secret::new(*bytes)
    }

    /// Takes what was unwrapped. The caller's copy stays the caller's.
    ///
    /// # Errors
    /// `Newer` if a newer release wrote it, `Corrupt` if it has another length.
    pub fn read(unwrapped: &[u8]) -> Result<Self, VaultError> {
        let parts = match unwrapped.split_first() {
            Some((&VERSION, content)) => content.split_first_chunk::<32>(),
            Some((&found, _)) if found > VERSION => {
                let found = found.into();
                return Err(VaultError::Newer { found });
            }
            _ => None,
        };
        let (h, tries) = parts.ok_or(VaultError::Corrupt { place: PLACE })?;
        let tries = tries
            .try_into()
            .map_err(|_| VaultError::Corrupt { place: PLACE })?;
        Ok(Self {
            h: Key::new(*h),
            tries: u32::from_be_bytes(tries),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_have_one_fixed_form() {
        let h = Key::new([7; 32]);
        let guarded = Guarded {
            h,
            tries: 0x0102_0304,
        };
        let bytes = *guarded.bytes().expose();
        let expected = [&[1][..], &[7; 32], &[1, 2, 3, 4]].concat();
        assert_eq!(bytes.as_slice(), expected);
        let read = Guarded::read(&bytes).unwrap();
        assert_eq!((read.h.expose(), read.tries), (&[7; 32], 0x0102_0304));
    }

    #[test]
    fn another_form_is_refused() {
        let corrupt = Some(VaultError::Corrupt { place: PLACE });
        let mut bytes = *Guarded::new(&companion_crypto::random::SystemRandom)
            .bytes()
            .expose();
        for length in 0..bytes.len() {
            assert_eq!(Guarded::read(&bytes[..length]).err(), corrupt);
        }
        assert_eq!(Guarded::read(&[&bytes[..], &[0]].concat()).err(), corrupt);
        bytes[0] = 0;
        assert_eq!(Guarded::read(&bytes).err(), corrupt);
        bytes[0] = 2;
        let newer = Some(VaultError::Newer { found: 2 });
        assert_eq!(Guarded::read(&bytes).err(), newer);
    }

    #[test]
    fn tries_add_up_and_never_start_again_by_themselves() {
        let mut guarded = Guarded::new(&companion_crypto::random::SystemRandom);
        assert_eq!(guarded.tries, 0);
        guarded = guarded.tried().tried();
        assert_eq!(guarded.tries, 2);
        guarded.tries = u32::MAX;
        assert_eq!(guarded.clone().tried().tries, u32::MAX);
        assert_eq!(guarded.forgiven().tries, 0);
    }
}
