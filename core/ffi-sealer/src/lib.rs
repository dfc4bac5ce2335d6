//! The extensions' door: the sealer for Swift and Kotlin, in a library of its own, since an extension has little memory and
//! must open no database.
//!
//! The phones' door holds it too: on Android the app itself runs where iOS starts an extension.

mod error;
mod sealer;

pub use error::SealerError;
pub use sealer::InboxSealer;

uniffi::setup_scaffolding!("companion_sealer");
