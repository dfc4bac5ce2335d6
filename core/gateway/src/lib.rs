//! The company's side of Companion: webhooks in, sealed to phones, records and messages out.
//!
//! Three roles on one SQLite file: *ingress* takes webhooks and seals each event to the phones that are bound to its
//! account; *relay* serves the phones' queues and cannot read them; *poster* takes what phones send and delivers it to
//! CRMs and channels, whose secrets lie here. In `mixed` mode no readable content touches a file or a log.

mod app;
mod config;
mod counters;
mod exchange;
mod grants;
mod hooks;
mod item;
mod keys;
mod messages;
mod poster;
mod problem;
mod proof;
mod receipts;
mod records;
mod serve;
mod store;
mod sync;
mod token;
mod wakes;

pub use config::{Account, Config, ConfigError, Hook, Roles, Target};
pub use keys::{Keys, KeysError, PublicKeys};
pub use proof::Proof;
pub use serve::{Gateway, Parts, ServeError, serve};
pub use store::StoreError;

/// The steps after which a crash must lose nothing and double nothing, as `FaultPoints` names them.
pub const FAULT_POINTS: &[&str] = &[
    "gateway.store.commit",
    "gateway.store.committed",
    "gateway.hook.taken",
    "gateway.token.issued",
    "gateway.ack.taken",
    "gateway.records.taken",
    "gateway.messages.taken",
    "gateway.receipts.taken",
    "gateway.poster.claimed",
    "gateway.poster.answered",
    "gateway.poster.recorded",
];
