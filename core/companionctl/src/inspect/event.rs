//! A channel's event in the words of `inspect`.

use companion_domain::{
    event::{
        AccountChange, ChannelEvent, ContactChange, Content, ConversationKind, Direction,
        EventBody, Origin, Party, PartyKey,
    },
    time::Timestamp,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// One event. `notes` is what its channel told beside it, in the same words; it wins.
pub fn members(event: &ChannelEvent, notes: Map<String, Value>) -> Map<String, Value> {
    let mut out = Map::new();
    let id = event.conversation.id.as_str();
    set(&mut out, "conversation_id", (!id.is_empty()).then_some(id));
    match event.conversation.kind {
        ConversationKind::Direct => set(&mut out, "is_group", Some(false)),
        ConversationKind::Group | ConversationKind::Channel => {
            set(&mut out, "is_group", Some(true))
        }
        ConversationKind::Unknown => {}
    }
    if event.origin == Origin::History {
        set(&mut out, "history", Some(true));
    }
    set(
        &mut out,
        "message_id",
        event.source_id.as_ref().map(|id| id.as_str()),
    );
    match event.direction {
        Direction::Inbound => set(&mut out, "direction", Some("inbound")),
        Direction::Outbound => set(&mut out, "direction", Some("outbound")),
        Direction::System | Direction::Unknown => {}
    }
    sender(&mut out, event.author.as_ref());
    let recipient = event
        .recipients
        .first()
        .and_then(|party| party.keys.first());
    set(
        &mut out,
        "recipient_id",
        recipient.map(|key| key.value.as_str()),
    );
    set(&mut out, "sent_at", event.sent_at.map(time));
    body(&mut out, event);
    out.extend(notes);
    if out.get("kind").is_some_and(|kind| kind == "status") {
        set(&mut out, "at", event.sent_at.map(time));
        set(&mut out, "peer_id", recipient.map(|key| &key.value));
    }
    out
}

/// A time, with milliseconds if it has any.
fn time(at: Timestamp) -> String {
    at.to_string().replace(".000Z", "Z")
}

fn sender(out: &mut Map<String, Value>, author: Option<&Party>) {
    let Some(author) = author else { return };
    let first = author.keys.first();
    set(out, "sender_id", first.map(|key| key.value.as_str()));
    set(out, "sender_name", author.name.as_deref());
    set(out, "sender_kind", Some(author.kind));
    let others: Map<_, _> = author.keys.iter().filter_map(alternative).collect();
    set(
        out,
        "sender_alt_ids",
        (!others.is_empty()).then_some(others),
    );
}

/// Keys beside the phone number, by the names that payloads give them.
fn alternative(key: &PartyKey) -> Option<(String, Value)> {
    let name = match key.kind.as_str() {
        "wa_user" => "user_id",
        "wa_parent_user" => "parent_user_id",
        "wa_username" => "username",
        _ => return None,
    };
    Some((name.to_owned(), key.value.clone().into()))
}

fn body(out: &mut Map<String, Value>, event: &ChannelEvent) {
    let mut kind = |kind: &str| set(out, "kind", Some(kind));
    match &event.body {
        EventBody::Message {
            content,
            reply_to,
            forwarded,
            mentions,
            ..
        } => {
            kind("message");
            set(out, "content", Some(content.kind.as_str()));
            content_members(out, content);
            set(out, "reply_to", reply_to.as_ref());
            set(out, "forwarded", Some(*forwarded));
            let mentions: Vec<_> = mentions.iter().map(|key| &key.value).collect();
            set(out, "mentions", (!mentions.is_empty()).then_some(mentions));
        }
        EventBody::Edit {
            target, content, ..
        } => {
            kind("edit");
            set(out, "target_id", Some(target));
            content_members(out, content);
        }
        EventBody::Delete { targets, .. } => {
            kind("delete");
            set(out, "target_id", targets.first());
        }
        EventBody::Reaction {
            target,
            emoji,
            removed,
        } => {
            kind("reaction");
            set(out, "target_id", Some(target));
            set(out, "emoji", Some(emoji));
            set(out, "removed", Some(removed));
        }
        EventBody::Status {
            target,
            state,
            code,
            opaque,
        } => {
            kind("status");
            set(out, "status", Some(state));
            set(out, "target_id", Some(target));
            set(out, "error_code", code.as_ref());
            set(out, "opaque", opaque.as_ref());
        }
        EventBody::Contact(change) => contact(out, change),
        EventBody::Conversation(change) => {
            kind("system");
            set(out, "system_type", Some(&change.kind));
            let members: Vec<_> = change.members.iter().map(|key| &key.value).collect();
            set(out, "members", Some(members));
            set(out, "new_conversation_id", change.moved_to.as_ref());
        }
        EventBody::Account(change) => account(out, change),
        EventBody::Gap { why, .. } => {
            kind("ignored");
            set(out, "reason", Some(why));
        }
        EventBody::Unknown { kind: word } => {
            kind("ignored");
            set(out, "reason", Some(word));
        }
    }
}

fn content_members(out: &mut Map<String, Value>, content: &Content) {
    out.extend(content.details.clone());
    set(out, "text", content.text.as_ref());
    let attachments: Vec<_> = content.attachments.iter().map(present).collect();
    set(
        out,
        "attachments",
        (!attachments.is_empty()).then_some(attachments),
    );
    if let Some(place) = &content.location {
        let degrees = |digits: &str| digits.parse::<f64>().ok();
        let place = json!({
            "name": place.name, "address": place.address,
            "lat": degrees(&place.lat), "lon": degrees(&place.lon),
        });
        set(out, "location", Some(present(&place)));
    }
}

fn contact(out: &mut Map<String, Value>, change: &ContactChange) {
    let mut entry = |party: &Party, action: &str| {
        set(out, "kind", Some("contact"));
        set(out, "action", Some(action));
        set(out, "contact_id", party.keys.first().map(|key| &key.value));
        set(out, "name", party.name.as_ref());
    };
    match change {
        ContactChange::Upsert(party) => entry(party, "upsert"),
        ContactChange::Remove(party) => entry(party, "remove"),
        ContactChange::KeyChanged { old, new } => {
            set(out, "kind", Some("system"));
            set(out, "old_id", Some(&old.value));
            set(out, "new_id", Some(&new.value));
        }
        ContactChange::IdentityChanged(_) => set(out, "kind", Some("identity_change")),
    }
}

fn account(out: &mut Map<String, Value>, change: &AccountChange) {
    set(out, "kind", Some("account"));
    set(out, "account_event", Some(&change.event));
    set(out, "reason", change.reason.as_ref());
    set(out, "initiated_by", change.initiated_by.as_ref());
    set(out, "effect", Some(change.effect));
    set(out, "owner_id", change.owner.as_ref());
}

/// The members of a value that are not `null`.
fn present(value: &impl Serialize) -> Value {
    let mut value = json!(value);
    if let Some(members) = value.as_object_mut() {
        members.retain(|_, member| !member.is_null());
    }
    value
}

fn set(out: &mut Map<String, Value>, name: &str, value: Option<impl Serialize>) {
    if let Some(value) = value {
        out.insert(name.to_owned(), json!(value));
    }
}
