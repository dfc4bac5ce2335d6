//! Signed documents (formats.md 0): JWS General JSON Serialization (RFC 7515 7.2.1) with a fixed header, and the
//! compact form for assertions (formats.md 9).

use crate::{
    bytes::{from_base64url, to_base64url},
    error::{CryptoError, malformed, refused},
    json::{check_version, parse_strict},
    sign::{SigningKey, VerifyingKey},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const MAX_SIGNATURES: usize = 8;

/// A document in the making. Whoever holds a key signs [`Draft::input`] and hands the signature in.
#[derive(Clone, Debug)]
pub struct Draft {
    typ: String,
    document: Document,
}

impl Draft {
    /// `typ` as `companion-order+jws`; `payload` is RFC 8785 JSON, as [`crate::hash::jcs`] makes it.
    pub fn new(typ: &str, payload: Vec<u8>) -> Self {
        let document = Document {
            payload: to_base64url(&payload),
            signatures: Vec::new(),
        };
        Self {
            typ: typ.to_owned(),
            document,
        }
    }

    /// The bytes that `key` signs.
    pub fn input(&self, key: &VerifyingKey) -> Vec<u8> {
        signing_input(&header(&self.typ, key), &self.document.payload)
    }

    /// Takes the signature of `key` over [`Draft::input`].
    ///
    /// # Errors
    /// `Refused` if it does not verify, if the key signed already or if 8 others did.
    pub fn add(&mut self, key: &VerifyingKey, signature: &[u8]) -> Result<(), CryptoError> {
        let protected = header(&self.typ, key);
        if self.document.signatures.len() == MAX_SIGNATURES {
            return Err(refused("too many signatures"));
        }
        if self
            .document
            .signatures
            .iter()
            .any(|other| other.protected == protected)
        {
            return Err(refused("same key twice"));
        }
        if !key.verify(
            &signing_input(&protected, &self.document.payload),
            signature,
        ) {
            return Err(refused("signature"));
        }
        let signature = to_base64url(signature);
        self.document.signatures.push(Signature {
            protected,
            signature,
        });
        Ok(())
    }

    /// The document as text.
    ///
    /// # Errors
    /// `Refused` if nobody signed it.
    pub fn finish(self) -> Result<String, CryptoError> {
        if self.document.signatures.is_empty() {
            return Err(refused("no signature"));
        }
        serde_json::to_string(&self.document).map_err(|_| malformed("document"))
    }
}

/// Makes a document with the signatures of `keys`.
///
/// # Errors
/// `Refused` unless `keys` are 1 to 8 different ones.
pub fn sign(typ: &str, payload: Vec<u8>, keys: &[&SigningKey]) -> Result<String, CryptoError> {
    let mut draft = Draft::new(typ, payload);
    for key in keys {
        let signature = key.sign(&draft.input(key.public()))?;
        draft.add(key.public(), &signature)?;
    }
    draft.finish()
}

/// A document whose signatures were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The payload as it was signed.
    pub payload: Vec<u8>,
    /// Which of the given keys signed it, by `kid`; at least one.
    pub by: Vec<String>,
}

impl Verified {
    /// The payload's content; members that `T` does not name are ignored unless `T` denies them.
    ///
    /// # Errors
    /// `Malformed` if it has another shape.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, CryptoError> {
        parse_strict(&self.payload)
    }
}

/// Verifies a document over the bytes received, then checks that its payload is a JSON object of version 1 in
/// which no member stands twice. Signatures of keys that are not among `keys` count nothing.
///
/// # Errors
/// `Malformed` if it has another shape, `Refused` if it is of another `typ`, no known key signed it, a known key's
/// signature is bad or of another algorithm, a key signed twice, or its payload is of a newer version.
pub fn verify(text: &str, typ: &str, keys: &[&VerifyingKey]) -> Result<Verified, CryptoError> {
    let verified = check(&read(text)?, typ, keys)?;
    check_version(&verified.parse()?)?;
    Ok(verified)
}

/// The payload of a document, with nothing verified: to name it by its SHA-256 or `code`, and to learn the keys of
/// a set that signs itself.
///
/// # Errors
/// `Malformed` if it is no document.
pub fn payload(text: &str) -> Result<Vec<u8>, CryptoError> {
    from_base64url(&read(text)?.payload).ok_or(malformed("payload"))
}

/// A compact JWS (RFC 7515 7.1) with the same header, in the making: for keys that sign elsewhere.
#[derive(Clone, Debug)]
pub struct CompactDraft(String);

impl CompactDraft {
    /// Begins the token whose claims are `payload` and which `key` will sign.
    pub fn new(typ: &str, payload: &[u8], key: &VerifyingKey) -> Self {
        Self(format!("{}.{}", header(typ, key), to_base64url(payload)))
    }

