//! Messages and what happens to them, from whichever list they stand in.

use super::{
    Told, Unread, content, conversation, direct,
    envelope::{Item, Kind},
    event,
    json::{self, Object},
    notes, party,
};
use companion_domain::{
    event::{
        ContactChange, ConversationChange, ConversationKind, DeleteKind, Direction, EventBody,
        Party, PartyKey, PartyKind, SourceConversation,
    },
    id::{SourceConversationId, SourceId},
    time::Timestamp,
};
use serde_json::Value;

/// Reads a message, an edit, a revocation, a reaction or a system message.
pub(super) fn read(
    item: &Item<'_>,
    message: &Object<'_>,
    received_at: Timestamp,
) -> Result<Told, Unread> {
    let id = message.id("id").ok_or("id: missing")?;
    let sides = sides(item, message)?;
    let sent_at = message.seconds("timestamp");
    let kind = message.text("type").unwrap_or_default();
    let body = match kind.as_str() {
        "reaction" => reaction(message)?,
        "edit" => edit(message, sent_at.unwrap_or(received_at))?,
        "revoke" => EventBody::Delete {
            targets: vec![original(message, "revoke")?],
            why: DeleteKind::Unsend,
        },
        "system" => system_body(message, &sides)?,
        _ => message_body(message, &kind)?,
    };
    let mut event = event(item, sides.conversation, sent_at, received_at, body);
    event.source_id = Some(SourceId::new(id));
    if kind != "system" {
        event.direction = sides.direction;
    }
    event.author = sides.author;
    event.recipients = sides.recipients;
    let delivery = message
        .object("history_context")
        .and_then(|context| context.text("status"))
        .map(|status| Value::from(status.to_lowercase()));
    let system_type = message
        .object("system")
        .and_then(|system| system.text("type"));
    let notes = notes([
        ("delivery", delivery),
        ("system_type", system_type.map(Value::from)),
    ]);
    Ok(Told { event, notes })
}

/// The code of the first error that an item carries.
pub(super) fn error_code(of: &Object<'_>) -> Option<String> {
    of.objects("errors").find_map(|error| error.id("code"))
}

/// Who speaks to whom.
struct Sides {
    direction: Direction,
    author: Option<Party>,
    recipients: Vec<Party>,
    conversation: SourceConversation,
}

/// The field decides the direction of messages and echoes; in the history it is outbound what the own number sent or what
/// names a recipient. The peer is the side that is not the own number, since echoes with both sides swapped occur.
fn sides(item: &Item<'_>, message: &Object<'_>) -> Result<Sides, Unread> {
    let own = party::own_number(item);
    let (from, to) = (message.id("from"), message.id("to"));
    let is_own =
        |side: &Option<String>| own.is_some() && side.as_deref().and_then(party::digits) == own;
    let swapped = is_own(&to) && !is_own(&from);
    let outbound = match item.kind {
        Kind::Message => false,
        Kind::Echo => true,
        _ => is_own(&from) || (to.is_some() && !swapped),
    };
    let (near, far) = if outbound && !swapped {
        ("from", "to")
    } else {
        ("to", "from")
    };
    let mut keys = match item.kind {
        Kind::HistoryMessage(thread) => thread_keys(thread.id.and_then(json::id), thread.context),
        _ => Vec::new(),
    };
    let ids = ["", "_user_id", "_parent_user_id"].map(|part| message.id(&format!("{far}{part}")));
    let group = message.id("group_id");
    party::add(&mut keys, party::keys(ids));
    let peer = party::party(item, PartyKind::Customer, keys);
    let conversation = match group {
        Some(group) => conversation(SourceConversationId::new(group), ConversationKind::Group),
        None => direct(peer.as_ref())?,
    };
    let own = party::business(own.or_else(|| message.id(near)));
    let (direction, author, recipient) = match outbound {
        true => (Direction::Outbound, own, peer),
        false => (Direction::Inbound, peer, own),
    };
    Ok(Sides {
        direction,
        author,
        recipients: recipient.into_iter().collect(),
        conversation,
    })
}

/// The keys that a thread of the history has for its peer.
fn thread_keys(id: Option<String>, context: Option<&serde_json::value::RawValue>) -> Vec<PartyKey> {
    let mut keys = party::keys([id]);
    if let Some(profile) = context.and_then(party::Profile::of) {
        party::add(&mut keys, profile.keys);
    }
    keys
}

fn message_body(message: &Object<'_>, kind: &str) -> Result<EventBody, Unread> {
    let context = message.object("context");
    let told = |name| context.as_ref().and_then(|context| context.flag(name)) == Some(true);
    Ok(EventBody::Message {
        content: content::read(message, kind)?,
        forwarded: told("forwarded") || told("frequently_forwarded"),
        reply_to: context
            .as_ref()
            .and_then(|context| context.id("id"))
            .map(SourceId::new),
        thread: None,
        mentions: Vec::new(),
        expires: None,
    })
}

fn reaction(message: &Object<'_>) -> Result<EventBody, Unread> {
    let reaction = message.object("reaction").ok_or("reaction: missing")?;
    let emoji = reaction.text("emoji").unwrap_or_default();
    Ok(EventBody::Reaction {
        target: reaction
            .id("message_id")
            .map(SourceId::new)
            .ok_or("reaction.message_id: missing")?,
        removed: emoji.is_empty(),
        emoji,
    })
}

fn edit(message: &Object<'_>, edited_at: Timestamp) -> Result<EventBody, Unread> {
    let target = original(message, "edit")?;
    let edited = message
        .object("edit")
        .and_then(|edit| edit.object("message"))
        .ok_or("edit.message: missing")?;
    let kind = edited.text("type").unwrap_or_default();
    Ok(EventBody::Edit {
        target,
        content: content::read(&edited, &kind)?,
        edited_at,
    })
}

fn original(message: &Object<'_>, member: &str) -> Result<SourceId, Unread> {
    let id = message
        .object(member)
        .and_then(|object| object.id("original_message_id"))
        .ok_or("original_message_id: missing")?;
    Ok(SourceId::new(id))
}

fn system_body(message: &Object<'_>, sides: &Sides) -> Result<EventBody, Unread> {
    let system = message.object("system").ok_or("system: missing")?;
    let kind = system.text("type").ok_or("system.type: missing")?;
    let peer = sides.author.as_ref();
    let change = match (kind.as_str(), peer) {
        ("user_changed_number", Some(peer)) => {
            let new = system.id("wa_id").or_else(|| system.id("user_id"));
            let new = party::key(&new.ok_or("system.wa_id: missing")?);
            let old = peer.keys.iter().find(|key| key.kind == new.kind);
            ContactChange::KeyChanged {
                old: old.or(peer.keys.first()).ok_or("names nobody")?.clone(),
                new,
            }
        }
        ("customer_identity_changed", Some(peer)) => ContactChange::IdentityChanged(peer.clone()),
        _ => {
            let members = peer.map(|peer| peer.keys.clone()).unwrap_or_default();
            return Ok(EventBody::Conversation(ConversationChange {
                kind,
                members,
                moved_to: None,
            }));
        }
    };
    Ok(EventBody::Contact(change))
}
