//! The door, from the side of a phone: what comes in malformed, ports that fail, panics, ends of streams and calls.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on may stop"
)]

mod ends;
mod ids;
mod message;
mod phone;
mod ports;
