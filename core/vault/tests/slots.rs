//! The slots file: keys come back with their secret alone, and what a later release wrote stays.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

mod common;

use common::random;
use companion_crypto::{
    derive::derive,
    hash::jcs,
    seal::{Place, Sealer},
    secret::Key as SecretKey,
};
use companion_domain::fault::FaultPoints;
use companion_vault::{
    VaultError,
    slots::{CONTROL, DEVICE, Slot, Slots},
};
use data_encoding::BASE64URL_NOPAD;
use std::fs;
use tempfile::tempdir;

fn secret() -> SecretKey {
    SecretKey::new([5; 32])
}

fn slots() -> Slots {
    let plain = SecretKey::new([1; 32]);
    let device = Slot::sealed(&random(), DEVICE, 1, b"wrapped".to_vec(), &secret(), &plain);
    let mut slots = Slots::new();
    slots.slots.push(device.unwrap());
    slots.slots.push(Slot::wrapped(
        &random(),
        CONTROL,
        2,
        b"wrapped too".to_vec(),
    ));
    slots
}

#[test]
fn a_key_comes_back_with_its_secret() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("slots.json");
    assert!(Slots::load(&path).unwrap().is_none());
    slots().store(&path, &FaultPoints::default()).unwrap();
    let slots = Slots::load(&path).unwrap().unwrap();
    let device = slots.find(DEVICE).unwrap();
    assert_eq!(
        (device.key, device.hw.as_slice()),
        (1, b"wrapped".as_slice())
    );
    assert_eq!(device.open(&secret()).unwrap().expose(), &[1; 32]);
    let control = slots.find(CONTROL).unwrap();
    assert_eq!(
        (control.key, control.hw.as_slice()),
        (2, b"wrapped too".as_slice())
    );
    assert_eq!(
        control.open(&secret()).err(),
        Some(VaultError::Corrupt { place: "slots" })
    );
    let names = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names, 1, "no temporary file stays");
}

/// Opened by formats.md 8 alone: key HKDF(secret, slot id, "companion/v1/slot"), bound to the slot without `sealed`.
#[test]
fn the_seal_is_the_one_of_the_formats() {
    let text = serde_json::to_value(slots()).unwrap();
    let mut slot = text["slots"][0].clone();
    let sealed = slot.as_object_mut().unwrap().remove("sealed").unwrap();
    let sealed = BASE64URL_NOPAD.decode(sealed.as_str().unwrap().as_bytes());
    let sealer = Sealer::new(1, &derive(&secret(), slot["id"].as_str().unwrap(), "slot"));
    let place = Place::slot(&jcs(&slot).unwrap());
    assert_eq!(sealer.open(&place, &sealed.unwrap()).unwrap(), [1; 32]);
}

#[test]
fn another_secret_or_a_changed_slot_opens_nothing() {
    let slots = slots();
    let device = slots.find(DEVICE).unwrap();
    assert_eq!(
        device.open(&SecretKey::new([6; 32])).err(),
        Some(VaultError::WrongKey)
    );
    let changes: [fn(&mut Slot); 3] = [
        |slot| slot.kind = "passcode".into(),
        |slot| slot.hw = b"another".to_vec(),
        |slot| slot.id = "another".into(),
    ];
    for change in changes {
        let mut changed = device.clone();
        change(&mut changed);
        assert_eq!(changed.open(&secret()).err(), Some(VaultError::WrongKey));
    }
}

#[test]
fn what_a_later_release_wrote_stays() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("slots.json");
    let text = r#"{"v":1,"slots":[{"id":"a","kind":"passcode","key":1,"hw":"AAAA","kdf":{"m":65536},"sealed":"BBBB"}]}"#;
    fs::write(&path, text).unwrap();
    let slots = Slots::load(&path).unwrap().unwrap();
    slots.store(&path, &FaultPoints::default()).unwrap();
    let before: serde_json::Value = serde_json::from_str(text).unwrap();
    let after: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(after, before);
}

#[test]
fn a_newer_or_damaged_file_is_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("slots.json");
    let cases = [
        (
            r#"{"v":2,"slots":"elsewhere"}"#,
            VaultError::Newer { found: 2 },
        ),
        (r#"{"slots":[]}"#, VaultError::Corrupt { place: "slots" }),
        (
            r#"{"v":1,"slots":[{"#,
            VaultError::Corrupt { place: "slots" },
        ),
    ];
    for (text, error) in cases {
        fs::write(&path, text).unwrap();
        assert_eq!(Slots::load(&path).err(), Some(error));
    }
}
