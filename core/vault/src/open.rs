//! Opening: the keys are proven on read-only connections before anything is written.

use crate::{
    db,
    epoch::renew_escrow,
    error::{At, VaultError},
    schema::{PERSONAL, Schema, WORK},
    seal::{P, Seals, Spot, T},
    transaction::Ids,
    vault::{VaultConfig, VaultKeys},
};
use companion_crypto::hash::equal;
use rusqlite::{Connection, params};
use std::{fs, path::Path};

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
    prove(&config.folder, &WORK, |db| prove_work(db, keys, seals))?;
    prove(&config.folder, &PERSONAL, |db| prove_personal(db, seals))?;

    let work = db::writer(&config.folder.join(WORK.file), WORK.file)?;
    WORK.upgrade(&work, &config.faults, |db| seed_work(db, keys, seals))?;
    renew_escrow(&work, seals)?;
    let personal = db::writer(&config.folder.join(PERSONAL.file), PERSONAL.file)?;
    PERSONAL.upgrade(&personal, &config.faults, |db| seed_personal(db, seals))?;
    Ok(Stores { work, personal })
}

/// Checks version and keys of a file that has a schema.
fn prove(
    folder: &Path,
    schema: &Schema,
    proof: impl FnOnce(&Connection) -> Result<(), VaultError>,
) -> Result<(), VaultError> {
    let path = folder.join(schema.file);
    if !fs::exists(&path).at(schema.file)? {
        return Ok(());
    }
    let db = db::reader(&path, schema.file)?;
    match schema.version(&db)? {
        0 => Ok(()),
        _ => proof(&db),
    }
}

fn prove_work(db: &Connection, keys: &VaultKeys, seals: &Seals) -> Result<(), VaultError> {
    let copy = proof(db, "copies", "SELECT value FROM copies WHERE id = ?", T)?;
    let plain = seals.d.open(&copy_spot(), &copy);
    match plain.map(zeroize::Zeroizing::new) {
        Ok(t) if equal(&t, keys.t.expose()) => Ok(()),
        _ => Err(VaultError::WrongKey),
    }
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
    let copy = seals.d.seal(&copy_spot(), keys.t.expose())?;
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
