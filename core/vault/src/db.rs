//! Connections with their pragmas, and queries whose errors name a place.

use crate::error::{At, VaultError};
use rusqlite::{Connection, OpenFlags, Params, Row};
use std::{path::Path, time::Duration};

/// What a writer sets, in this order (performance.md 3).
const WRITER: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";
/// What every connection sets. Deleted rows are overwritten, so that a stolen file holds no old keys.
const EVERY: &str =
    "PRAGMA cache_size = -8192; PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON;";
const STATEMENTS: usize = 64;

/// The connection that writes; makes the file if it is not there.
pub(crate) fn writer(path: &Path, place: &'static str) -> Result<Connection, VaultError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    connect(path, place, flags, &[WRITER, EVERY])
}

/// A connection that only reads.
pub(crate) fn reader(path: &Path, place: &'static str) -> Result<Connection, VaultError> {
    connect(path, place, OpenFlags::SQLITE_OPEN_READ_ONLY, &[EVERY])
}

fn connect(
    path: &Path,
    place: &'static str,
    flags: OpenFlags,
    pragmas: &[&str],
) -> Result<Connection, VaultError> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).at(place)?;
    db.busy_timeout(Duration::from_secs(5)).at(place)?;
    for pragmas in pragmas {
        db.execute_batch(pragmas).at(place)?;
    }
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}

/// All rows of a query, each as a tuple of its columns.
pub(crate) fn rows<T>(
    db: &Connection,
    place: &'static str,
    sql: &str,
    params: impl Params,
) -> Result<Vec<T>, VaultError>
where
    T: for<'a> TryFrom<&'a Row<'a>, Error = rusqlite::Error>,
{
    let mut statement = db.prepare_cached(sql).at(place)?;
    let rows = statement
        .query_map(params, |row| T::try_from(row))
        .at(place)?;
    rows.collect::<rusqlite::Result<_>>().at(place)
}

/// The first row of a query.
pub(crate) fn row<T>(
    db: &Connection,
    place: &'static str,
    sql: &str,
    params: impl Params,
) -> Result<Option<T>, VaultError>
where
    T: for<'a> TryFrom<&'a Row<'a>, Error = rusqlite::Error>,
{
    Ok(rows(db, place, sql, params)?.into_iter().next())
}

/// Runs a statement that changes rows, and says how many.
pub(crate) fn change(
    db: &Connection,
    place: &'static str,
    sql: &str,
    params: impl Params,
) -> Result<usize, VaultError> {
    db.prepare_cached(sql)
        .and_then(|mut statement| statement.execute(params))
        .at(place)
}

/// Runs a statement that must change exactly one row.
pub(crate) fn change_one(
    db: &Connection,
    place: &'static str,
    sql: &str,
    params: impl Params,
) -> Result<(), VaultError> {
    match change(db, place, sql, params)? {
        1 => Ok(()),
        _ => Err(VaultError::Conflict { place }),
    }
}
