//! `02` and `03`: values sealed to a public key by RFC 9180 (formats.md 8), with DHKEM(X25519, HKDF-SHA256),
//! HKDF-SHA256 and AES-256-GCM.

use crate::{
    bytes::{base64url, lp},
    error::{CryptoError, failed, malformed, refused},
    hash::sha256,
    padding::{pad, unpad},
    random::Random,
    seal::{Place, header, split_header},
    secret::{Key, Secret},
};
use ::hpke::{
    Deserializable, Kem, OpModeR, OpModeS, PskBundle, Serializable, aead::AesGcm256,
    kdf::HkdfSha256, kem::X25519HkdfSha256, rand_core, setup_receiver, setup_sender_with_rng,
};
use serde::{Deserialize, Serialize};
use std::{convert::Infallible, fmt};

const LOCKED: u8 = 2;
const OTHERS: u8 = 3;
const PSK_ID: &[u8] = b"companion/v1/psk";
const LOCKED_INFO: &[u8] = b"companion/v1/locked";

type Private = <X25519HkdfSha256 as Kem>::PrivateKey;
type Encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey;

/// An X25519 public key that values are sealed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicKey(#[serde(with = "base64url")] [u8; 32]);

impl PublicKey {
    /// Takes the 32 bytes of RFC 7748.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of RFC 7748.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// How a `03` value names its receiver: SHA-256(public key)[..4].
    fn hint(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = sha256(&self.0);
        [a, b, c, d]
    }
}

/// A key pair that opens what was sealed to its public key.
#[derive(Clone)]
pub struct KeyPair {
    private: Secret<32>,
    public: PublicKey,
}

impl KeyPair {
    /// `DeriveKeyPair` of RFC 9180 7.1.3. Who keeps `ikm` (a random or derived key) keeps the pair.
    pub fn derive(ikm: &Key) -> Self {
        let (private, public) = X25519HkdfSha256::derive_keypair(ikm.expose());
        Self {
            private: Secret::new(private.to_bytes().into()),
            public: PublicKey(public.to_bytes().into()),
        }
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        self.public
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPair(..)")
    }
}

/// What a `03` value is for. It names the key it goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// An item for an enrolment's inbox; its item is the item's id.
    Inbox,
    /// Unsent work or an outbox epoch for the company; its item is the key id (2 bytes).
    Escrow,
    /// A slot's secret for the company; its item is the slot id.
    Recovery,
    /// The company's answer to a recovery request; its item is the request's `jti`.
    Answer,
    /// Mirrored content for the archive; its item is the record key, its enrolment the writer.
    Archive,
    /// What the gateway's poster keeps at rest for itself.
    Poster,
}

impl Purpose {
    fn info(self) -> &'static [u8] {
        match self {
            Self::Inbox => b"companion/v1/inbox",
            Self::Escrow => b"companion/v1/escrow",
            Self::Recovery => b"companion/v1/recovery",
            Self::Answer => b"companion/v1/answer",
            Self::Archive => b"companion/v1/archive",
            Self::Poster => b"companion/v1/poster",
        }
    }
}

/// What a `03` value is bound to. It opens only for the same four.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// What it is for.
    pub purpose: Purpose,
    /// The tenant.
    pub tenant: &'a str,
    /// The enrolment, or the writer.
    pub enrolment: &'a str,
    /// The item, as its purpose says.
    pub item: &'a [u8],
}

impl Envelope<'_> {
    fn associated(&self, header: &[u8]) -> Vec<u8> {
        let mut bytes = header.to_vec();
        lp(&mut bytes, self.tenant.as_bytes());
        lp(&mut bytes, self.enrolment.as_bytes());
        lp(&mut bytes, self.item);
        bytes
    }
}

/// `03 to(4) enc(32) ciphertext tag(16)`, in `mode_base`.
///
/// # Errors
/// `Failed` if `to` is a point of small order.
pub fn seal_to(
    random: &dyn Random,
    to: &PublicKey,
    about: &Envelope<'_>,
    plain: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let [a, b, c, d] = to.hint();
    let header = [OTHERS, a, b, c, d];
    let aad = about.associated(&header);
    let body = seal(
        &OpModeS::Base,
        random,
        to,
        about.purpose.info(),
        &aad,
        &pad(plain),
    )?;
    Ok([header.as_slice(), &body].concat())
}

