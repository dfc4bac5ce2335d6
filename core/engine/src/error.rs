//! Two worlds of errors: the many inside, the few that an app can act on (formats.md 10), and the one place that maps
//! them, logs and redacts.

use crate::ports::KeyStoreError;
use companion_crypto::{
    CryptoError,
    random::{Random, SystemRandom},
};
use companion_domain::{reason::Code, time::Timestamp};
use companion_vault::VaultError;

/// What went wrong, named by what the app can do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompanionError {
    /// No such enrolment here: join first.
    #[error("not enrolled")]
    NotEnrolled,
    /// The gateway no longer knows this enrolment: sign in again.
    #[error("sign in again: {reason}")]
    SignInNeeded {
        /// Why.
        reason: Code,
    },
    /// Work is locked: unlock first, or wait for what ends the lock.
    #[error("locked: {reason}")]
    Locked {
        /// Why; the strictest of all reasons.
        reason: Code,
    },
    /// The passcode is wrong, or it is too early for another try.
    #[error("wrong passcode: {tries_left} tries left")]
    WrongPasscode {
        /// How often it may still be tried, before only recovery helps.
        tries_left: u32,
        /// From when on it may be tried, by the phone's clock; `None` is at once.
        retry_at: Option<Timestamp>,
    },
    /// This is not allowed here.
    #[error("not permitted: {reason}")]
    NotPermitted {
        /// Why.
        reason: Code,
    },
    /// Try again later: before the first unlock, suspended, busy.
    #[error("unavailable: {reason}")]
    Unavailable {
        /// Why.
        reason: Code,
    },
    /// No connection to the gateway: what is queued stays queued.
    #[error("offline")]
    Offline,
    /// The caller's input is wrong.
    #[error("invalid input at {place}: {code}")]
    InvalidInput {
        /// Where.
        place: String,
        /// What rule it breaks.
        code: String,
    },
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// The phone's storage is full: free space, then go on; nothing was half-written.
    #[error("storage full")]
    StorageFull,
    /// The keys do not open this vault; nothing was changed.
    #[error("recovery needed: {reason}")]
    RecoveryNeeded {
        /// Why.
        reason: Code,
    },
    /// The vault was written by a newer version.
    #[error("update needed: {reason}")]
    UpdateNeeded {
        /// Why.
        reason: Code,
    },
    /// The client was closed.
    #[error("closed")]
    Closed,
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
    /// A defect; the log holds more under this incident.
    #[error("internal error, incident {incident}")]
    Internal {
        /// Where to look in the log.
        incident: String,
    },
}

impl CompanionError {
    /// A defect or a damaged file at `place`: logged here, once, without content.
    pub(crate) fn internal(place: &str, cause: &dyn std::fmt::Display) -> Self {
        let incident = incident();
        tracing::error!(incident, place, %cause, "internal error");
        Self::Internal { incident }
    }

    pub(crate) fn invalid(place: &str, code: &str) -> Self {
        Self::InvalidInput {
            place: place.into(),
            code: code.into(),
        }
    }

    pub(crate) fn unavailable(reason: Code) -> Self {
        Self::Unavailable { reason }
    }

    pub(crate) fn recovery_needed(reason: Code) -> Self {
        Self::RecoveryNeeded { reason }
    }
}

fn incident() -> String {
    let mut bytes = [0u8; 16];
    SystemRandom.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

impl From<VaultError> for CompanionError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::WrongKey => Self::recovery_needed(Code::VaultWrongKey),
            VaultError::Newer { .. } => Self::UpdateNeeded {
                reason: Code::VaultNewer,
            },
            VaultError::Full => Self::StorageFull,
            VaultError::Closed => Self::Closed,
            VaultError::Locked => Self::Locked {
                reason: Code::LockNow,
            },
            other => Self::internal("vault", &other),
        }
    }
}

impl From<CryptoError> for CompanionError {
    fn from(error: CryptoError) -> Self {
        Self::internal("crypto", &error)
    }
}

impl From<KeyStoreError> for CompanionError {
    fn from(error: KeyStoreError) -> Self {
        match error {
            KeyStoreError::NotNow => Self::unavailable(Code::KeystoreNotNow),
            KeyStoreError::Gone => Self::recovery_needed(Code::KeystoreGone),
            KeyStoreError::NeedsUser => Self::unavailable(Code::KeystoreNeedsUser),
            KeyStoreError::Cancelled => Self::Cancelled,
            KeyStoreError::Failed { .. } => Self::internal("keystore", &error),
        }
    }
}

impl From<serde_json::Error> for CompanionError {
    fn from(error: serde_json::Error) -> Self {
        // The text of a JSON error may quote what it read; its place does not.
        Self::internal(
            "json",
            &format_args!(
                "{:?} at {}:{}",
                error.classify(),
                error.line(),
                error.column()
            ),
        )
    }
}
