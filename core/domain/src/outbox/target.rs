//! A target as a whole: open, told to wait, or in need of a sign-in.

use super::{Input, backoff};
use crate::{outcome::Outcome, policy::Policy, reason::Code, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a target may ask to be left alone: no quota that it can mean spans more than a day.
const LONGEST_HOLD: Duration = Duration::from_secs(24 * 60 * 60);

/// What an input means for the whole target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetEffect {
    /// Nothing.
    None,
    /// It answers.
    Answers,
    /// It must be left alone, until then if it told, but at most for a day.
    Throttled(Option<Timestamp>),
    /// It refuses who we are.
    SignIn,
}

impl TargetEffect {
    pub(super) fn of(input: &Input) -> Self {
        match input {
            Input::Accepted => Self::Answers,
            Input::Outcome(outcome) => match outcome {
                Outcome::Done { .. } | Outcome::AlreadyThere { .. } | Outcome::Permanent { .. } => {
                    Self::Answers
                }
                Outcome::Throttled { until } => Self::Throttled(*until),
                Outcome::Auth { .. } => Self::SignIn,
                Outcome::NotApplied { .. } | Outcome::Ambiguous { .. } => Self::None,
            },
            _ => Self::None,
        }
    }
}

/// Whether a target may be called. It starts open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    held_until: Option<Timestamp>,
    throttles: u32,
    needs_sign_in: bool,
}

impl Target {
    /// Takes in what an input of one entry means for all. `jitter` is random, from 0 to 1000.
    pub fn apply(&mut self, effect: &TargetEffect, policy: &Policy, now: Timestamp, jitter: u16) {
        match effect {
            TargetEffect::None => {}
            TargetEffect::Answers => self.throttles = 0,
            TargetEffect::Throttled(told) => {
                self.throttles = self.throttles.saturating_add(1);
                let usual = now + backoff::delay(policy, self.throttles, jitter);
                let until = told.filter(|told| *told > now).unwrap_or(usual);
                let until = until.min(now + LONGEST_HOLD);
                self.held_until = self.held_until(now).max(Some(until));
            }
            TargetEffect::SignIn => self.needs_sign_in = true,
        }
    }

    /// Takes in that credentials were renewed.
    pub fn signed_in(&mut self) {
        self.needs_sign_in = false;
    }

    /// Whether it may be called.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.reason(now).is_none()
    }

    /// Until when it wants to be left alone, if it does. A time so far off that only another clock can have set it has
    /// come.
    pub fn held_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.held_until
            .filter(|until| *until > now && *until <= now + LONGEST_HOLD)
    }

    /// Why it may not be called, if it may not.
    pub fn reason(&self, now: Timestamp) -> Option<Code> {
        if self.needs_sign_in {
            Some(Code::TargetSignIn)
        } else {
            self.held_until(now).map(|_| Code::TargetThrottled)
        }
    }
}
