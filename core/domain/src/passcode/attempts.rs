//! How often and how fast a passcode may be tried.

use crate::{
    reason::{Code, Language, Reason},
    time::Timestamp,
    watch::{Moment, Watch},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Wrong tries in a row after which only re-login or recovery helps (NIST SP 800-63B-4 allows no more).
pub const MOST_TRIES: u32 = 10;

/// The persisted counter of wrong tries in a row. The default, which a right code, a new one and recovery bring back,
/// counts none; a biometric unlock leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    failed: Option<Failed>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Failed {
    tries: u32,
    last: Moment,
}

/// Whether a code may be checked now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Persist these attempts durably, together with the watch, then check. If the code is right, persist the default
    /// instead; if it is wrong, or the check is cancelled, the try stays counted: [`Attempts::answer`].
    Check(Attempts),
    /// The code is known to be wrong: answer as before, count nothing, check nothing.
    KnownWrong(WrongPasscode),
    /// Too early, whatever the code is.
    Wait(WrongPasscode),
    /// The tries are used up: [`crate::lock::Why::TriesUsedUp`].
    UsedUp,
}

/// What to answer to a wrong code (formats.md 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongPasscode {
    /// Tries that are left before re-login.
    pub tries_left: u32,
    /// What is left of the delay.
    pub wait: Duration,
    /// When the next try may be made, by the phone's wall clock; `None` is at once.
    pub retry_at: Option<Timestamp>,
}

impl Attempts {
    /// Asks for one check at the watch's last reading. `known_wrong` says that this process has seen this very code
    /// fail before, by a keyed hash that is kept in memory only.
    pub fn admit(&self, watch: &Watch, known_wrong: bool) -> Admission {
        if self.used_up() {
            Admission::UsedUp
        } else if !self.wait(watch).is_zero() {
            Admission::Wait(self.answer(watch))
        } else if known_wrong {
            Admission::KnownWrong(self.answer(watch))
        } else {
            Admission::Check(Self {
                failed: Some(Failed {
                    tries: self.tries() + 1,
                    last: watch.now(),
                }),
            })
        }
    }

    /// These, or `tries` in a row until the watch's last reading if that is more: what the hardware counted holds, whatever an
    /// older file says.
    #[must_use]
    pub fn at_least(&self, tries: u32, watch: &Watch) -> Self {
        if tries <= self.tries() {
            return self.clone();
        }
        let last = watch.now();
        Self {
            failed: Some(Failed { tries, last }),
        }
    }

    /// What to answer to a wrong code at the watch's last reading.
    pub fn answer(&self, watch: &Watch) -> WrongPasscode {
        let wait = self.wait(watch);
        WrongPasscode {
            tries_left: MOST_TRIES.saturating_sub(self.tries()),
            wait,
            retry_at: (!wait.is_zero()).then(|| watch.date(wait)),
        }
    }

    /// Whether only re-login or recovery helps.
    pub fn used_up(&self) -> bool {
        self.tries() >= MOST_TRIES
    }

    /// Why no code is taken at the watch's last reading, if none is.
    pub fn explain(&self, watch: &Watch, language: Language) -> Option<Reason> {
        if self.used_up() {
            return Some(Code::PasscodeUsedUp.reason(language));
        }
        let until = self.answer(watch).retry_at?;
        Some(Reason {
            until: Some(until),
            ..Code::PasscodeDelay.reason(language)
        })
    }

    fn tries(&self) -> u32 {
        self.failed.map_or(0, |failed| failed.tries)
    }

    fn wait(&self, watch: &Watch) -> Duration {
        self.failed.map_or(Duration::ZERO, |failed| {
            delay(failed.tries).saturating_sub(watch.since(failed.last).surely)
        })
    }
}

/// What the `tries`th wrong try in a row costs.
fn delay(tries: u32) -> Duration {
    const MINUTE: u64 = 60;
    Duration::from_secs(match tries {
        0..=3 => 0,
        4 => 30,
        5 => MINUTE,
        6 => 5 * MINUTE,
        7.. => 15 * MINUTE,
    })
}