    /// The bytes that the key signs.
    pub fn input(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The token, with the signature over [`CompactDraft::input`].
    pub fn finish(self, signature: &[u8]) -> String {
        format!("{}.{}", self.0, to_base64url(signature))
    }
}

/// Makes a compact JWS.
///
/// # Errors
/// `Failed` if the key cannot sign.
pub fn sign_compact(typ: &str, payload: &[u8], key: &SigningKey) -> Result<String, CryptoError> {
    let draft = CompactDraft::new(typ, payload, key.public());
    let signature = key.sign(draft.input())?;
    Ok(draft.finish(&signature))
}

/// Verifies a compact JWS by the rules of [`verify`], but for the payload's version: claims have none.
///
/// # Errors
/// As [`verify`].
pub fn verify_compact(
    token: &str,
    typ: &str,
    keys: &[&VerifyingKey],
) -> Result<Verified, CryptoError> {
    let mut parts = token.split('.').map(str::to_owned);
    let (Some(protected), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed("token"));
    };
    let signatures = vec![Signature {
        protected,
        signature,
    }];
    let verified = check(
        &Document {
            payload,
            signatures,
        },
        typ,
        keys,
    )?;
    verified.parse::<Map<String, Value>>()?;
    Ok(verified)
}

#[derive(Clone, Debug, Serialize)]
struct Document {
    payload: String,
    signatures: Vec<Signature>,
}

#[derive(Clone, Debug, Serialize)]
struct Signature {
    protected: String,
    signature: String,
}

struct Header {
    alg: String,
    kid: String,
    typ: String,
}

fn read(text: &str) -> Result<Document, CryptoError> {
    let mut document: Map<String, Value> = parse_strict(text.as_bytes())?;
    let (Some(Value::String(payload)), Some(Value::Array(entries)), true) = (
        document.remove("payload"),
        document.remove("signatures"),
        document.is_empty(),
    ) else {
        return Err(malformed("document"));
    };
    let signatures: Option<Vec<Signature>> = entries.iter().map(read_signature).collect();
    match signatures {
        Some(signatures) if (1..=MAX_SIGNATURES).contains(&signatures.len()) => Ok(Document {
            payload,
            signatures,
        }),
        _ => Err(malformed("signatures")),
    }
}

fn read_signature(entry: &Value) -> Option<Signature> {
    let [protected, signature] = texts(entry, ["protected", "signature"])?;
    Some(Signature {
        protected,
        signature,
    })
}

fn read_header(protected: &str) -> Option<Header> {
    let header: Value = parse_strict(&from_base64url(protected)?).ok()?;
    let [alg, kid, typ] = texts(&header, ["alg", "kid", "typ"])?;
    Some(Header { alg, kid, typ })
}

/// The members of an object that has exactly these, all of them text.
fn texts<const N: usize>(value: &Value, names: [&str; N]) -> Option<[String; N]> {
    let object = value.as_object().filter(|object| object.len() == N)?;
    let texts = names.map(|name| object.get(name)?.as_str().map(str::to_owned));
    if texts.iter().any(Option::is_none) {
        return None;
    }
    Some(texts.map(Option::unwrap_or_default))
}

fn check(document: &Document, typ: &str, keys: &[&VerifyingKey]) -> Result<Verified, CryptoError> {
    let mut seen = BTreeSet::new();
    let mut by = Vec::new();
    for entry in &document.signatures {
        let header = read_header(&entry.protected).ok_or(malformed("header"))?;
        let signature = from_base64url(&entry.signature).ok_or(malformed("signature"))?;
        if header.typ != typ {
            return Err(refused("typ"));
        }
        if !seen.insert(header.kid.clone()) {
            return Err(refused("same key twice"));
        }
        let Some(key) = keys.iter().find(|key| key.kid() == header.kid) else {
            continue;
        };
        if header.alg != key.algorithm().as_str() {
            return Err(refused("alg"));
        }
        if !key.verify(
            &signing_input(&entry.protected, &document.payload),
            &signature,
        ) {
            return Err(refused("signature"));
        }
        by.push(header.kid);
    }
    if by.is_empty() {
        return Err(refused("no known key"));
    }
    let payload = from_base64url(&document.payload).ok_or(malformed("payload"))?;
    Ok(Verified { payload, by })
}

fn header(typ: &str, key: &VerifyingKey) -> String {
    let alg = key.algorithm().as_str();
    to_base64url(
        json!({"alg": alg, "kid": key.kid(), "typ": typ})
            .to_string()
            .as_bytes(),
    )
}

fn signing_input(protected: &str, payload: &str) -> Vec<u8> {
    format!("{protected}.{payload}").into_bytes()
}
