//! What a company may set. Until signed policies arrive, each value is the default of design.md 7.

use crate::{event::DeleteKind, id::ChannelId, message::Message, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};

/// The longest time for which a policy can leave work open to nobody.
pub const LONGEST_LOCK: Duration = Duration::from_secs(60 * 60);

/// The values that decisions read. None of them can make a chat work; see [`crate::classify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The channels that may carry work; `None` allows all.
    pub account_channels: Option<BTreeSet<ChannelId>>,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// The shortest wait between two attempts.
    pub backoff_min: Duration,
    /// The longest wait between two attempts.
    pub backoff_max: Duration,
    /// How old a customer message may grow before the employee is asked again.
    pub stale_after: Duration,
    /// When customers may be written to without asking the employee; `None` is always.
    pub business_hours: Option<BusinessHours>,
    /// What happens to a mirrored message that its author takes back.
    pub mirror_unsend: MirrorUnsend,
    /// The fewest characters of a passcode, 4 to 64.
    pub passcode_min_length: usize,
    /// Whether a passcode must have something else than digits.
    pub passcode_letters: bool,
    /// How many of the last passcodes, the one in use among them, may not be set again.
    pub passcode_history: usize,
    /// How long a passcode may be used; `None` is for ever.
    pub passcode_expiry: Option<Duration>,
    /// Who can give back what a forgotten code or a lost key closed.
    pub passcode_recovery: PasscodeRecovery,
    /// How long the app may be in the background, up to [`LONGEST_LOCK`]; zero locks at once.
    pub lock_background: Duration,
    /// How long nobody may touch the app, 1 minute to [`LONGEST_LOCK`].
    pub lock_idle: Duration,
    /// Whether going into the background locks at once.
    pub lock_on_suspend: bool,
    /// How long work can be read without contact to the company.
    pub lease_offline: Duration,
    /// How long, if the employee prepared for it.
    pub lease_prepare_max: Duration,
    /// How long after the last contact a disabled enrolment's work may be destroyed.
    pub lease_destroy_after: Duration,
    /// Whether messages and records leave a locked phone.
    pub outbox_while_locked: bool,
    /// What a locked screen may show of a message that arrives.
    pub ui_lock_screen: LockScreen,
}

impl Default for Policy {
    fn default() -> Self {
        const HOUR: Duration = Duration::from_secs(60 * 60);
        Self {
            account_channels: None,
            request_timeout: Duration::from_secs(30),
            backoff_min: Duration::from_secs(2),
            backoff_max: Duration::from_secs(15 * 60),
            stale_after: Duration::from_secs(30 * 60),
            business_hours: None,
            mirror_unsend: MirrorUnsend::Keep,
            passcode_min_length: 6,
            passcode_letters: false,
            passcode_history: 1,
            passcode_expiry: None,
            passcode_recovery: PasscodeRecovery::Company,
            lock_background: Duration::from_secs(5 * 60),
            lock_idle: Duration::from_secs(15 * 60),
            lock_on_suspend: false,
            lease_offline: 72 * HOUR,
            lease_prepare_max: 7 * 24 * HOUR,
            lease_destroy_after: 90 * 24 * HOUR,
            outbox_while_locked: true,
            ui_lock_screen: LockScreen::None,
        }
    }
}

/// Who can give back what a forgotten code or a lost key closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasscodeRecovery {
    /// The company, by the recovery slot.
    Company,
    /// Nobody: there is no recovery slot, and no hard lock.
    Off,
}

/// What a locked screen may show of a message that arrives: each shows what the one before shows, and more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", from = "String")]
pub enum LockScreen {
    /// That there is news.
    #[default]
    None,
    /// On which channel.
    Channel,
    /// From whom.
    Sender,
    /// What it says.
    Full,
}

impl LockScreen {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Channel => "channel",
            Self::Sender => "sender",
            Self::Full => "full",
        }
    }
}

/// A word that is not known here shows nothing.
impl From<String> for LockScreen {
    fn from(word: String) -> Self {
        let all = [Self::Channel, Self::Sender, Self::Full];
        let known = all.into_iter().find(|one| one.as_str() == word);
        known.unwrap_or_default()
    }
}

/// What happens to a mirrored message that its author takes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MirrorUnsend {
    /// The mirror keeps the text and gains the removal.
    Keep,
    /// The mirror gains the removal as `redacted`, which tells it to drop the text; the phone drops its own copy.
    Redact,
}

impl MirrorUnsend {
    /// Whether nothing that `message` said may be kept.
    pub fn redacts(self, message: &Message) -> bool {
        let why = message.deletion.as_ref().map(|deletion| deletion.why);
        self == Self::Redact && why == Some(DeleteKind::Unsend)
    }
}

/// The hours in which the company talks with customers, in the company's own zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusinessHours {
    /// The days, Monday first.
    pub days: [bool; 7],
    /// The first minute of the day.
    pub opens: u16,
    /// The minute of the day at which they end.
    pub closes: u16,
    /// How many minutes the zone is ahead of UTC.
    pub utc_offset: i16,
}

impl BusinessHours {
    /// Whether `at` lies in them.
    pub fn contain(&self, at: Timestamp) -> bool {
        const DAY: i64 = 24 * 60;
        /// 1970-01-01 was a Thursday.
        const FIRST_DAY: i64 = 3;
        let minutes = at.seconds().div_euclid(60) + i64::from(self.utc_offset);
        let day = (minutes.div_euclid(DAY) + FIRST_DAY).rem_euclid(7);
        let open = usize::try_from(day).is_ok_and(|day| self.days.get(day) == Some(&true));
        open && (i64::from(self.opens)..i64::from(self.closes)).contains(&minutes.rem_euclid(DAY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_counted_in_the_companys_zone() {
        let tokyo = BusinessHours {
            days: [true, true, true, true, true, false, false],
            opens: 9 * 60,
            closes: 18 * 60,
            utc_offset: 9 * 60,
        };
        for (at, open) in [
            ("2026-11-20T08:59:59+09:00", false),
            ("2026-11-20T09:00:00+09:00", true),
            ("2026-11-20T08:00:00+08:00", true), // the same instant, read in Singapore
            ("2026-11-20T17:59:59+09:00", true),
            ("2026-11-20T18:00:00+09:00", false),
            ("2026-11-21T10:00:00+09:00", false), // Saturday
            ("2026-11-23T10:00:00+09:00", true),  // Monday
            ("2026-11-23T07:00:00+09:00", false), // still Sunday in UTC
            ("1969-12-31T10:00:00+09:00", true),
        ] {
            assert_eq!(
                tokyo.contain(Timestamp::parse(at).unwrap()),
                open,
                "at {at}"
            );
        }
    }
}
