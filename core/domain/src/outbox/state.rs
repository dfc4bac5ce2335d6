//! The life of one entry.

use super::{Entry, Hold, Lane, State, TargetEffect, backoff};
use crate::{
    outcome::{Idempotency, Outcome},
    policy::Policy,
    time::Timestamp,
};

/// What happens to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// It was picked by [`super::next_claims`]; its attempt begins once this is durable.
    Claimed,
    /// It was picked, but [`super::hold_before_send`] says that the employee decides first.
    Held(Hold),
    /// The next hop took it, or had it before, and will report its outcome.
    Accepted,
    /// What our own attempt came to.
    Outcome(Outcome),
    /// What the next hop reports of its attempts, as an `outcome` item of the inbox.
    Reported(Outcome),
    /// An echo or a status of the channel proves that it arrived.
    Confirmed,
    /// The process that was sending it is gone.
    Restarted,
    /// Its outcome has been awaited for too long.
    Overdue,
    /// The employee, or in the mirror lane the operator, decided.
    Decided(Decision),
}

/// What can be decided about an entry that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Send it although it was held or refused, or before its back-off is over. Never repeats what may have arrived.
    SendNow,
    /// Send an uncertain entry again, although it may double.
    SendAgain,
    /// Take an uncertain entry as delivered.
    MarkDelivered,
    /// Take a customer message back; one that may have arrived becomes uncertain first. Records cannot be taken back: the
    /// chain would show a hole.
    Discard,
}

impl Entry {
    /// What its employee is offered to decide about it, in this order: each of them moves it on, and none is offered that
    /// would only bring it back where it stands.
    pub fn decisions(&self) -> Vec<Decision> {
        use Decision::{Discard, MarkDelivered, SendAgain, SendNow};
        match &self.state {
            _ if self.lane == Lane::Mirror => vec![],
            State::Queued if self.handed_over => vec![],
            State::Queued | State::Held(Hold::WindowClosed) => vec![Discard],
            State::Held(Hold::Stale | Hold::NewerCustomerMessage | Hold::OutsideHours)
            | State::Stuck(_) => vec![SendNow, Discard],
            State::Uncertain => vec![MarkDelivered, SendAgain],
            State::Sending | State::Delivered | State::Discarded => vec![],
        }
    }
}

/// What the machine goes by.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The numbers.
    pub policy: &'a Policy,
    /// What the other side offers against doubling. The hop from phone to gateway is an [`Idempotency::Upsert`].
    pub idempotency: Idempotency,
}

/// The entry after an input, and what the input means for its whole target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The entry now; equal to the one before if the input does not apply to its state.
    pub entry: Entry,
    /// For [`super::Target::apply`].
    pub target: TargetEffect,
}

/// Moves `entry` by `input`. `jitter` is random, from 0 to 1000, and spreads the back-off.
pub fn step(entry: &Entry, input: &Input, rules: &Rules<'_>, now: Timestamp, jitter: u16) -> Step {
    use Outcome::{AlreadyThere, Ambiguous, Auth, Done, NotApplied, Permanent, Throttled};
    use State::{Delivered, Discarded, Held, Queued, Sending, Stuck, Uncertain};

    let policy = rules.policy;
    let customer = entry.lane == Lane::Customer;
    let entry = match (&entry.state, input) {
        (Delivered, _) => entry.clone(),

        // What is proven wins over whatever was believed or decided meanwhile.
        (_, Input::Confirmed)
        | (_, Input::Outcome(Done { .. } | AlreadyThere { .. }))
        | (_, Input::Reported(Done { .. } | AlreadyThere { .. })) => entry.with(Delivered),

        (Discarded, _) => entry.clone(),
        // The next hop speaks of all its attempts, so its refusal ends every doubt.
        (_, Input::Reported(Permanent { code })) => Entry {
            in_doubt: false,
            ..entry.taken_back(Stuck(code.clone()))
        },
        (_, Input::Reported(Ambiguous { .. })) => entry.doubted().taken_back(Uncertain),

        (Queued, Input::Claimed) => Entry {
            due: now + backoff::patience(policy),
            ..entry.with(Sending)
        },
        (Queued, Input::Held(hold)) if customer && !entry.handed_over => entry.with(Held(*hold)),

        (Sending, Input::Accepted) => Entry {
            handed_over: true,
            in_doubt: false,
            attempts: 0,
            due: now + backoff::longest_wait(policy),
            ..entry.with(Sending)
        },
        (Sending, Input::Outcome(Throttled { .. } | Auth { .. })) => entry.queued(now),
        (Sending, Input::Outcome(NotApplied { .. })) => entry.back_off(policy, now, jitter),
        (Sending, Input::Outcome(Ambiguous { .. })) if rules.repeatable() => {
            entry.doubted().back_off(policy, now, jitter)
        }
        (Sending, Input::Outcome(Permanent { code })) => entry.taken_back(Stuck(code.clone())),

        // An awaited outcome outlives the process: the next hop still reports it.
        (Sending, Input::Restarted) if entry.handed_over => entry.clone(),
        (Sending, Input::Overdue) if !entry.is_due(policy, now) => entry.clone(),
        (Sending, Input::Restarted | Input::Overdue) if rules.repeatable() => {
            entry.doubted().queued(now)
        }
        (Sending, Input::Restarted | Input::Overdue | Input::Outcome(Ambiguous { .. })) => {
            entry.doubted().taken_back(Uncertain)
        }

        (Queued | Held(_) | Stuck(_), Input::Decided(Decision::SendNow))
        | (Uncertain, Input::Decided(Decision::SendAgain)) => Entry {
            attempts: 0,
            vouched_at: now,
            ..entry.queued(now)
        },
        (Uncertain, Input::Decided(Decision::MarkDelivered)) => entry.with(Delivered),
        (Queued | Held(_) | Stuck(_), Input::Decided(Decision::Discard))
            if customer && !entry.handed_over =>
        {
            // Who takes back what may have arrived is told so first, and decides about that.
            entry.with(if entry.in_doubt { Uncertain } else { Discarded })
        }
        (Uncertain, Input::Decided(Decision::Discard)) if customer => entry.with(Discarded),

        _ => entry.clone(),
    };
    Step {
        entry,
        target: TargetEffect::of(input),
    }
}

impl Rules<'_> {
    /// Whether the same request may be sent again after it may have been applied.
    fn repeatable(&self) -> bool {
        match self.idempotency {
            Idempotency::Upsert | Idempotency::UniqueCreate | Idempotency::RequestKey => true,
            Idempotency::LookFirst => false,
        }
    }
}

impl Entry {
    fn with(&self, state: State) -> Self {
        Self {
            state,
            ..self.clone()
        }
    }

    /// The next hop is done with it, and it is ours to decide about again.
    fn taken_back(&self, state: State) -> Self {
        Self {
            handed_over: false,
            ..self.with(state)
        }
    }

    fn doubted(&self) -> Self {
        Self {
            in_doubt: true,
            ..self.clone()
        }
    }

    fn queued(&self, due: Timestamp) -> Self {
        Self {
            due,
            ..self.with(State::Queued)
        }
    }

    fn back_off(&self, policy: &Policy, now: Timestamp, jitter: u16) -> Self {
        let attempts = self.attempts.saturating_add(1);
        Self {
            attempts,
            ..self.queued(now + backoff::delay(policy, attempts, jitter))
        }
    }
}