/// The plaintext of a `03` value that was sealed to this pair for the same purpose.
///
/// # Errors
/// `Malformed` if it is no `03` value; `Refused` if it is for another key or purpose or was changed.
pub fn open_with(
    pair: &KeyPair,
    about: &Envelope<'_>,
    sealed: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let (header, body) = sealed
        .split_first_chunk::<5>()
        .ok_or(malformed("sealed value"))?;
    let [form, to @ ..] = *header;
    if form != OTHERS {
        return Err(malformed("sealed value"));
    }
    if to != pair.public.hint() {
        return Err(refused("receiver"));
    }
    let aad = about.associated(header);
    unpad(open(
        &OpModeR::Base,
        pair,
        about.purpose.info(),
        &aad,
        body,
    )?)
}

/// `02 key_id(2) enc(32) ciphertext tag(16)`, in `mode_psk`: what a locked phone stores and cannot read back.
/// `to` is the public half of `KeyPair::derive(derive(D, …, "locked"))`, `psk` is `derive(T, …, "psk")`, `key_id`
/// the number of `D`.
///
/// # Errors
/// `Failed` if `to` is a point of small order.
pub fn seal_locked(
    random: &dyn Random,
    to: &PublicKey,
    psk: &Key,
    key_id: u16,
    place: &Place,
    plain: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let header = header(LOCKED, key_id);
    let mode = OpModeS::Psk(bundle(psk)?);
    let aad = place.associated(&header);
    let body = seal(&mode, random, to, LOCKED_INFO, &aad, &pad(plain))?;
    Ok([header.as_slice(), &body].concat())
}

/// The plaintext of a `02` value. [`crate::seal::key_id`] tells which `D` it needs.
///
/// # Errors
/// `Malformed` if it is no `02` value; `Refused` if it is another pair's, psk's or place's or was changed.
pub fn open_locked(
    pair: &KeyPair,
    psk: &Key,
    place: &Place,
    sealed: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let (header, body) = split_header(sealed, LOCKED)?;
    let mode = OpModeR::Psk(bundle(psk)?);
    unpad(open(
        &mode,
        pair,
        LOCKED_INFO,
        &place.associated(header),
        body,
    )?)
}

fn bundle(psk: &Key) -> Result<PskBundle<'_>, CryptoError> {
    PskBundle::new(psk.expose(), PSK_ID).map_err(|_| failed("psk"))
}

/// `enc(32) ciphertext tag(16)`.
fn seal(
    mode: &OpModeS<'_, X25519HkdfSha256>,
    random: &dyn Random,
    to: &PublicKey,
    info: &[u8],
    aad: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let to = Deserializable::from_bytes(&to.0).map_err(|_| failed("public key"))?;
    let (enc, mut context) = setup_sender_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        mode,
        &to,
        info,
        &mut Rng(random),
    )
    .map_err(|_| failed("encapsulation"))?;
    let body = context.seal(plain, aad).map_err(|_| failed("seal"))?;
    Ok([enc.to_bytes().as_slice(), &body].concat())
}

fn open(
    mode: &OpModeR<'_, X25519HkdfSha256>,
    pair: &KeyPair,
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let (enc, body) = sealed
        .split_first_chunk::<32>()
        .ok_or(malformed("sealed value"))?;
    let private = Private::from_bytes(pair.private.expose()).map_err(|_| failed("private key"))?;
    let enc = Encapsulated::from_bytes(enc).map_err(|_| malformed("sealed value"))?;
    setup_receiver::<AesGcm256, HkdfSha256, X25519HkdfSha256>(mode, &private, &enc, info)
        .and_then(|mut context| context.open(body, aad))
        .map_err(|_| refused("sealed value"))
}

/// Lends a [`Random`] to the library.
struct Rng<'a>(&'a dyn Random);

