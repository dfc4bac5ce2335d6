//! What anyone needs to check a mirror without this gateway.

use crate::{
    config::Config,
    store::{self, StoreError},
};
use companion_crypto::sign::VerifyingKey;
use std::collections::BTreeMap;

/// Signed checkpoints, and the keys that sign them.
pub struct Proof {
    /// Every checkpoint as it was signed (JWS), by writer and number.
    pub checkpoints: Vec<String>,
    /// The device key of each enrolment there ever was, by its id as a writer.
    pub writers: BTreeMap<String, VerifyingKey>,
}

impl Proof {
    /// Reads it from the database, beside a running gateway or without one, and changes nothing there.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be read.
    pub fn read(config: &Config) -> Result<Self, StoreError> {
        let store = store::open_to_read(&config.database)?;
        // In this order, since an enrolment is entered before its first checkpoint.
        let checkpoints = store::checkpoints(&store)?;
        let writers = store::device_keys(&store)?;
        Ok(Self {
            checkpoints,
            writers,
        })
    }
}
