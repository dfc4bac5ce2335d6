//! A company for tests: its key set, its salt, and grants for its phones.

use companion_crypto::{
    document,
    hash::jcs,
    hpke::{KeyPair, PublicKey},
    keyset::{HpkeKeys, KeyRecord, KeySet, Role, TYP, Threshold},
    random::Random,
    secret::Key,
    sign::{Algorithm, SigningKey, VerifyingKey},
};
use companion_domain::{
    bytes::Digest,
    grant::{Grant, GrantedAccount},
    id::{EnrolmentId, TenantId},
    time::Timestamp,
};
use companion_engine::JoinOffer;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use std::{error::Error, fs, path::Path, time::Duration};

/// How long a test's keys are good for.
const LIFE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A company, as every grant of it shows it. Its root key signed the set and was thrown away.
#[derive(Clone, Serialize, Deserialize)]
pub struct Tenant {
    /// Its name.
    pub tenant: TenantId,
    key_salt: Digest,
    keys: String,
    accounts: Vec<GrantedAccount>,
    /// From which its recovery key is made: a test is the help desk, too.
    recovery: Digest,
}

/// The file by which a gateway learns of a phone where its configuration allows it.
#[derive(Serialize)]
struct GrantFile<'a> {
    grant: &'a Grant,
    device: &'a VerifyingKey,
    hpke: &'a PublicKey,
}

impl Tenant {
    /// A company whose gateway signs with `ingress`.
    ///
    /// # Errors
    /// If a key cannot be made.
    pub fn create(
        random: &dyn Random,
        name: &str,
        ingress: VerifyingKey,
        accounts: Vec<GrantedAccount>,
        now: Timestamp,
    ) -> Result<Self, Box<dyn Error>> {
        let root = SigningKey::generate(random, Algorithm::Ed25519)?;
        let (nbf, exp) = ((now - LIFE).seconds(), (now + LIFE).seconds());
        let record = |name: &str, role, key| KeyRecord {
            name: name.into(),
            role,
            key,
            nbf,
            exp,
        };
        let mut recovery = [0; 32];
        random.fill(&mut recovery);
        let hpke = || KeyPair::derive(&Key::random(random)).public();
        let set = KeySet {
            v: 1,
            tenant: name.into(),
            version: 1,
            expires: (now + LIFE).to_string(),
            threshold: Threshold {
                root: 1,
                destroy_now: 2,
            },
            keys: vec![
                record("root-1", Role::Root, root.public().clone()),
                record("ingress-1", Role::Ingress, ingress),
            ],
            hpke: HpkeKeys {
                escrow: hpke(),
                recovery: KeyPair::derive(&Key::new(recovery)).public(),
                archive: hpke(),
            },
        };
        let mut key_salt = [0; 32];
        random.fill(&mut key_salt);
        Ok(Self {
            tenant: TenantId::new(name),
            key_salt: Digest(key_salt),
            keys: document::sign(TYP, jcs(&set)?, &[&root])?,
            accounts,
            recovery: Digest(recovery),
        })
    }

    /// The help desk's key file, as `companionctl recovery answer` reads it.
    pub fn recovery_file(&self) -> String {
        BASE64URL_NOPAD.encode(&self.recovery.0)
    }

    /// What the help desk holds.
    pub fn recovery(&self) -> KeyPair {
        KeyPair::derive(&Key::new(self.recovery.0))
    }

    /// Grants the phone that made `offer`, and tells the gateway by a file in `folder`.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn grant(
        &self,
        enrolment: &EnrolmentId,
        offer: &JoinOffer,
        folder: &Path,
    ) -> Result<Grant, Box<dyn Error>> {
        let grant = Grant {
            v: 1,
            tenant: self.tenant.clone(),
            enrolment_id: enrolment.clone(),
            key_salt: self.key_salt,
            keys: self.keys.clone(),
            group: "sales".into(),
            policy: None,
            accounts: self.accounts.clone(),
            inbox: String::new(),
        };
        let file = GrantFile {
            grant: &grant,
            device: &offer.device_key,
            hpke: &offer.inbox_key,
        };
        let path = folder.join(format!("{}.json", enrolment.as_str()));
        let half = path.with_extension("half");
        fs::write(&half, serde_json::to_vec(&file)?)?;
        fs::rename(&half, &path)?;
        Ok(grant)
    }
}
