//! Whether somebody is still there: background and idle time.

use super::Cause;
use crate::{
    policy::{LONGEST_LOCK, Policy},
    watch::{Moment, Watch},
};
use std::time::Duration;

/// The shortest time without a touch that can lock: less would lock under the employee's hands.
const SHORTEST_IDLE: Duration = Duration::from_secs(60);

/// When somebody was last there. Kept in memory, made anew at each unlock. Each question is asked at the watch's last
/// reading; the cause in an answer is to be engaged at once, before any pixel is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    touched: Moment,
    away: Option<Moment>,
}

impl Presence {
    /// Somebody unlocked.
    pub fn new(now: Moment) -> Self {
        Self {
            touched: now,
            away: None,
        }
    }

    /// The host says that the employee did something.
    #[must_use]
    pub fn user_active(&mut self, watch: &Watch, policy: &Policy) -> Option<Cause> {
        let cause = self.overdue(watch, policy);
        if cause.is_none() {
            self.touched = watch.now();
        }
        cause
    }

    /// The app goes into the background.
    #[must_use]
    pub fn suspended(&mut self, watch: &Watch, policy: &Policy) -> Option<Cause> {
        let cause = self.overdue(watch, policy);
        self.away.get_or_insert(watch.now());
        let at_once = policy.lock_on_suspend || policy.lock_background.is_zero();
        cause.or(at_once.then_some(Cause::Background))
    }

    /// The app comes back, which is a touch if it comes in time.
    #[must_use]
    pub fn resumed(&mut self, watch: &Watch, policy: &Policy) -> Option<Cause> {
        let cause = self.user_active(watch, policy);
        self.away = None;
        cause
    }

    /// Whether it is too late: for a timer, and for wake-ups in the background.
    pub fn overdue(&self, watch: &Watch, policy: &Policy) -> Option<Cause> {
        let beyond = |since, limit| watch.since(since).charged() > limit;
        let away = self.away;
        if away.is_some_and(|away| beyond(away, background_limit(policy))) {
            Some(Cause::Background)
        } else if beyond(self.touched, idle_limit(policy)) {
            Some(Cause::Idle)
        } else {
            None
        }
    }

    /// After how long to ask [`Presence::overdue`] again.
    pub fn ask_again_in(&self, watch: &Watch, policy: &Policy) -> Duration {
        /// A limit is over once it is exceeded.
        const BEYOND: Duration = Duration::from_millis(1);
        let left = |since, limit: Duration| limit.saturating_sub(watch.since(since).charged());
        let idle = left(self.touched, idle_limit(policy));
        let away = self.away.map(|away| left(away, background_limit(policy)));
        away.map_or(idle, |away| away.min(idle)) + BEYOND
    }
}

fn background_limit(policy: &Policy) -> Duration {
    policy.lock_background.min(LONGEST_LOCK)
}

fn idle_limit(policy: &Policy) -> Duration {
    policy.lock_idle.clamp(SHORTEST_IDLE, LONGEST_LOCK)
}
