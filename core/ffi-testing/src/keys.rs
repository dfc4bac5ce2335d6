//! Keys for phones that have no hardware: what a test's own `KeyStore` is made of.

use companion_engine::ports::{KeyPurpose, KeyStore, KeyStoreError as EngineError};
use companion_ffi::ports::KeyStoreError;
use companion_testkit::ports::FileKeyStore;
use std::sync::Arc;

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
        let keys = FileKeyStore::new(folder).map_err(|error| KeyStoreError::Failed {
            code: error.kind().to_string(),
        })?;
        Ok(Arc::new(Self(keys)))
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
