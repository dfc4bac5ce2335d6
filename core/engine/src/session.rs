//! An open enrolment: the vault and what derives from its keys.

use crate::{error::CompanionError, ports::Ports, rules::Rules, values::OpenOptions};
use companion_crypto::{
    hpke,
    keyset::KeySet,
    passcode::Cost,
    random::{Random, SystemRandom},
    sign::VerifyingKey,
};
use companion_domain::{
    fault::FaultPoints,
    grant::Grant,
    id::EnrolmentId,
    policy::Policy,
    reason::Code,
    time::{Clock, Timestamp},
    watch::Reading,
};
use companion_vault::{Vault, journal::Journal};
use rustix::time::{ClockId, clock_gettime};
use std::{
    fs::{File, TryLockError},
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The keys that an enrolment has in the phone's hardware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HardwareKey {
    /// Signs as this enrolment's device.
    Device,
    /// Wraps `T`.
    Work,
    /// Wraps the secret of the device slot of `D`, and nothing else: it goes with that slot, so that an old file opens
    /// nothing once there is a passcode.
    DeviceSlot,
    /// Wraps what guards the passcode slot: the key of this number.
    Passcode(u32),
    /// Wraps `P`: apart, beyond every order of the company.
    Personal,
}

/// The file whose lock says that somebody has the enrolment open.
const LOCK_FILE: &str = "lock";
/// How long a taken folder is waited for, and how often it is looked at meanwhile. A disk that is busy with something else
/// needs seconds to close a database; iOS gives an app about 30 s in the background to end what it began.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(5);

/// What a client is made of besides its ports; tests replace each.
#[derive(Clone)]
pub struct Surroundings {
    /// The time.
    pub clock: Clock,
    /// Random bytes.
    pub random: Arc<dyn Random>,
    /// Where a test may stop the process.
    pub faults: FaultPoints,
    /// What a guess at a passcode costs at least; no build that ships can lower it.
    #[cfg(feature = "testing")]
    pub guess: Cost,
}

impl Surroundings {
    /// The phone's own clock and randomness.
    pub fn system() -> Self {
        Self {
            clock: Clock::new(|| Timestamp::from_ms(wall_clock_ms())).with_since_boot(since_boot),
            random: Arc::new(SystemRandom),
            faults: FaultPoints::default(),
            #[cfg(feature = "testing")]
            guess: Cost::FLOOR,
        }
    }

    #[cfg(feature = "testing")]
    pub(crate) fn guess(&self) -> Cost {
        self.guess
    }

    #[cfg(not(feature = "testing"))]
    #[expect(clippy::unused_self, reason = "test builds can lower it")]
    pub(crate) fn guess(&self) -> Cost {
        Cost::FLOOR
    }
}

/// `CLOCK_BOOTTIME` counts sleep; Apple's monotonic clock does so by itself, and has no other name for it.
fn since_boot() -> Duration {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const CLOCK: ClockId = ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const CLOCK: ClockId = ClockId::Monotonic;
    Duration::try_from(clock_gettime(CLOCK)).unwrap_or_default()
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
    /// What it shares with extensions.
    pub(crate) shared: Option<PathBuf>,
    pub(crate) ports: Ports,
    pub(crate) surroundings: Surroundings,
    pub(crate) policy: Policy,
    /// The phone's start, which no process outlives: asked for once.
    pub(crate) boot: Arc<OnceLock<String>>,
}

impl Home {
    /// A key's name in the key store. Each enrolment has its own keys: what ends one must not touch another.
    pub(crate) fn key_name(&self, key: HardwareKey) -> String {
        let enrolment = self.enrolment.as_str();
        match key {
            HardwareKey::Device => format!("companion.{enrolment}.device"),
            HardwareKey::Work => format!("companion.{enrolment}.work"),
            HardwareKey::DeviceSlot => format!("companion.{enrolment}.slot.1"),
            HardwareKey::Personal => format!("companion.{enrolment}.personal"),
            HardwareKey::Passcode(n) => format!("companion.{enrolment}.passcode.{n}"),
        }
    }

    /// What the phone's clocks say.
    pub(crate) fn reading(&self) -> Reading {
        let clock = &self.surroundings.clock;
        let boot = self.boot.get_or_init(|| self.ports.device.boot_id());
        Reading {
            boot: boot.clone(),
            elapsed: clock.since_boot(),
            wall: clock.now(),
        }
    }

    pub(crate) fn new(options: OpenOptions, ports: Ports, surroundings: Surroundings) -> Self {
        let folder = options.root.join(options.enrolment.as_str());
        Self {
            folder,
            enrolment: options.enrolment,
            shared: options.shared,
            ports,
            surroundings,
            policy: Policy::default(),
            boot: Arc::default(),
        }
    }

    /// Waits until nobody has the enrolment open, in this process or another, and takes it. Its holder gives it back by
    /// dropping it; the system does so for one that was killed.
    ///
    /// # Errors
    /// `Unavailable` with `client.busy` if it is not given back within 20 s.
    pub(crate) async fn take_folder(&self) -> Result<File, CompanionError> {
        let failed = |error: std::io::Error| CompanionError::internal("lock", &error.kind());
        let file = File::create(self.folder.join(LOCK_FILE)).map_err(failed)?;
        let taking = async {
            loop {
                match file.try_lock() {
                    Ok(()) => return Ok(()),
                    Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
                    Err(TryLockError::Error(error)) => return Err(failed(error)),
                }
            }
        };
        tokio::time::timeout(PATIENCE, taking)
            .await
            .map_err(|_| CompanionError::unavailable(Code::ClientBusy))??;
        Ok(file)
    }
}

/// An open enrolment. It is closed when the last call that uses it ends.
pub(crate) struct Session {
    pub(crate) vault: Vault,
    pub(crate) journal: Mutex<Journal>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) grant: Grant,
    pub(crate) gateway: String,
    pub(crate) keys: KeySet,
    pub(crate) inbox: hpke::KeyPair,
    pub(crate) device_key: VerifyingKey,
    /// Given back after the files are closed: fields are dropped in their order.
    pub(crate) _folder: File,
}

/// Runs what waits for the disk on a thread of its own.
pub(crate) async fn blocking<R: Send + 'static>(
    place: &'static str,
    job: impl FnOnce() -> R + Send + 'static,
) -> Result<R, CompanionError> {
    let running = tokio::task::spawn_blocking(job);
    running.await.map_err(|error| {
        // The error itself quotes the panic, which may quote a value.
        let ending = if error.is_panic() {
            "panicked"
        } else {
            "cancelled"
        };
        CompanionError::internal(place, &ending)
    })
}
