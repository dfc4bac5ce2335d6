//! Where ports, adapters, decisions and the vault meet, and nowhere else.
//!
//! A decision that changes state is one job of the vault's writer: it reads, decides and writes in one transaction.
//! Network and key store are called between jobs, never inside one, so that a killed process or a dropped future finds
//! either the state before or the state after.

pub(crate) mod bind;
pub(crate) mod checkpoint;
pub(crate) mod desk;
pub(crate) mod extension;
pub(crate) mod ingest;
#[cfg(feature = "testing")]
pub(crate) mod join;
pub(crate) mod letterbox;
pub(crate) mod loss;
pub(crate) mod open;
pub(crate) mod outcome;
pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod read;
pub(crate) mod recover;
pub(crate) mod recovery;
pub(crate) mod send;
pub(crate) mod slots;
pub(crate) mod sync;
pub(crate) mod unlock;
