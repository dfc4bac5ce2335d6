//! What belongs under `D`: sealed by it while it is there, else sealed to its public half, so that a locked store keeps what
//! arrives and cannot read it back (formats.md 8).

use crate::{
    error::{At, VaultError},
    seal::{D, Seal, Spot},
};
use companion_crypto::{
    derive::{derive, keyed_hash},
    hpke::{KeyPair, PublicKey, open_locked, seal_locked},
    random::Random,
    seal,
    secret::Key,
};
use companion_domain::id::EnrolmentId;
use std::sync::{Arc, PoisonError, RwLock};

/// The name of the control row that holds the public half.
pub(crate) const LOCKED: &str = "vault.locked";

/// The seal of content, with or without `D`.
pub(crate) struct Content {
    enrolment: EnrolmentId,
    random: Arc<dyn Random>,
    psk: Key,
    public: RwLock<Option<PublicKey>>,
    opened: RwLock<Option<Opened>>,
}

/// `D` and what derives from it.
struct Opened {
    seal: Seal,
    locked: KeyPair,
    history: Key,
}

impl Content {
    /// Content of which only the proof of `t` is at hand.
    pub(crate) fn new(enrolment: &EnrolmentId, t: &Key, random: Arc<dyn Random>) -> Self {
        Self {
            psk: derive(t, enrolment.as_str(), "psk"),
            enrolment: enrolment.clone(),
            random,
            public: RwLock::default(),
            opened: RwLock::default(),
        }
    }

    /// Takes `D` in and answers its public half.
    pub(crate) fn open_with(&self, d: &Key) -> PublicKey {
        let salt = self.enrolment.as_str();
        let opened = Opened {
            seal: Seal::new(D, d, salt, Arc::clone(&self.random)),
            locked: locked(d, &self.enrolment),
            history: derive(d, salt, "history"),
        };
        let public = opened.locked.public();
        self.know(public);
        *write(&self.opened) = Some(opened);
        public
    }

    /// Forgets `D`. What is being sealed or opened in this moment is waited for.
    pub(crate) fn forget(&self) {
        *write(&self.opened) = None;
    }

    /// Learns the public half of `D`.
    pub(crate) fn know(&self, public: PublicKey) {
        *write(&self.public) = Some(public);
    }

    pub(crate) fn is_locked(&self) -> bool {
        read(&self.opened).is_none()
    }

    /// Seals `plain` for its spot.
    pub(crate) fn seal(&self, spot: &Spot, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        if let Some(opened) = &*read(&self.opened) {
            return opened.seal.seal(spot, plain);
        }
        let public = (*read(&self.public)).ok_or(VaultError::Locked)?;
        let sealed = seal_locked(&*self.random, &public, &self.psk, D, &spot.place, plain);
        sealed.at(spot.word)
    }

    /// Opens what was sealed for this spot.
    ///
    /// # Errors
    /// `Locked` without `D`.
    pub(crate) fn open(&self, spot: &Spot, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let opened = read(&self.opened);
        let opened = opened.as_ref().ok_or(VaultError::Locked)?;
        if seal::is_locked(sealed) {
            return open_locked(&opened.locked, &self.psk, &spot.place, sealed).at(spot.word);
        }
        opened.seal.open(spot, sealed)
    }

    /// What stands for a passcode among the last ones.
    ///
    /// # Errors
    /// `Locked` without `D`.
    pub(crate) fn passcode_hash(&self, code: &[u8]) -> Result<[u8; 16], VaultError> {
        let opened = read(&self.opened);
        let opened = opened.as_ref().ok_or(VaultError::Locked)?;
        Ok(keyed_hash(&opened.history, "passcodes.hash", code))
    }
}

fn locked(d: &Key, enrolment: &EnrolmentId) -> KeyPair {
    KeyPair::derive(&derive(d, enrolment.as_str(), "locked"))
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
