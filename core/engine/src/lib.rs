//! The tokio shell on a phone: ports, flows and the public Rust API.
//!
//! Start at [`CompanionClient`]. What the phone lends is in [`ports`], plain values are in [`values`]; the flows, where
//! ports, adapters, decisions and the vault meet, are private.

mod client;
mod error;
mod flow;
mod gateway;
mod keeper;
pub mod ports;
mod rules;
mod session;
mod store;
mod stream;
pub mod values;

pub use client::CompanionClient;
pub use error::CompanionError;
#[cfg(feature = "testing")]
pub use flow::join::{JoinOffer, join};
pub use session::Surroundings;
pub use stream::{CancelToken, ChangeStream};

/// The steps after which a crash must lose nothing and double nothing, as `FaultPoints` names them. Those of the vault
/// come beside them.
pub const FAULT_POINTS: &[&str] = &[
    "engine.push.claimed",
    "engine.push.answered",
    "engine.pull.committed",
    "engine.pull.acknowledged",
    "engine.checkpoint.signed",
    "engine.extension.committed",
    "engine.extension.removed",
    "engine.unlock.paid",
];
