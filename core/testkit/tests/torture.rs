//! The torture finds what was spoiled behind its back, and nothing where nothing was.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

use serde_json::Value;
use std::process::{Command, Output};

fn torture(arguments: &[&str]) -> (Output, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_companion-testkit"))
        .args(["torture", "--rounds", "1"])
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let last = text.lines().last().unwrap_or_default();
    let verdict = serde_json::from_str(last).unwrap_or_else(|_| {
        panic!("{text}{}", String::from_utf8_lossy(&output.stderr));
    });
    (output, verdict)
}

#[test]
fn a_run_without_a_plant_is_whole() {
    let (output, verdict) = torture(&[]);
    assert!(output.status.success(), "{verdict}");
    for finding in ["lost", "doubled", "disordered", "leaked"] {
        assert_eq!(verdict[finding], 0, "{verdict}");
    }
    assert!(verdict["messages"].as_u64() > Some(0), "{verdict}");
}

#[test]
fn each_plant_is_found() {
    for target in ["kintone", "webhook"] {
        for plant in ["lost", "doubled", "disordered", "leaked"] {
            let (output, verdict) = torture(&["--target", target, "--plant", plant]);
            let told = format!("{target} {plant}: {verdict}");
            assert_eq!(output.status.code(), Some(1), "{told}");
            assert!(verdict[plant].as_u64() > Some(0), "{told}");
        }
    }
}
