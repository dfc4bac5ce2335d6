//! Channels: one folder per system, each with what it tells us, what we send it and what it can do.

pub mod whatsapp;
