//! adapters.

pub mod crm;
pub mod http;
