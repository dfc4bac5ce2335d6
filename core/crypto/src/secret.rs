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
