//! The passcode: which ones may be set, how often and how fast they may be tried, when one must be changed.
//!
//! - A code is judged after NFKC (the crypto crate's), by characters; a refusal has a code with texts.
//! - A try is counted, and its deadline set, before the check: [`Attempts::admit`] answers what to persist first.
//! - Wrong tries 1 to 3 cost no time; the fourth costs 30 s, then 1, 5 and 15 min; after the tenth in a row only
//!   re-login or recovery helps. No number of wrong tries costs data.
//! - A delay runs on the watch: setting the wall clock changes nothing, and time while the phone is off does not count,
//!   so a reboot can only make a delay longer.

mod attempts;
mod rules;

pub use attempts::{Admission, Attempts, MOST_TRIES, WrongPasscode};
pub use rules::{LONGEST, NewPasscode, Refusal, SHORTEST, change_due, parse};
