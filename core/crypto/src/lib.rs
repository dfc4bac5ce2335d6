//! Seal, derive, sign, verify: every format of formats.md in which a key or a hash takes part.
//!
//! Randomness arrives as an argument; nothing here reads a clock or a file. What is secret prints nothing and is
//! wiped from memory when dropped. Errors name the place and the rule, never the content.

mod bytes;
pub mod chain;
pub mod checkpoint;
pub mod derive;
pub mod document;
mod error;
pub mod hash;
pub mod hpke;
pub mod id;
pub mod json;
pub mod keyset;
mod padding;
#[cfg(feature = "passcode")]
pub mod passcode;
pub mod random;
pub mod recovery;
pub mod seal;
pub mod secret;
pub mod sign;

pub use error::CryptoError;
