//! A phone and an extension as processes of their own: whenever the phone dies while it takes in what the extension kept, it
//! is there once and in order afterwards, and no file is left.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its expectation fails"
)]

use companion_crypto::{
    random::SystemRandom,
    sign::{Algorithm, SigningKey},
};
use companion_domain::{
    grant::{GrantedAccount, Mode},
    id::{AccountId, ChannelId, Key, SourceConversationId},
    time::Timestamp,
};
use companion_engine::values::{BindTo, ClientState, ConversationRef};
use companion_sealer::{InboxSealer, inbox};
use companion_testkit::{
    kill::KillAt,
    phone::Command,
    process::{Child, ChildError},
    tenant::Tenant,
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::{TempDir, tempdir};

const ACCOUNT: &str = "106540352242922";
const PEER: &str = "819011112222";
const NOW_MS: i64 = 1_767_323_045_000;
/// More than one transaction takes.
const ITEMS: usize = 70;

/// The points of taking in, and how often a phone comes to each of them while it opens on [`ITEMS`] items.
const POINTS: &[(&str, &[u32])] = &[
    ("vault.group.before_commit", &[1, 2, 3]),
    ("vault.group.between_commits", &[1, 2, 3]),
    ("vault.group.committed", &[1, 2, 3]),
    ("vault.group.answered", &[1, 2, 3]),
    ("engine.extension.committed", &[1, 2]),
    ("engine.extension.removed", &[1, 2]),
];

struct Phone {
    folder: TempDir,
}

impl Phone {
    fn new() -> Self {
        let folder = tempdir().unwrap();
        let ingress = SigningKey::generate(&SystemRandom, Algorithm::Ed25519).unwrap();
        let account = GrantedAccount {
            channel: ChannelId::new("whatsapp"),
            account: AccountId::new(ACCOUNT),
            mode: Mode::Mixed,
        };
        let (key, now) = (ingress.public().clone(), Timestamp::from_ms(NOW_MS));
        let tenant = Tenant::create(&SystemRandom, "acme", key, vec![account], now).unwrap();
        let text = serde_json::to_vec(&tenant).unwrap();
        fs::write(folder.path().join("tenant.json"), text).unwrap();
        Self { folder }
    }

    fn shared(&self) -> PathBuf {
        self.folder.path().join("shared")
    }

    /// Starts its process and waits until it is open; its gateway is nowhere.
    async fn start(&self, kill: Option<&KillAt>) -> Result<Child, ChildError> {
        let path = |name: &str| self.folder.path().join(name).to_str().unwrap().to_owned();
        let mut arguments: Vec<String> = vec!["phone".into()];
        for (name, value) in [
            ("--root", path("root")),
            ("--enrolment", "7f3c1f0e-9b1d-4c55-8a53-2f6f0c1d9e11".into()),
            ("--shared", path("shared")),
            ("--keystore", path("keystore")),
            ("--tenant", path("tenant.json")),
            ("--gateway", "http://127.0.0.1:9".into()),
            ("--grants", path("")),
            ("--clock-ms", NOW_MS.to_string()),
        ] {
            arguments.extend([name.to_owned(), value]);
        }
        if let Some(kill) = kill {
            arguments.extend(["--kill".to_owned(), kill.to_string()]);
        }
        let program = Path::new(env!("CARGO_BIN_EXE_companion-testkit"));
        let log = self.folder.path().join("log");
        let mut child = Child::start("phone", program, &arguments, &log)?;
        child.hear::<Value>().await?;
        Ok(child)
    }
}

/// What WhatsApp would tell of a customer's text.
fn text(n: usize) -> String {
    let message = json!({"from": PEER, "id": format!("wamid.{n:03}"), "timestamp": "1767323045", "type": "text",
        "text": {"body": n.to_string()}});
    let value = json!({"messaging_product": "whatsapp", "messages": [message],
        "metadata": {"display_phone_number": "815012345678", "phone_number_id": ACCOUNT}});
    json!({"object": "whatsapp_business_account",
        "entry": [{"id": "102290129340398", "changes": [{"field": "messages", "value": value}]}]})
    .to_string()
}

/// Lets the phone accept and bind; answers the conversation.
async fn decide(child: &mut Child) -> Key {
    let accept = Command::Accept {
        channel: "whatsapp".into(),
        account: ACCOUNT.into(),
    };
    child.ask::<Value>(&accept).await.unwrap();
    let bind = Command::Bind {
        conversation: ConversationRef {
            channel: ChannelId::new("whatsapp"),
            account: AccountId::new(ACCOUNT),
            conversation: SourceConversationId::new(PEER),
        },
        to: BindTo::Work,
    };
    child.ask::<Value>(&bind).await.unwrap();
    let inbox: Vec<Value> = child.ask(&Command::Inbox).await.unwrap();
    serde_json::from_value(inbox[0]["key"].clone()).unwrap()
}

#[tokio::test]
async fn whenever_the_phone_dies_everything_is_there_once_and_in_order() {
    let expected: Vec<String> = (0..ITEMS).rev().map(|n| format!("wamid.{n:03}")).collect();
    for (point, times) in POINTS {
        for nth in *times {
            let kill = KillAt {
                point: (*point).into(),
                nth: *nth,
            };
            let phone = Phone::new();
            let mut child = phone.start(None).await.unwrap();
            let conversation = decide(&mut child).await;
            child.kill().await;
            let sealer = InboxSealer::open(phone.shared());
            for n in 0..ITEMS {
                sealer.append("whatsapp_cloud", text(n).as_bytes()).unwrap();
            }
            let died = phone.start(Some(&kill)).await;
            assert!(
                matches!(died, Err(ChildError::Ended { .. })),
                "no death at {kill}"
            );

            let mut child = phone.start(None).await.unwrap();
            let messages = Command::Messages { conversation };
            let messages: Vec<Value> = child.ask(&messages).await.unwrap();
            let ids = messages
                .iter()
                .map(|one| one["source_id"].as_str().unwrap());
            assert_eq!(ids.collect::<Vec<_>>(), expected, "{kill}");
            let state: ClientState = child.ask(&Command::State).await.unwrap();
            assert_eq!(state.recorded, 2 + ITEMS as u64, "{kill}");
            assert_eq!(inbox::waiting(&phone.shared()).unwrap(), [], "{kill}");
            child.kill().await;
        }
    }
}
