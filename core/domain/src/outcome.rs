//! What one HTTP attempt at a target or a channel came to (`facts/crm.md` 0).

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The idempotency class of a target: what it offers against doubling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idempotency {
    /// A: upsert by our key.
    Upsert,
    /// B: a second create answers "exists".
    UniqueCreate,
    /// C: a request key that is remembered for a while.
    RequestKey,
    /// D: nothing; look first, then ask.
    LookFirst,
}

/// The outcome of one attempt for one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The other side holds it; `remote_id` is its own name for it, if it told one.
    Done {
        /// The id that the other side gave.
        remote_id: Option<String>,
    },
    /// The other side held our key before.
    AlreadyThere {
        /// The id that the other side gave.
        remote_id: Option<String>,
    },
    /// The whole target must wait; no attempt is counted.
    Throttled {
        /// From when on it may be tried again; absent: the usual back-off.
        until: Option<Timestamp>,
    },
    /// Surely not applied: try again after a back-off.
    NotApplied {
        /// A short reason code, never content.
        code: String,
    },
    /// It may or may not have been applied.
    Ambiguous {
        /// A short reason code, never content.
        code: String,
    },
    /// The target refuses who we are; it stops until somebody signs in.
    Auth {
        /// A short reason code, never content.
        code: String,
    },
    /// It will never be taken in this form.
    Permanent {
        /// A short reason code, never content.
        code: String,
    },
}
