//! What a writer signs about its chain from time to time (formats.md 4).

use crate::bytes::base64url;
use serde::{Deserialize, Serialize};

/// The `typ` of a signed checkpoint.
pub const TYP: &str = "companion-checkpoint+jws";

/// The payload of a checkpoint. It is signed by the device key, the gateway's by its `ingress` key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The version of this form: 1.
    pub v: u32,
    /// Whose chain.
    pub writer: String,
    /// The number of the chain's last record.
    pub seq: u64,
    /// The chain's head after that record.
    #[serde(with = "base64url")]
    pub head: [u8; 32],
    /// When it was made, RFC 3339 UTC with milliseconds.
    pub time: String,
    /// How many records up to `seq` no target has confirmed yet.
    pub undelivered: u64,
    /// Records that a target will not take.
    pub parked: Vec<Parked>,
    /// SHA-256 of the payload before; 32 zero bytes in the first.
    #[serde(with = "base64url")]
    pub prev: [u8; 32],
}

/// A record that a target will not take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// Its number in the chain.
    pub seq: u64,
    /// The reason code.
    pub code: String,
}
