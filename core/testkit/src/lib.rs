//! testkit.

pub mod network;
pub mod sandbox;
