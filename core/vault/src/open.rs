//! Opening: the keys are proven on read-only connections before anything is written.

use crate::{
    content::LOCKED,
    control, db,
    epoch::renew_escrow,
    error::{At, VaultError},
    schema::{PERSONAL, Schema, WORK},
    seal::{D, P, Seal, Seals, Spot, T},
    transaction::{IDS, Ids},
    vault::{VaultConfig, VaultKeys},
};
use companion_crypto::{derive::derive, hash::equal, hpke::PublicKey, random::Random, secret::Key};
use rusqlite::{Connection, params};
use std::{fs, path::Path, sync::Arc};
use zeroize::Zeroizing;

/// The two writing connections of an open store.
pub(crate) struct Stores {
    pub(crate) work: Connection,
    pub(crate) personal: Connection,
}

/// Opens, creates or upgrades both files.
pub(crate) fn open(
    config: &VaultConfig,
    keys: &VaultKeys,
    seals: &Seals,
) -> Result<Stores, VaultError> {
    fs::create_dir_all(&config.folder).at("folder")?;
    let there = prove(&config.folder, &WORK, |db| prove_work(db, keys, seals))?;
    prove(&config.folder, &PERSONAL, |db| prove_personal(db, seals))?;
    if !there && keys.d.is_none() {
        return Err(VaultError::Corrupt { place: WORK.file });
    }

    let work = db::writer(&config.folder.join(WORK.file), WORK.file)?;
    WORK.upgrade(&work, &config.faults, |db| seed_work(db, keys, seals))?;
    renew_escrow(&work, seals)?;
    let personal = db::writer(&config.folder.join(PERSONAL.file), PERSONAL.file)?;
    PERSONAL.upgrade(&personal, &config.faults, |db| seed_personal(db, seals))?;
    Ok(Stores { work, personal })
}

/// Checks version and keys of a file that has a schema, and tells whether there is one.
fn prove(
    folder: &Path,
    schema: &Schema,
    proof: impl FnOnce(&Connection) -> Result<(), VaultError>,
) -> Result<bool, VaultError> {
    let path = folder.join(schema.file);
    if !fs::exists(&path).at(schema.file)? {
        return Ok(false);
    }
    let db = db::reader(&path, schema.file)?;
    match schema.version(&db)? {
        0 => Ok(false),
        _ => proof(&db).map(|()| true),
    }
}

fn prove_work(db: &Connection, keys: &VaultKeys, seals: &Seals) -> Result<(), VaultError> {
    // Under another T the row has another name.
    control::load(db, seals, IDS)?.ok_or(VaultError::WrongKey)?;
    if let Some(public) = control::load(db, seals, LOCKED)? {
        let bytes = public.as_slice().try_into();
        let bytes = bytes.map_err(|_| VaultError::Corrupt { place: LOCKED })?;
        seals.content.know(PublicKey::from_bytes(bytes));
    }
    keys.d
        .as_ref()
        .map_or(Ok(()), |d| prove_content(db, d, seals))
}

/// Checks that `d` is the key of this store's content: it opens the copy of `T`.
pub(crate) fn prove_content(db: &Connection, d: &Key, seals: &Seals) -> Result<(), VaultError> {
    let t = copy_of_t(db, d, seals.enrolment.as_str(), Arc::clone(&seals.random))?;
    let hash = derive(&t, seals.enrolment.as_str(), "hash");
    if equal(hash.expose(), seals.hash.expose()) {
        Ok(())
    } else {
        Err(VaultError::WrongKey)
    }
}

fn copy_of_t(
    db: &Connection,
    d: &Key,
    enrolment: &str,
    random: Arc<dyn Random>,
) -> Result<Key, VaultError> {
    let copy = proof(db, "copies", "SELECT value FROM copies WHERE id = ?", T)?;
    let plain = Seal::new(D, d, enrolment, random).open(&copy_spot(), &copy);
    let plain = Zeroizing::new(plain.map_err(|_| VaultError::WrongKey)?);
    let bytes = plain.as_slice().try_into();
    bytes.map(Key::new).map_err(|_| VaultError::WrongKey)
}

fn prove_personal(db: &Connection, seals: &Seals) -> Result<(), VaultError> {
    let value = proof(db, "proofs", "SELECT value FROM proofs WHERE id = ?", P)?;
    let plain = seals.personal.open(&proof_spot(), &value);
    plain.map(drop).map_err(|_| VaultError::WrongKey)
}

fn proof(db: &Connection, table: &'static str, sql: &str, id: u16) -> Result<Vec<u8>, VaultError> {
    let row = db::row(db, table, sql, [id])?;
    row.map(|(value,)| value)
        .ok_or(VaultError::Corrupt { place: table })
}

fn seed_work(db: &Connection, keys: &VaultKeys, seals: &Seals) -> Result<(), VaultError> {
    let copy = seals.content.seal(&copy_spot(), keys.t.expose())?;
    let sql = "INSERT INTO copies (id, value) VALUES (?, ?)";
    db::change_one(db, "copies", sql, params![T, copy])?;
    Ids::seed(db, seals)
}

fn seed_personal(db: &Connection, seals: &Seals) -> Result<(), VaultError> {
    let value = seals.personal.seal(&proof_spot(), &[])?;
    let sql = "INSERT INTO proofs (id, value) VALUES (?, ?)";
    db::change_one(db, "proofs", sql, params![P, value])
}

fn copy_spot() -> Spot {
    Spot::row("copies.value", i64::from(T))
}

fn proof_spot() -> Spot {
    Spot::row("proofs.value", i64::from(P))
}
