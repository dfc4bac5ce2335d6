//! What can go wrong, and what a person is told about it.

use crate::guard;
use companion_domain::reason::Code;
pub use companion_domain::reason::{Language, Reason};
use companion_domain::time::Timestamp;
pub use companion_engine::CompanionError;

/// The word of a reason, such as `client.busy`. An open set: ask for its text, do not branch on it.
pub type ReasonCode = Code;

uniffi::custom_type!(ReasonCode, String, {
    remote,
    lower: |code| code.as_str().to_owned(),
    try_lift: |word| Code::parse(&word).ok_or_else(|| CompanionError::InvalidInput {
        place: "reason_code".into(),
        code: "unknown".into(),
    }.into()),
});

/// The reason behind `code` as a person reads it: the text for an error's `reason` or an entry's.
///
/// # Errors
/// `InvalidInput` for a code that the core does not know.
#[uniffi::export]
pub fn reason_text(code: ReasonCode, language: Language) -> Result<Reason, CompanionError> {
    guard::run(|| Ok(code.reason(language)))
}

/// What went wrong, named by what the app can do next.
#[uniffi::remote(Error)]
pub enum CompanionError {
    /// No such enrolment here: join first.
    NotEnrolled,
    /// The gateway no longer knows this enrolment: sign in again.
    SignInNeeded {
        /// Why.
        reason: ReasonCode,
    },
    /// Work is locked: unlock first, or wait for what ends the lock.
    Locked {
        /// Why; the strictest of all reasons.
        reason: ReasonCode,
    },
    /// The passcode is wrong, or it is too early for another try.
    WrongPasscode {
        /// How often it may still be tried, before only recovery helps.
        tries_left: u32,
        /// From when on it may be tried, by the phone's clock; null is at once.
        retry_at: Option<Timestamp>,
    },
    /// This is not allowed here.
    NotPermitted {
        /// Why.
        reason: ReasonCode,
    },
    /// Try again later: before the first unlock, suspended, busy.
    Unavailable {
        /// Why.
        reason: ReasonCode,
    },
    /// No connection to the gateway: what is queued stays queued.
    Offline,
    /// The caller's input is wrong.
    InvalidInput {
        /// Where.
        place: String,
        /// What rule it breaks.
        code: String,
    },
    /// There is no such thing.
    NotFound,
    /// The phone's storage is full: free space, then go on; nothing was half-written.
    StorageFull,
    /// The keys do not open this vault; nothing was changed.
    RecoveryNeeded {
        /// Why.
        reason: ReasonCode,
    },
    /// The vault was written by a newer version.
    UpdateNeeded {
        /// Why.
        reason: ReasonCode,
    },
    /// The client was closed.
    Closed,
    /// The caller cancelled.
    Cancelled,
    /// A defect; the log holds more under this incident.
    Internal {
        /// Where to look in the log.
        incident: String,
    },
}

/// A language that the texts for the employee come in.
#[uniffi::remote(Enum)]
pub enum Language {
    /// Japanese.
    Ja,
    /// English.
    En,
}

/// Why something is as it is, ready to be shown.
#[uniffi::remote(Record)]
pub struct Reason {
    /// Which rule.
    pub code: ReasonCode,
    /// Whose rule: `default employee company policy channel target phone`.
    pub source: String,
    /// Since when it holds.
    pub since: Option<Timestamp>,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
    /// What else ends it, as words that name an act or an event.
    pub ends_by: Vec<String>,
    /// The text for the employee.
    pub text: String,
}
