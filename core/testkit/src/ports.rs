//! Ports where there is no phone: a key store in files, HTTP by a library, made-up device facts. Each can be told to fail.

mod keys;

pub use keys::{FileKeyStore, Person, Which};

use crate::network;
use async_trait::async_trait;
use companion_crypto::passcode::Cost;
use companion_engine::ports::{Attempt, DeviceFacts, Request, Transport};
use std::{
    io,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Duration,
};

/// A guess at a passcode that costs nothing, for tests that are not about its cost.
pub const CHEAP_GUESS: Cost = Cost { m: 8, t: 1, p: 1 };

/// HTTP over loopback, with a switch like a phone's flight mode.
pub struct HttpTransport {
    client: reqwest::Client,
    offline: AtomicBool,
}

impl HttpTransport {
    /// A transport that is online.
    ///
    /// # Errors
    /// If no HTTP client can be made.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            client: network::client()?,
            offline: AtomicBool::new(false),
        })
    }

    /// Flight mode on or off.
    pub fn set_offline(&self, offline: bool) {
        self.offline.store(offline, Ordering::Release);
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn exchange(&self, request: Request, timeout: Duration) -> Attempt {
        if self.offline.load(Ordering::Acquire) {
            return Attempt::NotSent;
        }
        let sending = network::send(&self.client, request);
        tokio::time::timeout(timeout, sending)
            .await
            .unwrap_or(Attempt::Lost)
    }
}

/// A phone that was unlocked once. Processes come and go on it; it is started anew when a test says so.
#[derive(Default)]
pub struct TestDevice {
    boots: AtomicU32,
}

impl TestDevice {
    /// The phone is started anew.
    pub fn reboot(&self) {
        self.boots.fetch_add(1, Ordering::Relaxed);
    }
}

impl DeviceFacts for TestDevice {
    fn boot_id(&self) -> String {
        format!("boot-{}", self.boots.load(Ordering::Relaxed))
    }

    fn protected_data_available(&self) -> bool {
        true
    }

    fn versions(&self) -> String {
        concat!("testkit ", env!("CARGO_PKG_VERSION")).to_owned()
    }
}
