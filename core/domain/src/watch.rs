//! The clock of locks and leases (design.md 5): how much time passed, whatever the wall clock says.
//!
//! The phone lends a [`Reading`] at every question; a [`Watch`] adds them up. What is to be measured later is kept as
//! a [`Moment`], beside the watch in one sealed value: moments mean nothing to another watch.
//!
//! - Within a boot only the time since boot counts. The wall clock moves nothing; dates for people are made with it.
//! - How long a phone was off is unknown, so it does not count as passed.
//! - A reboot costs a lease [`REBOOT_COST`] until the server is heard again, and gives nothing back.
//! - A server time that is not later than the highest one heard is a replay, and is not heard.
//!
//! Persist a watch with every value that holds one of its moments, and at least once in a [`REBOOT_COST`] of running:
//! what ran unnoticed before a reboot is not counted.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a reboot costs a lease: the time for which a phone is believed to have been off.
pub const REBOOT_COST: Duration = Duration::from_secs(60 * 60);

/// What the phone's clocks say at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Names the boot: another text after each restart of the phone.
    pub boot: String,
    /// The time since that boot, sleep included.
    pub elapsed: Duration,
    /// The wall clock, which its owner may set as they like.
    pub wall: Timestamp,
}

/// A point on a watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment {
    boots: u32,
    passed: Duration,
}

/// What lies between a moment and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// At least so much time passed.
    pub surely: Duration,
    /// So often the phone was restarted, which takes an unknown time each.
    pub reboots: u32,
}

/// A server's time that is later than any heard before. Only [`Watch::hear`] makes one.
#[derive(Debug, PartialEq, Eq)]
pub struct ServerTime(Timestamp);

/// The persisted clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    last: Reading,
    now: Moment,
    server: Option<Heard>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Heard {
    time: Timestamp,
    at: Moment,
}

impl Watch {
    /// A watch that begins now: at enrolment, and at the recovery of a phone whose watch is lost, with a new lease and new
    /// attempts.
    pub fn new(reading: Reading) -> Self {
        let now = Moment {
            boots: 0,
            passed: Duration::ZERO,
        };
        Self {
            last: reading,
            now,
            server: None,
        }
    }

    /// Takes a reading. Of two readings of one boot that arrive in the wrong order the earlier one moves nothing.
    pub fn advance(&mut self, reading: Reading) {
        let same_boot = reading.boot == self.last.boot;
        let before = if same_boot {
            self.last.elapsed
        } else {
            Duration::ZERO
        };
        let ran = reading.elapsed.saturating_sub(before);
        self.now = Moment {
            boots: self.now.boots.saturating_add(u32::from(!same_boot)),
            passed: self.now.passed.saturating_add(ran),
        };
        self.last = Reading {
            elapsed: reading.elapsed.max(before),
            ..reading
        };
    }

    /// The moment of the last reading.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// What passed since `moment`. Of a moment that this watch has not reached yet nothing surely passed, and whatever
    /// is charged for reboots is over: it belongs to a watch that was lost.
    pub fn since(&self, moment: Moment) -> Passed {
        let ours = moment <= self.now && moment.passed <= self.now.passed;
        Passed {
            surely: self.now.passed.saturating_sub(moment.passed),
            reboots: if ours {
                self.now.boots.saturating_sub(moment.boots)
            } else {
                u32::MAX
            },
        }
    }

    /// The date to show for what is `left` ahead, by the wall clock of the last reading.
    pub fn date(&self, left: Duration) -> Timestamp {
        self.last.wall + left
    }

    /// Hears a time of the server's that was verified against a nonce of this phone's own (formats.md 9), at its
    /// arrival. `None` if it is not later than the highest one heard: it is to change nothing. A server whose clock ran
    /// ahead is thus not heard again before it gets there, or a new watch begins.
    pub fn hear(&mut self, time: Timestamp) -> Option<ServerTime> {
        if self.server.is_some_and(|heard| time <= heard.time) {
            return None;
        }
        self.server = Some(Heard { time, at: self.now });
        Some(ServerTime(time))
    }

    /// The server's clock shows this time or a later one; `None` before it was heard.
    pub fn server_now(&self) -> Option<Timestamp> {
        let heard = self.server?;
        Some(heard.time + self.since(heard.at).surely)
    }
}

impl Passed {
    /// What a lease or an unlocked screen is charged for: all that surely passed, and [`REBOOT_COST`] per reboot.
    pub fn charged(self) -> Duration {
        self.surely
            .saturating_add(REBOOT_COST.saturating_mul(self.reboots))
    }
}

impl ServerTime {
    /// The time.
    pub fn get(&self) -> Timestamp {
        self.0
    }
}
