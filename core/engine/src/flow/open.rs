//! From the keys in the phone's hardware to an open vault.

use crate::{
    error::CompanionError,
    rules::Rules,
    session::{Home, PERSONAL_KEY, Session, WORK_KEY},
    store,
    values::EnrolmentSummary,
};
use companion_crypto::{
    derive::derive,
    document,
    hash::sha256,
    hpke,
    keyset::KeySet,
    seal::{Place, Sealer},
    secret::Key,
    sign::VerifyingKey,
};
use companion_domain::{
    grant::Grant,
    id::{EnrolmentId, WriterId},
};
use companion_vault::{
    Vault, VaultConfig, VaultKeys,
    journal::Journal,
    slots::{CONTROL, DEVICE, PERSONAL, PERSONAL_SLOTS_FILE, SLOTS_FILE, Slots},
};
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::Path,
    sync::{Arc, Mutex},
};

/// What the company granted, sealed under `T`.
pub(crate) const GRANT_FILE: &str = "grant.sealed";
/// The number of `T` in the enrolment's one counter (formats.md 8); `D` is 1.
pub(crate) const T_ID: u16 = 2;

/// What an enrolment is, once the company granted it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Enrolled {
    pub(crate) grant: Grant,
    pub(crate) gateway: String,
    pub(crate) device_key: VerifyingKey,
}

/// The enrolments under `root`: folders with slots in them.
pub(crate) fn list(root: &Path) -> Result<Vec<EnrolmentSummary>, CompanionError> {
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(CompanionError::internal("root", &error.kind())),
    };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        if entry.path().join(SLOTS_FILE).is_file()
            && let Ok(name) = entry.file_name().into_string()
        {
            found.push(EnrolmentSummary {
                enrolment: EnrolmentId::new(name),
            });
        }
    }
    found.sort_by(|a, b| a.enrolment.cmp(&b.enrolment));
    Ok(found)
}

/// Opens the vault and finishes what a kill may have left half-way.
pub(crate) async fn session(home: &Home) -> Result<Session, CompanionError> {
    if !home.ports.device.protected_data_available() {
        return Err(CompanionError::Unavailable {
            reason: "before_first_unlock".into(),
        });
    }
    let keys = unwrap_keys(home).await?;
    let enrolled = read_grant(home, &keys.t)?;
    let session = build(home, keys, enrolled)?;
    let rules = session.rules.clone();
    let now = home.surroundings.clock.now();
    session
        .vault
        .write(move |write| super::recover::all(write, &rules, now))
        .await?;
    Ok(session)
}

async fn unwrap_keys(home: &Home) -> Result<VaultKeys, CompanionError> {
    let missing = || CompanionError::RecoveryNeeded {
        reason: "slots.missing".into(),
    };
    let slots = Slots::load(&home.folder.join(SLOTS_FILE))?.ok_or(CompanionError::NotEnrolled)?;
    let personal = Slots::load(&home.folder.join(PERSONAL_SLOTS_FILE))?.ok_or_else(missing)?;
    let device = slots.find(DEVICE).ok_or_else(missing)?;
    let control = slots.find(CONTROL).ok_or_else(missing)?;
    let personal = personal.find(PERSONAL).ok_or_else(missing)?;
    Ok(VaultKeys {
        d: device.open(&unwrap(home, WORK_KEY, &device.hw).await?)?,
        t: unwrap(home, WORK_KEY, &control.hw).await?,
        personal: unwrap(home, PERSONAL_KEY, &personal.hw).await?,
    })
}

async fn unwrap(home: &Home, name: &str, wrapped: &[u8]) -> Result<Key, CompanionError> {
    let secret = home.ports.keys.unwrap(name, wrapped).await?;
    let bytes: [u8; 32] =
        secret
            .as_slice()
            .try_into()
            .map_err(|_| CompanionError::RecoveryNeeded {
                reason: "keystore.other_key".into(),
            })?;
    Ok(Key::new(bytes))
}

fn build(home: &Home, keys: VaultKeys, enrolled: Enrolled) -> Result<Session, CompanionError> {
    let Enrolled {
        grant,
        gateway,
        device_key,
    } = enrolled;
    let pinned = sha256(&document::payload(&grant.keys)?);
    let key_set = KeySet::parse_pinned(&grant.keys, &pinned)?;
    let inbox = inbox(home, &keys.t);
    let faults = home.surroundings.faults.clone();
    let config = VaultConfig {
        folder: home.folder.clone(),
        enrolment: home.enrolment.clone(),
        tenant: grant.tenant.clone(),
        writer: WriterId::new(home.enrolment.as_str()),
        escrow: key_set.hpke.escrow,
        random: home.surroundings.random.clone(),
        faults: faults.clone(),
    };
    Ok(Session {
        vault: Vault::open(config, keys)?,
        journal: Mutex::new(Journal::open(&home.folder.join("journal.jsonl"), faults)?),
        rules: Arc::new(Rules::new(&grant, home.surroundings.random.clone())),
        grant,
        gateway,
        keys: key_set,
        inbox,
        device_key,
    })
}

pub(crate) fn inbox(home: &Home, t: &Key) -> hpke::KeyPair {
    hpke::KeyPair::derive(&derive(t, home.enrolment.as_str(), "inbox"))
}

fn read_grant(home: &Home, t: &Key) -> Result<Enrolled, CompanionError> {
    let sealed =
        fs::read(home.folder.join(GRANT_FILE)).map_err(|_| CompanionError::RecoveryNeeded {
            reason: "grant.missing".into(),
        })?;
    let plain = grant_sealer(home, t)
        .open(&grant_place(), &sealed)
        .map_err(|_| CompanionError::RecoveryNeeded {
            reason: "grant.other_key".into(),
        })?;
    Ok(store::decode("grant", &plain)?)
}

pub(crate) fn grant_sealer(home: &Home, t: &Key) -> Sealer {
    Sealer::new(T_ID, &derive(t, home.enrolment.as_str(), "seal"))
}

pub(crate) fn grant_place() -> Place {
    Place::row("grant", 0)
}
