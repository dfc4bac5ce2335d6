//! `companionctl inspect` as a user runs it: on our own bodies, each with the whole answer it must give, and on the sample
//! payloads beside the repository where they are there.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on stops"
)]

use serde_json::{Value, json};
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Output},
};

const OWN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../adapters/tests/fixtures/whatsapp"
);
const SAMPLES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/fixtures/channels"
);

#[test]
fn our_own_bodies_are_understood_to_the_last_member() {
    let mut bodies = 0;
    for body in bodies_in(Path::new(OWN)) {
        let answer = answer_for("whatsapp_cloud", &body, body.with_extension("context.json"));
        let expected = json_in(&body.with_extension("expected.json"));
        assert_eq!(answer, expected, "{}: {answer:#}", body.display());
        bodies += 1;
    }
    assert!(bodies > 30, "{bodies} bodies found");
}

#[test]
fn the_sample_payloads_are_understood() {
    let samples = Path::new(SAMPLES);
    let Ok(cases) = fs::read(samples.join("expected.json")) else {
        // Written past the capture of passing tests, so that it is seen.
        return writeln!(
            io::stderr(),
            "SKIPPED: shared: the sample payloads were not read"
        )
        .unwrap();
    };
    let cases: Value = serde_json::from_slice(&cases).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut judged = 0;
    for case in cases["cases"].as_array().unwrap() {
        if case["channel"] != "whatsapp_cloud" {
            continue;
        }
        let name = case["file"].as_str().unwrap();
        let context = folder.path().join(name);
        fs::write(&context, case["context"].to_string()).unwrap();
        let answer = answer_for("whatsapp_cloud", &samples.join(name), context);
        let expected = match &case["expected"] {
            Value::Array(events) => json!({"events": events}),
            expected => expected.clone(),
        };
        assert_holds(&answer, &expected, name);
        judged += 1;
    }
    assert!(judged >= 8, "{judged} cases judged");
}

#[test]
fn wrong_use_exits_2_and_says_why() {
    let body = bodies_in(Path::new(OWN)).remove(0);
    let folder = tempfile::tempdir().unwrap();
    let context = folder.path().join("context.json");
    fs::write(&context, r#"{"secrets": "x"}"#).unwrap();
    for arguments in [
        vec!["--channel", "pigeon", body.to_str().unwrap()],
        vec!["--channel", "whatsapp_cloud", "no-such-file"],
        vec!["--channel", "whatsapp_cloud"],
        vec![
            "--channel",
            "whatsapp_cloud",
            "--context",
            context.to_str().unwrap(),
            body.to_str().unwrap(),
        ],
    ] {
        let output = inspect(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty());
    }
}

/// The bodies of a folder: every JSON file that is no context and no expectation.
fn bodies_in(folder: &Path) -> Vec<PathBuf> {
    let mut bodies: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.ends_with(".json") && name.matches('.').count() == 1
        })
        .collect();
    bodies.sort();
    bodies
}

fn answer_for(channel: &str, body: &Path, context: PathBuf) -> Value {
    let mut arguments = vec!["--channel", channel];
    if context.exists() {
        arguments.extend(["--context", context.to_str().unwrap()]);
    }
    arguments.push(body.to_str().unwrap());
    let output = inspect(&arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", body.display());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn inspect(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_companionctl"))
        .arg("inspect")
        .args(arguments)
        .output()
        .unwrap()
}

fn json_in(path: &Path) -> Value {
    let json = fs::read(path).unwrap_or_else(|_| panic!("{} is missing", path.display()));
    serde_json::from_slice(&json).unwrap()
}

/// Every member that `expected` names is equal; of events there are as many, and of each the members named are equal.
fn assert_holds(answer: &Value, expected: &Value, place: &str) {
    for (name, expected) in expected.as_object().unwrap() {
        let place = format!("{place}: {name}");
        if name != "events" {
            assert!(
                same(&answer[name], expected),
                "{place}: {} for {expected}",
                answer[name]
            );
            continue;
        }
        let (got, expected) = (
            answer[name].as_array().unwrap(),
            expected.as_array().unwrap(),
        );
        assert_eq!(got.len(), expected.len(), "{place}: {got:?}");
        for (index, (got, expected)) in got.iter().zip(expected).enumerate() {
            assert_holds(got, expected, &format!("{place}[{index}]"));
        }
    }
}

/// Equal, or the same second in another spelling.
fn same(got: &Value, expected: &Value) -> bool {
    let second = |value: &Value| {
        Some(
            value
                .as_str()?
                .trim_end_matches('Z')
                .trim_end_matches(".000")
                .to_owned(),
        )
    };
    got == expected || (second(got).is_some() && second(got) == second(expected))
}
