//! One clock for several processes: one that starts at a given time and may run faster than the wall's, or one that
//! stands still until it is set.

use companion_domain::time::{Clock, Timestamp};
use std::{
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

/// How a process turns the wall clock into its own: given to each process as text, so that all agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The wall's milliseconds at the start.
    wall_ms: i64,
    /// The clock's milliseconds at the start.
    start_ms: i64,
    /// Seconds of the clock in a second of the wall.
    speed: u32,
}

impl Pace {
    /// A clock that reads `start` now and runs `speed` times as fast as the wall's.
    pub fn starting(start: Timestamp, speed: u32) -> Self {
        Self {
            wall_ms: wall_ms(),
            start_ms: start.ms(),
            speed: speed.max(1),
        }
    }

    /// The clock.
    pub fn clock(self) -> Clock {
        Clock::new(move || {
            let passed = wall_ms().saturating_sub(self.wall_ms);
            Timestamp::from_ms(self.start_ms + passed.saturating_mul(i64::from(self.speed)))
        })
        .with_speed(self.speed)
    }
}

impl std::fmt::Display for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{},{},{}", self.wall_ms, self.start_ms, self.speed)
    }
}

impl FromStr for Pace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut numbers = text.split(',').map(str::parse::<i64>);
        let mut next = || {
            numbers
                .next()
                .and_then(Result::ok)
                .ok_or("three numbers are expected")
        };
        let (wall_ms, start_ms, speed) = (next()?, next()?, next()?);
        let speed = u32::try_from(speed).map_err(|_| "the speed is a positive number")?;
        Ok(Self {
            wall_ms,
            start_ms,
            speed: speed.max(1),
        })
    }
}

/// A clock that stands still until it is set: nothing that reads it depends on how fast a machine is.
#[derive(Clone, Debug)]
pub struct Dial(Arc<AtomicI64>);

impl Dial {
    /// A clock that reads `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.ms())))
    }

    /// Sets it.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.ms(), Ordering::Release);
    }

    /// What it reads.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::Acquire))
    }

    /// The clock, which follows.
    pub fn clock(&self) -> Clock {
        let dial = self.clone();
        Clock::new(move || dial.now())
    }
}

fn wall_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
