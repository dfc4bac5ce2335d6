//! Where records go: each target as pure functions from envelopes to requests and from answers to outcomes.

pub mod kintone;
#[cfg(test)]
mod samples;
pub mod webhook;

use crate::http::{Attempt, Request};
use companion_crypto::CryptoError;
use companion_domain::{
    id::Key,
    outcome::{Idempotency, Outcome},
    record::Envelope,
    time::Timestamp,
};
use std::ops::Range;
use thiserror::Error;

/// A target with its configuration.
#[derive(Clone, Debug)]
pub enum Target {
    /// Standard Webhooks with CloudEvents.
    Webhook(webhook::Config),
    /// A kintone app.
    Kintone(kintone::Config),
}

/// Why no request can be made of a batch.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RequestError {
    /// The batch is empty or longer than [`Target::max_batch`].
    #[error("a batch of {0} records")]
    BatchSize(usize),
    /// A record cannot be written as JSON.
    #[error("a record that is not JSON")]
    Unwritable,
}

impl From<serde_json::Error> for RequestError {
    fn from(_: serde_json::Error) -> Self {
        Self::Unwritable
    }
}

impl From<CryptoError> for RequestError {
    fn from(_: CryptoError) -> Self {
        Self::Unwritable
    }
}

impl Target {
    /// What the target offers against doubling.
    pub fn idempotency(&self) -> Idempotency {
        match self {
            Self::Webhook(_) => webhook::IDEMPOTENCY,
            Self::Kintone(_) => kintone::IDEMPOTENCY,
        }
    }

    /// How many records one request may carry.
    pub fn max_batch(&self) -> usize {
        match self {
            Self::Webhook(_) => 1,
            Self::Kintone(_) => kintone::MAX_BATCH,
        }
    }

    /// The request that delivers `batch`, whose ids differ. `now` is the time of this attempt.
    ///
    /// # Errors
    /// [`RequestError`] tells which: the batch's size or a record without JSON.
    pub fn request(&self, batch: &[Envelope], now: Timestamp) -> Result<Request, RequestError> {
        match (self, batch) {
            (Self::Webhook(config), [event]) => config.request(event, now),
            (Self::Kintone(config), [_, ..]) if batch.len() <= kintone::MAX_BATCH => {
                config.upsert(batch)
            }
            _ => Err(RequestError::BatchSize(batch.len())),
        }
    }

    /// What the attempt came to for each record of `batch`, in order. `now` is the time at which the answer arrived.
    ///
    /// Where [`Target::split`] names sub-batches, every outcome is `NotApplied`.
    pub fn outcomes(&self, attempt: &Attempt, batch: &[Envelope], now: Timestamp) -> Vec<Outcome> {
        match self {
            Self::Webhook(_) => vec![webhook::outcome(attempt, now); batch.len()],
            Self::Kintone(_) => kintone::outcomes(attempt, batch.len(), now),
        }
    }

    /// The sub-batches to try next, after a target that takes all or nothing refused `batch` for one of its records;
    /// empty where the outcomes are final.
    pub fn split(&self, attempt: &Attempt, batch: &[Envelope]) -> Vec<Range<usize>> {
        match self {
            Self::Webhook(_) => Vec::new(),
            Self::Kintone(_) => kintone::split(attempt, batch.len()),
        }
    }
}

/// The key under which an erasure is remembered: the message's own, so that its edits and deletions are caught too.
///
/// Deleting a record at a target frees its unique key. Whoever erases `key` therefore keeps `tombstone(key)` for ever,
/// and asks before each sending whether `tombstone(&envelope.id)` is kept; then the outcome is [`erased`].
pub fn tombstone(key: &Key) -> Key {
    match key.as_str().split_once('-') {
        Some((message, _)) => Key::new(message),
        None => key.clone(),
    }
}

/// The outcome of a record that is not sent because it was erased.
pub fn erased() -> Outcome {
    Outcome::Permanent {
        code: "record.erased".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use companion_domain::{key, time::Timestamp};

    #[test]
    fn a_tombstone_covers_every_version_of_a_message() {
        let message = Key::new("m1aaaabbbbccccddddeeeeffffgggghhhh");
        let edit = key::edit(&message, Timestamp::from_ms(5), &Key::new("e1zzzzzzzz"));
        for version in [&message, &edit, &key::deletion(&message)] {
            assert_eq!(tombstone(version), message);
        }
        assert_ne!(
            tombstone(&Key::new("m1other")),
            message,
            "another message still goes"
        );
    }
}
