//! A clock in the test's hands.

use crate::error::TestError;
use companion_domain::time::{Clock, Timestamp};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

/// How much faster than the wall's the clock runs, so that what waits for seconds does not hold up a test.
const SPEED: u32 = 10;

/// A clock that runs ten times as fast as the wall's, or one that stands still; either can be moved. A test with several
/// processes gives each its own and tells all of them when time passes.
#[derive(uniffi::Object)]
pub struct TestClock {
    start_ms: AtomicI64,
    /// Since when it runs, if it does.
    running: Option<Instant>,
}

#[uniffi::export]
impl TestClock {
    /// A clock that reads `start_ms` now, in milliseconds since 1970, and runs.
    ///
    /// # Errors
    /// None.
    #[uniffi::constructor]
    pub fn new(start_ms: i64) -> Result<Arc<Self>, TestError> {
        Ok(Arc::new(Self {
            start_ms: AtomicI64::new(start_ms),
            running: Some(Instant::now()),
        }))
    }

    /// A clock that reads `start_ms`, in milliseconds since 1970, until it is moved. Waits on it last as long as on the
    /// wall's.
    ///
    /// # Errors
    /// None.
    #[uniffi::constructor]
    pub fn still(start_ms: i64) -> Result<Arc<Self>, TestError> {
        Ok(Arc::new(Self {
            start_ms: AtomicI64::new(start_ms),
            running: None,
        }))
    }

    /// What it reads, in milliseconds since 1970.
    ///
    /// # Errors
    /// None.
    pub fn now_ms(&self) -> Result<i64, TestError> {
        Ok(self.read().ms())
    }

    /// Lets `span` pass at once.
    ///
    /// # Errors
    /// None.
    pub fn advance(&self, span: Duration) -> Result<(), TestError> {
        let ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        self.start_ms.fetch_add(ms, Ordering::Relaxed);
        Ok(())
    }

    /// Sets it to `at_ms`, in milliseconds since 1970.
    ///
    /// # Errors
    /// None.
    pub fn set(&self, at_ms: i64) -> Result<(), TestError> {
        let start = Timestamp::from_ms(at_ms) - self.passed();
        self.start_ms.store(start.ms(), Ordering::Relaxed);
        Ok(())
    }
}

impl TestClock {
    pub(crate) fn clock(self: &Arc<Self>) -> Clock {
        let clock = Arc::clone(self);
        let speed = self.running.map_or(1, |_| SPEED);
        Clock::new(move || clock.read()).with_speed(speed)
    }

    fn read(&self) -> Timestamp {
        Timestamp::from_ms(self.start_ms.load(Ordering::Relaxed)) + self.passed()
    }

    /// What passed on it by itself.
    fn passed(&self) -> Duration {
        self.running
            .map_or(Duration::ZERO, |begun| begun.elapsed() * SPEED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_stands_still_only_moves_when_told() {
        let clock = TestClock::still(1_000).unwrap();
        let follower = clock.clock();
        assert_eq!(follower.now().ms(), 1_000);
        clock.set(5_000).unwrap();
        clock.advance(Duration::from_millis(7)).unwrap();
        assert_eq!(follower.now().ms(), 5_007);
        clock.set(2_000).unwrap();
        assert_eq!(follower.now().ms(), 2_000);
    }

    #[test]
    fn a_clock_that_runs_goes_on_from_where_it_was_set() {
        let clock = TestClock::new(1_000).unwrap();
        clock.set(900_000).unwrap();
        assert!(clock.now_ms().unwrap() >= 900_000);
    }
}
