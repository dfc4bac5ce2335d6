//! The causes of a lock, how strict they are, and what ends each.

use super::Input;
use crate::{reason::Code, time::Timestamp};
use serde::{Deserialize, Serialize};

/// Why work is locked, the most lenient first: of several the strictest is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "cause", content = "order", rename_all = "snake_case")]
pub enum Cause {
    /// What locked it has ended, and the passcode is still to be entered.
    Lifted,
    /// The app was in the background for too long.
    Background,
    /// Nobody touched it for too long.
    Idle,
    /// The employee or the host said "lock now".
    Host,
    /// The process, or the phone, was started anew.
    Boot,
    /// The policy no longer lets the passcode stand.
    Policy,
    /// The lease is over.
    Lease,
    /// The host reports that the phone or the app cannot be trusted.
    Integrity,
    /// A signed order with this `jti`: a lock, or a wipe that is cooling.
    Order(String),
    /// A signed order `lock{hard}` with this `jti`.
    HardOrder(String),
}

/// One lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Why.
    #[serde(flatten)]
    pub cause: Cause,
    /// Since when, by the phone's wall clock.
    pub since: Timestamp,
}

/// Locks of different causes, strictest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Locks(Vec<Lock>);

impl Cause {
    /// The reason behind it.
    pub fn code(&self) -> Code {
        match self {
            Self::Lifted => Code::LockLifted,
            Self::Background => Code::IdleBackground,
            Self::Idle => Code::IdleForeground,
            Self::Host => Code::LockNow,
            Self::Boot => Code::LockBoot,
            Self::Policy => Code::PasscodeChangeDue,
            Self::Lease => Code::LeaseOver,
            Self::Integrity => Code::LockIntegrity,
            Self::Order(_) => Code::OrderLock,
            Self::HardOrder(_) => Code::OrderLockHard,
        }
    }

    /// Whether `input` ends it.
    pub fn ended_by(&self, input: &Input) -> bool {
        match (self, input) {
            (
                Self::Lifted | Self::Background | Self::Idle | Self::Host | Self::Boot,
                Input::Opened | Input::PasscodeSet | Input::Recovered,
            )
            | (Self::Policy, Input::PolicyMet | Input::PasscodeSet | Input::Recovered)
            | (Self::Lease, Input::LeaseRenewed)
            | (Self::Integrity, Input::IntegrityRestored)
            | (Self::HardOrder(_), Input::Recovered) => true,
            (Self::Order(jti), Input::OrderEnded(ended)) => jti == ended,
            _ => false,
        }
    }

    /// Whether it stays although nobody can open the lock anyway.
    pub(super) fn lasts(&self) -> bool {
        !self.ended_by(&Input::Opened)
    }
}

impl Locks {
    pub(super) const NONE: &'static Self = &Self(Vec::new());

    /// The strictest first.
    pub fn iter(&self) -> impl Iterator<Item = &Lock> {
        self.0.iter()
    }

    /// The one to show.
    pub fn strictest(&self) -> Option<&Lock> {
        self.0.first()
    }

    /// Whether one of them has dropped the passcode and biometric slots.
    pub fn hold_hard(&self) -> bool {
        let mut locks = self.iter();
        locks.any(|lock| matches!(lock.cause, Cause::HardOrder(_)))
    }

    pub(super) fn strictest_after(&self, input: &Input) -> Option<&Lock> {
        self.iter().find(|lock| !lock.cause.ended_by(input))
    }

    /// With one more; a cause that is there already keeps its time.
    pub(super) fn with(&self, cause: Cause, since: Timestamp) -> Self {
        let mut locks = self.0.clone();
        if locks.iter().all(|lock| lock.cause != cause) {
            locks.push(Lock { cause, since });
            locks.sort_by(|a, b| b.cause.cmp(&a.cause));
        }
        Self(locks)
    }

    pub(super) fn after(&self, input: &Input) -> Self {
        self.only(|cause| !cause.ended_by(input))
    }

    /// Itself, or this cause alone if it holds none.
    pub(super) fn or(self, cause: Cause, since: Timestamp) -> Self {
        if self.0.is_empty() {
            self.with(cause, since)
        } else {
            self
        }
    }

    pub(super) fn lasting(&self) -> Self {
        self.only(Cause::lasts)
    }

    fn only(&self, stays: impl Fn(&Cause) -> bool) -> Self {
        let locks = self.iter().filter(|lock| stays(&lock.cause));
        Self(locks.cloned().collect())
    }
}
