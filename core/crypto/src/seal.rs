//! `01`: columns sealed under a key that the writer holds (formats.md 8).

use crate::{
    bytes::lp,
    error::{CryptoError, failed, malformed, refused},
    padding::{pad, unpad},
    random::Random,
    secret::Key,
};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use std::fmt;

const FORM: u8 = 1;

/// Where a sealed value belongs. A value that was moved elsewhere does not open.
#[derive(Clone, Debug)]
pub struct Place(Vec<u8>);

impl Place {
    /// A column of a row; `place` is the fixed word beside the column in the SQL.
    pub fn row(place: &str, row: u64) -> Self {
        let mut bytes = Vec::new();
        lp(&mut bytes, place.as_bytes());
        bytes.extend_from_slice(&row.to_be_bytes());
        Self(bytes)
    }

    /// A message: bound to its conversation's row and to its number there too.
    pub fn message(place: &str, row: u64, conversation: u64, seq: u64) -> Self {
        let Self(mut bytes) = Self::row(place, row);
        bytes.extend_from_slice(&conversation.to_be_bytes());
        bytes.extend_from_slice(&seq.to_be_bytes());
        Self(bytes)
    }

    /// A slot of `slots.json`: `jcs` is RFC 8785 of the slot without its member `sealed`.
    pub fn slot(jcs: &[u8]) -> Self {
        let mut bytes = Vec::new();
        lp(&mut bytes, jcs);
        Self(bytes)
    }

    /// The associated data: the value's own first bytes, then the place.
    pub(crate) fn associated(&self, header: &[u8]) -> Vec<u8> {
        [header, &self.0].concat()
    }
}

/// Seals and opens values of one key. A key is good for 2^32 values (SP 800-38D, random nonces).
///
/// The expanded key is kept, since expanding costs as much as sealing a message. The library does not wipe it.
#[derive(Clone)]
pub struct Sealer {
    key_id: u16,
    key: Result<LessSafeKey, CryptoError>,
}

impl Sealer {
    /// `seal_key` is `derive(k, …, "seal")`; `key_id` is the number of `k` in its enrolment.
    pub fn new(key_id: u16, seal_key: &Key) -> Self {
        let key = expand(seal_key);
        Self { key_id, key }
    }

    /// `01 key_id(2) nonce(12) ciphertext tag(16)`.
    ///
    /// # Errors
    /// `Failed` if `plain` is longer than AES-GCM allows (64 GiB).
    pub fn seal(
        &self,
        random: &dyn Random,
        place: &Place,
        plain: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let header = header(FORM, self.key_id);
        let mut nonce = [0; 12];
        random.fill(&mut nonce);
        let body = encrypt(self.key()?, nonce, &place.associated(&header), pad(plain))?;
        Ok([header.as_slice(), &nonce, &body].concat())
    }

    /// The plaintext of a value that was sealed with this key at this place.
    ///
    /// # Errors
    /// `Malformed` if it is no `01` value; `Refused` if it is another key's, another place's or was changed.
    pub fn open(&self, place: &Place, sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let (header, rest) = split_header(sealed, FORM)?;
        let (nonce, body) = rest
            .split_first_chunk::<12>()
            .ok_or(malformed("sealed value"))?;
        if key_id(sealed) != Some(self.key_id) {
            return Err(refused("key id"));
        }
        let aad = place.associated(header);
        unpad(decrypt(self.key()?, *nonce, &aad, body.to_vec())?)
    }

    /// No 32 bytes are refused; were they, the first use says so.
    fn key(&self) -> Result<&LessSafeKey, CryptoError> {
        self.key.as_ref().map_err(|refusal| *refusal)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({}, ..)", self.key_id)
    }
}

/// The number of the key of a `01` or `02` value.
pub fn key_id(sealed: &[u8]) -> Option<u16> {
    match sealed {
        [1 | 2, high, low, ..] => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    }
}

/// Whether a value is of the form `02`: sealed while its key was not there ([`crate::hpke::open_locked`]).
pub fn is_locked(sealed: &[u8]) -> bool {
    sealed.first() == Some(&2)
}

pub(crate) fn header(form: u8, key_id: u16) -> [u8; 3] {
    let [high, low] = key_id.to_be_bytes();
    [form, high, low]
}

/// Splits the first 3 bytes off a value of `form`.
pub(crate) fn split_header(sealed: &[u8], form: u8) -> Result<(&[u8; 3], &[u8]), CryptoError> {
    match sealed.split_first_chunk::<3>() {
        Some((header, rest)) if header.first() == Some(&form) => Ok((header, rest)),
        _ => Err(malformed("sealed value")),
    }
}

