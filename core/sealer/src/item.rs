//! What lies in one file: an envelope around the raw bytes, sealed so that the file's name is part of it.

use crate::{extension::Extension, name::Name};
use companion_crypto::{
    CryptoError,
    hpke::{self, Envelope, KeyPair, Purpose},
    random::Random,
};
use companion_domain::{
    id::{EnrolmentId, TenantId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

const VERSION: u32 = 1;

/// What an extension received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    v: u32,
    /// Who reads the bytes, such as `whatsapp_cloud`.
    pub reader: String,
    /// When they came, by the extension's clock.
    pub received_at: Timestamp,
    /// The bytes as they came.
    #[serde(with = "companion_domain::bytes::base64url")]
    pub raw: Vec<u8>,
}

/// Why a file is not taken in, as a word for the log.
pub type Refusal = &'static str;

impl Item {
    /// Bytes for `reader` that came at `received_at`.
    pub fn new(reader: &str, received_at: Timestamp, raw: &[u8]) -> Self {
        Self {
            v: VERSION,
            reader: reader.to_owned(),
            received_at,
            raw: raw.to_vec(),
        }
    }

    /// The bytes of the file `name`.
    ///
    /// # Errors
    /// Those of sealing; an inbox key that is no key is one.
    pub fn seal(
        &self,
        to: &Extension,
        name: &Name,
        random: &dyn Random,
    ) -> Result<Vec<u8>, CryptoError> {
        let plain = serde_json::to_vec(self).map_err(|_| CryptoError::Malformed {
            place: "extension item",
        })?;
        let name = name.to_string();
        let about = about(&to.tenant, &to.enrolment_id, &name);
        hpke::seal_to(random, &to.inbox_key, &about, &plain)
    }

    /// What the file `name` holds.
    ///
    /// # Errors
    /// If it was made for another enrolment or another name, was changed or cut off, or has a form that is not known here.
    pub fn open(
        pair: &KeyPair,
        tenant: &TenantId,
        enrolment: &EnrolmentId,
        name: &Name,
        sealed: &[u8],
    ) -> Result<Self, Refusal> {
        let name = name.to_string();
        let plain = hpke::open_with(pair, &about(tenant, enrolment, &name), sealed);
        let plain = plain.map_err(|_| "extension.seal")?;
        let item: Self = serde_json::from_slice(&plain).map_err(|_| "extension.form")?;
        match item.v {
            VERSION => Ok(item),
            _ => Err("extension.version"),
        }
    }
}

fn about<'a>(tenant: &'a TenantId, enrolment: &'a EnrolmentId, name: &'a str) -> Envelope<'a> {
    Envelope {
        purpose: Purpose::Inbox,
        tenant: tenant.as_str(),
        enrolment: enrolment.as_str(),
        item: name.as_bytes(),
    }
}
