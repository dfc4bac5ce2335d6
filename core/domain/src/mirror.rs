//! From news to mirror records (formats.md 1 and 3).

use crate::{
    event::{Content, Direction, Origin, Party, PartyKind},
    id::{AccountId, ChannelId, Key, SourceConversationId},
    key::{self, KeyParts, Keys, Place},
    message::{Deletion, Delivery, Edit, Message, News, Reaction},
    policy::MirrorUnsend,
    record::{Author, Record, RecordAttachment},
    time::Timestamp,
};
use serde_json::{Map, Value, json};

/// What stays the same for all records of one conversation.
pub struct Drafting<'a> {
    /// The channel.
    pub channel: &'a ChannelId,
    /// The company's identity on it.
    pub account: &'a AccountId,
    /// The conversation in the channel's words.
    pub source_conversation: &'a SourceConversationId,
    /// `c1…`.
    pub conversation: &'a Key,
    /// `p1…` of the customer, if known.
    pub contact: Option<&'a Key>,
    /// What is kept of a message that its author takes back.
    pub unsend: MirrorUnsend,
    /// When the record is committed.
    pub now: Timestamp,
    /// Makes keys by the tenant's salt.
    pub keys: &'a dyn Keys,
}

impl Drafting<'_> {
    /// The record of one piece of news. The vault fills in `conversation_seq` and `salt`.
    pub fn record(&self, message: &Message, news: &News) -> Record {
        match news {
            News::Created => self.created(message),
            News::Edited(edit) => self.edited(message, edit),
            News::Deleted(deletion) => self.deleted(message, deletion),
            News::Reacted(reaction) => self.reacted(&message.key, reaction),
            News::Delivered(delivery) => self.delivered(&message.key, delivery),
        }
    }

    /// A `binding` record: the employee made the conversation work, or the account for which it stands, or ended that.
    /// `change` is the word of [`crate::binding::Audit::Company`].
    pub fn binding(&self, change: &str) -> Record {
        let key = key::other("binding", self.conversation.as_str(), self.now);
        self.base(&key, "binding", change)
    }

    /// A `link` record: what was recorded under `other`, and what points there, concerns the message `key`, which goes by
    /// both names. What follows it under `key` replaces what stands under `other`.
    pub fn link(&self, other: &Key, key: &Key) -> Record {
        let parts = key::other("link", other.as_str(), self.now);
        let mut record = self.base(&parts, "link", "merged");
        record.reply_to = Some(key.clone());
        record.supersedes = Some(other.clone());
        record
    }

    /// A `gap` record: a stretch of time of which not everything was delivered. `subject` tells two gaps with one
    /// beginning apart. One that concerns a whole account stands in the conversation whose source id is empty.
    pub fn gap(&self, subject: &str, from: Timestamp, to: Timestamp, why: &str) -> Record {
        let mut record = self.base(&key::other("gap", subject, from), "gap", "declared");
        record.details = details(json!({"from": from, "to": to, "why": why}));
        record
    }

    /// A `contact` record: a party of the conversation changed.
    pub fn contact(
        &self,
        subject: &Key,
        change: &str,
        at: Timestamp,
        details: Map<String, Value>,
    ) -> Record {
        let mut record = self.base(
            &key::other("contact", subject.as_str(), at),
            "contact",
            change,
        );
        record.details = details;
        record
    }

    fn created(&self, message: &Message) -> Record {
        let mut record = self.of_message(message, message.key.clone(), "message", "created");
        record.reply_to = message
            .reply_to
            .as_ref()
            .map(|id| self.keys.key(&self.place().source_message(id)));
        if let Some(content) = &message.content {
            self.fill(&mut record, message, content);
        }
        if message.forwarded {
            record.details.insert("forwarded".into(), true.into());
        }
        record
    }

    fn edited(&self, message: &Message, edit: &Edit) -> Record {
        let before = message.edits.iter().rev().find(|other| other.at < edit.at);
        let supersedes = before.map_or_else(
            || message.key.clone(),
            |other| edit_key(message, other, self.keys),
        );
        let key = edit_key(message, edit, self.keys);
        let mut record = self.of_message(message, key, "message", "edited");
        record.sent_at = Some(edit.at);
        record.supersedes = Some(supersedes);
        self.fill(&mut record, message, &edit.content);
        record
    }

    fn deleted(&self, message: &Message, deletion: &Deletion) -> Record {
        let supersedes = newest_edit(message, self.keys).unwrap_or_else(|| message.key.clone());
        let change = if self.unsend.redacts(message) {
            "redacted"
        } else {
            "deleted"
        };
        let mut record = self.of_message(message, key::deletion(&message.key), "message", change);
        record.sent_at = Some(deletion.at);
        record.supersedes = Some(supersedes);
        record.details = details(json!({"why": deletion.why}));
        record
    }

    /// A `reaction` record to the message with the key `message`.
    pub fn reacted(&self, message: &Key, reaction: &Reaction) -> Record {
        let actor = reaction.actor.as_ref().and_then(|actor| actor.keys.first());
        let actor_text = match actor {
            Some(party) => self.keys.key(&key::contact(party)).as_str().to_owned(),
            None => self.account.as_str().to_owned(),
        };
        let parts = key::reaction(
            message,
            &actor_text,
            &reaction.emoji,
            reaction.removed,
            reaction.at,
        );
        let change = if reaction.removed {
            "removed"
        } else {
            "created"
        };
        let mut record = self.base(&parts, "reaction", change);
        record.sent_at = Some(reaction.at);
        record.direction = if actor.is_some() {
            "inbound"
        } else {
            "outbound"
        }
        .into();
        record.author = reaction.actor.as_ref().map(author);
        record.reply_to = Some(message.clone());
        record.details = details(json!({"emoji": reaction.emoji}));
        record
    }

    /// A `status` record of the message with the key `message`.
    pub fn delivered(&self, message: &Key, delivery: &Delivery) -> Record {
        let parts = key::status(message, delivery.state);
        let mut record = self.base(&parts, "status", "created");
        // The channel reports on what the account sent.
        record.direction = "outbound".into();
        record.sent_at = Some(delivery.at);
        record.reply_to = Some(message.clone());
        record.details = details(json!({"state": delivery.state}));
        if let Some(code) = &delivery.code {
            record.details.insert("code".into(), code.clone().into());
        }
        record
    }

    /// Puts what a message says into its record; of one that is redacted only the kind, however late it comes.
    fn fill(&self, record: &mut Record, message: &Message, content: &Content) {
        record.content = Some(content.kind.clone());
        if !self.unsend.redacts(message) {
            fill(record, content);
        }
    }

    fn place(&self) -> Place<'_> {
        Place {
            channel: self.channel,
            account: self.account,
            conversation: self.source_conversation,
        }
    }

    fn of_message(&self, message: &Message, key: Key, kind: &str, change: &str) -> Record {
        Record {
            direction: direction(message.direction).into(),
            origin: origin(message.origin).into(),
            source_id: message.source_id.clone(),
            sent_at: message.sent_at,
            author: message.author.as_ref().map(author),
            contact: self.contact.cloned().or_else(|| self.customer(message)),
            ..self.empty(key, kind, change)
        }
    }

    /// The customer who wrote a message, where the conversation is nobody's alone.
    fn customer(&self, message: &Message) -> Option<Key> {
        let author = message.author.as_ref()?;
        let first = author.keys.first()?;
        (author.kind == PartyKind::Customer).then(|| self.keys.key(&key::contact(first)))
    }

    fn base(&self, key: &KeyParts, kind: &str, change: &str) -> Record {
        self.empty(self.keys.key(key), kind, change)
    }

    fn empty(&self, key: Key, kind: &str, change: &str) -> Record {
        Record {
            v: 1,
            key,
            kind: kind.into(),
            change: change.into(),
            channel: self.channel.clone(),
            account: self.account.clone(),
            conversation: self.conversation.clone(),
            conversation_seq: 0,
            contact: self.contact.cloned(),
            direction: "system".into(),
            origin: "live".into(),
            source_id: None,
            sent_at: None,
            recorded_at: self.now,
            author: None,
            content: None,
            text: None,
            reply_to: None,
            attachments: Vec::new(),
            supersedes: None,
            details: Map::new(),
            salt: Vec::new(),
        }
    }
}

