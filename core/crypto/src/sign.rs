//! Signing keys and their one name (formats.md 0): Ed25519 for the company, ES256 for hardware.

use crate::{
    bytes::{base64url, to_base64url},
    error::{CryptoError, failed, malformed, refused},
    hash::sha256,
    random::Random,
    secret::Key,
};
use curve25519_dalek::edwards::CompressedEdwardsY;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair, UnparsedPublicKey,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;
use zeroize::Zeroizing;

/// PKCS#8 of an Ed25519 key without its public half (RFC 8410 7), up to the 32 bytes of the seed.
const ED25519_PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// A signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// Ed25519 (RFC 8032, RFC 9864).
    Ed25519,
    /// ECDSA on P-256 with SHA-256, signature r‖s (RFC 7518 3.4).
    #[serde(rename = "ES256")]
    Es256,
}

impl Algorithm {
    /// The `alg` of a header.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::Es256 => "ES256",
        }
    }
}

/// A key that signs.
pub struct SigningKey {
    pair: Pair,
    pkcs8: Zeroizing<Vec<u8>>,
    public: VerifyingKey,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
}

impl SigningKey {
    /// A fresh key. `random` gives the seed of an Ed25519 key; the library draws an ES256 key itself, from the
    /// operating system.
    ///
    /// # Errors
    /// `Failed` if the library cannot make one.
    pub fn generate(random: &dyn Random, algorithm: Algorithm) -> Result<Self, CryptoError> {
        match algorithm {
            Algorithm::Ed25519 => Self::from_seed(&Key::random(random)),
            Algorithm::Es256 => {
                let system = ring::rand::SystemRandom::new();
                let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &system)
                    .map_err(|_| failed("key generation"))?;
                Self::from_pkcs8(pkcs8.as_ref())
            }
        }
    }

    /// The Ed25519 key of a 32-byte seed (RFC 8032 5.1.5).
    ///
    /// # Errors
    /// `Failed` if the library refuses it, which no seed brings about.
    pub fn from_seed(seed: &Key) -> Result<Self, CryptoError> {
        let pkcs8 = Zeroizing::new([ED25519_PKCS8.as_slice(), seed.expose()].concat());
        Self::from_pkcs8(&pkcs8)
    }

    /// A key as [`Self::to_pkcs8`] gave it, or as `openssl genpkey` writes it (DER).
    ///
    /// # Errors
    /// `Malformed` if it is neither an Ed25519 nor a P-256 key.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, CryptoError> {
        let pkcs8 = Zeroizing::new(der.to_vec());
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            let public = VerifyingKey::ed25519(array(pair.public_key().as_ref())?)?;
            let pair = Pair::Ed25519(pair);
            return Ok(Self {
                pair,
                pkcs8,
                public,
            });
        }
        let system = ring::rand::SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &system)
            .map_err(|_| malformed("private key"))?;
        let public = VerifyingKey::es256(array(pair.public_key().as_ref())?)?;
        let pair = Pair::Es256(pair);
        Ok(Self {
            pair,
            pkcs8,
            public,
        })
    }

    /// The key as PKCS#8 (DER), to be kept where secrets are kept.
    pub fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        self.pkcs8.clone()
    }

    /// Signs `input`.
    ///
    /// # Errors
    /// `Failed` if the operating system has no randomness for ES256.
    pub fn sign(&self, input: &[u8]) -> Result<Vec<u8>, CryptoError> {
        match &self.pair {
            Pair::Ed25519(pair) => Ok(pair.sign(input).as_ref().to_vec()),
            Pair::Es256(pair) => pair
                .sign(&ring::rand::SystemRandom::new(), input)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| failed("signature")),
        }
    }

    /// The public half.
    pub fn public(&self) -> &VerifyingKey {
        &self.public
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, ..)", self.public.algorithm().as_str())
    }
}

/// A key that verifies. Its serde form is a JWK with the required members only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Jwk", into = "Jwk")]
pub struct VerifyingKey {
    jwk: Jwk,
}

impl VerifyingKey {
    /// An Ed25519 key.
    ///
    /// # Errors
    /// `Refused` if the bytes are no point, another spelling of one, or one of small order: such a key verifies
    /// signatures that nobody made.
    pub fn ed25519(x: [u8; 32]) -> Result<Self, CryptoError> {
        let point = CompressedEdwardsY(x)
            .decompress()
            .filter(|point| point.compress().0 == x)
            .ok_or(refused("public key"))?;
        if point.is_small_order() {
            return Err(refused("small-order key"));
        }
        Ok(Self {
            jwk: Jwk::Okp {
                crv: Ed25519Curve::Ed25519,
                x,
            },
        })
    }

    /// A P-256 key as an uncompressed point (SEC 1): `04 x y`.
    ///
    /// # Errors
    /// `Malformed` if it is not uncompressed. Whether the point lies on the curve is checked at each signature.
    pub fn es256(point: [u8; 65]) -> Result<Self, CryptoError> {
        let (x, y) = match point.split_first() {
            Some((4, rest)) => rest.split_at_checked(32),
            _ => None,
        }
        .ok_or(malformed("public key"))?;
        Ok(Self {
            jwk: Jwk::Ec {
                crv: P256Curve::P256,
                x: array(x)?,
                y: array(y)?,
            },
        })
    }

    /// The algorithm that the key is for.
    pub fn algorithm(&self) -> Algorithm {
        match self.jwk {
            Jwk::Okp { .. } => Algorithm::Ed25519,
            Jwk::Ec { .. } => Algorithm::Es256,
        }
    }

