//! Every screen in every state, drawn without a terminal. What is compared is text: nothing is told by colour alone. Where a
//! test shows a check of the apps' acceptance it says which. Check 8 is shown by all that run in both languages.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

mod boundary;
mod fixture;
mod lock;
mod outbox;
mod settings;
mod states;
