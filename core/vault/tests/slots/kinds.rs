//! One slot: its own secret opens it, and nothing else does.

use crate::{
    CHEAP, d, enrolment, no_faults, pair,
    phone::{BIOMETRIC, DEVICE, Phone, RECOVERY},
    random, target, tenant,
};
use companion_crypto::{
    derive::slot_key,
    hash::jcs,
    passcode::{Cost, Kdf, Passcode},
    recovery::Request,
    seal::{Place, Sealer},
    secret::{Key, Secret},
};
use companion_vault::{
    VaultError,
    slots::{Kind, Slot, Slots, Wrapped},
};
use data_encoding::BASE64URL_NOPAD;
use std::fs;
use tempfile::tempdir;

const CODE: &str = "493817";

pub fn device() -> Slot {
    Slot::device(&random(), target(&d()), wrapped(), &secret()).unwrap()
}

fn secret() -> Key {
    Key::new([5; 32])
}

/// As if a hardware key had wrapped something.
fn wrapped() -> Wrapped {
    Wrapped {
        hw: b"wrapped".to_vec(),
        hw_n: 3,
    }
}

fn biometric() -> Slot {
    Slot::biometric(&random(), target(&d()), wrapped(), &secret()).unwrap()
}

fn passcode(cost: Cost) -> (Slot, Secret<64>) {
    let kdf = Kdf::new(&random(), cost);
    let secret = kdf.secret(&Passcode::new(CODE), &secret()).unwrap();
    let slot = Slot::passcode(&random(), target(&d()), wrapped(), &kdf, &secret);
    (slot.unwrap(), secret)
}

fn recovery() -> Slot {
    let company = pair(7).public();
    Slot::recovery(&random(), target(&d()), &company, &tenant(), &enrolment()).unwrap()
}

/// What the company answers to a request of this phone.
fn answered(slot: &Slot) -> Key {
    let (enrolment, tenant) = (enrolment(), tenant());
    let hw = &slot.wrapped.hw;
    let request = Request::new(
        &random(),
        enrolment.as_str(),
        &slot.id,
        hw,
        pair(8).public(),
    );
    let answer = request.answer(&random(), &pair(7), tenant.as_str());
    let r = request.open(&pair(8), tenant.as_str(), &answer.unwrap());
    r.unwrap()
}

#[test]
fn each_kind_opens_with_its_own_secret() {
    for slot in [device(), biometric()] {
        assert_eq!(slot.open(&secret()).unwrap().expose(), d().expose());
        let other = slot.open(&Key::new([6; 32]));
        assert_eq!(other.err(), Some(VaultError::WrongKey));
    }
    let (one, other) = (recovery(), recovery());
    assert_eq!(one.open(&answered(&one)).unwrap().expose(), d().expose());
    let wrong = one.open(&answered(&other)).err();
    assert_eq!(wrong, Some(VaultError::WrongKey));
    let t = Slot::wrapped(&random(), Kind::Control, 2, wrapped());
    let corrupt = VaultError::Corrupt { place: "slots" };
    assert_eq!(t.open(&secret()).err(), Some(corrupt));
}

#[test]
fn a_passcode_slot_needs_the_code_and_what_the_hardware_guards() {
    let (slot, _) = passcode(CHEAP);
    let open = |code, h| {
        let kdf = slot.kdf(&CHEAP).unwrap();
        let secret = kdf.secret(&Passcode::new(code), &h).unwrap();
        slot.open(&secret)
    };
    assert_eq!(open(CODE, secret()).unwrap().expose(), d().expose());
    assert!(open("４９３８１７", secret()).is_ok(), "another keyboard");
    let wrong = Some(VaultError::WrongKey);
    assert_eq!(open("493818", secret()).err(), wrong);
    assert_eq!(open(CODE, Key::new([6; 32])).err(), wrong);
    assert_eq!(slot.open(&secret()).err(), wrong, "without a code");
}

