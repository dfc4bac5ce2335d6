//! The gateway's own keys: files that their owner alone may read.

use crate::config::Config;
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
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    sync::Arc,
};
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// The keys of a gateway process.
pub struct Keys {
    ingress: Arc<SigningKey>,
    poster_public: PublicKey,
    poster: Option<PosterKeys>,
}

/// What a process holds that takes and posts what phones send.
pub(crate) struct PosterKeys {
    pair: KeyPair,
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
    /// It is not a key file of this release, or the poster's secret is not where the configuration says.
    #[error("key file: malformed")]
    Malformed,
    /// The poster's secret belongs to another public key.
    #[error("key file: the poster's secret is not that of its public key")]
    Pair,
    /// A key in it is not usable.
    #[error("key file: {0}")]
    Key(#[from] CryptoError),
}

/// The key file of every process.
#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    v: u32,
    /// The seed of the Ed25519 key that signs items, tombstones and time.
    ingress: String,
    /// What the poster's input is sealed to.
    #[zeroize(skip)]
    poster_public: PublicKey,
    /// Its secret, unless that has a file of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    poster: Option<String>,
}

/// The key file of the poster alone.
#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct PosterFile {
    v: u32,
    /// The input key material of the X25519 key that the poster's input is sealed to.
    poster: String,
}

impl Keys {
    /// Makes fresh keys and writes them to `path`, which must not exist.
    pub fn create(path: &Path, random: &dyn Random) -> Result<Self, KeysError> {
        Self::write(path, None, random)
    }

    /// Makes fresh keys and writes the poster's secret to `poster` and all else to `path`. Neither may exist.
    pub fn create_apart(
        path: &Path,
        poster: &Path,
        random: &dyn Random,
    ) -> Result<Self, KeysError> {
        Self::write(path, Some(poster), random)
    }

    /// Reads the keys that the roles of `config` need: without the poster's role nothing of its secret.
    pub fn load(config: &Config) -> Result<Self, KeysError> {
        let file: KeyFile = read(&config.keys)?;
        let apart = config.poster_keys.as_deref();
        if file.v != 1 || file.poster.is_none() != apart.is_some() {
            return Err(KeysError::Malformed);
        }
        let poster = match (config.roles.poster, apart) {
            (false, _) => None,
            (true, None) => file.poster.as_deref().map(key).transpose()?,
            (true, Some(path)) => {
                let file: PosterFile = read(path)?;
                Some(key(&file.poster)?)
            }
        };
        let keys = Self {
            ingress: Arc::new(SigningKey::from_seed(&key(&file.ingress)?)?),
            poster_public: file.poster_public,
            poster: poster.as_ref().map(PosterKeys::new),
        };
        match &keys.poster {
            Some(poster) if poster.pair.public() != keys.poster_public => Err(KeysError::Pair),
            _ => Ok(keys),
        }
    }

    /// The public halves.
    pub fn public(&self) -> PublicKeys {
        PublicKeys {
            ingress: self.ingress.public().clone(),
            kid: self.ingress.public().kid(),
            poster: self.poster_public,
        }
    }

    pub(crate) fn ingress(&self) -> &Arc<SigningKey> {
        &self.ingress
    }

    /// `None` in a process without the poster's role.
    pub(crate) fn poster(&self) -> Option<&PosterKeys> {
        self.poster.as_ref()
    }

    fn write(path: &Path, apart: Option<&Path>, random: &dyn Random) -> Result<Self, KeysError> {
        let text = |key: &Key| BASE64URL_NOPAD.encode(key.expose());
        let (ingress, secret) = (Key::random(random), Key::random(random));
        let poster = PosterKeys::new(&secret);
        if let Some(apart) = apart {
            let poster = text(&secret);
            write(apart, &PosterFile { v: 1, poster })?;
        }
        let poster_public = poster.pair.public();
        let file = KeyFile {
            v: 1,
            ingress: text(&ingress),
            poster_public,
            poster: apart.is_none().then(|| text(&secret)),
        };
        write(path, &file)?;
        Ok(Self {
            ingress: Arc::new(SigningKey::from_seed(&ingress)?),
            poster_public,
            poster: Some(poster),
        })
    }
}

impl PosterKeys {
    fn new(secret: &Key) -> Self {
        Self {
            pair: KeyPair::derive(secret),
            queue: derive(secret, "poster", "queue"),
        }
    }

    pub(crate) fn pair(&self) -> &KeyPair {
        &self.pair
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

fn write(path: &Path, file: &impl Serialize) -> Result<(), KeysError> {
    let json = serde_json::to_string(file).map(Zeroizing::new);
    let json = json.map_err(|_| KeysError::Malformed)?;
    let mut out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    out.write_all(json.as_bytes())?;
    Ok(out.sync_all()?)
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, KeysError> {
    if File::open(path)?.metadata()?.permissions().mode() & 0o077 != 0 {
        return Err(KeysError::Exposed);
    }
    let text = Zeroizing::new(std::fs::read_to_string(path)?);
    serde_json::from_str(&text).map_err(|_| KeysError::Malformed)
}

fn key(text: &str) -> Result<Key, KeysError> {
    let bytes = BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| KeysError::Malformed)?;
    Ok(Key::new(
        bytes.try_into().map_err(|_| KeysError::Malformed)?,
    ))
}
