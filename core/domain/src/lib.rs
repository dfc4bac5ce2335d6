//! The decisions of the Companion SDK, as pure functions over plain values.
//!
//! Nothing here reads a clock, a random source, a file, a socket or a zone database, and nothing logs: whatever a
//! decision needs arrives as an argument. That is what lets the tests try every hour of the day and every crash.

pub mod binding;
pub mod bytes;
pub mod classify;
pub mod contact;
pub mod event;
pub mod fault;
pub mod grant;
pub mod id;
pub mod key;
pub mod lease;
pub mod lock;
pub mod message;
pub mod mirror;
pub mod outbound;
pub mod outbox;
pub mod outcome;
pub mod passcode;
pub mod policy;
pub mod reason;
pub mod record;
pub mod time;
pub mod watch;
