//! Who takes part: the keys under which WhatsApp knows people, and the names that go with them.

use super::{
    envelope::{Item, Kind},
    json::{self, Object},
};
use crate::channel::whatsapp::{PARENT_USER, PHONE, USER, USERNAME};
use companion_domain::{
    event::{Party, PartyKey, PartyKind},
    id::SourceConversationId,
};
use serde_json::value::RawValue;

/// What an entry of `contacts` or the context of a thread tells of a person.
pub(super) struct Profile {
    pub keys: Vec<PartyKey>,
    pub name: Option<String>,
}

impl Profile {
    /// `None` unless `raw` is an object.
    pub fn of(raw: &RawValue) -> Option<Self> {
        let contact = Object::of(raw)?;
        let profile = contact.object("profile");
        let name = profile.as_ref().and_then(|profile| profile.text("name"));
        let username = profile
            .and_then(|profile| profile.id("username"))
            .or_else(|| contact.id("username"));
        let ids = ["wa_id", "user_id", "parent_user_id"];
        let mut keys = keys(ids.map(|name| contact.id(name)));
        keys.extend(username.map(|value| named(USERNAME, value)));
        Some(Self {
            keys,
            name: name.filter(|name| !name.is_empty()),
        })
    }
}

/// The key for an id: a phone number in any spelling, else a BSUID, which some payloads put where numbers are expected.
pub(super) fn key(id: &str) -> PartyKey {
    match digits(id) {
        Some(digits) => named(PHONE, digits),
        None if id.contains(".ENT.") => named(PARENT_USER, id.to_owned()),
        None => named(USER, id.to_owned()),
    }
}

/// The digits of a phone number; `None` for anything else.
pub(super) fn digits(number: &str) -> Option<String> {
    let spelling = |c: char| c.is_ascii_digit() || "+-(). \u{a0}".contains(c);
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    (!digits.is_empty() && number.chars().all(spelling)).then_some(digits)
}

/// A party by its keys, completed by the contacts among `item`'s that share one of them (or by the only one, where there are
/// no keys); `None` if nothing tells who it is.
pub(super) fn party(item: &Item<'_>, kind: PartyKind, keys: Vec<PartyKey>) -> Option<Party> {
    let mut party = Party {
        keys,
        name: None,
        kind,
    };
    for profile in item.contacts.iter().filter_map(|raw| Profile::of(raw)) {
        if party.keys.is_empty() || profile.keys.iter().any(|key| party.keys.contains(key)) {
            party.name = party.name.or(profile.name);
            add(&mut party.keys, profile.keys);
        }
    }
    party.keys.sort_by_key(rank);
    (!party.keys.is_empty()).then_some(party)
}

/// The business number itself, as the change's metadata or the item spells it.
pub(super) fn business(number: Option<String>) -> Option<Party> {
    Some(Party {
        keys: vec![key(&number?)],
        name: None,
        kind: PartyKind::Agent,
    })
}

/// The digits of the change's own number.
pub(super) fn own_number(item: &Item<'_>) -> Option<String> {
    digits(&Object::of(item.change.metadata?)?.id("display_phone_number")?)
}

/// The conversation with one person: the number in digits, else a BSUID. A user name is no id: it changes owners.
pub(super) fn direct(peer: &Party) -> Option<SourceConversationId> {
    let key = peer.keys.first().filter(|key| key.kind != USERNAME)?;
    Some(SourceConversationId::new(&key.value))
}

/// Every id by which an item names people, spelled as keys are.
pub(super) fn named_by(kind: Kind<'_>, raw: &RawValue) -> Vec<String> {
    const MEMBERS: [&str; 8] = [
        "from",
        "to",
        "from_user_id",
        "to_user_id",
        "recipient_id",
        "recipient_user_id",
        "recipient_participant_id",
        "recipient_participant_user_id",
    ];
    let mut ids: Vec<String> = Vec::new();
    if let Some(item) = Object::of(raw) {
        ids.extend(MEMBERS.iter().filter_map(|member| item.id(member)));
    }
    if let Kind::HistoryMessage(thread) = kind {
        ids.extend(thread.id.and_then(json::id));
        if let Some(context) = thread.context.and_then(Object::of) {
            ids.extend(context.id("wa_id"));
            ids.extend(context.id("user_id"));
        }
    }
    ids.iter().map(|id| key(id).value).collect()
}

/// The keys for ids, the first of each kind.
pub(super) fn keys<const N: usize>(ids: [Option<String>; N]) -> Vec<PartyKey> {
    let mut keys = Vec::new();
    add(&mut keys, ids.into_iter().flatten().map(|id| key(&id)));
    keys
}

/// Adds those of `more` whose kind is not there yet.
pub(super) fn add(keys: &mut Vec<PartyKey>, more: impl IntoIterator<Item = PartyKey>) {
    for key in more {
        if keys.iter().all(|known| known.kind != key.kind) {
            keys.push(key);
        }
    }
}

fn named(kind: &str, value: String) -> PartyKey {
    PartyKey {
        kind: kind.to_owned(),
        value,
    }
}

/// Keys that show and address best come first.
fn rank(key: &PartyKey) -> usize {
    [PHONE, USER, PARENT_USER, USERNAME]
        .iter()
        .position(|kind| *kind == key.kind)
        .unwrap_or(usize::MAX)
}
