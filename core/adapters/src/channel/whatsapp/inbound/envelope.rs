//! The walk through a webhook body: which single items it holds, of which account, and what each needs to be understood
//! alone. `split` and `read` share it, so an item means the same in its part and in the whole body.

use super::{
    BadPayload, Scope, Skipped,
    json::{self, Object},
    party::{self, Profile},
};
use companion_crypto::hash;
use companion_domain::{bytes::Digest, id::AccountId};
use serde_json::value::RawValue;
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// The largest body that is read, in bytes. Meta sends up to 3 MB.
const MAX_BODY: usize = 8 << 20;

/// The most items of one body; the largest body that Meta can send holds fewer.
const MAX_ITEMS: u32 = 50_000;

/// The longest context (metadata, a contact, a thread's head) that is repeated for an item, in bytes.
const MAX_CONTEXT: usize = 4_096;

/// What a body holds.
#[derive(Default)]
pub(super) struct Walk<'a> {
    pub items: Vec<Item<'a>>,
    pub rejected: Vec<Skipped>,
    pub denied: Vec<Skipped>,
    pub ignored: Vec<Skipped>,
    pub scope: Scope,
}

/// One item with what is needed to understand it.
pub(super) struct Item<'a> {
    pub change: Rc<Change<'a>>,
    pub kind: Kind<'a>,
    /// The item itself, byte for byte.
    pub raw: &'a RawValue,
    /// The entries of `contacts` that concern it.
    pub contacts: Vec<&'a RawValue>,
    /// Where it stands in the body.
    pub place: String,
    pub position: u32,
}

/// The change that an item stands in.
pub(super) struct Change<'a> {
    pub account: AccountId,
    pub entry_id: Option<&'a RawValue>,
    pub entry_time: Option<&'a RawValue>,
    pub field: &'a RawValue,
    pub metadata: Option<&'a RawValue>,
    /// Whether `account` is a number.
    names_number: bool,
    contacts: Contacts<'a>,
}

/// What an item is.
#[derive(Clone, Copy)]
pub(super) enum Kind<'a> {
    /// `messages[]` of the field `messages`.
    Message,
    /// `statuses[]`.
    Status,
    /// `errors[]` of a change: the account is concerned.
    Error,
    /// `message_echoes[]`.
    Echo,
    /// `state_sync[]`.
    PhoneBook,
    /// `user_id_update[]`.
    UserId,
    /// The value of `account_update`.
    Account,
    /// A message in a thread of `history[]`.
    HistoryMessage(Thread<'a>),
    /// `messages[]` of the field `history`: the medium of a message that came without it.
    HistoryMedia,
    /// An item of `history[].errors[]`.
    HistoryError,
    /// The metadata of a `history[]` item that holds no message.
    HistoryProgress,
}

/// The thread that a message of the history stands in.
#[derive(Clone, Copy)]
pub(super) struct Thread<'a> {
    /// Metadata of the chunk: phase, order, progress.
    pub chunk: Option<&'a RawValue>,
    pub id: Option<&'a RawValue>,
    pub context: Option<&'a RawValue>,
}

impl Item<'_> {
    /// Whether it is about a person, but names only the business account and not which of its numbers.
    pub fn is_nameless(&self) -> bool {
        matches!(self.kind, Kind::UserId) && !self.change.names_number
    }

    /// SHA-256 of the item's bytes. What concerns the whole account tells no time of its own, so the bytes of the entry's
    /// time follow them: the same news a day later is other news.
    pub fn digest(&self) -> Digest {
        let item = self.raw.get().as_bytes();
        Digest(match (self.kind, self.change.entry_time) {
            (Kind::Account | Kind::Error, Some(time)) => {
                hash::sha256(&[item, time.get().as_bytes()].concat())
            }
            _ => hash::sha256(item),
        })
    }
}

/// Walks through a body.
pub(super) fn walk(raw: &[u8]) -> Result<Walk<'_>, BadPayload> {
    if raw.len() > MAX_BODY {
        return Err(BadPayload::TooLarge);
    }
    let text = std::str::from_utf8(raw).map_err(|_| BadPayload::NotJson)?;
    let body: &RawValue = serde_json::from_str(text).map_err(|_| BadPayload::NotJson)?;
    let body = Object::of(body).ok_or(BadPayload::NotAWebhook)?;
    if body.text("object").as_deref() != Some("whatsapp_business_account") {
        return Err(BadPayload::NotAWebhook);
    }
    let mut walker = Walker::default();
    for (entry, place) in walker.list(&body, "entry", "") {
        walker.entry(entry, &place);
    }
    if walker.overfull {
        return Err(BadPayload::TooManyItems);
    }
    Ok(walker.found)
}

