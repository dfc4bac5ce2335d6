//! The phones' door and, behind a second one, what only tests may have: a company that runs in this process, joining it,
//! a clock that can be moved, faults, an end at a chosen step.
//!
//! The library of an app is another crate and cannot hold any of this. Its door is here too, unchanged, so that the same
//! bindings run on either library.

mod clock;
mod error;
mod keys;
mod phone;
mod vectors;
mod world;

pub use clock::TestClock;
pub use error::TestError;
pub use keys::TestKeys;
pub use phone::{Invitation, join_company, open_client};
pub use vectors::{check_vectors, golden_vectors};
pub use world::{Place, TestWorld};

uniffi::setup_scaffolding!("companion_testing");
companion_ffi::uniffi_reexport_scaffolding!();
