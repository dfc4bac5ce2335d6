//! The app as a stranger starts it, in a real pseudo terminal: typed at, and read from its screen.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

mod day;
mod lock;
mod terminal;
