//! What waits for the poster: records and messages, sealed to its key, in order per target and conversation.

mod accept;
mod claim;
mod settle;

pub(crate) use accept::{NewPost, Verdict};
pub(crate) use claim::{Claim, Post, load_target, next_due, save_target};
pub(crate) use settle::{Settled, Word};

use super::StoreError;

/// Into how many shares the conversations of a target fall. Each has one worker, so that no two ever send what belongs to
/// one conversation.
pub(crate) const SHARES: u8 = 4;

/// What is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A mirror record, to CRMs.
    Record,
    /// A message to a customer, to its channel.
    Message,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Message => "message",
        }
    }

    fn read(word: &str) -> Result<Self, StoreError> {
        match word {
            "record" => Ok(Self::Record),
            "message" => Ok(Self::Message),
            _ => Err(StoreError::Malformed("post.kind")),
        }
    }
}
