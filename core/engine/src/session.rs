//! An open enrolment: the vault and what derives from its keys.

use crate::{ports::Ports, rules::Rules, values::OpenOptions};
use companion_crypto::{
    hpke,
    keyset::KeySet,
    random::{Random, SystemRandom},
    sign::VerifyingKey,
};
use companion_domain::{
    fault::FaultPoints,
    grant::Grant,
    id::EnrolmentId,
    time::{Clock, Timestamp},
};
use companion_vault::{Vault, journal::Journal};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

/// The name of the device's signing key in the key store.
pub(crate) const DEVICE_KEY: &str = "companion.device";
/// The name of the key that wraps `T` and the device slot of `D`.
pub(crate) const WORK_KEY: &str = "companion.work";
/// The name of the key that wraps `P`: apart, beyond every order of the company.
pub(crate) const PERSONAL_KEY: &str = "companion.personal";

/// What a client is made of besides its ports; tests replace each.
#[derive(Clone)]
pub struct Surroundings {
    /// The time.
    pub clock: Clock,
    /// Random bytes.
    pub random: Arc<dyn Random>,
    /// Where a test may stop the process.
    pub faults: FaultPoints,
}

impl Surroundings {
    /// The phone's own clock and randomness.
    pub fn system() -> Self {
        Self {
            clock: Clock::new(|| Timestamp::from_ms(wall_clock_ms())),
            random: Arc::new(SystemRandom),
            faults: FaultPoints::default(),
        }
    }
}

fn wall_clock_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Where an enrolment lives.
#[derive(Clone)]
pub(crate) struct Home {
    pub(crate) folder: PathBuf,
    pub(crate) enrolment: EnrolmentId,
    pub(crate) ports: Ports,
    pub(crate) surroundings: Surroundings,
}

impl Home {
    pub(crate) fn new(options: OpenOptions, ports: Ports, surroundings: Surroundings) -> Self {
        let folder = options.root.join(options.enrolment.as_str());
        Self {
            folder,
            enrolment: options.enrolment,
            ports,
            surroundings,
        }
    }
}

/// An open enrolment.
pub(crate) struct Session {
    pub(crate) vault: Vault,
    pub(crate) journal: Mutex<Journal>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) grant: Grant,
    pub(crate) gateway: String,
    pub(crate) keys: KeySet,
    pub(crate) inbox: hpke::KeyPair,
    pub(crate) device_key: VerifyingKey,
}
