//! Kills at every step, and old files brought back.
//!
//! A kill is an unwinding that nothing but the test catches: what comes afterwards has the files alone.

use crate::{
    d, no_faults,
    phone::{BIOMETRIC, DEVICE, Phone, RECOVERY, guarded},
};
use companion_crypto::hash::code;
use companion_domain::fault::FaultPoints;
use companion_vault::slots::{Kind, Slots};
use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tempfile::tempdir;

const ONE: &str = "493817";
const TWO: &str = "260485";
const THREE: &str = "718304";
const WAYS: [&str; 6] = [DEVICE, ONE, TWO, THREE, BIOMETRIC, RECOVERY];

type Step = fn(&Phone);

/// A phone's life, and what opens `D` after each step.
const LIFE: &[(Step, &[&str])] = &[
    (|phone| phone.join(), &[DEVICE]),
    (|phone| phone.set_code(ONE), &[ONE]),
    (|phone| phone.set_biometric(), &[ONE, BIOMETRIC]),
    (|phone| phone.set_recovery(), &[ONE, BIOMETRIC, RECOVERY]),
    (
        |phone| assert!(phone.check(TWO).is_none()),
        &[ONE, BIOMETRIC, RECOVERY],
    ),
    (|phone| right(phone, ONE), &[ONE, BIOMETRIC, RECOVERY]),
    (|phone| phone.set_code(TWO), &[TWO, BIOMETRIC, RECOVERY]),
    (|phone| phone.set_biometric(), &[TWO, BIOMETRIC, RECOVERY]),
    (hard_lock, &[RECOVERY]),
    (|phone| phone.recover(THREE), &[THREE, RECOVERY]),
    (|phone| phone.set_biometric(), &[THREE, BIOMETRIC, RECOVERY]),
    (
        |phone| phone.drop_slots(&[Kind::Biometric]),
        &[THREE, RECOVERY],
    ),
    (|phone| phone.recover(ONE), &[ONE, RECOVERY]),
];

fn hard_lock(phone: &Phone) {
    phone.drop_slots(&[Kind::Passcode, Kind::Biometric]);
}

fn right(phone: &Phone, code: &str) {
    let found = phone.check(code).unwrap();
    assert_eq!(found.expose(), d().expose());
}

/// Each step of a life is cut off at its first point, then at its second, until it comes to its end.
#[test]
fn no_kill_takes_the_key_and_no_old_file_gives_it() {
    let folder = tempdir().unwrap();
    let mut before: &[&str] = &[];
    for (step, after) in LIFE {
        let mut points = 1;
        let copies = loop {
            let (phone, copies) = watched(folder.path(), points);
            let killed = catch_unwind(AssertUnwindSafe(|| step(&phone)));
            let Err(kill) = killed else { break copies };
            assert!(kill.is::<Kill>(), "a step failed");
            let phone = Phone::new(folder.path(), no_faults());
            phone.start();
            let opened = phone.opened_by(&WAYS);
            let all = |ways: &[&str]| ways.iter().all(|way| opened.contains(way));
            assert!(all(before) || all(after), "{opened:?} at {points}");
            old_files_open_no_more(&phone, &copies);
            points += 1;
        };
        let phone = Phone::new(folder.path(), no_faults());
        assert_eq!(phone.opened_by(&WAYS), *after);
        assert_eq!(phone.hardware.keys(), phone.held(), "a key is left");
        old_files_open_no_more(&phone, &copies);
        assert!(points > 4, "only {points} points to be killed at");
        before = after;
    }
}

/// The company's answer aside: it opens what was ever sealed for it.
fn old_files_open_no_more(phone: &Phone, copies: &Copies) {
    let ways = [DEVICE, ONE, TWO, THREE, BIOMETRIC];
    let opened = phone.opened_by(&ways);
    for copy in copies.all() {
        let by_copy = phone.opened_by_file(&copy, &ways);
        assert!(
            by_copy.iter().all(|way| opened.contains(way)),
            "{by_copy:?}"
        );
    }
}

/// A thief who kills the app at any step of a check and brings back any file that ever lay there has no more guesses than
/// are counted in it.
#[test]
fn no_old_file_gives_tries_back() {
    let wrong: Step = |phone| assert!(phone.check(TWO).is_none());
    for life in [
        [wrong, wrong, wrong],
        [wrong, |phone| right(phone, ONE), wrong],
    ] {
        let mut kills = 0;
        loop {
            let folder = tempdir().unwrap();
            let (phone, copies) = watched(folder.path(), usize::MAX);
            phone.join();
            phone.set_code(ONE);
            copies.kill_after(kills + 1);
            let killed = catch_unwind(AssertUnwindSafe(|| {
                life.iter().for_each(|step| step(&phone))
            }));
            copies.kill_after(usize::MAX);
            wrong(&phone);
            let guesses = phone.guesses.load(Ordering::SeqCst);
            let mut opened = 0;
            for copy in copies.all() {
                let slots = Slots::load(&copy).ok().flatten().unwrap_or_default();
                let Some(guarded) = guarded(&phone.hardware, &slots) else {
                    continue;
                };
                opened += 1;
                assert!(
                    guarded.tries >= guesses,
                    "kill {kills}: a file gives tries back"
                );
            }
            assert!(opened > 0, "kill {kills}: no file opens");
            let Err(kill) = killed else { break };
            assert!(kill.is::<Kill>(), "a step failed");
            kills += 1;
        }
        assert!(kills > 20, "only {kills} steps to be killed at");
    }
}

struct Kill;

/// Every file that ever lay there, and the steps until the kill.
#[derive(Clone)]
struct Copies {
    folder: PathBuf,
    reached: Arc<AtomicUsize>,
    kill_at: Arc<AtomicUsize>,
}

impl Copies {
    fn kill_after(&self, steps: usize) {
        let at = self.reached.load(Ordering::SeqCst).saturating_add(steps);
        self.kill_at.store(at, Ordering::SeqCst);
    }

    fn all(&self) -> impl Iterator<Item = PathBuf> {
        let entries = fs::read_dir(self.folder.join("copies")).unwrap();
        entries.map(|entry| entry.unwrap().path())
    }

    fn reach(&self) {
        let step = self.reached.fetch_add(1, Ordering::SeqCst) + 1;
        for name in ["slots.json", "slots.new"] {
            if let Ok(bytes) = fs::read(self.folder.join(name)) {
                fs::write(self.folder.join("copies").join(code(&bytes)), bytes).unwrap();
            }
        }
        if step == self.kill_at.load(Ordering::SeqCst) {
            resume_unwind(Box::new(Kill));
        }
    }
}

/// A phone that dies at a step.
fn watched(folder: &Path, kill_at: usize) -> (Phone, Copies) {
    let copies = Copies {
        folder: folder.to_owned(),
        reached: Arc::default(),
        kill_at: Arc::new(AtomicUsize::new(kill_at)),
    };
    fs::create_dir_all(folder.join("copies")).unwrap();
    let watching = copies.clone();
    let faults = FaultPoints::new(move |_| watching.reach());
    (Phone::new(folder, faults), copies)
}