/// AES-256-GCM; the tag follows the ciphertext.
fn encrypt(
    key: &LessSafeKey,
    nonce: [u8; 12],
    aad: &[u8],
    mut body: Vec<u8>,
) -> Result<Vec<u8>, CryptoError> {
    let nonce = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce, Aad::from(aad), &mut body)
        .map_err(|_| failed("seal"))?;
    Ok(body)
}

fn decrypt(
    key: &LessSafeKey,
    nonce: [u8; 12],
    aad: &[u8],
    mut body: Vec<u8>,
) -> Result<Vec<u8>, CryptoError> {
    let nonce = Nonce::assume_unique_for_key(nonce);
    let length = key
        .open_in_place(nonce, Aad::from(aad), &mut body)
        .map_err(|_| refused("sealed value"))?
        .len();
    body.truncate(length);
    Ok(body)
}

fn expand(key: &Key) -> Result<LessSafeKey, CryptoError> {
    UnboundKey::new(&AES_256_GCM, key.expose())
        .map(LessSafeKey::new)
        .map_err(|_| failed("key"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;
    use data_encoding::HEXLOWER;

    /// `gcmEncryptExtIV256.rsp` of NIST's CAVP: 96-bit nonce, 408-bit plaintext, 160 bits of associated data, count 0.
    #[test]
    fn agrees_with_nist() {
        let key = "24501ad384e473963d476edcfe08205237acfd49b5b8f33857f8114e863fec7f";
        let plain = "27f348f9cdc0c5bd5e66b1ccb63ad920ff2219d14e8d631b3872265cf117ee86757accb158bd9abb3868fdc0d0b074b5f01b2c";
        let sealed = "eb7cb754c824e8d96f7c6d9b76c7d26fb874ffbf1d65c6f64a698d839b0b06145dae82057ad55994cf59ad7f67c0fa5e85fab8bc95c532fecc594c36d1550286a7a3f0";
        let hex = |text: &str| HEXLOWER.decode(text.as_bytes()).unwrap();
        let key = expand(&Key::new(hex(key).try_into().unwrap())).unwrap();
        let nonce = hex("9ff18563b978ec281b3f2794").try_into().unwrap();
        let aad = hex("adb5ec720ccf9898500028bf34afccbcaca126ef");
        assert_eq!(encrypt(&key, nonce, &aad, hex(plain)), Ok(hex(sealed)));
        assert_eq!(decrypt(&key, nonce, &aad, hex(sealed)), Ok(hex(plain)));
    }

    #[test]
    fn a_value_opens_only_where_it_belongs() {
        let random = SeededRandom::new(1);
        let sealer = Sealer::new(7, &Key::random(&random));
        let place = Place::message("message.body", 3, 5, 9);
        let sealed = sealer.seal(&random, &place, b"hello").unwrap();
        assert_eq!(sealed.len(), 3 + 12 + 64 + 16);
        assert_eq!(key_id(&sealed), Some(7));
        assert_eq!(sealer.open(&place, &sealed), Ok(b"hello".to_vec()));

        let elsewhere = [
            Place::message("message.body", 3, 5, 10),
            Place::message("message.body", 3, 6, 9),
            Place::message("message.body", 4, 5, 9),
            Place::message("message.note", 3, 5, 9),
            Place::row("message.body", 3),
        ];
        for place in elsewhere {
            assert_eq!(sealer.open(&place, &sealed), Err(refused("sealed value")));
        }
        let other = Sealer::new(8, &Key::random(&random));
        assert_eq!(other.open(&place, &sealed), Err(refused("key id")));
        let other = Sealer::new(7, &Key::random(&random));
        assert_eq!(other.open(&place, &sealed), Err(refused("sealed value")));
        for cut in 0..sealed.len() {
            assert!(sealer.open(&place, &sealed[..cut]).is_err());
        }
    }

    #[test]
    fn equal_texts_look_different_and_lengths_come_in_steps() {
        let random = SeededRandom::new(2);
        let sealer = Sealer::new(1, &Key::random(&random));
        let place = Place::row("contact.name", 1);
        let seal = |plain: &[u8]| sealer.seal(&random, &place, plain).unwrap();
        assert_ne!(seal(b"same"), seal(b"same"));
        assert_eq!(seal(b"").len(), seal(&[7; 63]).len());
        assert_eq!(seal(&[7; 64]).len(), seal(b"").len() + 64);
    }
}
