//! `extension.json`: what an extension may know of the enrolment.

use crate::error::SealerError;
use companion_crypto::hpke::PublicKey;
use companion_domain::{
    id::{EnrolmentId, TenantId},
    policy::LockScreen,
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

const FILE: &str = "extension.json";
const NEW: &str = "extension.new";
const VERSION: u32 = 1;

/// Whose the folder is, and what items are sealed to. It holds nothing secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    v: u32,
    /// The company.
    pub tenant: TenantId,
    /// The enrolment.
    pub enrolment_id: EnrolmentId,
    /// Where items are sealed to; only the app has the other half.
    pub inbox_key: PublicKey,
    /// What a locked screen may show.
    pub show: LockScreen,
}

impl Extension {
    /// What the app tells its extensions.
    pub fn new(
        tenant: TenantId,
        enrolment_id: EnrolmentId,
        inbox_key: PublicKey,
        show: LockScreen,
    ) -> Self {
        Self {
            v: VERSION,
            tenant,
            enrolment_id,
            inbox_key,
            show,
        }
    }

    /// Reads the bytes of the file; `None` if they are damaged or of a newer version.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes)
            .ok()
            .filter(|read: &Self| read.v == VERSION)
    }

    /// What the app told.
    ///
    /// # Errors
    /// `NotEnrolled` if there is nothing or it is damaged, `NotNow` before the first unlock.
    pub fn read(shared: &Path) -> Result<Self, SealerError> {
        let read = fs::read(shared.join(FILE));
        let bytes = read.map_err(|error| SealerError::of("extension", &error))?;
        Self::parse(&bytes).ok_or(SealerError::NotEnrolled)
    }

    /// Tells extensions, if they were told anything else before, and makes the folders that they need. A kill leaves what
    /// was told before or this.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&self, shared: &Path) -> Result<(), SealerError> {
        let failed = |error: io::Error| SealerError::of("extension", &error);
        fs::create_dir_all(crate::inbox::folder(shared)).map_err(failed)?;
        if Self::read(shared).as_ref() == Ok(self) {
            return Ok(());
        }
        let bytes = serde_json::to_vec(self).map_err(|error| failed(error.into()))?;
        let new = shared.join(NEW);
        File::create(&new)
            .and_then(|mut file| {
                file.write_all(&bytes)?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&new, shared.join(FILE)))
            .and_then(|()| sync_folder(shared))
            .map_err(failed)
    }
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
