//! Bytes that print nothing and are wiped when dropped.

use crate::random::Random;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// `N` secret bytes.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret<const N: usize>([u8; N]);

/// A 32-byte key: `D`, `T`, `E_n`, `P` of formats.md 8 and whatever is derived from them.
pub type Key = Secret<32>;

impl<const N: usize> Secret<N> {
    /// Wraps bytes that are secret from here on. The caller's copy stays the caller's.
    pub fn new(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// Fresh random bytes.
    pub fn random(random: &dyn Random) -> Self {
        let mut secret = Self([0; N]);
        random.fill(&mut secret.0);
        secret
    }

    /// The bytes, for the one place that needs them.
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hpke::KeyPair,
        id::KeySalt,
        random::{SeededRandom, SystemRandom},
        seal::Sealer,
        sign::{Algorithm, SigningKey},
    };

    #[test]
    fn secrets_print_nothing() {
        let key = Key::new(*b"0123456789abcdef0123456789abcdef");
        let es256 = SigningKey::generate(&SystemRandom, Algorithm::Es256).unwrap();
        assert_eq!(format!("{key:?}"), "Secret(..)");
        assert_eq!(format!("{:?}", KeyPair::derive(&key)), "KeyPair(..)");
        assert_eq!(
            format!("{:?}", KeySalt::new(*key.expose())),
            "KeySalt(Secret(..))"
        );
        assert_eq!(format!("{:?}", Sealer::new(3, &key)), "Sealer(3, ..)");
        let signing = SigningKey::from_seed(&key).unwrap();
        assert_eq!(format!("{signing:?}"), "SigningKey(Ed25519, ..)");
        assert_eq!(format!("{es256:?}"), "SigningKey(ES256, ..)");
    }

    #[test]
    fn random_keys_differ_and_seeded_ones_repeat() {
        let drawn = |random: &dyn Random| *Key::random(random).expose();
        assert_ne!(drawn(&SystemRandom), drawn(&SystemRandom));
        let seeded = SeededRandom::new(5);
        assert_ne!(drawn(&seeded), drawn(&seeded));
        assert_eq!(drawn(&SeededRandom::new(5)), drawn(&SeededRandom::new(5)));
        assert_ne!(drawn(&SeededRandom::new(5)), drawn(&SeededRandom::new(6)));
    }
}