#[derive(Default)]
struct Walker<'a> {
    found: Walk<'a>,
    position: u32,
    /// Whether there is more than [`MAX_ITEMS`]; then the walk goes on without keeping anything.
    overfull: bool,
}

impl<'a> Walker<'a> {
    fn entry(&mut self, entry: &'a RawValue, place: &str) {
        let Some(entry) = Object::of(entry) else {
            return self.reject(place, "not an object");
        };
        if let Some(waba) = entry.id("id") {
            self.found.scope.waba_ids.insert(waba);
        }
        for (change, place) in self.list(&entry, "changes", place) {
            self.change(&entry, change, &place);
        }
    }

    fn change(&mut self, entry: &Object<'a>, change: &'a RawValue, place: &str) {
        let Some(change) = Object::of(change) else {
            return self.reject(place, "not an object");
        };
        let (Some(field), Some(name)) = (change.raw("field"), change.text("field")) else {
            return self.reject(&format!("{place}.field"), "not text");
        };
        let Some(lists) = lists(&name) else {
            let skipped = self.skipped(&name, "unknown field");
            return self.found.ignored.extend(skipped);
        };
        let place = format!("{place}.value");
        let raw = change.raw("value");
        let (Some(raw), Some(value)) = (raw, raw.and_then(Object::of)) else {
            return self.reject(&place, "not an object");
        };
        let metadata = value.raw("metadata").filter(short);
        let entry_id = entry.raw("id").filter(short);
        let number = metadata
            .and_then(Object::of)
            .and_then(|metadata| metadata.id("phone_number_id"));
        let names_number = number.is_some();
        let Some(account) = self.account(&name, entry_id, &value, number) else {
            let skipped = self.skipped(&place, "no phone_number_id proves a work account");
            return self.found.denied.extend(skipped);
        };
        let change = Rc::new(Change {
            account: AccountId::new(account),
            entry_id,
            entry_time: entry.raw("time").filter(short),
            field,
            metadata,
            names_number,
            contacts: Contacts::of(&value),
        });
        if name == "account_update" {
            return self.item(&change, Kind::Account, raw, place);
        }
        for (list, kind) in lists {
            for (raw, place) in self.list(&value, list, &place) {
                self.item(&change, *kind, raw, place);
            }
        }
        if name == "history" {
            for (chunk, place) in self.list(&value, "history", &place) {
                self.chunk(&change, chunk, &place);
            }
        }
    }

    /// The account: the phone number, or the business account where all of that is concerned.
    fn account(
        &mut self,
        field: &str,
        entry_id: Option<&'a RawValue>,
        value: &Object<'a>,
        number: Option<String>,
    ) -> Option<String> {
        let scope = &mut self.found.scope;
        match (field, number) {
            ("account_update", _) => {
                let named = value
                    .object("waba_info")
                    .and_then(|info| info.id("waba_id"));
                scope.waba_ids.extend(named.clone());
                named.or_else(|| json::id(entry_id?))
            }
            (_, Some(number)) => {
                scope.phone_number_ids.insert(number.clone());
                Some(number)
            }
            ("user_id_update", None) => json::id(entry_id?),
            (_, None) => None,
        }
    }

    fn chunk(&mut self, change: &Rc<Change<'a>>, chunk: &'a RawValue, place: &str) {
        let Some(chunk) = Object::of(chunk) else {
            return self.reject(place, "not an object");
        };
        let before = self.found.items.len();
        let metadata = chunk.raw("metadata").filter(short);
        for (thread, place) in self.list(&chunk, "threads", place) {
            let Some(object) = Object::of(thread) else {
                self.reject(&place, "not an object");
                continue;
            };
            let thread = Thread {
                chunk: metadata,
                id: object.raw("id").filter(short),
                context: object.raw("context").filter(short),
            };
            for (raw, place) in self.list(&object, "messages", &place) {
                self.item(change, Kind::HistoryMessage(thread), raw, place);
            }
        }
        for (raw, place) in self.list(&chunk, "errors", place) {
            self.item(change, Kind::HistoryError, raw, place);
        }
        if let Some(metadata) = metadata.filter(|_| self.found.items.len() == before) {
            let place = format!("{place}.metadata");
            self.item(change, Kind::HistoryProgress, metadata, place);
        }
    }

