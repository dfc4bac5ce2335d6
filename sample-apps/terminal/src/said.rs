//! What a person reads where something cannot be done.

use crate::texts::Text;
use companion_domain::reason::{Code, Language};
use companion_engine::CompanionError;

/// The core's text for its reason, else ours for its kind.
pub fn said(error: &CompanionError, language: Language) -> String {
    let text = match error {
        CompanionError::SignInNeeded { reason }
        | CompanionError::NotPermitted { reason }
        | CompanionError::Locked { reason }
        | CompanionError::Unavailable { reason }
        | CompanionError::RecoveryNeeded { reason }
        | CompanionError::UpdateNeeded { reason } => return reason.reason(language).text,
        CompanionError::WrongPasscode { .. } => {
            return Code::PasscodeWrong.reason(language).text;
        }
        CompanionError::Internal { incident } => {
            return Text::NotLoaded.with(language, "id", incident);
        }
        CompanionError::Offline => return Text::Offline.with(language, "n", 0),
        CompanionError::NotEnrolled => Text::NotJoined,
        CompanionError::InvalidInput { .. } | CompanionError::Cancelled => Text::NotNow,
        CompanionError::NotFound => Text::Gone,
        CompanionError::StorageFull => Text::StorageFull,
        CompanionError::Closed => Text::Closed,
    };
    text.of(language).to_owned()
}
