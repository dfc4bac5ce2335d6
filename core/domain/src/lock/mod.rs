//! The lock: whether work may be read, why not, and what ends that.
//!
//! [`step`] moves the [`State`], [`Presence`] says when a screen was left alone for too long, [`lost`] what the slots
//! say at a start. Every [`Effect`] may be done twice, and [`Input::Started`] gives those again that a kill cut off.
//!
//! - Work can be read in `Unlocked` and in no other state; `D` is in memory only there.
//! - Causes add up, and each ends on its own: an unlock does not end an order, nor an order's end another lock.
//! - What ends a lock without giving `D` leaves the phone locked until its passcode is entered: [`Cause::Lifted`].
//! - A hard lock ends by recovery alone; it drops the slots that the employee could open.
//! - The locks of the company outlive a lost key, a restart and the setting of a passcode.
//! - Nothing leads out of `Wiping` but `Wiped`, and nothing out of that.
//! - `T` stays in every state but the last two: a locked phone receives, sends and obeys.
//!
//! At a start, a resume, a timer, a touch and before an unlock the caller advances the watch, then engages what
//! [`Presence`] answers and, unless [`crate::lease::Lease::state`] is `Running`, [`Cause::Lease`]. An unlock asks
//! [`State::stands_against`], [`crate::passcode::Attempts::admit`], checks, asks [`crate::passcode::change_due`], and
//! then gives [`Input::Opened`].

mod locks;
mod presence;
mod step;
mod ways;

pub use locks::{Cause, Lock, Locks};
pub use presence::Presence;
pub use step::{Effect, Input, Rules, Step, step};
pub use ways::{Way, Ways, lost};

use crate::{
    policy::Policy,
    reason::{Code, Language, Reason},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// Whether work may be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// The employee joined and has yet to set a passcode.
    NoPasscodeYet {
        /// What the company locked meanwhile.
        locks: Locks,
    },
    /// `D` is in memory.
    Unlocked,
    /// `D` is not in memory.
    Locked {
        /// Why; at least one.
        locks: Locks,
    },
    /// No slot that the employee could open opens: recovery, or joining anew.
    RecoveryNeeded {
        /// What is lost.
        why: Why,
        /// Since when.
        since: Timestamp,
        /// What stays locked once the key is back.
        locks: Locks,
    },
    /// Work data is being destroyed.
    Wiping {
        /// Since when.
        since: Timestamp,
    },
    /// Work data is destroyed.
    Wiped {
        /// Since when.
        since: Timestamp,
    },
}

/// Why recovery is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The hardware keys are gone.
    KeystoreGone,
    /// A hardware key is another one.
    KeystoreOtherKey,
    /// Slots are missing.
    SlotsMissing,
    /// `D` does not open the vault.
    VaultWrongKey,
    /// The passcode was wrong ten times in a row.
    TriesUsedUp,
}

impl State {
    /// The state of a new enrolment.
    pub fn new() -> Self {
        Self::NoPasscodeYet {
            locks: Locks::default(),
        }
    }

    /// Its word, as it is stored: `no_passcode_yet`, `unlocked`, `locked`, `recovery_needed`, `wiping`
    /// or `wiped`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NoPasscodeYet { .. } => "no_passcode_yet",
            Self::Unlocked => "unlocked",
            Self::Locked { .. } => "locked",
            Self::RecoveryNeeded { .. } => "recovery_needed",
            Self::Wiping { .. } => "wiping",
            Self::Wiped { .. } => "wiped",
        }
    }

    /// The locks that are engaged.
    pub fn locks(&self) -> &Locks {
        match self {
            Self::NoPasscodeYet { locks }
            | Self::Locked { locks }
            | Self::RecoveryNeeded { locks, .. } => locks,
            Self::Unlocked | Self::Wiping { .. } | Self::Wiped { .. } => Locks::NONE,
        }
    }

    /// Whether the outbox goes on sending.
    pub fn sends(&self, policy: &Policy) -> bool {
        match self {
            Self::Unlocked => true,
            Self::NoPasscodeYet { .. } | Self::Locked { .. } | Self::RecoveryNeeded { .. } => {
                policy.outbox_while_locked
            }
            Self::Wiping { .. } | Self::Wiped { .. } => false,
        }
    }

    /// What would keep work closed after `input`, the strictest of it; `None` if work would be open. To be asked before a
    /// code is checked or a slot is opened, so that no try is counted and no key unwrapped for nothing.
    pub fn stands_against(&self, input: &Input) -> Option<Code> {
        let stays = || {
            self.locks()
                .strictest_after(input)
                .map(|lock| lock.cause.code())
        };
        match self {
            Self::Unlocked => None,
            Self::NoPasscodeYet { .. } if *input == Input::Opened => Some(Code::PasscodeNotSet),
            Self::RecoveryNeeded { why, .. } if *input != Input::Recovered => Some(why.code()),
            Self::NoPasscodeYet { .. } | Self::Locked { .. } | Self::RecoveryNeeded { .. } => {
                stays().or_else(|| (!input.gives_d()).then_some(Code::LockLifted))
            }
            Self::Wiping { .. } => Some(Code::WipeRunning),
            Self::Wiped { .. } => Some(Code::WipeDone),
        }
    }

    /// Everything that keeps work closed, what is to be shown first.
    pub fn explain(&self, language: Language) -> Vec<Reason> {
        let dated = |code: Code, since| Reason {
            since,
            ..code.reason(language)
        };
        let first = match self {
            Self::NoPasscodeYet { .. } => Some(dated(Code::PasscodeNotSet, None)),
            Self::Unlocked | Self::Locked { .. } => None,
            Self::RecoveryNeeded { why, since, .. } => Some(dated(why.code(), Some(*since))),
            Self::Wiping { since } => Some(dated(Code::WipeRunning, Some(*since))),
            Self::Wiped { since } => Some(dated(Code::WipeDone, Some(*since))),
        };
        let locks = self.locks().iter();
        let locks = locks.map(|lock| dated(lock.cause.code(), Some(lock.since)));
        first.into_iter().chain(locks).collect()
    }
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

impl Why {
    /// The reason behind it.
    pub fn code(self) -> Code {
        match self {
            Self::KeystoreGone => Code::KeystoreGone,
            Self::KeystoreOtherKey => Code::KeystoreOtherKey,
            Self::SlotsMissing => Code::SlotsMissing,
            Self::VaultWrongKey => Code::VaultWrongKey,
            Self::TriesUsedUp => Code::PasscodeUsedUp,
        }
    }
}
