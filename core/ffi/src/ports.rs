//! What a phone lends to the core: traits that Swift and Kotlin implement, and the way from there to the engine's ports.
//!
//! A port that throws what it may not is answered for with the most careful of its errors.

use crate::{
    guard::random_id,
    http::{HttpAnswer, HttpRequest},
};
use async_trait::async_trait;
use companion_engine::ports as engine;
pub use companion_engine::ports::{KeyLevel, KeyPurpose};
use std::{sync::Arc, time::Duration};
use uniffi::UnexpectedUniFFICallbackError;
use zeroize::Zeroizing;

/// All ports of one client.
#[derive(uniffi::Record)]
pub struct Ports {
    /// HTTP.
    pub transport: Arc<dyn Transport>,
    /// Keys in the phone's hardware.
    pub keys: Arc<dyn KeyStore>,
    /// Facts about the phone.
    pub device: Arc<dyn DeviceFacts>,
}

/// One HTTP exchange.
#[uniffi::export(foreign)]
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends `request` and waits at most `timeout` for the whole answer. Follows no redirects, retries nothing and keeps no
    /// cookies and no cache.
    ///
    /// # Errors
    /// `NotSent` only if the request surely did not leave; `Lost` otherwise.
    async fn exchange(
        &self,
        request: HttpRequest,
        timeout: Duration,
    ) -> Result<HttpAnswer, TransportError>;
}

/// Keys that never leave the phone's hardware, by name.
#[uniffi::export(foreign)]
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Makes the key `name` for one purpose, replacing none: an existing one is kept, and one for another purpose is
    /// `Failed`. For a signing key the answer is its public half as a JWK in JSON.
    ///
    /// # Errors
    /// Why the key cannot be made.
    async fn make(
        &self,
        name: String,
        purpose: KeyPurpose,
    ) -> Result<Option<String>, KeyStoreError>;

    /// Encrypts a secret of up to 64 bytes under the key `name`. Keep no copy of it.
    ///
    /// # Errors
    /// Why the key cannot be used.
    async fn wrap(&self, name: String, secret: Vec<u8>) -> Result<Vec<u8>, KeyStoreError>;

    /// Decrypts what `wrap` made. Keep no copy of it. Ask the user for a key of `WrapWithUser`, as long as it takes; where the
    /// call is cancelled, take the question away.
    ///
    /// # Errors
    /// Why the key cannot be used; `Gone` also if it is another one.
    async fn unwrap(&self, name: String, wrapped: Vec<u8>) -> Result<Vec<u8>, KeyStoreError>;

    /// Signs `input` with the key `name`: ES256 as r‖s, or Ed25519.
    ///
    /// # Errors
    /// Why the key cannot be used.
    async fn sign(&self, name: String, input: Vec<u8>) -> Result<Vec<u8>, KeyStoreError>;

    /// Deletes the key `name`; a missing one is fine.
    ///
    /// # Errors
    /// Why the key cannot be deleted.
    async fn delete(&self, name: String) -> Result<(), KeyStoreError>;

    /// How well these keys are kept.
    ///
    /// # Errors
    /// If that cannot be told: the least is assumed.
    fn level(&self) -> Result<KeyLevel, KeyStoreError>;
}

/// Facts about the phone.
#[uniffi::export(foreign)]
pub trait DeviceFacts: Send + Sync {
    /// An id that changes with each start of the phone.
    ///
    /// # Errors
    /// If that cannot be told: each opening of the client counts as another start.
    fn boot_id(&self) -> Result<String, DeviceFactsError>;

    /// Whether protected files and keys can be used: false before the first unlock.
    ///
    /// # Errors
    /// If that cannot be told: they count as out of reach.
    fn protected_data_available(&self) -> Result<bool, DeviceFactsError>;

    /// The versions of system, app and host, for diagnostics.
    ///
    /// # Errors
    /// If they cannot be told: they stay empty.
    fn versions(&self) -> Result<String, DeviceFactsError>;
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum TransportError {
    /// The request did not leave (name not found, connection refused, TLS failed): surely not applied.
    #[error("not sent")]
    NotSent,
    /// The request may have left and no whole answer arrived (timeout, reset, cut body).
    #[error("lost")]
    Lost,
}

impl From<UnexpectedUniFFICallbackError> for TransportError {
    fn from(_: UnexpectedUniFFICallbackError) -> Self {
        unexpected("transport");
        Self::Lost
    }
}

/// Why a key could not be used.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum KeyStoreError {
    /// The key is there and cannot be used now: the phone is locked, or was not unlocked since it started.
    #[error("not now")]
    NotNow,
    /// The key is gone for good: deleted, made useless by the system, or replaced. Never said of a failure that may pass.
    #[error("the key is gone")]
    Gone,
    /// The user did not confirm and cannot be asked now: no finger or face is enrolled, too many did not match, nothing is
    /// on the screen.
    #[error("the key needs the user")]
    NeedsUser,
    /// The user said no, or the question was taken away.
    #[error("the user cancelled")]
    Cancelled,
    /// Anything else, by the platform's own code.
    #[error("the key store failed with {code}")]
    Failed {
        /// The platform's code.
        code: String,
    },
}

