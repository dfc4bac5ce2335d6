//! Where random bytes come from: an argument everywhere, so that a simulation can be repeated.

use ring::{hmac, rand::SecureRandom};
use std::sync::atomic::{AtomicU64, Ordering};

/// A source of random bytes.
pub trait Random: Send + Sync {
    /// Fills `out` with random bytes.
    fn fill(&self, out: &mut [u8]);
}

/// The operating system's source.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::panic,
        reason = "a key or nonce made without randomness is worse than a crash"
    )]
    fn fill(&self, out: &mut [u8]) {
        if ring::rand::SystemRandom::new().fill(out).is_err() {
            panic!("the operating system has no randomness");
        }
    }
}

/// Repeatable bytes from a seed, for tests and simulations. Never for keys that protect anything: who knows the
/// seed knows all of them.
pub struct SeededRandom {
    key: hmac::Key,
    next: AtomicU64,
}

impl SeededRandom {
    /// The same seed gives the same bytes for the same sequence of calls.
    pub fn new(seed: u64) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &seed.to_be_bytes()),
            next: AtomicU64::new(0),
        }
    }
}

impl Random for SeededRandom {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            let block = hmac::sign(&self.key, &n.to_be_bytes());
            for (to, from) in chunk.iter_mut().zip(block.as_ref()) {
                *to = *from;
            }
        }
    }
}