    fn item(&mut self, change: &Rc<Change<'a>>, kind: Kind<'a>, raw: &'a RawValue, place: String) {
        let Some(position) = self.next() else { return };
        self.found.items.push(Item {
            change: Rc::clone(change),
            kind,
            raw,
            contacts: change.contacts.concerning(kind, raw),
            place,
            position,
        });
    }

    /// The items of a list with their places; what should be a list and is none is rejected.
    fn list(&mut self, of: &Object<'a>, name: &str, place: &str) -> Vec<(&'a RawValue, String)> {
        let dot = if place.is_empty() { "" } else { "." };
        let place = format!("{place}{dot}{name}");
        let Some(raw) = of.raw(name) else {
            return Vec::new();
        };
        let Some(items) = json::list(raw) else {
            self.reject(&place, "not a list");
            return Vec::new();
        };
        self.overfull |= items.len() > MAX_ITEMS as usize;
        let kept = if self.overfull { 0 } else { items.len() };
        items
            .into_iter()
            .take(kept)
            .enumerate()
            .map(|(index, raw)| (raw, format!("{place}[{index}]")))
            .collect()
    }

    fn reject(&mut self, place: &str, reason: &'static str) {
        let skipped = self.skipped(place, reason);
        self.found.rejected.extend(skipped);
    }

    fn skipped(&mut self, place: &str, reason: &'static str) -> Option<Skipped> {
        Some(Skipped {
            position: self.next()?,
            place: place.to_owned(),
            reason,
            message_id: None,
        })
    }

    /// The position of the next item; `None` if there are too many.
    fn next(&mut self) -> Option<u32> {
        let position = self.position;
        self.overfull |= position >= MAX_ITEMS;
        self.position = position.saturating_add(1);
        (!self.overfull).then_some(position)
    }
}

/// The lists of single items in the value of a field; `None` for a field that we do not know.
fn lists(field: &str) -> Option<&'static [(&'static str, Kind<'static>)]> {
    Some(match field {
        "messages" => &[
            ("messages", Kind::Message),
            ("statuses", Kind::Status),
            ("errors", Kind::Error),
        ],
        "smb_message_echoes" => &[("message_echoes", Kind::Echo), ("errors", Kind::Error)],
        "smb_app_state_sync" => &[("state_sync", Kind::PhoneBook), ("errors", Kind::Error)],
        "history" => &[("messages", Kind::HistoryMedia), ("errors", Kind::Error)],
        "user_id_update" => &[("user_id_update", Kind::UserId)],
        "account_update" => &[],
        _ => return None,
    })
}

/// The contacts of a change by the ids under which items name them.
struct Contacts<'a> {
    all: Vec<&'a RawValue>,
    by_id: BTreeMap<String, usize>,
}

impl<'a> Contacts<'a> {
    fn of(value: &Object<'a>) -> Self {
        let all: Vec<_> = value
            .list("contacts")
            .unwrap_or_default()
            .into_iter()
            .filter(short)
            .collect();
        let mut by_id = BTreeMap::new();
        for (index, raw) in all.iter().enumerate() {
            for key in Profile::of(raw)
                .map(|profile| profile.keys)
                .unwrap_or_default()
            {
                by_id.entry(key.value).or_insert(index);
            }
        }
        Self { all, by_id }
    }

    /// The contacts that an item names; where it names nobody and there is but one contact, that one.
    fn concerning(&self, kind: Kind<'a>, raw: &'a RawValue) -> Vec<&'a RawValue> {
        if self.all.is_empty() {
            return Vec::new();
        }
        let named = party::named_by(kind, raw);
        if named.is_empty() {
            return match self.all.as_slice() {
                [only] => vec![*only],
                _ => Vec::new(),
            };
        }
        let found: BTreeSet<_> = named.iter().filter_map(|id| self.by_id.get(id)).collect();
        found
            .into_iter()
            .filter_map(|index| self.all.get(*index).copied())
            .collect()
    }
}

/// Whether a context may be repeated for each item.
fn short(raw: &&RawValue) -> bool {
    raw.get().len() <= MAX_CONTEXT
}
