//! An agent's day on a terminal, on the Rust API of the core.
//!
//! A [`model::Model`] takes events and wants effects, [`view::draw`] shows it, [`run`] brings both together with a
//! terminal and a client. Nothing is decided here: what the app knows, the core said.

mod app;
pub mod model;
pub mod ports;
mod said;
mod screen;
pub mod texts;
mod time;
pub mod view;
mod worker;

pub use app::{AppError, Options, run};
