//! How long to wait: doubling, within bounds, spread by jitter.

use crate::policy::Policy;
use std::time::Duration;

/// The wait after the `failures`th failure in a row, from 1: between one half and the whole of a span that doubles, so
/// that it stays within the policy's bounds. `jitter` is random, from 0 to 1000.
pub(super) fn delay(policy: &Policy, failures: u32, jitter: u16) -> Duration {
    /// Far beyond the point at which any sensible bound is reached.
    const MOST_DOUBLINGS: u32 = 24;
    let doubled = policy
        .backoff_min
        .saturating_mul(1 << failures.clamp(1, MOST_DOUBLINGS));
    let half = doubled.min(policy.backoff_max) / 2;
    half + half / 1000 * u32::from(jitter.min(1000))
}

/// How long the answer to one attempt may take, with room for the process to note it.
pub(super) fn patience(policy: &Policy) -> Duration {
    policy.request_timeout.saturating_mul(2)
}

/// The longest wait that the machine ever sets: a time further off was set by another clock.
pub fn longest_wait(policy: &Policy) -> Duration {
    policy.backoff_max.max(patience(policy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_two_seconds_to_a_quarter_of_an_hour() {
        let policy = Policy::default();
        let seconds = |failures, jitter| delay(&policy, failures, jitter).as_secs();
        assert_eq!([1, 2, 3, 8].map(|n| seconds(n, 0)), [2, 4, 8, 256]);
        assert_eq!([1, 2, 3, 8].map(|n| seconds(n, 1000)), [4, 8, 16, 512]);
        assert_eq!(seconds(9, 1000), 15 * 60);
        assert_eq!(seconds(u32::MAX, 1000), 15 * 60);
        assert_eq!(seconds(u32::MAX, 0), 15 * 60 / 2);
    }

    #[test]
    fn jitter_beyond_its_range_cannot_break_the_bound() {
        let policy = Policy::default();
        assert_eq!(delay(&policy, 99, u16::MAX), policy.backoff_max);
    }
}