#[test]
fn a_weak_or_monstrous_code_is_not_stretched() {
    let (slot, _) = passcode(CHEAP);
    assert!(slot.kdf(&CHEAP).is_ok());
    assert_eq!(slot.kdf(&Cost::FLOOR).err(), Some(VaultError::Weak));
    let with = |text: &str| {
        let json = serde_json::to_string(&slot).unwrap();
        let changed = json.replace(r#""m":8"#, text);
        assert_ne!(json, changed);
        let slot: Slot = serde_json::from_str(&changed).unwrap();
        slot.kdf(&CHEAP).map(|kdf| kdf.cost.m)
    };
    assert_eq!(with(r#""m":65536"#), Ok(65_536));
    let corrupt = Err(VaultError::Corrupt { place: "slots" });
    for text in [r#""m":4294967295"#, r#""m":-8"#, r#""m":"8""#, r#""n":8"#] {
        assert_eq!(with(text), corrupt, "{text}");
    }
    assert_eq!(device().kdf(&CHEAP).map(|_| 0), corrupt);
}

/// Opened by formats.md 8 alone: key HKDF(secret, slot id, "companion/v1/slot"), bound to the slot without its seal and
/// without the wrapping.
#[test]
fn the_seal_is_the_one_of_the_formats() {
    let (slot, secret) = passcode(CHEAP);
    let mut json = serde_json::to_value(slot).unwrap();
    let members = json.as_object_mut().unwrap();
    let sealed = members.remove("sealed").unwrap();
    let sealed = BASE64URL_NOPAD.decode(sealed.as_str().unwrap().as_bytes());
    assert_eq!(members.remove("hw").unwrap(), "d3JhcHBlZA");
    assert_eq!(members.remove("hw_n").unwrap(), 3);
    assert_eq!(members["kdf"]["m"], 8);
    let sealer = Sealer::new(1, &slot_key(&secret, json["id"].as_str().unwrap()));
    let place = Place::slot(&jcs(&json).unwrap());
    assert_eq!(sealer.open(&place, &sealed.unwrap()).unwrap(), [1; 32]);
}

#[test]
fn a_changed_slot_opens_nothing_and_a_new_wrapping_changes_nothing() {
    let slot = device();
    let changes: [fn(&mut Slot); 3] = [
        |slot| slot.kind = Kind::Passcode,
        |slot| slot.key = 2,
        |slot| slot.id = "another".into(),
    ];
    for change in changes {
        let mut changed = slot.clone();
        change(&mut changed);
        let opened = changed.open(&secret());
        assert_eq!(opened.err(), Some(VaultError::WrongKey));
    }
    let mut rewrapped = slot;
    rewrapped.wrapped = Wrapped::default();
    assert!(rewrapped.open(&secret()).is_ok());
}

/// A file with one slot at a time. `T` has no seal: the hardware alone keeps it.
#[test]
fn no_byte_of_the_file_can_be_changed() {
    let folder = tempdir().unwrap();
    let phone = Phone::new(folder.path(), no_faults());
    phone.join();
    let mut slots = phone.slots().slots;
    phone.set_code(CODE);
    phone.set_biometric();
    phone.set_recovery();
    slots.extend(phone.slots().slots);
    // The first code took the key behind the device slot.
    slots.retain(|slot| ![Kind::Control, Kind::Device].contains(&slot.kind));
    slots.push(phone.device());
    for slot in slots {
        let way = match slot.kind {
            Kind::Device => DEVICE,
            Kind::Biometric => BIOMETRIC,
            Kind::Recovery => RECOVERY,
            _ => CODE,
        };
        let mut alone = Slots::new();
        let path = folder.path().join("slots.json");
        alone.replace(&[], [slot], &path, &no_faults()).unwrap();
        assert_eq!(phone.opened_by(&[way]), [way]);
        let bytes = fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            fs::write(&path, &changed).unwrap();
            let opened = phone.opened_by(&[way]);
            assert!(opened.is_empty(), "{way} opens with byte {at} changed");
        }
    }
}
