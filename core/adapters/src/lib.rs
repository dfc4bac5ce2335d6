//! What each outside system says and wants, as pure functions: bytes in, values out.
//!
//! One folder per system holds all that is known of it: payloads, limits, windows, errors. Nothing here opens a socket or
//! reads a clock; requests are values that the caller sends.

pub mod channel;
pub mod crm;
pub mod http;
