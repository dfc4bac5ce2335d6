//! The processes of a run, and how their runner talks with them.

mod child;
pub mod crm;
pub mod gateway;

pub use child::{Child, ChildError};
