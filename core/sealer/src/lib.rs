//! The folder that an app shares with its extensions (formats.md 8): `extension.json` says whose it is and where to seal to,
//! `inbox/` holds what arrived and the app has not taken in yet.
//!
//! [`InboxSealer`] is the extensions' side: it appends and cannot read back. [`inbox`] is the app's side. Neither opens a
//! database, so an extension never holds a lock on one.

mod error;
mod extension;
pub mod inbox;
mod item;
mod name;
mod sealer;

pub use error::SealerError;
pub use extension::Extension;
pub use item::{Item, Refusal};
pub use name::Name;
pub use sealer::{InboxSealer, MOST_BYTES, MOST_ITEMS, append};

/// The steps of an append after which a kill loses nothing that was acknowledged, as `FaultPoints` names them.
pub const FAULT_POINTS: &[&str] = &[
    "sealer.item.written",
    "sealer.item.renamed",
    "sealer.item.synced",
];
