//! The outbox: what is queued, held, uncertain, delivered or stuck, and what comes next.
//!
//! One machine drives the phone's two lanes and the gateway's poster. [`step`] moves an entry, [`next_claims`] picks
//! what may be attempted, [`hold_before_send`] asks the employee first, [`Target`] makes a whole target wait.
//!
//! - An entry is never lost: it ends `Delivered` or `Discarded`, or is visible as held, uncertain or stuck.
//! - No number of attempts ends an entry.
//! - In the customer lane nothing overtakes: the first unfinished message of a conversation blocks the later ones.
//! - In the mirror lane a record waits for the earlier ones of its conversation, unless those are parked.

mod backoff;
mod claim;
mod hold;
mod state;
mod target;

pub use backoff::longest_wait;
pub use claim::next_claims;
pub use hold::{Chat, hold_before_send};
pub use state::{Decision, Input, Rules, Step, step};
pub use target::{Target, TargetEffect};

use crate::{policy::Policy, reason::Code, time::Timestamp};
use serde::{Deserialize, Serialize};

/// Where an entry waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Messages to customers: visible, and each blocks its own conversation.
    Customer,
    /// Records for a target: they never block a conversation for good.
    Mirror,
}

/// How far an entry came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", content = "why", rename_all = "snake_case")]
pub enum State {
    /// It waits for its next attempt.
    Queued,
    /// An attempt is under way, or the next hop has it and its outcome is awaited.
    Sending,
    /// It may have been applied and must not be repeated unasked.
    Uncertain,
    /// It must not go before the employee decides.
    Held(Hold),
    /// The other side has it.
    Delivered,
    /// The other side refused it for good, with this code. In the mirror lane: parked.
    Stuck(String),
    /// The employee took it back.
    Discarded,
}

/// Why a message waits for the employee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// It grew old while waiting.
    Stale,
    /// The customer has written since.
    NewerCustomerMessage,
    /// The channel takes only templates now.
    WindowClosed,
    /// It is outside business hours.
    OutsideHours,
}

/// One thing to deliver. Its content is kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its lane.
    pub lane: Lane,
    /// How far it came.
    pub state: State,
    /// Counted failures in a row; they set the back-off and nothing else.
    pub attempts: u32,
    /// While queued: when the next attempt may begin. While sending: when the outcome is overdue.
    pub due: Timestamp,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// When the employee last wanted it to go: on queueing, then with each decision.
    pub vouched_at: Timestamp,
    /// Whether the next hop is known to have it, so that it is no longer ours to hold or to take back.
    pub handed_over: bool,
    /// Whether an earlier attempt may have been applied, for all that is known: then it cannot be called taken back.
    #[serde(default)]
    pub in_doubt: bool,
}

impl Entry {
    /// A new entry, due at once.
    pub fn new(lane: Lane, now: Timestamp) -> Self {
        Self {
            lane,
            state: State::Queued,
            attempts: 0,
            due: now,
            queued_at: now,
            vouched_at: now,
            handed_over: false,
            in_doubt: false,
        }
    }

    /// Whether nothing more will happen to it.
    pub fn is_finished(&self) -> bool {
        matches!(self.state, State::Delivered | State::Discarded)
    }

    /// Whether it is a record that waits for the operator while later ones go on; the checkpoint lists it.
    pub fn is_parked(&self) -> bool {
        self.lane == Lane::Mirror && matches!(self.state, State::Stuck(_) | State::Uncertain)
    }

    /// Whether its time has come. A time so far off that only another clock can have set it has come, too.
    pub fn is_due(&self, policy: &Policy, now: Timestamp) -> bool {
        self.due <= now || self.due > now + longest_wait(policy)
    }

    /// Why it is not on its way, if it is not.
    pub fn reason(&self) -> Option<Code> {
        match (&self.state, self.lane) {
            (State::Queued, _) if self.attempts > 0 => Some(Code::OutboxRetrying),
            (State::Queued | State::Sending | State::Delivered | State::Discarded, _) => None,
            (State::Held(hold), _) => Some(hold.code()),
            (State::Uncertain, Lane::Customer) => Some(Code::OutboxUncertain),
            (State::Uncertain, Lane::Mirror) => Some(Code::MirrorUncertain),
            (State::Stuck(_), Lane::Customer) => Some(Code::OutboxRefused),
            (State::Stuck(_), Lane::Mirror) => Some(Code::MirrorParked),
        }
    }
}

impl Hold {
    /// The reason behind it.
    pub fn code(self) -> Code {
        match self {
            Self::Stale => Code::OutboxStale,
            Self::NewerCustomerMessage => Code::OutboxNewerCustomerMessage,
            Self::WindowClosed => Code::OutboxWindowClosed,
            Self::OutsideHours => Code::OutboxOutsideHours,
        }
    }
}
