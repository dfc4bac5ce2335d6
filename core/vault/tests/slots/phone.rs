//! What the engine does with the slots, in the order that the module documents.

use crate::{CHEAP, d, enrolment, hardware::Hardware, pair, random, target, tenant};
use companion_crypto::{
    passcode::{Kdf, Passcode},
    recovery::Request,
    secret::Key,
};
use companion_domain::fault::FaultPoints;
use companion_vault::slots::{Guarded, Kind, Slot, Slots, Wrapped};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

/// What the hardware holds a part of.
const HELD: [Kind; 4] = [Kind::Device, Kind::Passcode, Kind::Biometric, Kind::Control];

/// Ways to `D` beside the codes.
pub const DEVICE: &str = "device";
pub const BIOMETRIC: &str = "biometric";
pub const RECOVERY: &str = "recovery";

pub struct Phone {
    path: PathBuf,
    faults: FaultPoints,
    pub hardware: Hardware,
    /// Wrong codes that were really tried since the last right one.
    pub guesses: Arc<AtomicU32>,
}

impl Phone {
    pub fn new(folder: &Path, faults: FaultPoints) -> Self {
        Self {
            path: folder.join("slots.json"),
            hardware: Hardware::new(folder.join("hardware"), faults.clone()),
            faults,
            guesses: Arc::default(),
        }
    }

    pub fn slots(&self) -> Slots {
        Slots::load(&self.path).unwrap().unwrap_or_default()
    }

    /// What a process does first: whatever a kill left opens nothing.
    pub fn start(&self) {
        let slots = self.slots();
        for kind in HELD {
            self.hardware.delete_strays(&kind, number(&slots, &kind));
        }
    }

    /// How many slots the hardware holds a part of.
    pub fn held(&self) -> usize {
        let slots = self.slots().slots;
        slots.iter().filter(|slot| slot.wrapped.hw_n > 0).count()
    }

    /// Nobody joins twice.
    pub fn join(&self) {
        if self.path.exists() {
            return;
        }
        let device = self.device();
        let wrapped = self.wrap_next(&Kind::Control, &[2; 32]);
        let control = Slot::wrapped(&random(), Kind::Control, 2, wrapped);
        self.replace(&[Kind::Device, Kind::Control], vec![device, control]);
    }

    pub fn device(&self) -> Slot {
        let secret = Key::random(&random());
        let wrapped = self.wrap_next(&Kind::Device, secret.expose());
        Slot::device(&random(), target(&d()), wrapped, &secret).unwrap()
    }

    /// The first code or another one.
    pub fn set_code(&self, code: &str) {
        let new = self.passcode(code);
        self.replace(&[Kind::Device, Kind::Passcode], vec![new]);
    }

    pub fn set_biometric(&self) {
        let b = Key::random(&random());
        let wrapped = self.wrap_next(&Kind::Biometric, b.expose());
        let slot = Slot::biometric(&random(), target(&d()), wrapped, &b).unwrap();
        self.replace(&[Kind::Biometric], vec![slot]);
    }

    pub fn set_recovery(&self) {
        self.replace(&[Kind::Recovery], vec![self.recovery()]);
    }

    /// Slots that go without a successor: as at a hard lock.
    pub fn drop_slots(&self, kinds: &[Kind]) {
        let mut slots = self.slots();
        for kind in kinds {
            let n = number(&slots, kind);
            self.hardware.delete_strays(kind, n);
            self.hardware.delete(kind, n);
        }
        slots.remove(kinds, &self.path, &self.faults).unwrap();
    }

    /// All slots anew, under a new code.
    pub fn recover(&self, code: &str) {
        let wrapped = self.wrap_next(&Kind::Control, &[2; 32]);
        let control = Slot::wrapped(&random(), Kind::Control, 2, wrapped);
        let new = vec![self.passcode(code), self.recovery(), control];
        let kinds = [Kind::Device, Kind::Passcode, Kind::Recovery, Kind::Control];
        self.replace(&kinds, new);
    }

    /// The try is counted first, and forgiven if the code was right.
    pub fn check(&self, code: &str) -> Option<Key> {
        let mut slots = self.slots();
        let guarded = guarded(&self.hardware, &slots)?.tried();
        self.rewrap(&mut slots, &guarded);
        self.guesses.fetch_add(1, Ordering::SeqCst);
        let found = open_with_code(&slots, code, &guarded.h)?;
        self.guesses.store(0, Ordering::SeqCst);
        self.rewrap(&mut slots, &guarded.forgiven());
        Some(found)
    }

