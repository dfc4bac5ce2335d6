//! adapters.

pub mod http;
