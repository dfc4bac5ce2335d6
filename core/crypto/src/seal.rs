//! `01`: columns sealed under a key that the writer holds (formats.md 8).

use crate::{
    bytes::lp,
    error::{CryptoError, failed, malformed, refused},
    padding::{pad, unpad},
    random::Random,
    secret::Key,
};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

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

    /// The associated data: the value's own first bytes, then the place.
    pub(crate) fn associated(&self, header: &[u8]) -> Vec<u8> {
        [header, &self.0].concat()
    }
}

/// Seals and opens values of one key. A key is good for 2^32 values (SP 800-38D, random nonces).
#[derive(Clone, Debug)]
pub struct Sealer {
    key_id: u16,
    key: Key,
}

impl Sealer {
    /// `seal_key` is `derive(k, …, "seal")`; `key_id` is the number of `k` in its enrolment.
    pub fn new(key_id: u16, seal_key: &Key) -> Self {
        Self {
            key_id,
            key: seal_key.clone(),
        }
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
        let mut body = pad(plain);
        let aad = Aad::from(place.associated(&header));
        self.key()?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut body)
            .map_err(|_| failed("seal"))?;
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
        let mut body = body.to_vec();
        let aad = Aad::from(place.associated(header));
        let length = self
            .key()?
            .open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut body)
            .map_err(|_| refused("sealed value"))?
            .len();
        body.truncate(length);
        unpad(body)
    }

    /// The expanded key lives only as long as one call, since the library does not wipe it.
    fn key(&self) -> Result<LessSafeKey, CryptoError> {
        UnboundKey::new(&AES_256_GCM, self.key.expose())
            .map(LessSafeKey::new)
            .map_err(|_| failed("key"))
    }
}

/// The number of the key of a `01` or `02` value.
pub fn key_id(sealed: &[u8]) -> Option<u16> {
    match sealed {
        [1 | 2, high, low, ..] => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    }
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
