//! How values become the bytes that are hashed, and the text that travels (formats.md 0).

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};

/// Appends `lp(x)`: the length as u32be, then the bytes. Nothing that is hashed here reaches 4 GiB.
pub(crate) fn lp(out: &mut Vec<u8>, x: &[u8]) {
    let length = u32::try_from(x.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(x);
}

/// Base32 of RFC 4648 in lower case, without padding.
pub(crate) fn base32lower(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

/// Base64url without padding; bits left over must be zero, so that bytes have one spelling.
pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()
}

/// Base64url without padding.
pub(crate) fn to_base64url(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// Serde form of `Vec<u8>` and `[u8; N]`: base64url.
pub(crate) mod base64url {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::to_base64url(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, B: TryFrom<Vec<u8>>>(
        deserializer: D,
    ) -> Result<B, D::Error> {
        super::from_base64url(&String::deserialize(deserializer)?)
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| de::Error::custom("not base64url of the right length"))
    }
}
