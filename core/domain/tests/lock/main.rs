//! The rules of lock, lease, passcode and watch, one by one.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod lease;
mod moves;
mod passcode;
mod presence;
mod watch;

use companion_domain::{
    time::Timestamp,
    watch::{Reading, Watch},
};
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// 2026-01-02T03:04:05Z
const START: i64 = 1_767_323_045;

/// A phone's clocks and the watch that reads them.
struct Phone {
    boots: u32,
    elapsed: Duration,
    /// Seconds since 1970, as the phone believes.
    wall: i64,
    watch: Watch,
}

impl Phone {
    fn new() -> Self {
        let reading = Reading {
            boot: "boot 0".into(),
            elapsed: seconds(100),
            wall: Timestamp::from_seconds(START),
        };
        Self {
            boots: 0,
            elapsed: reading.elapsed,
            wall: START,
            watch: Watch::new(reading),
        }
    }

    fn runs(&mut self, span: u64) -> &mut Self {
        self.elapsed += seconds(span);
        self.wall += span as i64;
        self.look()
    }

    /// Off for `span`, then on.
    fn reboots(&mut self, span: u64) -> &mut Self {
        self.boots += 1;
        self.elapsed = Duration::ZERO;
        self.wall += span as i64;
        self.look()
    }

    fn sets_clock(&mut self, by: i64) -> &mut Self {
        self.wall += by;
        self.look()
    }

    fn look(&mut self) -> &mut Self {
        self.watch.advance(Reading {
            boot: format!("boot {}", self.boots),
            elapsed: self.elapsed,
            wall: Timestamp::from_seconds(self.wall),
        });
        self
    }
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(START + second)
}

/// Comes back from its stored form as it was.
fn stored<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}
