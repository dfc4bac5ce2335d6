//! Webhooks: check them, cut them into single items, read them.

mod account;
mod authenticity;
mod content;
mod envelope;
mod history;
mod json;
mod message;
mod party;
mod split;
mod status;

pub use self::{
    authenticity::{Authenticity, SIGNATURE_HEADER, challenge, verify_signature},
    history::HistorySync,
    split::split,
};

use self::{
    envelope::{Item, Kind, walk},
    json::Object,
};
use crate::channel::whatsapp::CHANNEL;
use companion_domain::{
    event::{
        ChannelEvent, ConversationKind, Direction, EventBody, Origin, Party, SourceConversation,
    },
    id::{AccountId, ChannelId, SourceConversationId, SourceId},
    time::Timestamp,
};
use serde_json::{Map, Value};
use std::{collections::BTreeSet, fmt};

/// One item of a body with what is needed to read it alone. `Debug` prints no content.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// The `phone_number_id`; the WABA id where all of that is concerned.
    pub account: AccountId,
    /// SHA-256 of the item's bytes, to recognise a repeated delivery; equal to `ChannelEvent::raw_digest`.
    pub event_key: [u8; 32],
    /// A webhook body that holds just this item.
    pub raw: Vec<u8>,
    /// Where in `raw` its number belongs, if it should name one and does not.
    nameless: Option<usize>,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Part({} bytes)", self.raw.len())
    }
}

/// What a body tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Payload {
    /// The events in the body's order.
    pub events: Vec<ChannelEvent>,
    /// For each event, what the channel tells beside it: price of a message, retries, delivery of an old message. Nothing
    /// decides by it. Names are those of `companionctl inspect`.
    pub notes: Vec<Map<String, Value>>,
    /// How far the transfer of the history came.
    pub sync: Option<HistorySync>,
    /// Items that break the channel's own rules.
    pub rejected: Vec<Skipped>,
    /// Changes that nothing proves to be work.
    pub denied: Vec<Skipped>,
    /// News of kinds that we do not know; `place` of an unknown field is its name.
    pub ignored: Vec<Skipped>,
    /// The accounts that the body names.
    pub scope: Scope,
}

/// The accounts that a body names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// WhatsApp business accounts.
    pub waba_ids: BTreeSet<String>,
    /// Numbers.
    pub phone_number_ids: BTreeSet<String>,
}

/// An item that gave no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its index in the body, in one count with the events' `position`.
    pub position: u32,
    /// Where it stands.
    pub place: String,
    /// The rule that it breaks.
    pub reason: &'static str,
    /// The message's id, if it can be read.
    pub message_id: Option<SourceId>,
}

/// Why a body as a whole cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPayload {
    /// More than 8 MiB.
    #[error("the body is larger than 8 MiB")]
    TooLarge,
    /// More than 50,000 items.
    #[error("the body holds more than 50,000 items")]
    TooManyItems,
    /// Not JSON in UTF-8.
    #[error("the body is not JSON")]
    NotJson,
    /// JSON, but no webhook of a WhatsApp business account.
    #[error("the body is not a webhook of a WhatsApp business account")]
    NotAWebhook,
}

/// Reads a whole body or a part that [`split`] made.
///
/// `received_at` is when it arrived. Whatever cannot be read is listed and spoils nothing beside it.
///
/// # Errors
/// [`BadPayload`] if the body as a whole cannot be read.
pub fn read(raw: &[u8], received_at: Timestamp) -> Result<Payload, BadPayload> {
    let walk = walk(raw)?;
    let mut payload = Payload {
        rejected: walk.rejected,
        denied: walk.denied,
        ignored: walk.ignored,
        scope: walk.scope,
        ..Payload::default()
    };
    for item in &walk.items {
        payload.sync = payload.sync.max(history::progress(item));
        match read_item(item, received_at) {
            Ok(Some(Told { event, notes })) => {
                payload.events.push(event);
                payload.notes.push(notes);
            }
            Ok(None) => {}
            Err(Unread::Ignored(reason)) => payload.ignored.push(skipped(item, reason)),
            Err(Unread::Rejected(reason)) => payload.rejected.push(skipped(item, reason)),
        }
    }
    Ok(payload)
}

/// An event and what was told beside it.
struct Told {
    event: ChannelEvent,
    notes: Map<String, Value>,
}

/// Why an item gave no event.
enum Unread {
    /// It is of a kind that we do not know.
    Ignored(&'static str),
    /// It breaks a rule.
    Rejected(&'static str),
}

/// A broken rule is what readers meet most.
impl From<&'static str> for Unread {
    fn from(reason: &'static str) -> Self {
        Self::Rejected(reason)
    }
}

fn read_item(item: &Item<'_>, received_at: Timestamp) -> Result<Option<Told>, Unread> {
    let object = Object::of(item.raw).ok_or("not an object")?;
    match item.kind {
        Kind::Message | Kind::Echo | Kind::HistoryMessage(_) | Kind::HistoryMedia => {
            message::read(item, &object, received_at).map(Some)
        }
        Kind::Status => status::read(item, &object, received_at).map(Some),
        Kind::PhoneBook => account::phone_book(item, &object, received_at).map(Some),
        Kind::UserId => account::user_id(item, &object, received_at).map(Some),
        Kind::Account => account::update(item, &object, received_at).map(Some),
        Kind::Error => account::error(item, &object, received_at).map(Some),
        Kind::HistoryError => history::error(item, &object, received_at),
        Kind::HistoryProgress => Ok(None),
    }
}

fn skipped(item: &Item<'_>, reason: &'static str) -> Skipped {
    let object = Object::of(item.raw);
    Skipped {
        position: item.position,
        place: item.place.clone(),
        reason,
        message_id: object.and_then(|object| object.id("id")).map(SourceId::new),
    }
}

/// An event of `item` in which nobody speaks yet.
fn event(
    item: &Item<'_>,
    conversation: SourceConversation,
    sent_at: Option<Timestamp>,
    received_at: Timestamp,
    body: EventBody,
) -> ChannelEvent {
    ChannelEvent {
        channel: ChannelId::new(CHANNEL),
        account: item.change.account.clone(),
        conversation,
        source_id: None,
        raw_digest: item.digest(),
        sent_at,
        received_at,
        position: item.position,
        origin: match item.kind {
            Kind::Echo => Origin::Echo,
            Kind::HistoryMessage(_)
            | Kind::HistoryMedia
            | Kind::HistoryError
            | Kind::HistoryProgress => Origin::History,
            _ => Origin::Live,
        },
        direction: Direction::System,
        author: None,
        recipients: Vec::new(),
        body,
    }
}

/// The conversation with one person; rejected if nothing tells who it is.
fn direct(peer: Option<&Party>) -> Result<SourceConversation, Unread> {
    let id = peer.and_then(party::direct).ok_or("names nobody")?;
    Ok(conversation(id, ConversationKind::Direct))
}

fn conversation(id: SourceConversationId, kind: ConversationKind) -> SourceConversation {
    SourceConversation {
        id,
        kind,
        external: None,
    }
}

/// What concerns no conversation: the empty id.
fn no_conversation() -> SourceConversation {
    conversation(SourceConversationId::new(""), ConversationKind::Unknown)
}

/// Notes from names and what was told under them.
fn notes<const N: usize>(members: [(&str, Option<Value>); N]) -> Map<String, Value> {
    let told = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    told.collect()
}
