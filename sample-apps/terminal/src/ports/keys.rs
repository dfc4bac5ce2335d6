//! Keys in files, where no hardware keeps them: whoever can read the folder has the keys, so nobody else may.

use async_trait::async_trait;
use companion_crypto::{
    random::SystemRandom,
    seal::{Place, Sealer},
    secret::Key,
    sign::{Algorithm, SigningKey},
};
use companion_engine::ports::{KeyLevel, KeyPurpose, KeyStore, KeyStoreError};
use std::{
    fs::{self, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::PathBuf,
};
use zeroize::Zeroizing;

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// The first byte of a key's file. A terminal is never locked, and knows no finger and no face.
const PURPOSES: [(u8, KeyPurpose); 3] = [
    (b'w', KeyPurpose::Wrap),
    (b'l', KeyPurpose::WrapWhileUnlocked),
    (b's', KeyPurpose::Sign),
];

/// A folder with one file for each key, which begins with what the key is for. Its level is software.
pub struct FileKeys {
    folder: PathBuf,
}

impl FileKeys {
    /// The keys in `folder`, which is made if it is missing. What others could read of it is closed to them.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        fs::set_permissions(&folder, Permissions::from_mode(FOLDER_MODE))?;
        for entry in fs::read_dir(&folder)? {
            fs::set_permissions(entry?.path(), Permissions::from_mode(FILE_MODE))?;
        }
        Ok(Self { folder })
    }

    /// A key for one of `purposes`, if there is one; `Failed` if it is for another.
    fn read(
        &self,
        name: &str,
        purposes: &[KeyPurpose],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
        let bytes = match fs::read(self.folder.join(name)) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error.kind())),
        };
        let (first, key) = bytes.split_first().ok_or(KeyStoreError::Gone)?;
        let made_for = PURPOSES.iter().find(|(byte, _)| byte == first);
        let (_, made_for) = made_for.ok_or(KeyStoreError::Gone)?;
        if purposes.contains(made_for) {
            Ok(Some(Zeroizing::new(key.to_vec())))
        } else {
            Err(failed("purpose"))
        }
    }

    /// Written beside, then named: a kill leaves the whole key or none.
    fn write(&self, name: &str, purpose: KeyPurpose, key: &[u8]) -> Result<(), KeyStoreError> {
        let first = PURPOSES.iter().find(|(_, known)| *known == purpose);
        let (first, _) = first.ok_or(KeyStoreError::NeedsUser)?;
        let path = self.folder.join(name);
        let half = path.with_extension("half");
        let writing = || {
            let mut file = OpenOptions::new()
                .create(true)
                .write(true)
                .truncate(true)
                .mode(FILE_MODE)
                .open(&half)?;
            file.write_all(&[*first])?;
            file.write_all(key)?;
            file.sync_all()?;
            fs::rename(&half, &path)
        };
        writing().map_err(|error: io::Error| failed(error.kind()))
    }

    fn sealer(&self, name: &str) -> Result<Sealer, KeyStoreError> {
        let wrapping = [KeyPurpose::Wrap, KeyPurpose::WrapWhileUnlocked];
        let key = self.read(name, &wrapping)?.ok_or(KeyStoreError::Gone)?;
        let key: [u8; 32] = key.as_slice().try_into().map_err(|_| failed("length"))?;
        Ok(Sealer::new(0, &Key::new(key)))
    }
}

#[async_trait]
impl KeyStore for FileKeys {
    async fn make(&self, name: &str, purpose: KeyPurpose) -> Result<Option<String>, KeyStoreError> {
        let known = self.read(name, &[purpose])?;
        if purpose != KeyPurpose::Sign {
            if known.is_none() {
                self.write(name, purpose, Key::random(&SystemRandom).expose())?;
            }
            return Ok(None);
        }
        let key = match &known {
            Some(key) => SigningKey::from_pkcs8(key),
            None => SigningKey::generate(&SystemRandom, Algorithm::Es256),
        };
        let key = key.map_err(|_| failed("key"))?;
        if known.is_none() {
            self.write(name, purpose, &key.to_pkcs8())?;
        }
        let jwk = serde_json::to_string(key.public());
        jwk.map(Some).map_err(|_| failed("jwk"))
    }

