//! The way back to `D` through the company (formats.md 8): a recovery slot keeps `D` under `R`, and `R` sealed to the
//! company's recovery key. The phone asks for `R`; the company, which has no slot, learns `R` and never `D`.
//!
//! The employee reads the code of the [`Request`] to the help desk, which compares it: with another key to answer to, the
//! code is another.

use crate::{
    bytes::{base64url, to_base64url},
    error::{CryptoError, malformed},
    hash::{code, jcs},
    hpke::{Envelope, KeyPair, PublicKey, Purpose, open_with, seal_to},
    json::{check_version, parse_strict},
    random::Random,
    secret::Key,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

/// `R` for the company: what a recovery slot keeps in `hw`.
///
/// # Errors
/// `Failed` if `to` is a point of small order.
pub fn seal_secret(
    random: &dyn Random,
    to: &PublicKey,
    about: &About<'_>,
    r: &Key,
) -> Result<Vec<u8>, CryptoError> {
    seal_to(random, to, &about.secret(), r.expose())
}

/// Which slot a recovery secret belongs to.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The tenant.
    pub tenant: &'a str,
    /// The enrolment.
    pub enrolment: &'a str,
    /// The slot's id.
    pub slot: &'a str,
}

impl<'a> About<'a> {
    fn secret(&self) -> Envelope<'a> {
        Envelope {
            purpose: Purpose::Recovery,
            tenant: self.tenant,
            enrolment: self.enrolment,
            item: self.slot.as_bytes(),
        }
    }
}

/// A phone's request for the secret of its recovery slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    v: u32,
    /// The enrolment.
    pub enrolment_id: String,
    /// Names the request: an answer opens for one request only.
    pub jti: String,
    /// The slot's id.
    pub slot: String,
    #[serde(with = "base64url")]
    r: Vec<u8>,
    x: PublicKey,
}

impl Request {
    /// Asks for the secret that `slot` keeps sealed as `r`, to be answered to the fresh key `x`.
    pub fn new(random: &dyn Random, enrolment: &str, slot: &str, r: &[u8], x: PublicKey) -> Self {
        let mut jti = [0; 16];
        random.fill(&mut jti);
        Self {
            v: 1,
            enrolment_id: enrolment.into(),
            jti: to_base64url(&jti),
            slot: slot.into(),
            r: r.to_vec(),
            x,
        }
    }

    /// Reads a request's text.
    ///
    /// # Errors
    /// `Malformed` if it has another shape, be it a member more; `Refused` if it is of a newer version.
    pub fn parse(text: &str) -> Result<Self, CryptoError> {
        let value: Value = parse_strict(text.as_bytes())?;
        check_version(&value)?;
        serde_json::from_value(value).map_err(|_| malformed("shape"))
    }

    /// The request as it travels.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn text(&self) -> Result<String, CryptoError> {
        String::from_utf8(jcs(self)?).map_err(|_| malformed("json"))
    }

    /// What the employee reads to the help desk: 16 characters over the whole request.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn code(&self) -> Result<String, CryptoError> {
        Ok(code(&jcs(self)?))
    }

    /// The company's answer: `R`, opened with its recovery key and sealed to the key in the request.
    ///
    /// # Errors
    /// `Malformed` or `Refused` if the request holds no secret of this slot for this key; `Failed` if its key is a point of
    /// small order.
    pub fn answer(
        &self,
        random: &dyn Random,
        company: &KeyPair,
        tenant: &str,
    ) -> Result<Vec<u8>, CryptoError> {
        let about = About {
            tenant,
            enrolment: &self.enrolment_id,
            slot: &self.slot,
        };
        let r = key(open_with(company, &about.secret(), &self.r)?)?;
        seal_to(random, &self.x, &self.envelope(tenant), r.expose())
    }

    /// `R`, from the company's answer to this request; `x` is the pair of the key in it.
    ///
    /// # Errors
    /// `Malformed` or `Refused` if it is another's, another request's or was changed.
    pub fn open(&self, x: &KeyPair, tenant: &str, answer: &[u8]) -> Result<Key, CryptoError> {
        key(open_with(x, &self.envelope(tenant), answer)?)
    }

    fn envelope<'a>(&'a self, tenant: &'a str) -> Envelope<'a> {
        Envelope {
            purpose: Purpose::Answer,
            tenant,
            enrolment: &self.enrolment_id,
            item: self.jti.as_bytes(),
        }
    }
}

