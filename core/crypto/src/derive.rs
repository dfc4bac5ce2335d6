//! Keys from keys (formats.md 8).

use crate::{
    bytes::lp,
    hash::hmac_sha256,
    secret::{Key, Secret},
};
use zeroize::Zeroizing;

/// HKDF-SHA-256 (RFC 5869) of `key` to another key. `salt` is the enrolment id, `"personal"` for `P`; `purpose` is what
/// follows `companion/v1/` in the info.
pub fn derive(key: &Key, salt: &str, purpose: &str) -> Key {
    let info = format!("companion/v1/{purpose}");
    hkdf(key.expose(), salt.as_bytes(), info.as_bytes())
}

/// The key under which the slot with the id `slot` seals: the secret of a passcode slot is longer than a key.
pub fn slot_key<const N: usize>(secret: &Secret<N>, slot: &str) -> Key {
    hkdf(secret.expose(), slot.as_bytes(), b"companion/v1/slot")
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

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    /// RFC 5869 A.1 to A.3, of whose output we take the first block.
    #[test]
    fn agrees_with_rfc_5869() {
        let run = |secret: &[u8], salt: &[u8], info: &[u8]| {
            HEXLOWER.encode(hkdf(secret, salt, info).expose())
        };
        let bytes = |range: std::ops::RangeInclusive<u8>| range.collect::<Vec<u8>>();
        assert_eq!(
            run(&[0x0b; 22], &bytes(0..=0x0c), &bytes(0xf0..=0xf9)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
        );
        assert_eq!(
            run(&bytes(0..=0x4f), &bytes(0x60..=0xaf), &bytes(0xb0..=0xff)),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
        );
        assert_eq!(
            run(&[0x0b; 22], &[], &[]),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
        );
    }

    #[test]
    fn each_key_salt_and_purpose_gives_another_key() {
        let (a, b) = (Key::new([1; 32]), Key::new([2; 32]));
        let keys = [
            (&a, "e1", "seal"),
            (&a, "e1", "hash"),
            (&a, "e2", "seal"),
            (&b, "e1", "seal"),
        ]
        .map(|(key, salt, purpose)| *derive(key, salt, purpose).expose());
        for (n, key) in keys.iter().enumerate() {
            assert_eq!(
                keys.iter().filter(|other| *other == key).count(),
                1,
                "key {n}"
            );
        }
        assert_ne!(keyed_hash(&a, "ab", b"c"), keyed_hash(&a, "a", b"bc"));
    }

    #[test]
    fn every_byte_of_a_slots_secret_and_its_id_count() {
        let secret = [7; 64];
        let key = |secret, slot| *slot_key(&Secret::<64>::new(secret), slot).expose();
        for at in 0..64 {
            let mut other = secret;
            other[at] ^= 1;
            assert_ne!(key(secret, "a"), key(other, "a"), "byte {at}");
        }
        assert_ne!(key(secret, "a"), key(secret, "b"));
    }
}
