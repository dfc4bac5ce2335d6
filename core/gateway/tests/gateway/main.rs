//! A real gateway on loopback, with a real database, spoken to over HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of a test may end it"
)]

mod sandbox;
mod world;

mod blind;
mod config;
mod hooks;
mod inbox;
mod messages;
mod poster;
mod process;
mod receipts;
mod token;
