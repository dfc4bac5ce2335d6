//! The file as a whole.

use crate::{kinds::device, no_faults};
use companion_vault::{
    VaultError,
    slots::{Kind, Slots, Wrapped},
};
use serde_json::Value;
use std::{fs, path::Path};
use tempfile::tempdir;

/// A file with a slot of a kind, and with members of a slot, of its `kdf` and of the file, that nobody knows yet.
const LATER: &str = r#"{"v":1,"later":[1],"slots":[
    {"id":"a","kind":"passcode","key":1,"hw":"AAAA","hw_n":4,"kdf":{"m":65536,"later":2},"later":3,"sealed":"BBBB"},
    {"id":"b","kind":"passkey","key":1,"hw":"CCCC","kdf":"elsewhere","sealed":"DDDD"}]}"#;

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn what_was_stored_is_loaded() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("slots.json");
    assert!(Slots::load(&path).unwrap().is_none());
    let mut slots = Slots::new();
    slots.slots.push(device());
    slots.store(&path, &no_faults()).unwrap();
    let loaded = Slots::load(&path).unwrap().unwrap();
    let slot = loaded.find(&Kind::Device).unwrap();
    assert_eq!((slot.key, &slot.wrapped), (1, &device().wrapped));
    let names = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names, 1, "no temporary file stays");
}

#[test]
fn what_a_later_release_wrote_stays() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("slots.json");
    fs::write(&path, LATER).unwrap();
    let mut slots = Slots::load(&path).unwrap().unwrap();
    slots.store(&path, &no_faults()).unwrap();
    assert_eq!(json(&path), serde_json::from_str::<Value>(LATER).unwrap());

    let wrapped = Wrapped {
        hw: vec![9],
        hw_n: 5,
    };
    let rewrapped = slots.rewrap(&Kind::Passcode, wrapped, &path, &no_faults());
    rewrapped.unwrap();
    slots
        .replace(&[Kind::Device], [device()], &path, &no_faults())
        .unwrap();
    slots.remove(&[Kind::Device], &path, &no_faults()).unwrap();
    let mut expected: Value = serde_json::from_str(LATER).unwrap();
    let list = expected["slots"].as_array_mut().unwrap();
    list[0]["hw"] = "CQ".into();
    list[0]["hw_n"] = 5.into();
    list.reverse();
    assert_eq!(json(&path), expected);
}

#[test]
fn what_cannot_be_stored_is_not_replaced() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("gone").join("slots.json");
    let mut slots = Slots::new();
    slots.slots.push(device());
    let refused = Some(VaultError::Io { place: "slots" });
    let removed = slots.remove(&[Kind::Device], &path, &no_faults());
    assert_eq!(removed.err(), refused);
    let wrapped = Wrapped::default();
    let rewrapped = slots.rewrap(&Kind::Device, wrapped.clone(), &path, &no_faults());
    assert_eq!(rewrapped.err(), refused);
    assert_eq!(slots.find(&Kind::Device).unwrap().wrapped, device().wrapped);
    let missing = slots.rewrap(&Kind::Passcode, wrapped, &path, &no_faults());
    assert_eq!(missing, Err(VaultError::Conflict { place: "slots" }));
}

#[test]
fn a_newer_or_damaged_file_is_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("slots.json");
    let newer = VaultError::Newer { found: 2 };
    let corrupt = VaultError::Corrupt { place: "slots" };
    let cases = [
        (r#"{"v":2,"slots":"elsewhere"}"#, newer),
        (r#"{"slots":[]}"#, corrupt),
        (r#"{"v":1,"slots":[{"#, corrupt),
    ];
    for (text, error) in cases {
        fs::write(&path, text).unwrap();
        assert_eq!(Slots::load(&path).err(), Some(error));
    }
}
