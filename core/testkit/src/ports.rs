//! Ports where there is no phone: a key store in files, HTTP by a library, made-up device facts. Each can be told to fail.

use crate::network;
use async_trait::async_trait;
use companion_crypto::{
    random::{Random, SystemRandom},
    seal::{Place, Sealer},
    secret::Key,
    sign::{Algorithm, SigningKey},
};
use companion_engine::ports::{
    Attempt, DeviceFacts, KeyLevel, KeyPurpose, KeyStore, KeyStoreError, Request, Transport,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use zeroize::Zeroizing;

/// A key store whose "hardware" is a folder. Level: software.
pub struct FileKeyStore {
    folder: PathBuf,
    failing: Mutex<Option<KeyStoreError>>,
}

impl FileKeyStore {
    /// Keys in `folder`, which is made if it is missing.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn new(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            failing: Mutex::new(None),
        })
    }

    /// Answers every call with `error` until told otherwise.
    pub fn fail_with(&self, error: Option<KeyStoreError>) {
        *self.failing.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    fn check(&self) -> Result<(), KeyStoreError> {
        match &*self.failing.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    fn read(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
        self.check()?;
        match fs::read(self.folder.join(name)) {
            Ok(bytes) => Ok(Zeroizing::new(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(KeyStoreError::Gone),
            Err(error) => Err(failed(&error.kind().to_string())),
        }
    }

    fn sealer(&self, name: &str) -> Result<Sealer, KeyStoreError> {
        let bytes = self.read(name)?;
        let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| failed("length"))?;
        Ok(Sealer::new(0, &Key::new(key)))
    }
}

#[async_trait]
impl KeyStore for FileKeyStore {
    async fn make(&self, name: &str, purpose: KeyPurpose) -> Result<Option<String>, KeyStoreError> {
        let existing = match self.read(name) {
            Ok(bytes) => Some(bytes),
            Err(KeyStoreError::Gone) => None,
            Err(error) => return Err(error),
        };
        match purpose {
            KeyPurpose::Wrap if existing.is_some() => Ok(None),
            KeyPurpose::Wrap => {
                write(&self.folder.join(name), Key::random(&SystemRandom).expose())?;
                Ok(None)
            }
            KeyPurpose::Sign => {
                let key = match existing {
                    Some(der) => SigningKey::from_pkcs8(&der),
                    None => SigningKey::generate(&SystemRandom, Algorithm::Es256),
                }
                .map_err(|error| failed(&error.to_string()))?;
                write(&self.folder.join(name), &key.to_pkcs8())?;
                let jwk = serde_json::to_string(key.public());
                jwk.map(Some).map_err(|_| failed("jwk"))
            }
        }
    }

    async fn wrap(&self, name: &str, secret: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
        let sealed = self
            .sealer(name)?
            .seal(&SystemRandom, &Place::row(name, 0), secret);
        sealed.map_err(|_| failed("wrap"))
    }

    async fn unwrap(
        &self,
        name: &str,
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
        let plain = self.sealer(name)?.open(&Place::row(name, 0), wrapped);
        // Hardware that does not know the key under which something was wrapped says that the key is gone.
        plain.map(Zeroizing::new).map_err(|_| KeyStoreError::Gone)
    }

    async fn sign(&self, name: &str, input: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
        let key = SigningKey::from_pkcs8(&self.read(name)?).map_err(|_| failed("key"))?;
        key.sign(input).map_err(|_| failed("sign"))
    }

    async fn delete(&self, name: &str) -> Result<(), KeyStoreError> {
        self.check()?;
        match fs::remove_file(self.folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("delete")),
            _ => Ok(()),
        }
    }

    fn level(&self) -> KeyLevel {
        KeyLevel::Software
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), KeyStoreError> {
    fs::write(path, bytes).map_err(|error| failed(&error.kind().to_string()))
}

fn failed(code: &str) -> KeyStoreError {
    KeyStoreError::Failed {
        code: code.to_owned(),
    }
}

/// HTTP over loopback, with a switch like a phone's flight mode.
pub struct HttpTransport {
    client: reqwest::Client,
    offline: AtomicBool,
}

impl HttpTransport {
    /// A transport that is online.
    ///
    /// # Errors
    /// If no HTTP client can be made.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            client: network::client()?,
            offline: AtomicBool::new(false),
        })
    }

    /// Flight mode on or off.
    pub fn set_offline(&self, offline: bool) {
        self.offline.store(offline, Ordering::Release);
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn exchange(&self, request: Request, timeout: Duration) -> Attempt {
        if self.offline.load(Ordering::Acquire) {
            return Attempt::NotSent;
        }
        let sending = network::send(&self.client, request);
        tokio::time::timeout(timeout, sending)
            .await
            .unwrap_or(Attempt::Lost)
    }
}

/// A phone that was unlocked once.
pub struct TestDevice;

impl DeviceFacts for TestDevice {
    fn boot_id(&self) -> String {
        let mut id = [0u8; 8];
        SystemRandom.fill(&mut id);
        format!("{:016x}", u64::from_be_bytes(id))
    }

    fn protected_data_available(&self) -> bool {
        true
    }

    fn versions(&self) -> String {
        concat!("testkit ", env!("CARGO_PKG_VERSION")).to_owned()
    }
}
