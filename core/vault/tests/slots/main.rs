//! The slots file: each kind opens with its own secret alone, no kill loses the key, no old file gives anything back, and
//! what a later release wrote stays.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

mod file;
mod hardware;
mod kills;
mod kinds;
mod phone;

use companion_crypto::{hpke::KeyPair, passcode::Cost, random::SystemRandom, secret::Key};
use companion_domain::{
    fault::FaultPoints,
    id::{EnrolmentId, TenantId},
};
use companion_vault::slots::Target;

const CHEAP: Cost = Cost { m: 8, t: 1, p: 1 };

fn random() -> SystemRandom {
    SystemRandom
}

fn no_faults() -> FaultPoints {
    FaultPoints::default()
}

fn d() -> Key {
    Key::new([1; 32])
}

fn target(key: &Key) -> Target<'_> {
    Target { id: 1, key }
}

fn tenant() -> TenantId {
    TenantId::new("acme")
}

fn enrolment() -> EnrolmentId {
    EnrolmentId::new("7f3c1f0e-9b1d-4c55-8a53-2f6f0c1d9e11")
}

fn pair(byte: u8) -> KeyPair {
    KeyPair::derive(&Key::new([byte; 32]))
}
