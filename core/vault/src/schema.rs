//! The schemas as ordered lists of upgrades; `user_version` counts how many a file has.

use crate::{
    db,
    error::{At, VaultError},
    fault,
};
use companion_domain::fault::FaultPoints;
use rusqlite::Connection;

/// One database's schema.
pub(crate) struct Schema {
    /// The file's name, which is also its place in errors.
    pub(crate) file: &'static str,
    upgrades: &'static [&'static str],
}

/// The work store.
pub(crate) const WORK: Schema = Schema {
    file: "vault.db",
    upgrades: &[
        include_str!("schema/work_1.sql"),
        include_str!("schema/work_2.sql"),
    ],
};

/// The employee's own file.
pub(crate) const PERSONAL: Schema = Schema {
    file: "personal.db",
    upgrades: &[include_str!("schema/personal_1.sql")],
};

/// The files of both databases, with what SQLite keeps beside them.
pub const DATABASES: &[&str] = &[
    "vault.db",
    "vault.db-wal",
    "vault.db-shm",
    "personal.db",
    "personal.db-wal",
    "personal.db-shm",
];

impl Schema {
    /// How many upgrades the file has; 0 for a new one.
    ///
    /// # Errors
    /// `Newer` if it has more than this release knows.
    pub(crate) fn version(&self, db: &Connection) -> Result<usize, VaultError> {
        let found = db::row(db, self.file, "PRAGMA user_version", [])?;
        let found = found.map_or(0, |(version,): (i64,)| version);
        usize::try_from(found)
            .ok()
            .filter(|version| *version <= self.upgrades.len())
            .ok_or(VaultError::Newer { found })
    }

    /// Brings the file up to this release in one transaction; `seed` writes the first rows of a new one.
    pub(crate) fn upgrade(
        &self,
        db: &Connection,
        faults: &FaultPoints,
        seed: impl FnOnce(&Connection) -> Result<(), VaultError>,
    ) -> Result<(), VaultError> {
        let version = self.version(db)?;
        if version == self.upgrades.len() {
            return Ok(());
        }
        let transaction = db.unchecked_transaction().at(self.file)?;
        for upgrade in self.upgrades.iter().skip(version) {
            db.execute_batch(upgrade).at(self.file)?;
        }
        if version == 0 {
            seed(db)?;
        }
        db.pragma_update(None, "user_version", self.upgrades.len() as i64)
            .at(self.file)?;
        faults.reach(fault::SCHEMA_BEFORE_COMMIT);
        transaction.commit().at(self.file)?;
        faults.reach(fault::SCHEMA_COMMITTED);
        Ok(())
    }
}
