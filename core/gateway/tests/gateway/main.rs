//! A real gateway on loopback, with a real database, spoken to over HTTP.

mod sandbox;
mod world;

mod blind;
mod config;
mod hooks;
mod inbox;
mod poster;
mod process;
mod receipts;
mod token;
