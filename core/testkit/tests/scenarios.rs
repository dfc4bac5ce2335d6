//! The scenarios of the formats with the Rust phone, and what the driver makes of wrong ones.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output},
};

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../formats/scenarios");

fn driver(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_companion-testkit"))
        .arg("scenarios")
        .args(arguments)
        .output()
        .unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The driver's last line.
fn verdict(output: &Output) -> Value {
    let text = told(output);
    let last = text.lines().last().unwrap_or_default();
    serde_json::from_str(last)
        .unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn every_scenario_of_the_folder_holds() {
    let program = Path::new(env!("CARGO_BIN_EXE_companion-testkit"));
    if !program.with_file_name("companionctl").exists() {
        println!("SKIPPED: scenarios: companionctl was not built");
        return;
    }
    let output = driver(&[]);
    let text = told(&output);
    println!("{text}");
    let files = fs::read_dir(SCENARIOS).unwrap().map(|entry| entry.unwrap());
    let files = files.filter_map(|entry| {
        let name = entry.file_name().into_string().unwrap();
        name.strip_suffix(".json").map(str::to_owned)
    });
    let files: BTreeSet<String> = files.collect();
    let held = text.lines().filter_map(|line| line.strip_prefix("ok "));
    let held: BTreeSet<String> = held.map(str::to_owned).collect();
    assert_eq!(held, files);
    assert!(files.len() >= 25, "{}", files.len());
    let all = files.len();
    let expected = json!({"scenarios": all, "passed": all, "failed": 0});
    assert_eq!(verdict(&output), expected);
    assert!(output.status.success());
}

#[test]
fn a_changed_expectation_fails_and_names_its_step() {
    for (name, step) in [
        ("bind", "step 14 (journal): "),
        ("two_accounts", "step 18 (records): "),
        ("keys_gone", "step 10 (start): "),
    ] {
        let output = driver(&["--only", name, "--plant"]);
        let text = told(&output);
        let line = text.lines().next().unwrap();
        let why = line.strip_prefix(&format!("FAILED {name}: "));
        assert!(why.is_some_and(|why| why.starts_with(step)), "{line}");
        assert!(
            line.contains("expected ") && line.contains(", got "),
            "{line}"
        );
        let expected = json!({"scenarios": 1, "passed": 0, "failed": 1});
        assert_eq!(verdict(&output), expected);
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn a_phone_is_killed_where_it_should_be_and_nowhere_else() {
    let kill = |point: &str| json!({"start": {"kill": point}});
    let killed = json!({"phone": {"do": "sync"}, "killed": true});
    let answers = json!({"phone": {"do": "sync"}});
    let (claimed, nowhere) = ("engine.push.claimed:1", "engine.push.claimed:999");
    for (point, last, why) in [
        (claimed, &killed, None),
        (claimed, &answers, Some("ended before it answered")),
        (nowhere, &killed, Some("expected \"its end\"")),
        (nowhere, &answers, None),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let accept =
            json!({"phone": {"do": "accept", "channel": "whatsapp", "account": "106540352242922"}});
        let steps = [&accept, &json!({"kill": {}}), &kill(point), last];
        let scenario = json!({"name": "end", "about": "An end.", "steps": steps});
        fs::write(folder.path().join("end.json"), scenario.to_string()).unwrap();
        let text = told(&driver(&["--folder", folder.path().to_str().unwrap()]));
        match why {
            None => assert!(text.starts_with("ok end\n"), "{text}"),
            Some(why) => assert!(text.contains(why), "{text}"),
        }
    }
}

#[test]
fn a_slip_of_the_pen_is_an_error_that_names_file_and_step() {
    let good = json!({"passes": "1s"});
    for (slip, why) in [
        (json!({"pauses": "1s"}), "is needed"),
        (json!({"passes": "1s", "kill": {}}), "is needed"),
        (json!({"passes": "1 second"}), "no span"),
        (json!({"kill": {}, "hard": true}), "unknown field \"hard\""),
        (json!({"kill": {"hard": true}}), "takes nothing"),
        (json!({"kill": {}, "expect": {}}), "nothing can be expected"),
        (json!({"phone": {"do": "undo"}}), "unknown command \"undo\""),
        (
            json!({"phone": {"do": "sync", "wait": 1}}),
            "unknown field \"wait\"",
        ),
        (
            json!({"phone": {"do": "send", "conversation": "$c"}}),
            "\"content\" is missing",
        ),
        (
            json!({"phone": {"do": "queue"}, "expect": [{"status": "held"}]}),
            "expectation \"status\"",
        ),
        (
            json!({"phone": {"do": "sync"}, "error": {"message": "x"}}),
            "expectation \"message\"",
        ),
        (
            json!({"phone": {"do": "sync"}, "until": true}),
            "until what",
        ),
        (
            json!({"start": {"kill": "engine.unlock.paid"}}),
            "POINT:N is expected",
        ),
        (
            json!({"start": {"killed": "engine.unlock.paid:1"}}),
            "unknown field `killed`",
        ),
        (
            json!({"phone": {"do": "sync"}, "killed": true, "expect": {}}),
            "exclude each other",
        ),
        (json!({"start": {}, "killed": true}), "no phone is killed"),
        (
            json!({"records": {"sort": "message"}, "expect": []}),
            "unknown field `sort`",
        ),
        (
            json!({"fault": {"at": "moon", "what": "drop"}}),
            "unknown variant `moon`",
        ),
        (
            json!({"happens": {"contact": {"contact": {"name": "x", "fax": "1"}, "removed": false}}}),
            "unknown field \"fax\"",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let scenario = json!({"name": "slip", "about": "A slip.", "steps": [good, slip]});
        fs::write(folder.path().join("slip.json"), scenario.to_string()).unwrap();
        let output = driver(&["--folder", folder.path().to_str().unwrap()]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{slip}");
        for part in ["slip.json: step 2: ", why] {
            assert!(error.contains(part), "{slip}: {error}");
        }
    }
}
