//! From the keys in the phone's hardware to an open vault.

use crate::{
    error::CompanionError,
    rules::Rules,
    session::{HardwareKey, Home, Session, blocking},
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
    reason::Code,
};
use companion_vault::{
    Vault, VaultConfig, VaultKeys,
    journal::Journal,
    slots::{Kind, PERSONAL_SLOTS_FILE, SLOTS_FILE, Slots},
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io,
    path::Path,
    sync::{Arc, Mutex},
};

/// What the company granted, sealed under `T`.
pub(crate) const GRANT_FILE: &str = "grant.sealed";
/// The journal of control decisions.
pub(crate) const JOURNAL_FILE: &str = "journal.jsonl";
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
        return Err(CompanionError::unavailable(Code::KeystoreNotNow));
    }
    let keys = unwrap_keys(home).await?;
    let enrolled = read_grant(home, &keys.t)?;
    let folder = home.take_folder().await?;
    let owned = home.clone();
    let building = move || build(&owned, keys, enrolled, folder);
    let session = blocking("open", building).await??;
    let rules = session.rules.clone();
    let now = home.surroundings.clock.now();
    session
        .vault
        .write(move |write| super::recover::all(write, &rules, now))
        .await?;
    Ok(session)
}

async fn unwrap_keys(home: &Home) -> Result<VaultKeys, CompanionError> {
    let missing = || CompanionError::recovery_needed(Code::SlotsMissing);
    let slots = Slots::load(&home.folder.join(SLOTS_FILE))?.ok_or(CompanionError::NotEnrolled)?;
    let personal = Slots::load(&home.folder.join(PERSONAL_SLOTS_FILE))?.ok_or_else(missing)?;
    let device = slots.find(&Kind::Device).ok_or_else(missing)?;
    let control = slots.find(&Kind::Control).ok_or_else(missing)?;
    let personal = personal.find(&Kind::Personal).ok_or_else(missing)?;
    let d = device.open(&unwrap(home, HardwareKey::DeviceSlot, &device.wrapped.hw).await?);
    Ok(VaultKeys {
        d: d.map_err(|_| other_key())?,
        t: unwrap(home, HardwareKey::Work, &control.wrapped.hw).await?,
        personal: unwrap(home, HardwareKey::Personal, &personal.wrapped.hw).await?,
    })
}

async fn unwrap(home: &Home, key: HardwareKey, wrapped: &[u8]) -> Result<Key, CompanionError> {
    let secret = home.ports.keys.unwrap(&home.key_name(key), wrapped).await?;
    let bytes: [u8; 32] = secret.as_slice().try_into().map_err(|_| other_key())?;
    Ok(Key::new(bytes))
}

/// The hardware answers with something that is not this enrolment's key.
fn other_key() -> CompanionError {
    CompanionError::recovery_needed(Code::KeystoreOtherKey)
}

fn build(
    home: &Home,
    keys: VaultKeys,
    enrolled: Enrolled,
    folder: File,
) -> Result<Session, CompanionError> {
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
        journal: Mutex::new(Journal::open(&home.folder.join(JOURNAL_FILE), faults)?),
        rules: Arc::new(Rules::new(
            &grant,
            home.policy.clone(),
            home.surroundings.random.clone(),
        )),
        grant,
        gateway,
        keys: key_set,
        inbox,
        device_key,
        _folder: folder,
    })
}

pub(crate) fn inbox(home: &Home, t: &Key) -> hpke::KeyPair {
    hpke::KeyPair::derive(&derive(t, home.enrolment.as_str(), "inbox"))
}

fn read_grant(home: &Home, t: &Key) -> Result<Enrolled, CompanionError> {
    let sealed = fs::read(home.folder.join(GRANT_FILE)).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => CompanionError::recovery_needed(Code::GrantMissing),
        kind => CompanionError::internal("grant", &kind),
    })?;
    let plain = grant_sealer(home, t)
        .open(&grant_place(), &sealed)
        .map_err(|_| CompanionError::recovery_needed(Code::GrantOtherKey))?;
    Ok(store::decode("grant", &plain)?)
}

pub(crate) fn grant_sealer(home: &Home, t: &Key) -> Sealer {
    Sealer::new(T_ID, &derive(t, home.enrolment.as_str(), "seal"))
}

pub(crate) fn grant_place() -> Place {
    Place::row("grant", 0)
}
