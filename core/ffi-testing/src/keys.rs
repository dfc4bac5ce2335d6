//! Keys for phones that have no hardware: what a test's own `KeyStore` is made of.

use companion_engine::ports::{KeyPurpose, KeyStore, KeyStoreError as EngineError};
use companion_ffi::ports::KeyStoreError;
use companion_testkit::ports::{FileKeyStore, Person, Which};
use std::{io, sync::Arc};

/// Keys in a folder, by name: as the port `KeyStore`, for Swift and Kotlin to hand on.
#[derive(uniffi::Object)]
pub struct TestKeys(FileKeyStore);

#[uniffi::export(async_runtime = "tokio")]
impl TestKeys {
    /// Keys in `folder`, which is made if it is missing.
    ///
    /// # Errors
    /// Those of the file system.
    #[uniffi::constructor]
    pub fn new(folder: String) -> Result<Arc<Self>, KeyStoreError> {
        let keys = FileKeyStore::new(folder).map_err(kind)?;
        Ok(Arc::new(Self(keys)))
    }

    /// Locks the phone or unlocks it: keys for `WrapWhileUnlocked` are out of reach while it is locked.
    pub fn set_locked(&self, locked: bool) {
        self.0.set_locked(locked);
    }

    /// What the person does from now on whom a key for `WrapWithUser` asks, and where a question is open.
    pub fn set_person(&self, person: Person) {
        self.0.set_person(person);
    }

    /// Enrols another finger: the keys for `WrapWithUser` that there are unwrap nothing any more.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn add_finger(&self) -> Result<(), KeyStoreError> {
        self.0.add_finger().map_err(kind)
    }

    /// Answers each call about the key `name` with `error` until told otherwise.
    pub fn fail_name(&self, name: String, error: Option<KeyStoreError>) {
        self.0.fail(Which::Name(name), error.map(Into::into));
    }

    /// Answers each call that makes or uses a key for `purpose` with `error` until told otherwise.
    pub fn fail_purpose(&self, purpose: KeyPurpose, error: Option<KeyStoreError>) {
        self.0.fail(Which::Purpose(purpose), error.map(Into::into));
    }

    /// As the port.
    ///
    /// # Errors
    /// As the port.
    pub async fn make(
        &self,
        name: String,
        purpose: KeyPurpose,
    ) -> Result<Option<String>, KeyStoreError> {
        self.0.make(&name, purpose).await.map_err(told)
    }

    /// As the port.
    ///
    /// # Errors
    /// As the port.
    pub async fn wrap(&self, name: String, secret: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
        self.0.wrap(&name, &secret).await.map_err(told)
    }

    /// As the port.
    ///
    /// # Errors
    /// As the port.
    pub async fn unwrap(&self, name: String, wrapped: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
        let secret = self.0.unwrap(&name, &wrapped).await.map_err(told)?;
        Ok(secret.to_vec())
    }

    /// As the port.
    ///
    /// # Errors
    /// As the port.
    pub async fn sign(&self, name: String, input: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
        self.0.sign(&name, &input).await.map_err(told)
    }

    /// As the port.
    ///
    /// # Errors
    /// As the port.
    pub async fn delete(&self, name: String) -> Result<(), KeyStoreError> {
        self.0.delete(&name).await.map_err(told)
    }
}

fn kind(error: io::Error) -> KeyStoreError {
    KeyStoreError::Failed {
        code: error.kind().to_string(),
    }
}

fn told(error: EngineError) -> KeyStoreError {
    match error {
        EngineError::NotNow => KeyStoreError::NotNow,
        EngineError::Gone => KeyStoreError::Gone,
        EngineError::NeedsUser => KeyStoreError::NeedsUser,
        EngineError::Cancelled => KeyStoreError::Cancelled,
        EngineError::Failed { code } => KeyStoreError::Failed { code },
    }
}

uniffi::use_remote_type!(companion_ffi::KeyPurpose);

/// What the person does whom a key for `WrapWithUser` asks.
#[uniffi::remote(Enum)]
pub enum Person {
    /// Confirms at once.
    Confirms,
    /// Says no.
    Refuses,
    /// Cannot be asked: has no finger enrolled, had too many tries, sees nothing of the app.
    Absent,
    /// Leaves the question open, until they do something else.
    Hesitates,
}
