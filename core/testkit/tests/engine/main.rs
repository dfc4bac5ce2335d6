//! The engine over test ports: against a gateway that runs in this process, and against one that this test forges.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of a test may end it"
)]

mod boundary;
mod canary;
mod checkpoints;
mod drops;
mod extension;
mod forge;
mod hostile;
mod house;
mod lease;
mod locked;
mod names;
mod opening;
mod passcode;
mod phone;
mod presence;
mod reading;
mod recovery;
mod redaction;
mod sending;