impl rand_core::TryRng for Rng<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(out);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Rng<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;
    use data_encoding::HEXLOWER;

    /// Gives the bytes that a test vector names.
    struct Given(Vec<u8>);

    impl Random for Given {
        fn fill(&self, out: &mut [u8]) {
            out.copy_from_slice(&self.0);
        }
    }

    fn hex(text: &str) -> Vec<u8> {
        HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    /// The vectors that RFC 9180 (appendix A) refers to, for DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM:
    /// both halves of the pair, then the first encryption.
    fn agrees(
        modes: (OpModeS<'_, X25519HkdfSha256>, OpModeR<'_, X25519HkdfSha256>),
        [ikm_r, pk_r, ikm_e, enc, body]: [&str; 5],
    ) {
        let pair = KeyPair::derive(&Key::new(hex(ikm_r).try_into().unwrap()));
        assert_eq!(pair.public().as_bytes().as_slice(), hex(pk_r));
        let (info, aad) = (b"Ode on a Grecian Urn", b"Count-0");
        let plain = b"Beauty is truth, truth beauty";
        let sealed = seal(
            &modes.0,
            &Given(hex(ikm_e)),
            &pair.public(),
            info,
            aad,
            plain,
        )
        .unwrap();
        assert_eq!(sealed, [hex(enc), hex(body)].concat());
        assert_eq!(
            open(&modes.1, &pair, info, aad, &sealed),
            Ok(plain.to_vec())
        );
    }

    #[test]
    fn base_mode_agrees_with_rfc_9180() {
        agrees(
            (OpModeS::Base, OpModeR::Base),
            [
                "dac33b0e9db1b59dbbea58d59a14e7b5896e9bdf98fad6891e99d1686492b9ee",
                "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c",
                "2cd7c601cefb3d42a62b04b7a9041494c06c7843818e0ce28a8f704ae7ab20f9",
                "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256",
                "e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a",
            ],
        );
    }

    #[test]
    fn psk_mode_agrees_with_rfc_9180() {
        let psk = hex("0247fd33b913760fa1fa51e1892d9f307fbe65eb171e8132c2af18555a738b82");
        let bundle = PskBundle::new(&psk, b"Ennyn Durin aran Moria").unwrap();
        agrees(
            (OpModeS::Psk(bundle), OpModeR::Psk(bundle)),
            [
                "f1c6eccfde050607555cae11893fcfe895f85eadc7c77c42c1544391d0cb7a20",
                "62a61ceb338540516edde460e27923a8df6749bc38e27b1001cd5b8b9102e44c",
                "82a09463e824b97331c06be1d3eebd9a3e023e08b9ed22bc6a4af2ff024817dd",
                "4f3e44d4dde1d0d12a724242df8cef0a68ea53617dab8a6aade4239d404a5154",
                "316d9b4214a33182212888e86f23005b0706c30db2b1052c4e28c2c100fcdb85cc934b0a64c8db0d7dd339b64c",
            ],
        );
    }

    #[test]
    fn what_is_for_others_opens_only_for_what_it_is_about() {
        let random = SeededRandom::new(1);
        let pair = KeyPair::derive(&Key::random(&random));
        let about = |purpose, tenant, enrolment, item| Envelope {
            purpose,
            tenant,
            enrolment,
            item,
        };
        let right = about(Purpose::Inbox, "acme", "e1", b"item-1".as_slice());
        let sealed = seal_to(&random, &pair.public(), &right, b"hello").unwrap();
        assert_eq!(sealed.len(), 5 + 32 + 64 + 16);
        assert_eq!(open_with(&pair, &right, &sealed), Ok(b"hello".to_vec()));
        let wrong = [
            about(Purpose::Escrow, "acme", "e1", b"item-1".as_slice()),
            about(Purpose::Inbox, "acm", "ee1", b"item-1"),
            about(Purpose::Inbox, "acme", "e2", b"item-1"),
            about(Purpose::Inbox, "acme", "e1", b"item-2"),
        ];
        for about in wrong {
            assert_eq!(
                open_with(&pair, &about, &sealed),
                Err(refused("sealed value"))
            );
        }
        let other = KeyPair::derive(&Key::random(&random));
        assert_eq!(open_with(&other, &right, &sealed), Err(refused("receiver")));
    }

    #[test]
    fn what_came_while_locked_needs_the_pair_the_psk_and_the_place() {
        let random = SeededRandom::new(2);
        let pair = KeyPair::derive(&Key::random(&random));
        let psk = Key::random(&random);
        let place = Place::message("message.body", 1, 2, 3);
        let sealed = seal_locked(&random, &pair.public(), &psk, 9, &place, b"hello").unwrap();
        assert_eq!(crate::seal::key_id(&sealed), Some(9));
        assert_eq!(
            open_locked(&pair, &psk, &place, &sealed),
            Ok(b"hello".to_vec())
        );
        let refusal = Err(refused("sealed value"));
        assert_eq!(
            open_locked(&pair, &Key::random(&random), &place, &sealed),
            refusal
        );
        assert_eq!(
            open_locked(&pair, &psk, &Place::row("message.body", 1), &sealed),
            refusal
        );
        let other = KeyPair::derive(&Key::random(&random));
        assert_eq!(open_locked(&other, &psk, &place, &sealed), refusal);
    }

    #[test]
    fn a_public_key_of_small_order_is_not_sealed_to() {
        let about = Envelope {
            purpose: Purpose::Inbox,
            tenant: "acme",
            enrolment: "e1",
            item: b"1",
        };
        let to = PublicKey::from_bytes([0; 32]);
        let sealed = seal_to(&SeededRandom::new(3), &to, &about, b"hello");
        assert_eq!(sealed, Err(failed("encapsulation")));
    }
}
