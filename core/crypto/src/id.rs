//! Deterministic keys of records, so that two writers of one thing collide instead of doubling (formats.md 1).

use crate::{
    bytes::{base32lower, lp},
    hash::hmac_sha256,
    secret::Key,
};

/// The tenant's `key_salt`. Who has it can confirm a guessed phone number.
#[derive(Clone, Debug)]
pub struct KeySalt(Key);

impl KeySalt {
    /// Wraps the 32 bytes of the grant.
    pub fn new(salt: [u8; 32]) -> Self {
        Self(Key::new(salt))
    }

    /// `prefix` and 32 characters of `[a-z2-7]`, from the parts as they stand in JSON.
    pub fn key(&self, prefix: &str, parts: &[impl AsRef<str>]) -> String {
        let mut data = Vec::new();
        lp(&mut data, prefix.as_bytes());
        for part in parts {
            lp(&mut data, part.as_ref().as_bytes());
        }
        let hash = hmac_sha256(self.0.expose(), &data);
        let name: String = base32lower(&hash).chars().take(32).collect();
        format!("{prefix}{name}")
    }
}
