//! Appending by real processes: at once, killed at each step, beyond every bound, without rights.
//!
//! The test starts itself anew as the extension: `extension` appends what it is told and says how each append ended.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

use companion_crypto::{hpke::KeyPair, random::SystemRandom, secret::Key};
use companion_domain::{
    fault::FaultPoints,
    id::{EnrolmentId, TenantId},
    policy::LockScreen,
    time::{Clock, Timestamp},
};
use companion_sealer::{
    Extension, FAULT_POINTS, InboxSealer, Item, MOST_BYTES, MOST_ITEMS, Name, SealerError, inbox,
};
use std::{
    collections::BTreeMap,
    env,
    fs::{self, File},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};
use tempfile::{TempDir, tempdir};

const TENANT: &str = "acme";
const ENROLMENT: &str = "7f3c1f0e-9b1d-4c55-8a53-2f6f0c1d9e11";
const FOLDER: &str = "SEALER_FOLDER";
const WHO: &str = "SEALER_WHO";
const COUNT: &str = "SEALER_COUNT";
const KILL: &str = "SEALER_KILL";

/// A shared folder, and the pair that opens what is in it.
struct Shared {
    folder: TempDir,
    pair: KeyPair,
}

impl Shared {
    fn new() -> Self {
        let pair = KeyPair::derive(&Key::random(&SystemRandom));
        let folder = tempdir().unwrap();
        let (tenant, enrolment) = (TenantId::new(TENANT), EnrolmentId::new(ENROLMENT));
        let told = Extension::new(tenant, enrolment, pair.public(), LockScreen::None);
        told.write(folder.path()).unwrap();
        Self { folder, pair }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn sealer(&self) -> InboxSealer {
        InboxSealer::open(self.path().to_owned())
    }

    fn open(&self, name: &Name) -> Item {
        let sealed = inbox::read(self.path(), name).unwrap().unwrap();
        let (tenant, enrolment) = (TenantId::new(TENANT), EnrolmentId::new(ENROLMENT));
        Item::open(&self.pair, &tenant, &enrolment, name, &sealed).unwrap()
    }

    /// What all items say, in the order of arrival.
    fn said(&self) -> Vec<String> {
        let names = inbox::waiting(self.path()).unwrap();
        let raw = names.iter().map(|name| self.open(name).raw);
        raw.map(|raw| String::from_utf8(raw).unwrap()).collect()
    }

    fn files(&self) -> usize {
        fs::read_dir(self.path().join("inbox")).unwrap().count()
    }
}

/// Starts an extension that appends `count` items which name it.
fn start(folder: &Path, who: &str, count: usize, kill: Option<&str>) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", "extension", "--nocapture"])
        .env(FOLDER, folder)
        .env(WHO, who)
        .env(COUNT, count.to_string())
        .stdout(Stdio::null());
    if let Some(point) = kill {
        command.env(KILL, point);
    }
    command.spawn().unwrap()
}

/// Not a test by itself: an extension's process.
#[test]
fn extension() {
    let (Ok(folder), Ok(who), Ok(count)) = (env::var(FOLDER), env::var(WHO), env::var(COUNT))
    else {
        return;
    };
    let kill = env::var(KILL).unwrap_or_default();
    let faults = FaultPoints::new(move |reached| {
        if reached == kill {
            std::process::abort();
        }
    });
    let clock = Clock::new(|| Timestamp::from_ms(1_767_323_045_000));
    let sealer = InboxSealer::open_with(folder.into(), clock, Arc::new(SystemRandom), faults);
    for n in 0..count.parse().unwrap() {
        let raw = format!("{who} {n}");
        if let Err(error) = sealer.append("whatsapp_cloud", raw.as_bytes()) {
            eprintln!("{who}: {error}");
            std::process::exit(match error {
                SealerError::NotNow => 3,
                SealerError::Full => 4,
                SealerError::NotEnrolled => 5,
                SealerError::Internal { .. } => 6,
            });
        }
    }
}

#[test]
fn what_is_appended_says_what_came_when_and_for_whom() {
    let shared = Shared::new();
    shared.sealer().append("whatsapp_cloud", b"{}").unwrap();
    let name = inbox::waiting(shared.path()).unwrap()[0];
    let item = shared.open(&name);
    assert_eq!(
        (item.reader.as_str(), item.raw.as_slice()),
        ("whatsapp_cloud", &b"{}"[..])
    );
    assert_eq!(item.received_at, name.at());
    assert_eq!(shared.files(), 1);
}

#[test]
fn the_order_is_that_of_arrival_whatever_the_clock_does() {
    let shared = Shared::new();
    let times = [5_000, 5_000, 9_000, 1_000, -1, 1_767_323_045_000, 7_000];
    for (n, ms) in times.into_iter().enumerate() {
        let item = Item::new("r", Timestamp::from_ms(ms), n.to_string().as_bytes());
        let faults = FaultPoints::default();
        companion_sealer::append(shared.path(), &item, &SystemRandom, &faults).unwrap();
    }
    assert_eq!(shared.said(), ["0", "1", "2", "3", "4", "5", "6"]);
}