impl From<UnexpectedUniFFICallbackError> for KeyStoreError {
    fn from(_: UnexpectedUniFFICallbackError) -> Self {
        unexpected("keystore");
        Self::Failed {
            code: "unexpected".into(),
        }
    }
}

impl From<KeyStoreError> for engine::KeyStoreError {
    fn from(error: KeyStoreError) -> Self {
        match error {
            KeyStoreError::NotNow => Self::NotNow,
            KeyStoreError::Gone => Self::Gone,
            KeyStoreError::NeedsUser => Self::NeedsUser,
            KeyStoreError::Cancelled => Self::Cancelled,
            KeyStoreError::Failed { code } => Self::Failed { code },
        }
    }
}

/// Why a fact cannot be told.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum DeviceFactsError {
    /// The system does not tell.
    #[error("unknown")]
    Unknown,
}

impl From<UnexpectedUniFFICallbackError> for DeviceFactsError {
    fn from(_: UnexpectedUniFFICallbackError) -> Self {
        unexpected("device");
        Self::Unknown
    }
}

/// What a port threw may quote a value, so only the port is named.
fn unexpected(port: &str) {
    tracing::error!(place = port, "a port threw what it may not");
}

impl From<Ports> for engine::Ports {
    fn from(ports: Ports) -> Self {
        Self {
            transport: Arc::new(Lent(ports.transport)),
            keys: Arc::new(Lent(ports.keys)),
            device: Arc::new(Lent(ports.device)),
        }
    }
}

/// A port of the phone, as the engine sees it.
struct Lent<T: ?Sized>(Arc<T>);

#[async_trait]
impl engine::Transport for Lent<dyn Transport> {
    async fn exchange(&self, request: engine::Request, timeout: Duration) -> engine::Attempt {
        match self.0.exchange(request.into(), timeout).await {
            Ok(answer) => engine::Attempt::Answered(answer.into()),
            Err(TransportError::NotSent) => engine::Attempt::NotSent,
            Err(TransportError::Lost) => engine::Attempt::Lost,
        }
    }
}

#[async_trait]
impl engine::KeyStore for Lent<dyn KeyStore> {
    async fn make(
        &self,
        name: &str,
        purpose: KeyPurpose,
    ) -> Result<Option<String>, engine::KeyStoreError> {
        Ok(self.0.make(name.into(), purpose).await?)
    }

    async fn wrap(&self, name: &str, secret: &[u8]) -> Result<Vec<u8>, engine::KeyStoreError> {
        Ok(self.0.wrap(name.into(), secret.into()).await?)
    }

    async fn unwrap(
        &self,
        name: &str,
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, engine::KeyStoreError> {
        let plain = self.0.unwrap(name.into(), wrapped.into()).await?;
        Ok(Zeroizing::new(plain))
    }

    async fn sign(&self, name: &str, input: &[u8]) -> Result<Vec<u8>, engine::KeyStoreError> {
        Ok(self.0.sign(name.into(), input.into()).await?)
    }

    async fn delete(&self, name: &str) -> Result<(), engine::KeyStoreError> {
        Ok(self.0.delete(name.into()).await?)
    }

    fn level(&self) -> KeyLevel {
        self.0.level().unwrap_or(KeyLevel::Software)
    }
}

impl engine::DeviceFacts for Lent<dyn DeviceFacts> {
    fn boot_id(&self) -> String {
        self.0.boot_id().unwrap_or_else(|_| random_id())
    }

    fn protected_data_available(&self) -> bool {
        self.0.protected_data_available().unwrap_or(false)
    }

    fn versions(&self) -> String {
        self.0.versions().unwrap_or_default()
    }
}

/// What a key is for.
#[uniffi::remote(Enum)]
pub enum KeyPurpose {
    /// Wrapping secrets, after the first unlock of the phone, without a prompt.
    Wrap,
    /// Wrapping secrets, while the phone is unlocked, without a prompt.
    WrapWhileUnlocked,
    /// Wrapping secrets without a prompt, and unwrapping them by a finger or face that was enrolled when the key was made:
    /// another one makes the key useless.
    WrapWithUser,
    /// Signing as this device.
    Sign,
}

/// How well keys are kept.
#[uniffi::remote(Enum)]
pub enum KeyLevel {
    /// In the memory of the system.
    Software,
    /// In a trusted execution environment.
    TrustedEnvironment,
    /// In a chip of its own.
    SecureElement,
}
