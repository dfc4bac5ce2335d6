//! The second implementation (`core/formats/judge.py`) and ours take what the other made from fresh random input,
//! and refuse it with one byte flipped. `COMPANION_PYTHON` names an interpreter that has the judge's requirements.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop at once"
)]

mod support;

use companion_crypto::{random::SystemRandom, secret::Secret};
use std::{
    fs,
    io::{Write, stderr},
    path::{Path, PathBuf},
    process::Command,
};
use support::{Vectors, check, formats, make, read, write};

#[test]
fn the_judge_takes_the_golden_vectors() {
    judge(&["check", path(&formats().join("vectors"))]);
}

#[test]
fn the_judge_takes_what_we_make() {
    let folder = fresh_folder("ours");
    write(
        &folder,
        &make::all(&make::Maker::new(seed("our"), &Vectors::new())),
    );
    judge(&["check", path(&folder)]);
}

#[test]
fn we_take_what_the_judge_makes() {
    let folder = fresh_folder("the-judges");
    if judge(&["make", path(&folder), &seed("the judge's").to_string()]) {
        check(&read(&folder));
    }
}

/// Runs the judge; false if there is none here.
fn judge(arguments: &[&str]) -> bool {
    let Some(python) = std::env::var_os("COMPANION_PYTHON") else {
        show("SKIPPED: judge: COMPANION_PYTHON is not set");
        return false;
    };
    let status = Command::new(python)
        .arg(formats().join("judge.py"))
        .args(arguments)
        .status()
        .unwrap();
    assert!(status.success(), "the judge says no");
    true
}

fn seed(whose: &str) -> u64 {
    let seed = u64::from_be_bytes(*Secret::random(&SystemRandom).expose());
    show(&format!("judge: {whose} vectors, seed {seed}"));
    seed
}

/// Shows a line past the test runner's capture.
fn show(line: &str) {
    stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

fn fresh_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("judge")
        .join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