#[test]
fn two_processes_at_once_lose_and_mix_up_nothing_of_each_other() {
    let shared = Shared::new();
    let people = ["push", "share", "other"];
    let running = people.map(|who| start(shared.path(), who, 100, None));
    for mut process in running {
        assert!(process.wait().unwrap().success());
    }
    let mut said: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for line in shared.said() {
        let (who, n) = line.split_once(' ').unwrap();
        said.entry(who.to_owned())
            .or_default()
            .push(n.parse().unwrap());
    }
    for who in people {
        assert_eq!(said[who], (0..100).collect::<Vec<_>>(), "{who}");
    }
    assert_eq!(shared.files(), 300);
}

/// What was acknowledged is there; what was not may be there, whole; the next one comes after it.
#[test]
fn a_kill_at_any_step_leaves_all_or_nothing() {
    for (point, there) in FAULT_POINTS.iter().zip([false, true, true]) {
        let shared = Shared::new();
        shared.sealer().append("r", b"before").unwrap();
        let status = start(shared.path(), "killed", 1, Some(point))
            .wait()
            .unwrap();
        assert_eq!(status.code(), None, "{point} was never reached");
        start(shared.path(), "after", 1, None).wait().unwrap();
        let expected: &[&str] = match there {
            true => &["before", "killed 0", "after 0"],
            false => &["before", "after 0"],
        };
        assert_eq!(shared.said(), expected, "{point}");
    }
}

#[test]
fn beyond_a_bound_nothing_is_kept_and_nothing_is_overwritten() {
    let shared = Shared::new();
    let sealer = shared.sealer();
    let half = usize::try_from(MOST_BYTES / 4).unwrap();
    for _ in 0..2 {
        sealer.append("r", &vec![b'x'; half]).unwrap();
    }
    assert_eq!(
        sealer.append("r", &vec![b'x'; half]),
        Err(SealerError::Full)
    );
    sealer.append("r", b"small").unwrap();
    assert_eq!(shared.files(), 3);
    inbox::remove(shared.path(), &inbox::waiting(shared.path()).unwrap()).unwrap();

    for n in 0..MOST_ITEMS - 1 {
        let name = Name::after(None, Timestamp::from_seconds(n as i64), &SystemRandom);
        File::create(shared.path().join("inbox").join(name.to_string())).unwrap();
    }
    // What a dead process left counts, and what was refused does not.
    for (ms, ending) in [(1, "tmp"), (2, "refused")] {
        let name = Name::after(None, Timestamp::from_ms(ms), &SystemRandom).to_string();
        let path = shared.path().join("inbox").join(name);
        File::create(path.with_extension(ending)).unwrap();
    }
    assert_eq!(sealer.append("r", b"one more"), Err(SealerError::Full));
    assert_eq!(shared.files(), MOST_ITEMS + 1);
    let last = inbox::waiting(shared.path()).unwrap().pop().unwrap();
    inbox::remove(shared.path(), &[last]).unwrap();
    sealer.append("r", b"one more").unwrap();
}

#[test]
fn without_an_enrolment_nothing_is_written() {
    let folder = tempdir().unwrap();
    let sealer = InboxSealer::open(folder.path().join("shared"));
    assert_eq!(sealer.append("r", b"x"), Err(SealerError::NotEnrolled));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let shared = Shared::new();
    for damaged in ["", "{", "{\"v\":1}", "[]"] {
        fs::write(shared.path().join("extension.json"), damaged).unwrap();
        assert_eq!(
            shared.sealer().append("r", b"x"),
            Err(SealerError::NotEnrolled)
        );
    }
    assert_eq!(shared.files(), 0);
}

/// An extension that may not reach the folder, as before the first unlock, is told so, and can append once it may.
#[test]
fn out_of_reach_is_not_now() {
    const NOBODY: u32 = 65534;
    let shared = Shared::new();
    let inbox = shared.path().join("inbox");
    let rights = |mode| {
        let rights = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(&inbox, rights).unwrap();
    };
    let append = || {
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .args(["--exact", "extension"])
            .env(FOLDER, shared.path())
            .env(WHO, "late")
            .env(COUNT, "1")
            .stdout(Stdio::null());
        // Root reaches everything.
        if fs::read_dir(&inbox).is_ok() && fs::metadata("/proc/self").is_ok_and(is_roots) {
            command.uid(NOBODY);
        }
        command.status().unwrap().code()
    };
    rights(0o000);
    assert_eq!(append(), Some(3));
    rights(0o700);
    assert_eq!(shared.files(), 0);
    shared.sealer().append("r", b"x").unwrap();
}

fn is_roots(facts: fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(&facts) == 0
}