    async fn wrap(&self, name: &str, secret: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
        let sealer = self.sealer(name)?;
        let sealed = sealer.seal(&SystemRandom, &Place::row(name, 0), secret);
        sealed.map_err(|_| failed("wrap"))
    }

    async fn unwrap(
        &self,
        name: &str,
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
        let plain = self.sealer(name)?.open(&Place::row(name, 0), wrapped);
        // What was wrapped under a key that is not here any more cannot be told from damage: the key is gone.
        plain.map(Zeroizing::new).map_err(|_| KeyStoreError::Gone)
    }

    async fn sign(&self, name: &str, input: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
        let key = self.read(name, &[KeyPurpose::Sign])?;
        let key = SigningKey::from_pkcs8(&key.ok_or(KeyStoreError::Gone)?);
        let key = key.map_err(|_| failed("key"))?;
        key.sign(input).map_err(|_| failed("sign"))
    }

    async fn delete(&self, name: &str) -> Result<(), KeyStoreError> {
        match fs::remove_file(self.folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error.kind())),
            _ => Ok(()),
        }
    }

    fn level(&self) -> KeyLevel {
        KeyLevel::Software
    }
}

fn failed(code: impl ToString) -> KeyStoreError {
    KeyStoreError::Failed {
        code: code.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &std::path::Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn keys_lie_where_nobody_else_can_read_them() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("keys");
        fs::create_dir(&place).unwrap();
        fs::write(place.join("old"), [1; 32]).unwrap();
        fs::set_permissions(place.join("old"), Permissions::from_mode(0o644)).unwrap();
        let keys = FileKeys::open(place.clone()).unwrap();
        keys.make("work", KeyPurpose::Wrap).await.unwrap();
        assert_eq!(mode(&place), 0o700);
        for name in ["old", "work"] {
            assert_eq!(mode(&place.join(name)), 0o600, "{name}");
        }
    }

    #[tokio::test]
    async fn a_key_is_kept_and_a_lost_one_is_said_to_be_gone() {
        let folder = tempfile::tempdir().unwrap();
        let keys = FileKeys::open(folder.path().into()).unwrap();
        keys.make("work", KeyPurpose::Wrap).await.unwrap();
        let wrapped = keys.wrap("work", b"secret").await.unwrap();
        keys.make("work", KeyPurpose::Wrap).await.unwrap();
        assert_eq!(*keys.unwrap("work", &wrapped).await.unwrap(), b"secret");
        let public = keys.make("device", KeyPurpose::Sign).await.unwrap();
        assert!(public.is_some());
        assert_eq!(keys.make("device", KeyPurpose::Sign).await.unwrap(), public);
        keys.delete("work").await.unwrap();
        let gone = keys.unwrap("work", &wrapped).await;
        assert_eq!(gone.unwrap_err(), KeyStoreError::Gone);
    }

    #[tokio::test]
    async fn a_key_serves_its_purpose_alone_and_no_key_knows_a_finger() {
        let folder = tempfile::tempdir().unwrap();
        let keys = FileKeys::open(folder.path().into()).unwrap();
        keys.make("code", KeyPurpose::WrapWhileUnlocked)
            .await
            .unwrap();
        let wrapped = keys.wrap("code", b"secret").await.unwrap();
        assert_eq!(*keys.unwrap("code", &wrapped).await.unwrap(), b"secret");
        for other in [KeyPurpose::Wrap, KeyPurpose::Sign] {
            let made = keys.make("code", other).await;
            assert_eq!(made, Err(failed("purpose")));
        }
        assert_eq!(keys.sign("code", b"").await, Err(failed("purpose")));
        let finger = keys.make("finger", KeyPurpose::WrapWithUser).await;
        assert_eq!(finger, Err(KeyStoreError::NeedsUser));
    }
}
