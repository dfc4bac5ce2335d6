//! Inbox items: signed by the ingress key, then sealed to one phone (formats.md 9).

use companion_crypto::{
    CryptoError, document,
    hash::jcs,
    hpke::{Envelope, PublicKey, Purpose, seal_to},
    random::Random,
    sign::SigningKey,
};
use companion_domain::id::{AccountId, ChannelId, TenantId};
use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use std::sync::Arc;

/// The `typ` of items and tombstones.
const TYP: &str = "companion-item+jws";

/// What an item says.
pub(crate) struct Content<'a> {
    /// Names the item for the phone's own check against repeats.
    pub(crate) id: &'a str,
    pub(crate) kind: Kind,
    /// The channel and account that it is about; absent if it is about the whole queue.
    pub(crate) account: Option<(&'a ChannelId, &'a AccountId)>,
    /// How the gateway made sure of `raw`; absent for its own words.
    pub(crate) verified: Option<&'static str>,
    pub(crate) raw: &'a [u8],
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What a channel delivered.
    Event,
    /// What became of a record or message.
    Outcome,
    /// A declared gap in the queue.
    Overflow,
}

/// Where an item stands.
pub(crate) struct Place<'a> {
    pub(crate) enrolment: &'a str,
    pub(crate) inbox: &'a str,
    pub(crate) seq: u64,
    /// Seconds since 1970.
    pub(crate) exp: i64,
    pub(crate) key: &'a PublicKey,
}

/// An item ready to be stored.
pub(crate) struct SealedItem {
    /// `03` to the phone's inbox key.
    pub(crate) sealed: Vec<u8>,
    /// What stays once the item has expired.
    pub(crate) tombstone: String,
}

/// Signs and seals items.
#[derive(Clone)]
pub(crate) struct ItemMaker {
    tenant: TenantId,
    ingress: Arc<SigningKey>,
    random: Arc<dyn Random>,
}

#[derive(Serialize)]
struct Item<'a> {
    v: u32,
    aud: &'a str,
    inbox: &'a str,
    seq: u64,
    id: &'a str,
    kind: &'a str,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a ChannelId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a AccountId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<&'a str>,
    raw: String,
}

#[derive(Serialize)]
struct Tombstone<'a> {
    v: u32,
    aud: &'a str,
    inbox: &'a str,
    seq: u64,
    id: &'a str,
    kind: &'a str,
    nbf: i64,
}

impl Kind {
    /// Its word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Outcome => "outcome",
            Self::Overflow => "overflow",
        }
    }
}

impl ItemMaker {
    pub(crate) fn new(tenant: TenantId, ingress: Arc<SigningKey>, random: Arc<dyn Random>) -> Self {
        Self {
            tenant,
            ingress,
            random,
        }
    }

    /// 16 random bytes as text.
    pub(crate) fn random_id(&self) -> String {
        let mut id = [0; 16];
        self.random.fill(&mut id);
        BASE64URL_NOPAD.encode(&id)
    }

    /// Signs the item and its tombstone, and seals the item.
    pub(crate) fn make(
        &self,
        place: &Place<'_>,
        content: &Content<'_>,
    ) -> Result<SealedItem, CryptoError> {
        let item = self.sign(&Item {
            v: 1,
            aud: place.enrolment,
            inbox: place.inbox,
            seq: place.seq,
            id: content.id,
            kind: content.kind.as_str(),
            exp: place.exp,
            channel: content.account.map(|(channel, _)| channel),
            account: content.account.map(|(_, account)| account),
            verified: content.verified,
            raw: BASE64URL_NOPAD.encode(content.raw),
        })?;
        let tombstone = self.sign(&Tombstone {
            v: 1,
            aud: place.enrolment,
            inbox: place.inbox,
            seq: place.seq,
            id: content.id,
            kind: "tombstone",
            nbf: place.exp,
        })?;
        let about = Envelope {
            purpose: Purpose::Inbox,
            tenant: self.tenant.as_str(),
            enrolment: place.enrolment,
            item: content.id.as_bytes(),
        };
        let sealed = seal_to(&*self.random, place.key, &about, item.as_bytes())?;
        Ok(SealedItem { sealed, tombstone })
    }

    fn sign(&self, payload: &impl Serialize) -> Result<String, CryptoError> {
        document::sign(TYP, jcs(payload)?, &[&self.ingress])
    }
}
