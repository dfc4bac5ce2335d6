//! The engine over test ports: against a gateway that runs in this process, and against one that this test forges.

mod boundary;
mod canary;
mod drops;
mod forge;
mod hostile;
mod opening;
mod phone;
mod reading;
mod sending;
