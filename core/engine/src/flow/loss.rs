//! What an inbox numbered and this phone never got: a declared gap (formats.md 2, 9).
//!
//! A tombstone, an overflow marker and an item that cannot be opened name neither conversation nor, some of them, an
//! account. So each accepted account gets one `gap` record for a page that lost something, in a conversation that stands
//! for the account as a whole: its source id is empty, as in the channel's own news of an account, and the inbox does not
//! list it.

use super::{ingest::Decisions, letterbox::Letterbox};
use crate::rules::Rules;
use companion_domain::{binding::AccountRef, time::Timestamp};
use companion_vault::{VaultError, Write};
use serde::Deserialize;

/// One declared loss, as the gateway's overflow marker words it, too.
#[derive(Deserialize)]
pub(crate) struct Loss {
    /// Unknown for a single item: it came after the inbox was last read to its end.
    from: Option<Timestamp>,
    to: Timestamp,
    #[serde(skip, default = "overflow")]
    why: &'static str,
}

fn overflow() -> &'static str {
    "item.overflow"
}

impl Loss {
    /// The loss of one item, which was gone at `at`.
    pub(crate) fn at(at: Timestamp, why: &'static str) -> Self {
        Self {
            from: None,
            to: at,
            why,
        }
    }
}

/// Declares the losses of one page as one gap. `since` is when the inbox was last read to its end; `subject` names the
/// page.
pub(crate) fn declare(
    write: &mut Write<'_>,
    rules: &Rules,
    decisions: &Decisions,
    subject: &str,
    losses: &[Loss],
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), VaultError> {
    let Some(first) = losses.first() else {
        return Ok(());
    };
    let begin = |loss: &Loss| loss.from.or(since).unwrap_or(loss.to);
    let from = losses.iter().map(begin).min().unwrap_or(first.to);
    let to = losses.iter().map(|loss| loss.to).max().unwrap_or(first.to);
    for granted in &rules.granted {
        let account = AccountRef {
            channel: granted.channel.clone(),
            account: granted.account.clone(),
        };
        if decisions.accepts(&account) {
            let (channel, account) = (&granted.channel, &granted.account);
            let mut letterbox = Letterbox::of_account(write, rules, channel, account, now)?;
            let record = letterbox.drafting().gap(subject, from, to, first.why);
            letterbox.record(record)?;
        }
    }
    Ok(())
}
