//! The gateway's own keys: one file, readable by its owner alone.

use companion_crypto::{
    CryptoError,
    derive::derive,
    hash::hmac_sha256,
    hpke::{KeyPair, PublicKey},
    random::Random,
    secret::Key,
    sign::{SigningKey, VerifyingKey},
};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    sync::Arc,
};
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// The keys of a gateway.
pub struct Keys {
    ingress: Arc<SigningKey>,
    poster: KeyPair,
    queue: Key,
}

/// The public halves, as a key set and a test need them.
#[derive(Debug, Serialize)]
pub struct PublicKeys {
    /// Signs items, tombstones and time.
    pub ingress: VerifyingKey,
    /// The name of `ingress`.
    pub kid: String,
    /// What the poster's input is sealed to.
    pub poster: PublicKey,
}

/// Why the keys are not usable. It never holds a key.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file cannot be read or made.
    #[error("key file: {0}")]
    File(#[from] io::Error),
    /// Others than the owner may read it.
    #[error("key file: others may read it; set its mode to 0600")]
    Exposed,
    /// It is not a key file of this release.
    #[error("key file: malformed")]
    Malformed,
    /// A key in it is not usable.
    #[error("key file: {0}")]
    Key(#[from] CryptoError),
}

#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    v: u32,
    /// The seed of the Ed25519 key that signs items, tombstones and time.
    ingress: String,
    /// The input key material of the X25519 key that the poster's input is sealed to.
    poster: String,
}

impl Keys {
    /// Makes fresh keys and writes them to `path`, which must not exist.
    pub fn create(path: &Path, random: &dyn Random) -> Result<Self, KeysError> {
        let text = |key: &Key| BASE64URL_NOPAD.encode(key.expose());
        let (ingress, poster) = (Key::random(random), Key::random(random));
        let file = KeyFile {
            v: 1,
            ingress: text(&ingress),
            poster: text(&poster),
        };
        let json = serde_json::to_string(&file).map(Zeroizing::new);
        let json = json.map_err(|_| KeysError::Malformed)?;
        let mut out = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        out.write_all(json.as_bytes())?;
        out.sync_all()?;
        Self::new(&ingress, &poster)
    }

    /// Reads the keys at `path`.
    pub fn load(path: &Path) -> Result<Self, KeysError> {
        if File::open(path)?.metadata()?.permissions().mode() & 0o077 != 0 {
            return Err(KeysError::Exposed);
        }
        let text = Zeroizing::new(std::fs::read_to_string(path)?);
        let file: KeyFile = serde_json::from_str(&text).map_err(|_| KeysError::Malformed)?;
        if file.v != 1 {
            return Err(KeysError::Malformed);
        }
        Self::new(&key(&file.ingress)?, &key(&file.poster)?)
    }

    /// The public halves.
    pub fn public(&self) -> PublicKeys {
        PublicKeys {
            ingress: self.ingress.public().clone(),
            kid: self.ingress.public().kid(),
            poster: self.poster.public(),
        }
    }

    fn new(ingress: &Key, poster: &Key) -> Result<Self, KeysError> {
        Ok(Self {
            ingress: Arc::new(SigningKey::from_seed(ingress)?),
            poster: KeyPair::derive(poster),
            queue: derive(poster, "poster", "queue"),
        })
    }

    pub(crate) fn ingress(&self) -> &Arc<SigningKey> {
        &self.ingress
    }

    pub(crate) fn poster(&self) -> &KeyPair {
        &self.poster
    }

    /// A hash that tells equal content and nothing else, since nobody else can make it.
    pub(crate) fn keyed(&self, digest: &[u8; 32]) -> [u8; 32] {
        hmac_sha256(self.queue.expose(), digest)
    }

    /// Names a conversation in the store without its ids, one of which may be a customer's number.
    pub(crate) fn conversation(&self, ids: &[&str]) -> String {
        let name: String = ids.iter().map(|id| format!("{}:{id}", id.len())).collect();
        BASE64URL_NOPAD.encode(&hmac_sha256(self.queue.expose(), name.as_bytes()))
    }
}

fn key(text: &str) -> Result<Key, KeysError> {
    let bytes = BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| KeysError::Malformed)?;
    Ok(Key::new(
        bytes.try_into().map_err(|_| KeysError::Malformed)?,
    ))
}
