//! An error as JSON that can be compared: its kind is the name of the variant, beside it stand its fields.

use companion_domain::time::Timestamp;
use companion_engine::CompanionError;
use serde_json::{Value, json};

/// The error with its fields.
pub(super) fn told(error: &CompanionError) -> Value {
    use CompanionError as E;
    match error {
        E::NotEnrolled => kind("NotEnrolled"),
        E::SignInNeeded { reason } => json!({"kind": "SignInNeeded", "reason": reason}),
        E::Locked { reason } => json!({"kind": "Locked", "reason": reason}),
        E::WrongPasscode {
            tries_left,
            retry_at,
        } => json!({
            "kind": "WrongPasscode",
            "tries_left": tries_left,
            "retry_at_ms": retry_at.map(Timestamp::ms),
        }),
        E::NotPermitted { reason } => json!({"kind": "NotPermitted", "reason": reason}),
        E::Unavailable { reason } => json!({"kind": "Unavailable", "reason": reason}),
        E::Offline => kind("Offline"),
        E::InvalidInput { place, code } => {
            json!({"kind": "InvalidInput", "place": place, "code": code})
        }
        E::NotFound => kind("NotFound"),
        E::StorageFull => kind("StorageFull"),
        E::RecoveryNeeded { reason } => json!({"kind": "RecoveryNeeded", "reason": reason}),
        E::UpdateNeeded { reason } => json!({"kind": "UpdateNeeded", "reason": reason}),
        E::Closed => kind("Closed"),
        E::Cancelled => kind("Cancelled"),
        E::Internal { incident } => json!({"kind": "Internal", "incident": incident}),
    }
}

/// A line that is no command. No scenario can expect this.
pub(super) fn misunderstood(error: &serde_json::Error) -> Value {
    json!({"kind": "Misunderstood", "text": error.to_string()})
}

fn kind(name: &str) -> Value {
    json!({ "kind": name })
}
