//! The lease (design.md 7): how long work may be read without contact to the company.
//!
//! `running -> notices at 24 h, 1 h, 15 min -> over: locked -> destroyable`. A [`Lease`] is persisted beside the
//! [`Watch`] that it is measured on; each question is one pure function of both and the policy.
//!
//! - A lease counts from the sending of the nonce whose signed time renewed it, not from the answer's arrival.
//! - A renewal never shortens a lease; a policy may at any time.
//! - The wall clock neither ends nor extends it. A reboot costs an hour.
//! - Nothing is destroyable before the gateway says that the enrolment is disabled, and before the policy's time has
//!   surely passed since the last contact: a phone that was off knows that only from a server time heard since.

use crate::{
    policy::Policy,
    reason::{Code, Language, Reason},
    time::Timestamp,
    watch::{Moment, ServerTime, Watch},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What is left of a lease when its notices come, longest first.
pub const NOTICES: [Duration; 3] = [
    Duration::from_secs(24 * 60 * 60),
    Duration::from_secs(60 * 60),
    Duration::from_secs(15 * 60),
];

/// The persisted lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    contact: Contact,
    prepared: Option<Prepared>,
    disabled: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Contact {
    asked: Moment,
    server: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Prepared {
    contact: Contact,
    span: Duration,
}

/// How long a renewal is meant to last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// As long as the policy's `lease_offline`: every contact.
    Ordinary,
    /// So long, within the policy's `lease_prepare_max`: what `prepare_offline()` asks for.
    Offline(Duration),
}

/// How a lease stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseState {
    /// Work may be read.
    Running {
        /// For so long, if no contact and no reboot comes between.
        left: Duration,
    },
    /// To be locked by [`crate::lock::Cause::Lease`]; once a renewal makes it run, [`crate::lock::Input::LeaseRenewed`].
    Over,
    /// Over, and at the next start of the process, never before, [`crate::lock::Input::Wipe`] may follow.
    Destroyable,
}

/// What a countdown shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Countdown {
    /// What is left; zero once it is over.
    pub left: Duration,
    /// The date by the phone's wall clock.
    pub until: Timestamp,
    /// The latest of [`NOTICES`] whose time has come.
    pub notice: Option<Duration>,
}

/// A dated text for the OS to show. It replaces all those scheduled before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// When, by the phone's wall clock.
    pub at: Timestamp,
    /// What is left then, for the text.
    pub left: Duration,
    /// Which text.
    pub code: Code,
}

impl Lease {
    /// The lease that enrolment brings.
    pub fn new(now: Moment) -> Self {
        let contact = Contact {
            asked: now,
            server: None,
        };
        Self {
            contact,
            prepared: None,
            disabled: false,
        }
    }

    /// The lease after a contact: `asked` is the moment at which the nonce was sent, `server` what [`Watch::hear`] made
    /// of the signed time over it. A contact proves that the enrolment is not disabled.
    #[must_use]
    pub fn renewed(&self, asked: Moment, server: &ServerTime, wish: Wish) -> Self {
        let contact = Contact {
            asked,
            server: Some(server.get()),
        };
        Self {
            contact: if asked < self.contact.asked {
                self.contact
            } else {
                contact
            },
            prepared: match wish {
                Wish::Ordinary => self.prepared,
                Wish::Offline(span) => Some(Prepared { contact, span }),
            },
            disabled: false,
        }
    }

    /// The lease after the gateway answered `enrolment_disabled`, the only failed re-login there is. If that answer
    /// carries a signed time, give it to [`Watch::hear`] first. By itself it locks nothing.
    #[must_use]
    pub fn disabled(&self) -> Self {
        Self {
            disabled: true,
            ..self.clone()
        }
    }

    /// How it stands at the watch's last reading.
    pub fn state(&self, watch: &Watch, policy: &Policy) -> LeaseState {
        let left = self.left(watch, policy);
        let surely = watch.since(self.contact.asked).surely;
        let out_of_contact = surely.max(self.contact.by_server(watch));
        if !left.is_zero() {
            LeaseState::Running { left }
        } else if self.disabled && out_of_contact >= policy.lease_destroy_after {
            LeaseState::Destroyable
        } else {
            LeaseState::Over
        }
    }

    /// What to show of it at the watch's last reading.
    pub fn countdown(&self, watch: &Watch, policy: &Policy) -> Countdown {
        let left = self.left(watch, policy);
        Countdown {
            left,
            until: watch.date(left),
            notice: NOTICES.into_iter().rfind(|notice| left <= *notice),
        }
    }

    /// The notices still to come, soonest first, to be scheduled anew after each renewal, reboot and change of the wall
    /// clock.
    pub fn notices(&self, watch: &Watch, policy: &Policy) -> Vec<Notice> {
        let left = self.left(watch, policy);
        let ahead = |notice: Duration| {
            let wait = left.checked_sub(notice).filter(|wait| !wait.is_zero())?;
            Some(Notice {
                at: watch.date(wait),
                left: notice,
                code: Code::LeaseEnding,
            })
        };
        NOTICES.into_iter().filter_map(ahead).collect()
    }

    /// What to tell about it: nothing before the first notice.
    pub fn explain(&self, watch: &Watch, policy: &Policy, language: Language) -> Option<Reason> {
        let countdown = self.countdown(watch, policy);
        match self.state(watch, policy) {
            LeaseState::Running { .. } => countdown.notice.map(|_| Reason {
                until: Some(countdown.until),
                ..Code::LeaseEnding.reason(language)
            }),
            LeaseState::Over => Some(Code::LeaseOver.reason(language)),
            LeaseState::Destroyable => Some(Code::LeaseDestroyable.reason(language)),
        }
    }

    fn left(&self, watch: &Watch, policy: &Policy) -> Duration {
        let ordinary = self.contact.left_of(policy.lease_offline, watch);
        let prepared = self.prepared.map_or(Duration::ZERO, |prepared| {
            let span = prepared.span.min(policy.lease_prepare_max);
            prepared.contact.left_of(span, watch)
        });
        ordinary.max(prepared)
    }
}

impl Contact {
    fn left_of(&self, span: Duration, watch: &Watch) -> Duration {
        let charged = watch.since(self.asked).charged();
        span.saturating_sub(charged.max(self.by_server(watch)))
    }

    /// What passed since by the server's clock, which bridges the time that the phone was off. Within a boot the phone
    /// itself knows better.
    fn by_server(&self, watch: &Watch) -> Duration {
        let now = watch
            .server_now()
            .filter(|_| watch.since(self.asked).reboots > 0);
        match (now, self.server) {
            (Some(now), Some(then)) => now.since(then),
            _ => Duration::ZERO,
        }
    }
}
