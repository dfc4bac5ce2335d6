//! What decisions need beside the vault: cheap to hand into a job of the vault's writer.

use companion_crypto::{id::KeySalt, random::Random};
use companion_domain::{
    classify::Accounts,
    grant::{Grant, GrantedAccount},
    id::{EnrolmentId, Key},
    key::{KeyParts, Keys},
    policy::Policy,
};
use std::sync::Arc;

/// The company's rules as this phone holds them.
pub(crate) struct Rules {
    salt: KeySalt,
    random: Arc<dyn Random>,
    pub(crate) enrolment: EnrolmentId,
    pub(crate) granted: Vec<GrantedAccount>,
    pub(crate) accounts: Accounts,
    pub(crate) policy: Policy,
}

impl Rules {
    pub(crate) fn new(grant: &Grant, policy: Policy, random: Arc<dyn Random>) -> Self {
        Self {
            random,
            enrolment: grant.enrolment_id.clone(),
            salt: KeySalt::new(grant.key_salt.0),
            granted: grant.accounts.clone(),
            accounts: Accounts::new(&grant.accounts),
            policy,
        }
    }

    /// Thousandths by which a back-off is spread.
    pub(crate) fn jitter(&self) -> u16 {
        let mut bytes = [0u8; 2];
        self.random.fill(&mut bytes);
        u16::from_be_bytes(bytes) % 1001
    }
}

impl Keys for Rules {
    fn key(&self, parts: &KeyParts) -> Key {
        Key::new(self.salt.key(parts.prefix, &parts.parts))
    }
}
