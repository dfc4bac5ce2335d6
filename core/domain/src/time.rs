//! Instants in milliseconds; the wire form is RFC 3339 UTC with milliseconds.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{
    fmt,
    ops::{Add, Sub},
    sync::Arc,
    time::Duration,
};

/// An instant, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970. Values outside the years 1 to 9999 are brought to the nearest second that RFC 3339 can write with any offset.
    pub fn from_ms(ms: i64) -> Self {
        Self(ms.clamp(-62_135_596_800_000, 253_402_207_199_999))
    }

    /// From seconds since 1970, as channels and JWTs count.
    pub fn from_seconds(seconds: i64) -> Self {
        Self::from_ms(seconds.saturating_mul(1000))
    }

    /// Milliseconds since 1970.
    pub fn ms(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Reads RFC 3339 with any offset; finer digits than milliseconds are cut.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self::from_ms(
            text.parse::<jiff::Timestamp>().ok()?.as_millisecond(),
        ))
    }

    /// How long `self` lies after `earlier`; zero if it lies before.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self::from_ms(
            self.0
                .saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
        )
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        Self::from_ms(
            self.0
                .saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
        )
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(at) => write!(f, "{at:.3}"),
            Err(_) => f.write_str("invalid"),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not an RFC 3339 time"))
    }
}

/// A clock that the caller lends. Nothing in this crate reads one by itself.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    since_boot: Arc<dyn Fn() -> Duration + Send + Sync>,
    speed: u32,
}

impl Clock {
    /// A clock that reads `now` and that nobody sets: what passes by it counts as the time since boot, too.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let now: Arc<dyn Fn() -> Timestamp + Send + Sync> = Arc::new(now);
        let passing = Arc::clone(&now);
        Self {
            since_boot: Arc::new(move || passing().since(Timestamp::from_ms(0))),
            now,
            speed: 1,
        }
    }

    /// With a time since boot, sleep included, that does not follow the wall clock.
    #[must_use]
    pub fn with_since_boot(self, since: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self {
            since_boot: Arc::new(since),
            ..self
        }
    }

    /// Says that `speed` seconds of this clock pass in one real second, so that waits can be shortened alike.
    #[must_use]
    pub fn with_speed(self, speed: u32) -> Self {
        Self {
            speed: speed.max(1),
            ..self
        }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// The time since boot, sleep included.
    pub fn since_boot(&self) -> Duration {
        (self.since_boot)()
    }

    /// How long to wait in real time for `span` of this clock to pass.
    pub fn real(&self, span: Duration) -> Duration {
        span / self.speed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_utc_with_milliseconds() {
        let at = Timestamp::parse("2026-01-02T12:04:05.6789+09:00").unwrap();
        assert_eq!(at.to_string(), "2026-01-02T03:04:05.678Z");
        assert_eq!(Timestamp::parse(&at.to_string()), Some(at));
        assert_eq!(
            Timestamp::from_seconds(1_767_323_045).to_string(),
            "2026-01-02T03:04:05.000Z"
        );
    }

    #[test]
    fn extreme_values_stay_in_range() {
        assert_eq!(
            Timestamp::from_ms(i64::MAX).to_string(),
            "9999-12-30T21:59:59.999Z"
        );
        assert_eq!(
            Timestamp::from_ms(i64::MIN).to_string(),
            "0001-01-01T00:00:00.000Z"
        );
        assert_eq!(
            Timestamp::from_ms(5).since(Timestamp::from_ms(9)),
            Duration::ZERO
        );
    }
}