/// The keys of the records that hold `message` as it is shown: itself, its newest edit, its removal.
pub fn shown(message: &Message, keys: &dyn Keys) -> impl Iterator<Item = Key> {
    let removal = message.deletion.as_ref();
    let removal = removal.map(|_| key::deletion(&message.key));
    [
        Some(message.key.clone()),
        newest_edit(message, keys),
        removal,
    ]
    .into_iter()
    .flatten()
}

fn newest_edit(message: &Message, keys: &dyn Keys) -> Option<Key> {
    let edit = message.edits.last()?;
    Some(edit_key(message, edit, keys))
}

fn edit_key(message: &Message, edit: &Edit, keys: &dyn Keys) -> Key {
    let text = edit.content.text.as_deref().unwrap_or_default();
    let text = keys.key(&key::edit_text(&message.key, text));
    key::edit(&message.key, edit.at, &text)
}

fn fill(record: &mut Record, content: &Content) {
    record.text = content.text.clone();
    record.details.extend(content.details.clone());
    if let Some(location) = &content.location {
        record.details.insert("location".into(), json!(location));
    }
    record.attachments = content
        .attachments
        .iter()
        .map(|attachment| RecordAttachment {
            key: None,
            source_id: attachment.id.clone(),
            sha256: attachment.sha256.clone(),
            mime: attachment.mime.clone(),
            size: attachment.size,
            name: attachment.name.clone(),
        })
        .collect();
}

fn author(party: &Party) -> Author {
    let role = match party.kind {
        PartyKind::Customer => "customer",
        PartyKind::Agent => "agent",
        PartyKind::Bot => "bot",
        PartyKind::System => "system",
        PartyKind::Unknown => "unknown",
    };
    Author {
        role: role.into(),
        name: party.name.clone(),
    }
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "inbound",
        Direction::Outbound => "outbound",
        Direction::System => "system",
        Direction::Unknown => "unknown",
    }
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Live => "live",
        Origin::Echo => "echo",
        Origin::History => "history",
        Origin::Export => "export",
        Origin::Manual => "manual",
    }
}

fn details(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
