//! The disaster kit: a sandbox CRM and a channel simulator that fail on purpose, a clock, a network with faults, ports
//! for a phone that is not there, and the runners that put them together.

pub mod bench;
pub mod channel;
pub mod clock;
pub mod demo;
pub mod kill;
pub mod network;
pub mod phone;
pub mod ports;
pub mod process;
pub mod sandbox;
pub mod scan;
pub mod scenario;
pub mod tenant;
pub mod torture;
pub mod vectors;
pub mod world;
