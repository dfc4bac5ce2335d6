//! What the tests of the store share.
#![allow(
    dead_code,
    reason = "each test file is a crate of its own and uses a part"
)]

use companion_crypto::{
    hpke::KeyPair,
    random::{Random, SystemRandom},
    secret::Key as SecretKey,
};
use companion_domain::{
    fault::FaultPoints,
    id::{AccountId, ChannelId, EnrolmentId, Key, TenantId, WriterId},
    record::Record,
    time::Timestamp,
};
use companion_vault::{Vault, VaultConfig, VaultKeys};
use std::{fs, path::Path, sync::Arc};

pub const ENROLMENT: &str = "7f3c1f0e-9b1d-4c55-8a53-2f6f0c1d9e11";
pub const TENANT: &str = "acme";
/// 2026-01-02T03:04:05Z.
pub const NOW: i64 = 1_767_323_045_000;
pub const DAY: i64 = 86_400_000;

pub fn keys() -> VaultKeys {
    VaultKeys {
        d: Some(SecretKey::new([1; 32])),
        t: SecretKey::new([2; 32]),
        personal: SecretKey::new([3; 32]),
    }
}

pub fn escrow() -> KeyPair {
    KeyPair::derive(&SecretKey::new([4; 32]))
}

pub fn config(folder: &Path) -> VaultConfig {
    VaultConfig {
        folder: folder.to_owned(),
        enrolment: EnrolmentId::new(ENROLMENT),
        tenant: TenantId::new(TENANT),
        writer: WriterId::new(ENROLMENT),
        escrow: escrow().public(),
        random: Arc::new(SystemRandom),
        faults: FaultPoints::default(),
    }
}

pub fn open(folder: &Path) -> Vault {
    Vault::open(config(folder), keys()).unwrap()
}

pub fn random() -> impl Random {
    SystemRandom
}

pub fn key(text: &str) -> Key {
    Key::new(text)
}

pub fn record(name: &str, text: &str) -> Record {
    Record {
        v: 1,
        key: key(name),
        kind: "message".into(),
        change: "created".into(),
        channel: ChannelId::new("whatsapp"),
        account: AccountId::new("106540352242922"),
        conversation: key("c1one"),
        conversation_seq: 0,
        contact: None,
        direction: "inbound".into(),
        origin: "live".into(),
        source_id: None,
        sent_at: None,
        recorded_at: Timestamp::from_ms(NOW),
        author: None,
        content: Some("text".into()),
        text: Some(text.into()),
        reply_to: None,
        attachments: Vec::new(),
        supersedes: None,
        details: serde_json::Map::new(),
        salt: Vec::new(),
    }
}

/// A conversation to write into; answers its number.
pub fn conversation(vault: &Vault, name: &str) -> i64 {
    let name = key(name);
    let job =
        move |write: &mut companion_vault::Write<'_>| write.add_conversation(&name, b"", b"{}");
    vault.write(job).wait().unwrap().id
}

pub fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