    /// The member `x` of the JWK.
    pub(crate) fn x(&self) -> &[u8; 32] {
        match &self.jwk {
            Jwk::Okp { x, .. } | Jwk::Ec { x, .. } => x,
        }
    }

    /// The key's one name: its RFC 7638 thumbprint.
    pub fn kid(&self) -> String {
        let required = match &self.jwk {
            Jwk::Okp { x, .. } => json!({"crv": "Ed25519", "kty": "OKP", "x": to_base64url(x)}),
            Jwk::Ec { x, y, .. } => {
                json!({"crv": "P-256", "kty": "EC", "x": to_base64url(x), "y": to_base64url(y)})
            }
        };
        to_base64url(&sha256(required.to_string().as_bytes()))
    }

    /// Whether `signature` is this key's over `input`.
    pub fn verify(&self, input: &[u8], signature: &[u8]) -> bool {
        match &self.jwk {
            Jwk::Okp { x, .. } => UnparsedPublicKey::new(&ED25519, x).verify(input, signature),
            Jwk::Ec { x, y, .. } => {
                let point = [&[4], x.as_slice(), y].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(input, signature)
            }
        }
        .is_ok()
    }
}

impl TryFrom<Jwk> for VerifyingKey {
    type Error = CryptoError;

    fn try_from(jwk: Jwk) -> Result<Self, CryptoError> {
        match jwk {
            Jwk::Okp { x, .. } => Self::ed25519(x),
            Jwk::Ec { .. } => Ok(Self { jwk }),
        }
    }
}

impl From<VerifyingKey> for Jwk {
    fn from(key: VerifyingKey) -> Self {
        key.jwk
    }
}

/// The members of a JWK that its thumbprint is made of (RFC 7638 3.2, RFC 8037 2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
enum Jwk {
    #[serde(rename = "OKP")]
    Okp {
        crv: Ed25519Curve,
        #[serde(with = "base64url")]
        x: [u8; 32],
    },
    #[serde(rename = "EC")]
    Ec {
        crv: P256Curve,
        #[serde(with = "base64url")]
        x: [u8; 32],
        #[serde(with = "base64url")]
        y: [u8; 32],
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Ed25519Curve {
    Ed25519,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum P256Curve {
    #[serde(rename = "P-256")]
    P256,
}

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], CryptoError> {
    bytes.try_into().map_err(|_| malformed("public key"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{SeededRandom, SystemRandom};
    use data_encoding::{BASE64URL_NOPAD, HEXLOWER};

    fn jwk(text: &str) -> VerifyingKey {
        serde_json::from_str(text).unwrap()
    }

    /// RFC 8032 7.1, test 2.
    #[test]
    fn ed25519_agrees_with_rfc_8032() {
        let hex = |text: &str| HEXLOWER.decode(text.as_bytes()).unwrap();
        let seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let public = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        let signature = hex(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        );
        let key = SigningKey::from_seed(&Key::new(seed.try_into().unwrap())).unwrap();
        assert_eq!(
            key.public(),
            &VerifyingKey::ed25519(public.try_into().unwrap()).unwrap()
        );
        assert_eq!(key.sign(&[0x72]), Ok(signature.clone()));
        assert!(key.public().verify(&[0x72], &signature));
        assert!(!key.public().verify(&[0x73], &signature));
    }

    /// RFC 8037 A.1 to A.4 (thumbprint: RFC 7638).
    #[test]
    fn jwk_and_thumbprint_agree_with_rfc_8037() {
        let text =
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let key = jwk(text);
        assert_eq!(key.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(serde_json::to_string(&key).unwrap(), text);
        let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
        let input = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        assert!(key.verify(input, &signature));
    }

    /// RFC 7515 A.3.
    #[test]
    fn es256_agrees_with_rfc_7515() {
        let key = jwk(
            r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
        );
        let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
        let input = b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        assert!(key.verify(input, &signature));
        assert!(!key.verify(b"other", &signature));
    }

    #[test]
    fn keys_survive_being_kept() {
        for algorithm in [Algorithm::Ed25519, Algorithm::Es256] {
            let key = SigningKey::generate(&SystemRandom, algorithm).unwrap();
            let kept = SigningKey::from_pkcs8(&key.to_pkcs8()).unwrap();
            assert_eq!(kept.public(), key.public());
            let signature = kept.sign(b"input").unwrap();
            assert_eq!(signature.len(), 64);
            assert!(key.public().verify(b"input", &signature));
            assert!(SigningKey::from_pkcs8(&key.to_pkcs8()[1..]).is_err());
        }
        let seeded = |seed| SigningKey::generate(&SeededRandom::new(seed), Algorithm::Ed25519);
        assert_eq!(seeded(1).unwrap().public(), seeded(1).unwrap().public());
    }

    /// All eight points of small order, and the spellings of them that are not canonical (RFC 8032 5.1.3).
    #[test]
    fn small_order_keys_are_refused() {
        let order_8 = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
        let other_order_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
        let texts = [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000080",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            order_8,
            other_order_8,
        ];
        for text in texts {
            let mut x: [u8; 32] = HEXLOWER
                .decode(text.as_bytes())
                .unwrap()
                .try_into()
                .unwrap();
            for _sign in 0..2 {
                x[31] ^= 0x80;
                assert!(VerifyingKey::ed25519(x).is_err(), "{text}");
                let jwk = format!(
                    r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#,
                    to_base64url(&x)
                );
                assert!(serde_json::from_str::<VerifyingKey>(&jwk).is_err());
            }
        }
    }
}
