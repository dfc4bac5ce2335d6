//! Keys from keys (formats.md 8).

use crate::{bytes::lp, hash::hmac_sha256, secret::Key};
use zeroize::Zeroizing;

/// HKDF-SHA-256 (RFC 5869) of `key` to another key. `salt` is the enrolment id, `"personal"` for `P`, the slot id
/// for a slot's secret; `purpose` is what follows `companion/v1/` in the info.
pub fn derive(key: &Key, salt: &str, purpose: &str) -> Key {
    let info = format!("companion/v1/{purpose}");
    hkdf(key.expose(), salt.as_bytes(), info.as_bytes())
}

/// What stands in a searched column instead of `value`: `HMAC-SHA-256(hash, lp(place) lp(value))[..16]`.
/// `hash_key` is `derive(T, …, "hash")`; `place` is the fixed word beside the column in the SQL.
pub fn keyed_hash(hash_key: &Key, place: &str, value: &[u8]) -> [u8; 16] {
    let mut data = Vec::new();
    lp(&mut data, place.as_bytes());
    lp(&mut data, value);
    let [a @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
        hmac_sha256(hash_key.expose(), &data);
    a
}

/// 32 bytes are one block, so that HKDF is two HMACs.
fn hkdf(secret: &[u8], salt: &[u8], info: &[u8]) -> Key {
    let extracted = Zeroizing::new(hmac_sha256(salt, secret));
    Key::new(hmac_sha256(&*extracted, &[info, &[1]].concat()))
}
