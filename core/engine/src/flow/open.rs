//! From the keys in the phone's hardware to an open vault.

use super::{slots, unlock};
use crate::{
    error::CompanionError,
    keeper::{Guard, Keeper},
    rules::Rules,
    session::{HardwareKey, Home, Session, blocking},
    store::{self, control, load},
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
    lock::{self, Input, State},
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

/// The keys that the hardware gives without a prompt.
async fn unwrap_keys(home: &Home) -> Result<VaultKeys, CompanionError> {
    let missing = || CompanionError::recovery_needed(Code::SlotsMissing);
    let slots = slots::load(home)?;
    let personal = Slots::load(&home.folder.join(PERSONAL_SLOTS_FILE))?.ok_or_else(missing)?;
    let control = slots.find(&Kind::Control).ok_or_else(missing)?;
    let personal = personal.find(&Kind::Personal).ok_or_else(missing)?;
    Ok(VaultKeys {
        d: None,
        t: slots::unwrap(home, HardwareKey::Work, &control.wrapped.hw).await?,
        personal: slots::unwrap(home, HardwareKey::Personal, &personal.wrapped.hw).await?,
    })
}

/// The lock of a process that begins: as it was stored, then moved by what the slots say now. Until there is a passcode,
/// work opens by itself.
pub(crate) async fn keeper(home: &Home, session: &Session) -> Result<Keeper, CompanionError> {
    let stored: Option<Guard> = session.vault.read(|read| load(read, control::GUARD))?;
    let mut guard = stored.unwrap_or_else(|| Guard::new(home));
    guard.watch.advance(home.reading());
    let slots = slots::load(home)?;
    slots::sweep(home, &slots).await?;
    let ways = slots::ways(home, &slots).await;
    let lost = lock::lost(&guard.state, &ways, &guard.attempts);
    let keeper = Keeper::new(home, guard, slots.find(&Kind::Recovery).is_some());
    keeper.step(home, Some(session), &Input::Started { lost });
    if keeper.state() == State::new() {
        let d = slots::device(home, &slots).await?;
        unlock::open_store(session, &d, None).await?;
        // Nobody is watched for who could not lock anything.
        keeper.lock().d = Some(d);
    }
    keeper.store(session).await?;
    Ok(keeper)
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
    let key_set = key_set(&grant)?;
    let inbox = inbox(home, &keys.t);
    let faults = home.surroundings.faults.clone();
    let config = config(home, &grant, &key_set);
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

pub(crate) fn key_set(grant: &Grant) -> Result<KeySet, CompanionError> {
    let pinned = sha256(&document::payload(&grant.keys)?);
    Ok(KeySet::parse_pinned(&grant.keys, &pinned)?)
}

pub(crate) fn config(home: &Home, grant: &Grant, keys: &KeySet) -> VaultConfig {
    VaultConfig {
        folder: home.folder.clone(),
        enrolment: home.enrolment.clone(),
        tenant: grant.tenant.clone(),
        writer: WriterId::new(home.enrolment.as_str()),
        escrow: keys.hpke.escrow,
        random: home.surroundings.random.clone(),
        faults: home.surroundings.faults.clone(),
    }
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
