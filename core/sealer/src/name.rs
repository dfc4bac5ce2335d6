//! Names of files, whose order is that of arrival.

use companion_crypto::random::Random;
use companion_domain::time::Timestamp;
use std::{fmt, str::FromStr};

const MOST_MS: u64 = 999_999_999_999_999;
const MOST_N: u32 = 999_999;
const SEALED: &str = ".sealed";

/// `<ms since 1970, 15 digits>-<6 digits>-<16 of hex>.sealed`: in the order of arrival whether compared as values or as
/// texts, and never the same from two processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    ms: u64,
    n: u32,
    unique: u64,
}

impl Name {
    /// The name of what arrives at `at` after `last`: behind it, even if the clock was set back meanwhile.
    pub fn after(last: Option<&Self>, at: Timestamp, random: &dyn Random) -> Self {
        let mut unique = [0; 8];
        random.fill(&mut unique);
        let now = u64::try_from(at.ms()).unwrap_or_default();
        let (ms, n) = match last {
            Some(last) if last.ms >= now && last.n < MOST_N => (last.ms, last.n + 1),
            Some(last) if last.ms >= now => (last.ms + 1, 0),
            _ => (now, 0),
        };
        Self {
            ms: ms.min(MOST_MS),
            n,
            unique: u64::from_be_bytes(unique),
        }
    }

    /// When it was made, by its maker's clock.
    pub fn at(&self) -> Timestamp {
        Timestamp::from_ms(i64::try_from(self.ms).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:015}-{:06}-{:016x}{SEALED}",
            self.ms, self.n, self.unique
        )
    }
}

impl FromStr for Name {
    type Err = ();

    /// Takes what [`Name`] writes and nothing else.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.strip_suffix(SEALED).ok_or(())?.splitn(3, '-');
        let mut part = || parts.next().ok_or(());
        let name = Self {
            ms: part()?.parse().map_err(drop)?,
            n: part()?.parse().map_err(drop)?,
            unique: u64::from_str_radix(part()?, 16).map_err(drop)?,
        };
        if name.to_string() == text {
            Ok(name)
        } else {
            Err(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use companion_crypto::random::SystemRandom;

    fn after(last: Option<&Name>, ms: i64) -> Name {
        Name::after(last, Timestamp::from_ms(ms), &SystemRandom)
    }

    #[test]
    fn names_keep_the_order_of_arrival_whatever_the_clock_does() {
        let mut last = None;
        for ms in [5, 5, 9, 7, -3, 1_767_323_045_000, 12, i64::MAX, 0] {
            let next = after(last.as_ref(), ms);
            if let Some(last) = last {
                assert!(next > last, "{next} comes after {last}");
                assert!(next.to_string() > last.to_string());
            }
            last = Some(next);
        }
        let full = Name {
            n: MOST_N,
            ..after(None, 5)
        };
        assert!(after(Some(&full), 5) > full);
        let end = Name {
            ms: MOST_MS,
            ..full
        };
        assert_eq!(after(Some(&end), 5).ms, MOST_MS);
    }

    #[test]
    fn two_names_of_one_instant_differ() {
        assert_ne!(after(None, 5), after(None, 5));
    }

    #[test]
    fn only_what_a_name_writes_is_a_name() {
        let name = after(None, 1_767_323_045_678);
        let text = name.to_string();
        assert!(text.starts_with("001767323045678-000000-"), "{text}");
        assert_eq!(text.parse(), Ok(name));
        assert_eq!(name.at(), Timestamp::from_ms(1_767_323_045_678));
        for wrong in [
            text.replace(".sealed", ".tmp"),
            text.replacen('0', "", 1),
            text.replacen('0', "+", 1),
            text.replace("-000000-", "-0000000-"),
            format!("../{text}"),
            ".sealed".to_owned(),
            String::new(),
        ] {
            assert_eq!(wrong.parse::<Name>(), Err(()), "{wrong}");
        }
    }
}
