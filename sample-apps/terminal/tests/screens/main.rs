//! Every screen in every state, drawn without a terminal.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

mod boundary;
mod fixture;
mod outbox;
mod states;