fn key(plain: Vec<u8>) -> Result<Key, CryptoError> {
    let bytes = Zeroizing::new(plain).as_slice().try_into();
    bytes
        .map(Key::new)
        .map_err(|_| malformed("recovery secret"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{error::refused, random::SeededRandom};

    const TENANT: &str = "acme";
    const ABOUT: About<'_> = About {
        tenant: TENANT,
        enrolment: "7f3c1f0e-9b1d-4c55-8a53-2f6f0c1d9e11",
        slot: "abcdefgh234567ab",
    };

    fn pair(byte: u8) -> KeyPair {
        KeyPair::derive(&Key::new([byte; 32]))
    }

    fn request(random: &SeededRandom) -> Request {
        let r = seal_secret(random, &pair(1).public(), &ABOUT, &Key::new([3; 32])).unwrap();
        Request::new(random, ABOUT.enrolment, ABOUT.slot, &r, pair(2).public())
    }

    #[test]
    fn the_answer_brings_the_secret_back() {
        let random = SeededRandom::new(1);
        let request = request(&random);
        let arrived = Request::parse(&request.text().unwrap()).unwrap();
        assert_eq!(arrived, request);
        let answer = arrived.answer(&random, &pair(1), TENANT).unwrap();
        let r = request.open(&pair(2), TENANT, &answer).unwrap();
        assert_eq!(r.expose(), &[3; 32]);
    }

    #[test]
    fn another_answer_is_refused() {
        let random = SeededRandom::new(2);
        let (mine, other) = (request(&random), request(&random));
        let answer = mine.answer(&random, &pair(1), TENANT).unwrap();
        let sealed = refused("sealed value");
        let open = |request: &Request, x, tenant| request.open(&pair(x), tenant, &answer).err();
        assert_eq!(open(&other, 2, TENANT), Some(sealed));
        assert_eq!(open(&mine, 2, "other"), Some(sealed));
        assert_eq!(open(&mine, 4, TENANT), Some(refused("receiver")));
        for at in 0..answer.len() {
            let mut changed = answer.clone();
            changed[at] ^= 1 << (at % 8);
            assert!(mine.open(&pair(2), TENANT, &changed).is_err(), "byte {at}");
        }
        let short = seal_to(&random, &pair(2).public(), &mine.envelope(TENANT), &[3; 31]).unwrap();
        let error = mine.open(&pair(2), TENANT, &short).err();
        assert_eq!(error, Some(malformed("recovery secret")));
    }

    #[test]
    fn the_company_answers_only_for_the_slot_that_was_sealed() {
        let random = SeededRandom::new(3);
        let right = request(&random);
        let changes: [fn(&mut Request); 3] = [
            |request| request.slot.push('a'),
            |request| request.enrolment_id.push('a'),
            |request| request.r[80] ^= 1,
        ];
        let sealed = Err(refused("sealed value"));
        for change in changes {
            let mut changed = right.clone();
            change(&mut changed);
            assert_eq!(changed.answer(&random, &pair(1), TENANT), sealed);
            assert_ne!(changed.code(), right.code());
        }
        assert_eq!(right.answer(&random, &pair(1), "other"), sealed);
        let stranger = right.answer(&random, &pair(4), TENANT);
        assert_eq!(stranger, Err(refused("receiver")));
    }

    #[test]
    fn the_code_covers_the_key_that_is_answered_to() {
        let random = SeededRandom::new(4);
        let mine = request(&random);
        let swapped = Request {
            x: pair(4).public(),
            ..mine.clone()
        };
        assert_eq!(mine.code().unwrap().len(), 16);
        assert_ne!(mine.code(), swapped.code());
    }

    #[test]
    fn a_request_of_another_shape_is_refused() {
        let text = request(&SeededRandom::new(5)).text().unwrap();
        let cases = [
            (r#""v":1"#, r#""v":2"#, refused("version")),
            (r#""v":1"#, r#""w":1"#, malformed("version")),
            (r#""v":1"#, r#""v":1,"w":1"#, malformed("shape")),
            (r#""v":1"#, r#""v":1,"v":1"#, malformed("json")),
            (r#""jti""#, r#""jtj""#, malformed("shape")),
        ];
        for (from, to, error) in cases {
            let changed = text.replace(from, to);
            assert_eq!(Request::parse(&changed), Err(error), "{to}");
        }
    }
}
