//! A key in a file, and what it was made for.

use super::failed;
use companion_crypto::{seal::Sealer, secret::Key, sign::SigningKey};
use companion_engine::ports::{KeyPurpose, KeyStoreError};
use std::{fs, io, path::Path};
use zeroize::Zeroizing;

/// The first byte of a key's file.
const PURPOSES: [(u8, KeyPurpose); 4] = [
    (b'w', KeyPurpose::Wrap),
    (b'l', KeyPurpose::WrapWhileUnlocked),
    (b'u', KeyPurpose::WrapWithUser),
    (b's', KeyPurpose::Sign),
];

/// A key, as its file holds it after the purpose.
pub struct Held {
    pub purpose: KeyPurpose,
    /// The fingers there were when it was made: in the file of a key that wants the user.
    pub fingers: u8,
    pub key: Zeroizing<Vec<u8>>,
}

impl Held {
    /// `Gone` if the file holds no key, as of hardware whose storage is damaged.
    pub fn read(path: &Path) -> Result<Option<Self>, KeyStoreError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&error.kind().to_string())),
        };
        let held = Self::parse(&bytes).ok_or(KeyStoreError::Gone)?;
        Ok(Some(held))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first()?;
        let (_, purpose) = *PURPOSES.iter().find(|(byte, _)| byte == first)?;
        let (fingers, key) = match purpose {
            KeyPurpose::WrapWithUser => rest.split_first()?,
            _ => (&0, rest),
        };
        Some(Self {
            purpose,
            fingers: *fingers,
            key: Zeroizing::new(key.to_vec()),
        })
    }

    pub fn write(&self, path: &Path) -> Result<(), KeyStoreError> {
        let mut bytes = Zeroizing::new(Vec::new());
        let first = PURPOSES
            .iter()
            .find(|(_, purpose)| *purpose == self.purpose);
        bytes.extend(first.map(|(byte, _)| byte));
        if self.purpose == KeyPurpose::WrapWithUser {
            bytes.push(self.fingers);
        }
        bytes.extend_from_slice(&self.key);
        fs::write(path, &bytes).map_err(|error| failed(&error.kind().to_string()))
    }

    pub fn sealer(&self) -> Result<Sealer, KeyStoreError> {
        if self.purpose == KeyPurpose::Sign {
            return Err(failed("purpose"));
        }
        let key: Result<[u8; 32], _> = self.key.as_slice().try_into();
        let key = key.map_err(|_| KeyStoreError::Gone)?;
        Ok(Sealer::new(0, &Key::new(key)))
    }

    pub fn signing_key(&self) -> Result<SigningKey, KeyStoreError> {
        if self.purpose != KeyPurpose::Sign {
            return Err(failed("purpose"));
        }
        SigningKey::from_pkcs8(&self.key).map_err(|_| KeyStoreError::Gone)
    }
}
