//! One hash chain per writer: a missing, changed or doubled record shows (formats.md 4).

use crate::{
    error::CryptoError,
    hash::{jcs, sha256},
};
use serde::Serialize;

const LABEL: &[u8] = b"companion/chain/1\0";

/// `head_0` of a writer (an enrolment's or a gateway's id).
pub fn start(writer: &str) -> [u8; 32] {
    sha256(&[LABEL, writer.as_bytes()].concat())
}

/// `head_n` from the head before; `seq` counts from 1.
pub fn next(head: &[u8; 32], seq: u64, digest: &[u8; 32]) -> [u8; 32] {
    sha256(&[LABEL, head, &seq.to_be_bytes(), digest].concat())
}

/// A record's digest: SHA-256 of its RFC 8785 bytes, its salt among them.
///
/// # Errors
/// As [`jcs`].
pub fn digest<T: Serialize>(record: &T) -> Result<[u8; 32], CryptoError> {
    Ok(sha256(&jcs(record)?))
}