    /// Which of `ways` open `D` by the file as it lies there: a kind, or a code.
    pub fn opened_by<'a>(&self, ways: &[&'a str]) -> Vec<&'a str> {
        self.opened_by_file(&self.path, ways)
    }

    /// The same by a file that lies elsewhere, or is none.
    pub fn opened_by_file<'a>(&self, file: &Path, ways: &[&'a str]) -> Vec<&'a str> {
        let Ok(Some(slots)) = Slots::load(file) else {
            return Vec::new();
        };
        let opens = |way: &str| self.opens(&slots, way);
        let right = |way: &&str| opens(way).is_some_and(|key| key.expose() == d().expose());
        ways.iter().copied().filter(right).collect()
    }

    fn opens(&self, slots: &Slots, way: &str) -> Option<Key> {
        match way {
            DEVICE => self.open_by_hardware(slots.find(&Kind::Device)?),
            BIOMETRIC => self.open_by_hardware(slots.find(&Kind::Biometric)?),
            RECOVERY => open_by_company(slots.find(&Kind::Recovery)?),
            code => open_with_code(slots, code, &guarded(&self.hardware, slots)?.h),
        }
    }

    fn open_by_hardware(&self, slot: &Slot) -> Option<Key> {
        let secret = self.hardware.unwrap(&slot.kind, &slot.wrapped)?;
        slot.open(&Key::new(secret.try_into().unwrap())).ok()
    }

    fn passcode(&self, code: &str) -> Slot {
        let guarded = Guarded::new(&random());
        let kdf = Kdf::new(&random(), CHEAP);
        let secret = kdf.secret(&Passcode::new(code), &guarded.h).unwrap();
        let wrapped = self.wrap_next(&Kind::Passcode, guarded.bytes().expose());
        Slot::passcode(&random(), target(&d()), wrapped, &kdf, &secret).unwrap()
    }

    fn recovery(&self) -> Slot {
        let company = pair(7).public();
        let slot = Slot::recovery(&random(), target(&d()), &company, &tenant(), &enrolment());
        slot.unwrap()
    }

    /// Wraps by the next hardware key of a kind, of which nothing is left.
    fn wrap_next(&self, kind: &Kind, secret: &[u8]) -> Wrapped {
        let n = number(&self.slots(), kind);
        self.hardware.delete_strays(kind, n);
        self.hardware.make(kind, n + 1);
        self.hardware.wrap(kind, n + 1, secret)
    }

    /// Stores `new` in the place of `kinds`, and deletes the hardware keys of these.
    fn replace(&self, kinds: &[Kind], new: Vec<Slot>) {
        let mut slots = self.slots();
        let old: Vec<_> = kinds.iter().map(|kind| number(&slots, kind)).collect();
        slots.replace(kinds, new, &self.path, &self.faults).unwrap();
        for (kind, n) in kinds.iter().zip(old) {
            self.hardware.delete(kind, n);
        }
    }

    fn rewrap(&self, slots: &mut Slots, guarded: &Guarded) {
        let n = number(slots, &Kind::Passcode);
        let wrapped = self.wrap_next(&Kind::Passcode, guarded.bytes().expose());
        slots
            .rewrap(&Kind::Passcode, wrapped, &self.path, &self.faults)
            .unwrap();
        self.hardware.delete(&Kind::Passcode, n);
    }
}

/// What the hardware guards for the passcode slot of a file, if it still does.
pub fn guarded(hardware: &Hardware, slots: &Slots) -> Option<Guarded> {
    let slot = slots.find(&Kind::Passcode)?;
    let unwrapped = hardware.unwrap(&slot.kind, &slot.wrapped)?;
    Some(Guarded::read(&unwrapped).unwrap())
}

fn number(slots: &Slots, kind: &Kind) -> u32 {
    slots.find(kind).map_or(0, |slot| slot.wrapped.hw_n)
}

fn open_with_code(slots: &Slots, code: &str, h: &Key) -> Option<Key> {
    let slot = slots.find(&Kind::Passcode)?;
    let kdf = slot.kdf(&CHEAP).ok()?;
    let secret = kdf.secret(&Passcode::new(code), h).ok()?;
    slot.open(&secret).ok()
}

fn open_by_company(slot: &Slot) -> Option<Key> {
    let (enrolment, tenant) = (enrolment(), tenant());
    let x = pair(8);
    let request = Request::new(
        &random(),
        enrolment.as_str(),
        &slot.id,
        &slot.wrapped.hw,
        x.public(),
    );
    let answer = request.answer(&random(), &pair(7), tenant.as_str()).ok()?;
    let r = request.open(&x, tenant.as_str(), &answer).ok()?;
    slot.open(&r).ok()
}
