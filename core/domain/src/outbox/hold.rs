//! Whether a customer message may still go without asking.

use super::{Entry, Hold, Lane};
use crate::{policy::Policy, time::Timestamp};
use std::time::Duration;

/// What matters about a conversation before a message goes to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chat {
    /// When the customer last wrote, by the channel's time: it opens the reply window.
    pub last_customer_message: Option<Timestamp>,
    /// When a customer's message last reached this phone: the employee cannot have read it before.
    pub last_arrival: Option<Timestamp>,
    /// How long after the customer's last message the channel takes free replies; `None` is always.
    pub window: Option<Duration>,
    /// Whether the message is a template, which the channel takes outside the window.
    pub template: bool,
}

/// Why `entry` must wait for the employee now, if it must. To be asked before each attempt; a decision to send lifts
/// every hold but a closed window.
pub fn hold_before_send(
    entry: &Entry,
    chat: &Chat,
    policy: &Policy,
    now: Timestamp,
) -> Option<Hold> {
    if entry.lane == Lane::Mirror || entry.handed_over {
        return None;
    }
    let open = |window| {
        let last = chat.last_customer_message;
        last.is_some_and(|last| now.since(last) < window)
    };
    let decided = entry.vouched_at != entry.queued_at;
    let hours = policy.business_hours;
    if !chat.template && chat.window.is_some_and(|window| !open(window)) {
        Some(Hold::WindowClosed)
    } else if chat.last_arrival.is_some_and(|at| at > entry.vouched_at) {
        Some(Hold::NewerCustomerMessage)
    } else if now.since(entry.vouched_at) >= policy.stale_after {
        Some(Hold::Stale)
    } else if !decided && hours.is_some_and(|hours| !hours.contain(now)) {
        Some(Hold::OutsideHours)
    } else {
        None
    }
}
