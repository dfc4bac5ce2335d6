//! SHA-256, HMAC and the codes that people read out.

use crate::{
    bytes::base32lower,
    error::{CryptoError, malformed},
    json,
};
use ring::{digest, hmac};
use serde::Serialize;
use subtle::ConstantTimeEq;

/// SHA-256.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, data).as_ref());
    out
}

/// The bytes that are hashed and signed: RFC 8785 of `value` (formats.md 0).
///
/// # Errors
/// `Malformed` if it is not JSON or holds a number that is no integer within ±(2^53 − 1).
pub fn jcs<T: Serialize>(value: &T) -> Result<Vec<u8>, CryptoError> {
    json::canonical(&serde_json::to_value(value).map_err(|_| malformed("json"))?)
}

/// `code(x)`: 16 characters of `[a-z2-7]` to be read out or compared by eye.
pub fn code(x: &[u8]) -> String {
    base32lower(&sha256(x)).chars().take(16).collect()
}

/// HMAC-SHA-256 (RFC 2104).
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    out.copy_from_slice(hmac::sign(&key, data).as_ref());
    out
}

/// Whether `tag` is the whole HMAC-SHA-256 of `data`, in constant time.
pub fn hmac_matches(key: &[u8], data: &[u8], tag: &[u8]) -> bool {
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, key), data, tag).is_ok()
}

/// Whether two values are equal, in time that depends on their lengths alone.
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    /// RFC 4231 4.3.
    #[test]
    fn hmac_agrees_with_rfc_4231() {
        let data = b"what do ya want for nothing?";
        let tag = hmac_sha256(b"Jefe", data);
        assert_eq!(
            HEXLOWER.encode(&tag),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert!(hmac_matches(b"Jefe", data, &tag));
        assert!(!hmac_matches(b"Jefe", data, &tag[..31]));
        assert!(!hmac_matches(b"jefe", data, &tag));
    }

    #[test]
    fn equal_compares_all_bytes() {
        assert!(equal(b"abc", b"abc"));
        assert!(!equal(b"abc", b"abd"));
        assert!(!equal(b"abc", b"ab"));
    }

    #[test]
    fn a_code_is_sixteen_characters_of_the_digest() {
        // SHA-256("abc") of FIPS 180-4, in base32.
        assert_eq!(code(b"abc"), "xj4bnp4pahh6uqkb");
    }
}
