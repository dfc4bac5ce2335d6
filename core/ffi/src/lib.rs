//! The phones' door: the engine's API (formats.md 10) for Swift and Kotlin.
//!
//! Nothing is decided here. [`CompanionClient`] hands each call over to the engine's; what crosses is declared in [`values`],
//! [`message`], [`ids`] and [`error`], mostly as the *shape* of a type that lives in the core: the compiler compares the two,
//! so a new field or case cannot be forgotten. [`ports`] are what a phone lends, [`log`] is where it reads the log.
//!
//! Every call returns a `Result`, and a panic inside becomes `Internal`: beyond the door it would end the app.

mod client;
pub mod error;
mod guard;
pub mod http;
pub mod ids;
mod live;
pub mod log;
pub mod message;
pub mod ports;
mod stream;
pub mod values;

pub use client::CompanionClient;
pub use live::live_objects;
pub use stream::{CancelToken, ChangeStream};

uniffi::setup_scaffolding!("companion");
companion_ffi_sealer::uniffi_reexport_scaffolding!();
