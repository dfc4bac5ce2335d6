//! Which passcodes may be set, and when one must be changed.

use crate::{
    policy::Policy,
    reason::Code,
    watch::{Moment, Watch},
};
use std::fmt;
use thiserror::Error;

/// The least number of characters that a policy can ask for.
pub const SHORTEST: usize = 4;
/// The greatest number of characters that a passcode may have.
pub const LONGEST: usize = 64;

/// A code that may become the passcode. It prints nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NewPasscode<'a>(&'a str);

/// Why a code may not become the passcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It has fewer characters than the policy asks for.
    #[error("shorter than {min} characters")]
    TooShort {
        /// So many are needed.
        min: usize,
    },
    /// It has more characters than anyone may use.
    #[error("longer than {LONGEST} characters")]
    TooLong,
    /// The policy asks for more than digits.
    #[error("digits only")]
    LettersMissing,
    /// It is among the first that a thief tries.
    #[error("a simple sequence")]
    Simple,
    /// It is one of the last that were used.
    #[error("used before")]
    Recent,
}

impl NewPasscode<'_> {
    /// The code, for the key derivation.
    pub fn expose(&self) -> &str {
        self.0
    }
}

impl fmt::Debug for NewPasscode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPasscode(..)")
    }
}

impl Refusal {
    /// The reason with its texts.
    pub fn code(self) -> Code {
        match self {
            Self::TooShort { .. } => Code::PasscodeTooShort,
            Self::TooLong => Code::PasscodeTooLong,
            Self::LettersMissing => Code::PasscodeLettersMissing,
            Self::Simple => Code::PasscodeSimple,
            Self::Recent => Code::PasscodeRecent,
        }
    }
}

/// Takes `code`, normalised by NFKC, as the next passcode. `recent` tells whether it is one of the last
/// `passcode_history` codes, the one in use among them; it is asked last, and only if the policy keeps a history.
///
/// # Errors
/// The first rule that the code breaks.
pub fn parse<'a>(
    code: &'a str,
    policy: &Policy,
    recent: impl FnOnce(&str) -> bool,
) -> Result<NewPasscode<'a>, Refusal> {
    let min = policy.passcode_min_length.clamp(SHORTEST, LONGEST);
    let length = code.chars().count();
    if length < min {
        Err(Refusal::TooShort { min })
    } else if length > LONGEST {
        Err(Refusal::TooLong)
    } else if policy.passcode_letters && code.chars().all(|c| c.is_ascii_digit()) {
        Err(Refusal::LettersMissing)
    } else if is_simple(code) {
        Err(Refusal::Simple)
    } else if policy.passcode_history > 0 && recent(code) {
        Err(Refusal::Recent)
    } else {
        Ok(NewPasscode(code))
    }
}

/// Why the passcode must be changed before work opens again, if it must: to be asked at each unlock, at the watch's
/// last reading. `code` is the right code that was entered, `None` at a biometric unlock; `set` is when it was set.
/// If it must, engage [`crate::lock::Cause::Policy`] instead of opening.
pub fn change_due(code: Option<&str>, set: Moment, policy: &Policy, watch: &Watch) -> Option<Code> {
    let age = watch.since(set).surely;
    if policy.passcode_expiry.is_some_and(|expiry| age >= expiry) {
        return Some(Code::PasscodeExpired);
    }
    let refusal = parse(code?, policy, |_| false).err()?;
    Some(refusal.code())
}

/// Whether a code follows from its first characters: one step throughout (`111111`, `654321`, `2468`, `abcd`), a block
/// said again (`121212`), such a sequence with each character said twice (`112233`) or there and back (`123321`), or a
/// walk over the keys (`qwerty`, `147258`).
fn is_simple(code: &str) -> bool {
    let chars: Vec<char> = code.chars().flat_map(char::to_lowercase).collect();
    steps(&chars) || repeats(&chars) || stutters(&chars) || mirrors(&chars) || walks(&chars)
}

/// Whether each character follows from the one before by the same step; digits go round from 9 to 0.
fn steps(chars: &[char]) -> bool {
    let step = |pair: &[char]| match pair {
        [a, b] => match (a.to_digit(10), b.to_digit(10)) {
            (Some(a), Some(b)) => Some((i64::from(b) - i64::from(a)).rem_euclid(10)),
            (None, None) => Some(i64::from(u32::from(*b)) - i64::from(u32::from(*a))),
            _ => None,
        },
        _ => None,
    };
    let mut steps = chars.windows(2).map(step);
    let Some(Some(first)) = steps.next() else {
        return chars.len() < 2;
    };
    steps.all(|step| step == Some(first))
}

/// Whether a block of at most half the length is said again and again.
fn repeats(chars: &[char]) -> bool {
    (1..=chars.len() / 2).any(|period| {
        let later = chars.iter().skip(period);
        later.zip(chars).all(|(later, earlier)| later == earlier)
    })
}

/// Whether each character of a sequence stands there equally often, more than once.
fn stutters(chars: &[char]) -> bool {
    let runs: Vec<&[char]> = chars.chunk_by(|a, b| a == b).collect();
    let often = runs.first().map_or(0, |run| run.len());
    let said: Vec<char> = runs.iter().filter_map(|run| run.first().copied()).collect();
    often > 1 && runs.iter().all(|run| run.len() == often) && steps(&said)
}

/// Whether the second half is the first, a sequence, backwards.
fn mirrors(chars: &[char]) -> bool {
    let half = chars.get(..chars.len().div_ceil(2)).unwrap_or_default();
    steps(half) && chars.iter().eq(chars.iter().rev())
}

/// Whether it goes along the keys of a keyboard or down the columns of a keypad, in either direction.
fn walks(chars: &[char]) -> bool {
    const WALKS: [&str; 5] = [
        "qwertyuiop",
        "asdfghjkl",
        "zxcvbnm",
        "147258369",
        "1qaz2wsx3edc4rfv",
    ];
    let there: String = chars.iter().collect();
    let back: String = chars.iter().rev().collect();
    let walks = WALKS.iter();
    walks
        .into_iter()
        .any(|walk| walk.contains(&there) || walk.contains(&back))
}
