//! The transfer of old messages when a Business app number joins: how far it came, whether it was refused.

use super::{
    Told, Unread, account,
    envelope::{Item, Kind},
    json::Object,
};
use companion_domain::time::Timestamp;

/// The code that says that the owner of the number keeps the history to themselves: final, nothing to retry.
const DECLINED: &str = "2593109";

/// How far the transfer of the history came. Chunks arrive unordered; of two values the greater tells more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HistorySync {
    /// A chunk arrived.
    Progress {
        /// Percent of the whole; 100 is the end.
        progress: u32,
        /// 0: onboarding day to day 1; 1: day 1 to 90; 2: day 90 to 180.
        phase: u32,
        /// The chunk's place in the order of its phase.
        chunk_order: u32,
    },
    /// The owner of the number did not share it (code 2593109). Final.
    Declined,
}

/// What `item` tells about the transfer.
pub(super) fn progress(item: &Item<'_>) -> Option<HistorySync> {
    let chunk = match item.kind {
        Kind::HistoryMessage(thread) => thread.chunk?,
        Kind::HistoryProgress => item.raw,
        Kind::HistoryError if declines(&Object::of(item.raw)?) => {
            return Some(HistorySync::Declined);
        }
        _ => return None,
    };
    let chunk = Object::of(chunk)?;
    let number = |name| chunk.id(name)?.parse().ok();
    Some(HistorySync::Progress {
        progress: number("progress")?,
        phase: number("phase").unwrap_or(0),
        chunk_order: number("chunk_order").unwrap_or(0),
    })
}

/// Any error but the refusal is an error of the account.
pub(super) fn error(
    item: &Item<'_>,
    error: &Object<'_>,
    received_at: Timestamp,
) -> Result<Option<Told>, Unread> {
    if declines(error) {
        return Ok(None);
    }
    account::error(item, error, received_at).map(Some)
}

fn declines(error: &Object<'_>) -> bool {
    error.id("code").as_deref() == Some(DECLINED)
}
