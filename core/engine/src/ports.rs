//! What the phone lends to the core (design.md 6). Native ports live in Swift and Kotlin; `testkit` has ones that fail
//! on purpose.

use async_trait::async_trait;
pub use companion_adapters::http::{Answer, Attempt, Method, Request};
use std::{sync::Arc, time::Duration};
use zeroize::Zeroizing;

/// All ports of one client.
#[derive(Clone)]
pub struct Ports {
    /// HTTP.
    pub transport: Arc<dyn Transport>,
    /// Keys in the phone's hardware.
    pub keys: Arc<dyn KeyStore>,
    /// Facts about the phone.
    pub device: Arc<dyn DeviceFacts>,
}

/// One HTTP exchange.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Sends `request` and waits at most `timeout` for the whole answer. Follows no redirects and retries nothing.
    async fn exchange(&self, request: Request, timeout: Duration) -> Attempt;
}

/// Keys that never leave the phone's hardware, by name.
#[async_trait]
pub trait KeyStore: Send + Sync + 'static {
    /// Makes the key `name` for one purpose, replacing none: an existing one is kept, and one for another purpose is
    /// `Failed`. For a signing key the answer is its public half as a JWK in JSON.
    async fn make(&self, name: &str, purpose: KeyPurpose) -> Result<Option<String>, KeyStoreError>;

    /// Encrypts a secret of up to 64 bytes under the key `name`.
    async fn wrap(&self, name: &str, secret: &[u8]) -> Result<Vec<u8>, KeyStoreError>;

    /// Decrypts what [`KeyStore::wrap`] made. For [`KeyPurpose::WrapWithUser`] the system asks the user meanwhile, which may
    /// take half a minute; dropping the call takes the question away.
    async fn unwrap(&self, name: &str, wrapped: &[u8])
    -> Result<Zeroizing<Vec<u8>>, KeyStoreError>;

    /// Signs `input` with the key `name`: ES256 as r‖s, or Ed25519.
    async fn sign(&self, name: &str, input: &[u8]) -> Result<Vec<u8>, KeyStoreError>;

    /// Deletes the key `name`; a missing one is fine.
    async fn delete(&self, name: &str) -> Result<(), KeyStoreError>;

    /// How well these keys are kept.
    fn level(&self) -> KeyLevel;
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyLevel {
    /// In the memory of the system.
    Software,
    /// In a trusted execution environment.
    TrustedEnvironment,
    /// In a chip of its own.
    SecureElement,
}

/// Why a key could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyStoreError {
    /// The key is there and cannot be used now: the phone is locked, or was not unlocked since it started.
    #[error("the key cannot be used now")]
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

/// Facts about the phone.
pub trait DeviceFacts: Send + Sync + 'static {
    /// An id that changes with each start of the phone.
    fn boot_id(&self) -> String;

    /// Whether protected files and keys can be used (false before the first unlock).
    fn protected_data_available(&self) -> bool;

    /// The versions of system, app and SDK host, for diagnostics.
    fn versions(&self) -> String;
}
