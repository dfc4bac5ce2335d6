//! The demonstration with a stranger's own material.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

use companion_adapters::crm::webhook::SigningSecret;
use companion_domain::time::{Clock, Timestamp};
use companion_testkit::{network::Plan, sandbox};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::SystemTime,
};

const SECRET: &str = "whsec_Y29tcGFuaW9uLWRlbW8tdGVzdC1zZWNyZXQ=";

/// The demonstration's program, or nothing where the programs that it starts were not built.
fn demo(arguments: &[&str]) -> Option<Output> {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_companion-testkit"));
    for other in ["companion-gateway", "companionctl"] {
        if !program.with_file_name(other).exists() {
            println!("SKIPPED: demo: {other} was not built");
            return None;
        }
    }
    Some(
        Command::new(program)
            .arg("demo")
            .args(arguments)
            .output()
            .unwrap(),
    )
}

fn path_text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn own_bodies_arrive_and_everything_is_kept() {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/payloads");
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    let arguments = [
        "--payloads",
        fixtures,
        "--channel",
        "whatsapp_cloud",
        "--keep",
        path_text(&kept),
    ];
    let Some(output) = demo(&arguments) else {
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.contains("見積もりをお願いします"), "{text}");
    for name in [
        "records.jsonl",
        "checkpoints.jsonl",
        "writers.json",
        "hooks.jsonl",
    ] {
        assert!(fs::metadata(kept.join(name)).unwrap().len() > 0, "{name}");
    }
    let records = fs::read_to_string(kept.join("records.jsonl")).unwrap();
    let count = records.lines().count();
    assert_eq!(count, 5, "an account, a binding and three messages");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_own_webhook_gets_the_day() {
    let now = || {
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap();
        Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap())
    };
    let receiver = sandbox::start(sandbox::Options {
        app: 1,
        token: "unused".into(),
        secrets: vec![SigningSecret::parse(SECRET).unwrap()],
        plan: Plan::default(),
        clock: Clock::new(now),
        data: None,
    })
    .await
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, SECRET).unwrap();
    let url = format!("{}/webhook", receiver.url());
    let secret = path_text(&secret).to_owned();
    let telling =
        tokio::task::spawn_blocking(move || demo(&["--webhook", &url, "--secret-file", &secret]));
    let Some(output) = telling.await.unwrap() else {
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        receiver.stats().requests >= 20,
        "each record came as one event"
    );
}
