//! Channels that are played: they deliver as the real ones do, and know what they delivered.

pub mod whatsapp;
