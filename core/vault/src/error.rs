//! Few errors, which name the place and never the content.

use companion_crypto::CryptoError;
use rusqlite::ErrorCode;
use std::io;

/// Why the store did not do what it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The keys are another store's. Nothing was written.
    #[error("the keys do not belong to this store")]
    WrongKey,
    /// A newer release wrote it. Nothing was written.
    #[error("a newer release wrote this store (version {found})")]
    Newer {
        /// The version of the schema or the form that was found.
        found: i64,
    },
    /// A value does not open in its place or does not have its form.
    #[error("{place} is damaged")]
    Corrupt {
        /// The file, table or column.
        place: &'static str,
    },
    /// `D` is not there: unlock first.
    #[error("the store is locked")]
    Locked,
    /// The passcode slot asks for less work than a guess must cost. Nothing was computed.
    #[error("the passcode slot is too weak")]
    Weak,
    /// The caller named a row that is not there, or a key that is taken.
    #[error("{place}: no such row, or the key is taken")]
    Conflict {
        /// The table.
        place: &'static str,
    },
    /// The device has no space left.
    #[error("no space is left")]
    Full,
    /// The store was closed, or its writer ended, before the job was done.
    #[error("the store is closed")]
    Closed,
    /// The file system refused.
    #[error("{place} cannot be read or written")]
    Io {
        /// The file.
        place: &'static str,
    },
    /// SQLite refused for another reason.
    #[error("{place}: SQLite error {code}")]
    Sqlite {
        /// The file, table or column.
        place: &'static str,
        /// SQLite's extended result code.
        code: i32,
    },
}

/// Gives a library's error its place.
pub(crate) trait At<T> {
    /// Says where it happened.
    fn at(self, place: &'static str) -> Result<T, VaultError>;
}

impl<T> At<T> for rusqlite::Result<T> {
    fn at(self, place: &'static str) -> Result<T, VaultError> {
        self.map_err(|error| match error {
            rusqlite::Error::SqliteFailure(error, _) => match error.code {
                ErrorCode::DiskFull => VaultError::Full,
                ErrorCode::ConstraintViolation => VaultError::Conflict { place },
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                    VaultError::Corrupt { place }
                }
                ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly => {
                    VaultError::Io { place }
                }
                _ => VaultError::Sqlite {
                    place,
                    code: error.extended_code,
                },
            },
            _ => VaultError::Corrupt { place },
        })
    }
}

impl<T> At<T> for io::Result<T> {
    fn at(self, place: &'static str) -> Result<T, VaultError> {
        self.map_err(|error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => VaultError::Full,
            _ => VaultError::Io { place },
        })
    }
}

impl<T> At<T> for Result<T, CryptoError> {
    fn at(self, place: &'static str) -> Result<T, VaultError> {
        self.map_err(|_| VaultError::Corrupt { place })
    }
}

impl<T> At<T> for serde_json::Result<T> {
    fn at(self, place: &'static str) -> Result<T, VaultError> {
        self.map_err(|_| VaultError::Corrupt { place })
    }
}
