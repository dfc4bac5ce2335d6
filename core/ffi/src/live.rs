//! How many objects the other side holds: what a leak test counts.

use companion_engine::CompanionError;
use std::sync::atomic::{AtomicU64, Ordering};

static LIVE: AtomicU64 = AtomicU64::new(0);

/// A field of every exported object, counted while the object lives.
pub(crate) struct Live(());

impl Live {
    pub(crate) fn new() -> Self {
        LIVE.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Clients, streams and tokens of this process that are not freed yet. For leak tests.
///
/// # Errors
/// None.
#[uniffi::export]
pub fn live_objects() -> Result<u64, CompanionError> {
    Ok(LIVE.load(Ordering::Relaxed))
}
