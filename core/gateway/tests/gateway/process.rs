//! The binary as a process of its own: its commands, its end by signal, its end by force.

use crate::{
    poster::{message, targets},
    receipts::{checkpoint, hand_over},
    sandbox::{Answer, Sandbox},
    world::{ACCOUNT, SECRET, World, deliver, one, wamids},
};
use reqwest::StatusCode;
use serde_json::json;
use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A gateway process, ended by force when dropped.
pub struct Process {
    pub child: Child,
    pub address: String,
}

impl Process {
    /// Starts one with these roles on the configuration in `folder`, logging all it can.
    pub async fn start(folder: &Path, roles: &str) -> Self {
        let address_file = folder.join(format!("{roles}.address"));
        let _ = fs::remove_file(&address_file);
        let log = fs::File::options()
            .append(true)
            .create(true)
            .open(folder.join("log"))
            .unwrap();
        let mut command = gateway(folder);
        command
            .args(["--roles", roles, "--log", "trace", "--address-file"])
            .arg(&address_file);
        let child = command.stderr(log).spawn().unwrap();
        let mut process = Self {
            child,
            address: String::new(),
        };
        for _ in 0..400 {
            if let Ok(address) = fs::read_to_string(&address_file) {
                process.address = format!("http://{address}");
                return process;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the gateway did not start");
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn gateway(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_companion-gateway"));
    command.arg("--config").arg(folder.join("gateway.toml"));
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_answered_survives_kills_and_is_there_once() {
    let mut world = World::outside("");
    let mut process = Process::start(world.folder.path(), "ingress,relay,poster").await;
    world.address = process.address.clone();
    let phone = world.phone(&[ACCOUNT]).await;
    let mut answered = Vec::new();
    for round in 0..4 {
        let hooks: Vec<_> = (0..20)
            .map(|n| {
                let id = format!("{round}-{n}");
                let (http, address) = (world.http.clone(), world.address.clone());
                tokio::spawn(async move {
                    let answer = deliver(&http, &address, &one(&id, "a"), SECRET).await;
                    let taken = answer.is_ok_and(|answer| answer.status() == StatusCode::OK);
                    taken.then(|| format!("wamid.{id}"))
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(5 * round)).await;
        process.kill();
        for hook in hooks {
            answered.extend(hook.await.unwrap());
        }
        process = Process::start(world.folder.path(), "ingress,relay,poster").await;
        world.address = process.address.clone();
        // The channel repeats what it got no answer for.
        for n in 0..20 {
            world.hook(&one(&format!("{round}-{n}"), "a")).await;
        }
    }
    let items = world.all(&phone).await;
    let numbers: Vec<u64> = items
        .iter()
        .map(|item| item["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=80).collect::<Vec<_>>());
    let ids = wamids(&items);
    assert!(
        answered
            .iter()
            .all(|id| ids.iter().filter(|other| *other == id).count() == 1)
    );

    let inbox = world.sync(&phone, "").await.inbox;
    world
        .ack(&phone, json!({"inbox": inbox, "through": 70}))
        .await;
    process.kill();
    let process = Process::start(world.folder.path(), "ingress,relay,poster").await;
    world.address = process.address.clone();
    assert_eq!(world.all(&phone).await.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_being_sent_when_the_poster_died_is_in_doubt_and_not_sent_again() {
    let (sandbox, address) = Sandbox::start().await;
    let mut world = World::outside(&targets(&address));
    let process = Process::start(world.folder.path(), "ingress,relay,poster").await;
    world.address = process.address.clone();
    let phone = world.phone(&[ACCOUNT]).await;
    sandbox.next(Answer::Silence);
    let body = json!({"messages": [message("own-1", "a")]});
    world.post(&phone, "/v1/messages", &body).await;
    while sandbox.applied().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    process.kill();
    let process = Process::start(world.folder.path(), "ingress,relay,poster").await;
    world.address = process.address.clone();
    let outcome = &world.wait_for(&phone, "outcome", 1).await[0];
    assert_eq!(
        (&outcome["outcome"], &outcome["code"]),
        (&json!("ambiguous"), &json!("poster.interrupted"))
    );
    assert_eq!(sandbox.applied().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_it_in_order() {
    let world = World::outside("");
    let mut process = Process::start(world.folder.path(), "ingress,relay").await;
    let id = process.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    assert!(process.child.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_poster_on_one_database_is_refused() {
    let world = World::outside("");
    let _first = Process::start(world.folder.path(), "poster").await;
    let second = gateway(world.folder.path())
        .args(["--roles", "poster"])
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another poster"));
}

#[test]
fn a_bad_configuration_ends_with_2_and_names_the_key() {
    let world = World::outside(
        "\n[[target]]\nname = \"crm\"\nkind = \"kintone\"\nbase_url = \"https://a.example\"\napp = 1",
    );
    let output = gateway(world.folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("target[0].token"), "{error}");
}

#[test]
fn init_makes_the_keys_once_and_prints_their_public_halves() {
    let world = World::outside("");
    let config = world.folder.path().join("gateway.toml");
    let keys = world.folder.path().join("keys.json");
    fs::remove_file(&keys).unwrap();
    let init = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_companion-gateway"));
        command
            .args(["init", "--config"])
            .arg(&config)
            .stderr(Stdio::inherit())
            .output()
            .unwrap()
    };
    let first = init();
    assert!(first.status.success());
    let public: serde_json::Value = serde_json::from_slice(&first.stdout).unwrap();
    assert_eq!(public["ingress"]["crv"], "Ed25519");
    assert_eq!(init().stdout, first.stdout);
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(
        fs::metadata(&keys).unwrap().permissions().mode() & 0o777,
        0o600
    );
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(
        gateway(world.folder.path()).output().unwrap().status.code(),
        Some(1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poster_s_own_key_file_is_for_the_poster_alone() {
    let world = World::outside("");
    world.keys_apart();
    let file = world.folder.path().join("poster-keys.json");
    let secret = fs::read_to_string(&file).unwrap();
    let start = || {
        let output = gateway(world.folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    fs::remove_file(&file).unwrap();
    assert!(start().contains("key file: No such file"));
    let _others = Process::start(world.folder.path(), "ingress,relay").await;
    let other = World::outside("");
    other.keys_apart();
    fs::copy(other.folder.path().join("poster-keys.json"), &file).unwrap();
    assert!(start().contains("not that of its public key"));
    fs::write(&file, secret).unwrap();
    let _poster = Process::start(world.folder.path(), "poster").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn export_writes_checkpoints_and_the_keys_of_all_writers_beside_a_running_gateway() {
    let mut world = World::outside("");
    let process = Process::start(world.folder.path(), "ingress,relay,poster").await;
    world.address = process.address.clone();
    let (phone, gone) = (world.phone(&[ACCOUNT]).await, world.phone(&[ACCOUNT]).await);
    let mut signed = Vec::new();
    for (phone, seq) in [(&gone, 9), (&phone, 10), (&phone, 2), (&gone, 3)] {
        let document = checkpoint(phone, &phone.id, seq, 1);
        assert_eq!(hand_over(&world, document.clone()).await, StatusCode::OK);
        signed.push((phone.id.clone(), seq, document));
    }
    signed.sort();
    fs::remove_file(gone.grant(world.folder.path())).unwrap();
    while world.ask_token(&gone.assertion(world.now())).await.status() != StatusCode::FORBIDDEN {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let export = || {
        let out = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_companion-gateway"));
        command
            .args(["export", "--config"])
            .arg(world.folder.path().join("gateway.toml"))
            .arg("--out")
            .arg(out.path());
        assert!(command.status().unwrap().success());
        let read = |name| fs::read_to_string(out.path().join(name)).unwrap();
        (read("checkpoints.jsonl"), read("writers.json"))
    };
    let (checkpoints, writers) = export();
    let expected: Vec<&String> = signed.iter().map(|(_, _, document)| document).collect();
    assert_eq!(checkpoints.lines().collect::<Vec<_>>(), expected);
    let writers: serde_json::Value = serde_json::from_str(&writers).unwrap();
    assert_eq!(
        writers,
        json!({&phone.id: phone.device.public(), &gone.id: gone.device.public()})
    );
    process.kill();
    assert_eq!(export().0, checkpoints, "after its end");
}
