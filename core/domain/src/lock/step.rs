//! The moves of the lock.

use super::{Cause, Locks, State, Why};
use crate::{reason::Code, time::Timestamp};

/// What happens to the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A process began; `lost` is what [`super::lost`] says of its slots. The first input of every process.
    Started {
        /// Why recovery is needed, if it is.
        lost: Option<Why>,
    },
    /// A passcode slot was made with a new passcode, by who showed the old one, or the first one.
    PasscodeSet,
    /// The passcode or the biometric slot gave `D`.
    Opened,
    /// A recovery answer gave `D`, it opened the vault, and all slots were made anew.
    Recovered,
    /// A trigger locks.
    Engage(Cause),
    /// The lease was renewed.
    LeaseRenewed,
    /// A signed order ends the order with this `jti`: `unlock{ref}`, or `cancel{ref}` of a cooling wipe.
    OrderEnded(String),
    /// The host takes its doubt back.
    IntegrityRestored,
    /// Under a new policy the passcode stands again.
    PolicyMet,
    /// What opens the slots, or the vault, was lost while the process ran.
    Lost(Why),
    /// A wipe's time has come.
    Wipe,
    /// The wipe is complete.
    WipeDone,
}

/// What the caller does about a move, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// At once, before the new state is stored: erase `D` and what derives from it from memory and cancel reads with
    /// `Locked`. `T` stays.
    DropD,
    /// Once the new state is durable: remove the passcode and biometric slots and replace the hardware key behind the
    /// passcode.
    DropSlots,
    /// Once the new state is durable: destroy the keys, `T` among them, and carry the wipe out.
    Destroy,
}

/// What the machine goes by.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Whether there is a recovery slot: without one a hard lock could never end, and is refused.
    pub recovery_slot: bool,
}

/// The lock after an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The state now; equal to the one before if the input does not apply to it.
    pub state: State,
    /// What to do about it.
    pub effects: Vec<Effect>,
    /// Why the input was refused, for the answer to an order.
    pub refused: Option<Code>,
}

/// Moves the lock by `input`. `now` is the phone's wall clock, to be shown.
pub fn step(state: &State, input: &Input, rules: Rules, now: Timestamp) -> Step {
    use Effect::{Destroy, DropD};
    use State::{Locked, NoPasscodeYet, RecoveryNeeded, Unlocked, Wiped, Wiping};

    match (state, input) {
        (Wiped { .. }, _) => Step::to(state.clone()),
        (Wiping { .. }, Input::WipeDone) => Step::to(Wiped { since: now }),
        (Wiping { .. }, Input::Started { .. }) => Step::to(state.clone()).then([DropD, Destroy]),
        (Wiping { .. }, _) => Step::to(state.clone()),
        (_, Input::Wipe) => Step::to(Wiping { since: now }).then([DropD, Destroy]),

        (_, Input::Engage(Cause::HardOrder(_))) if !rules.recovery_slot => Step {
            refused: Some(Code::OrderHardRefused),
            ..Step::to(state.clone())
        },

        (NoPasscodeYet { locks }, Input::Engage(cause)) if cause.lasts() => {
            Step::to(NoPasscodeYet {
                locks: locks.with(cause.clone(), now),
            })
        }
        (Unlocked, Input::Engage(cause)) => Step::locked(Locks::NONE.with(cause.clone(), now)),
        (Locked { locks }, Input::Engage(cause)) => Step::locked(locks.with(cause.clone(), now)),
        (RecoveryNeeded { why, since, locks }, Input::Engage(cause)) if cause.lasts() => {
            Step::to(RecoveryNeeded {
                why: *why,
                since: *since,
                locks: locks.with(cause.clone(), now),
            })
        }

        // Each start asks the slots anew: what is still lost keeps its time, what came back is only locked.
        (RecoveryNeeded { why, .. }, Input::Started { lost: Some(lost) } | Input::Lost(lost))
            if why == lost =>
        {
            Step::to(state.clone()).then([DropD])
        }
        (_, Input::Started { lost: Some(why) } | Input::Lost(why)) => Step::to(RecoveryNeeded {
            why: *why,
            since: now,
            locks: state.locks().lasting(),
        })
        .then([DropD]),
        (NoPasscodeYet { .. }, Input::Started { lost: None }) => Step::to(state.clone()),
        (Unlocked | Locked { .. } | RecoveryNeeded { .. }, Input::Started { lost: None }) => {
            Step::locked(state.locks().with(Cause::Boot, now))
        }

        (NoPasscodeYet { locks }, Input::PasscodeSet | Input::Recovered)
        | (Locked { locks }, Input::PasscodeSet | Input::Opened | Input::Recovered)
        | (RecoveryNeeded { locks, .. }, Input::Recovered) => Step::opened(locks.after(input)),
        // Whoever opens what must stay closed gets nothing of it.
        (NoPasscodeYet { .. } | RecoveryNeeded { .. }, Input::Opened | Input::PasscodeSet) => {
            Step::to(state.clone()).then([DropD])
        }

        (NoPasscodeYet { locks }, _) => Step::to(NoPasscodeYet {
            locks: locks.after(input),
        }),
        (RecoveryNeeded { why, since, locks }, _) => Step::to(RecoveryNeeded {
            why: *why,
            since: *since,
            locks: locks.after(input),
        }),
        (Locked { locks }, _) => Step::to(Locked {
            locks: locks.after(input).or(Cause::Lifted, now),
        }),
        (Unlocked, _) => Step::to(Unlocked),
    }
}

impl Input {
    /// Whether it brings `D`.
    pub(super) fn gives_d(&self) -> bool {
        matches!(self, Self::PasscodeSet | Self::Opened | Self::Recovered)
    }
}

impl Step {
    fn to(state: State) -> Self {
        // A slot that was made, or left by a kill, in spite of a hard lock goes again.
        let hard = state.locks().hold_hard();
        Self {
            effects: if hard {
                vec![Effect::DropSlots]
            } else {
                vec![]
            },
            state,
            refused: None,
        }
    }

    fn then(self, effects: impl IntoIterator<Item = Effect>) -> Self {
        let effects = effects.into_iter().chain(self.effects).collect();
        Self { effects, ..self }
    }

    fn locked(locks: Locks) -> Self {
        Self::to(State::Locked { locks }).then([Effect::DropD])
    }

    /// `D` is at hand, and is kept if nothing is left that locks.
    fn opened(locks: Locks) -> Self {
        match locks.strictest() {
            None => Self::to(State::Unlocked),
            Some(_) => Self::locked(locks),
        }
    }
}
