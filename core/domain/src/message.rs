//! One message and all that became known about it, in whatever order it arrived.
//!
//! An edit, a deletion, a reaction or a status may come before the message it points at, and the same message may come
//! as an echo, as the answer to a send and in the history. [`apply`] takes each of these and tells what is new; what
//! it already knew changes nothing.

use crate::{
    event::{
        ChannelEvent, Content, DeleteKind, DeliveryState, Direction, EventBody, Origin, Party,
    },
    id::{ClientMessageId, Key, SourceId},
    outbound::{OutboundContent, OutboundMessage},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// The kind of content that stands for a medium which the channel left out of its history.
pub const MEDIA_OMITTED: &str = "media_omitted";

/// A message with its versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// `m1…`.
    pub key: Key,
    /// The channel's id, once known.
    pub source_id: Option<SourceId>,
    /// Our id, if it was written here.
    pub client_message_id: Option<ClientMessageId>,
    /// How it reached us first.
    pub origin: Origin,
    /// Who spoke to whom.
    pub direction: Direction,
    /// Who wrote it.
    pub author: Option<Party>,
    /// The channel's time.
    pub sent_at: Option<Timestamp>,
    /// When this phone first heard of it.
    pub received_at: Timestamp,
    /// What it said at first; absent until the message itself came.
    pub content: Option<Content>,
    /// The message it quotes.
    pub reply_to: Option<SourceId>,
    /// Whether it was forwarded.
    pub forwarded: bool,
    /// Later contents, oldest first.
    pub edits: Vec<Edit>,
    /// Its removal.
    pub deletion: Option<Deletion>,
    /// Reactions and withdrawals, in order of arrival.
    pub reactions: Vec<Reaction>,
    /// Steps of its delivery, in order of arrival.
    pub deliveries: Vec<Delivery>,
}

/// A later content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// When it was edited.
    pub at: Timestamp,
    /// The content since then.
    pub content: Content,
}

/// A removal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// When.
    pub at: Timestamp,
    /// By whom or why.
    pub why: DeleteKind,
}

/// A reaction given or withdrawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reaction {
    /// Who; absent: the account itself.
    pub actor: Option<Party>,
    /// The emoji; empty on a withdrawal that names none.
    pub emoji: String,
    /// Whether it was withdrawn.
    pub removed: bool,
    /// When.
    pub at: Timestamp,
}

/// One step of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// How far it came.
    pub state: DeliveryState,
    /// When.
    pub at: Timestamp,
    /// The channel's error code, if it failed.
    pub code: Option<String>,
}

/// What an event added to a message.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// The message itself came.
    Created,
    /// It got other content.
    Edited(Edit),
    /// It was removed.
    Deleted(Deletion),
    /// Somebody reacted.
    Reacted(Reaction),
    /// Its delivery went a step on.
    Delivered(Delivery),
}

impl Message {
    /// A message of which only news came so far.
    fn heard_of(key: &Key, event: &ChannelEvent) -> Self {
        Self {
            key: key.clone(),
            source_id: None,
            client_message_id: None,
            origin: event.origin,
            direction: event.direction,
            author: None,
            sent_at: None,
            received_at: event.received_at,
            content: None,
            reply_to: None,
            forwarded: false,
            edits: Vec::new(),
            deletion: None,
            reactions: Vec::new(),
            deliveries: Vec::new(),
        }
    }

    /// A message that the employee wrote here at `now`. `None` for a command that is no message (reaction, read mark).
    pub fn written(key: &Key, command: &OutboundMessage, now: Timestamp) -> Option<Self> {
        let (content, reply_to) = match &command.content {
            OutboundContent::Text { text, reply_to } => {
                (Content::text(text.clone()), reply_to.clone())
            }
            OutboundContent::Media {
                media,
                caption,
                reply_to,
                ..
            } => {
                let content = Content {
                    kind: media.clone(),
                    text: caption.clone(),
                    ..Content::default()
                };
                (content, reply_to.clone())
            }
            OutboundContent::Template { name, .. } => {
                let mut content = Content {
                    kind: "template".into(),
                    ..Content::default()
                };
                content
                    .details
                    .insert("template".into(), name.clone().into());
                (content, None)
            }
            OutboundContent::Reaction { .. } | OutboundContent::ReadMark { .. } => return None,
        };
        Some(Self {
            key: key.clone(),
            source_id: None,
            client_message_id: Some(command.client_message_id.clone()),
            origin: Origin::Live,
            direction: Direction::Outbound,
            author: None,
            sent_at: Some(now),
            received_at: now,
            content: Some(content),
            reply_to,
            forwarded: false,
            edits: Vec::new(),
            deletion: None,
            reactions: Vec::new(),
            deliveries: Vec::new(),
        })
    }

    /// The content as it stands now: the last edit's, else the first one's. A removal hides nothing here; whoever
    /// shows the message looks at `deletion`.
    pub fn current(&self) -> Option<&Content> {
        self.edits
            .last()
            .map(|edit| &edit.content)
            .or(self.content.as_ref())
    }

    /// Whether there is anything to show yet: statuses alone leave nothing to see.
    pub fn shows(&self) -> bool {
        self.current().is_some() || self.deletion.is_some() || !self.reactions.is_empty()
    }

    /// The message without anything that it said, for a policy that keeps nothing of what its author took back.
    pub fn redacted(&self) -> Self {
        let kind_alone = |content: &Content| Content {
            kind: content.kind.clone(),
            ..Content::default()
        };
        Self {
            content: self.content.as_ref().map(kind_alone),
            edits: Vec::new(),
            ..self.clone()
        }
    }

    /// How far it came. A failure is final; otherwise the furthest step counts, whichever arrived last.
    pub fn delivery(&self) -> Option<&Delivery> {
        self.deliveries.iter().max_by_key(|delivery| delivery.state)
    }

    /// The reactions that stand: each actor's latest.
    pub fn standing_reactions(&self) -> Vec<&Reaction> {
        let mut standing: Vec<&Reaction> = Vec::new();
        let mut in_time: Vec<&Reaction> = self.reactions.iter().collect();
        in_time.sort_by_key(|reaction| reaction.at);
        for reaction in in_time {
            standing.retain(|other| other.actor_key() != reaction.actor_key());
            standing.push(reaction);
        }
        standing.retain(|reaction| !reaction.removed);
        standing
    }
}

impl Reaction {
    /// One of the account itself; an empty `emoji` takes it back.
    pub fn own(emoji: &str, at: Timestamp) -> Self {
        Self {
            actor: None,
            removed: emoji.is_empty(),
            emoji: emoji.to_owned(),
            at,
        }
    }

    fn actor_key(&self) -> Option<&crate::event::PartyKey> {
        self.actor.as_ref().and_then(|actor| actor.keys.first())
    }
}

/// Applies `event` to what is known of the message `key` and tells what is new.
///
/// Events that concern no message leave it as it is and bring no news; `None` stays `None` for them.
pub fn apply(
    known: Option<Message>,
    key: &Key,
    event: &ChannelEvent,
) -> (Option<Message>, Vec<News>) {
    let at = event.sent_at.unwrap_or(event.received_at);
    let mut message = match known {
        Some(message) => message,
        None if concerns_a_message(&event.body) => Message::heard_of(key, event),
        None => return (None, Vec::new()),
    };
    let news = match &event.body {
        EventBody::Message {
            content,
            reply_to,
            forwarded,
            ..
        } => arrive(&mut message, event, content, reply_to.as_ref(), *forwarded),
        EventBody::Conversation(change) => {
            let mut content = Content {
                kind: "system".into(),
                ..Content::default()
            };
            content
                .details
                .insert("system_type".into(), change.kind.clone().into());
            arrive(&mut message, event, &content, None, false)
        }
        EventBody::Edit {
            content, edited_at, ..
        } => edit(&mut message, *edited_at, content),
        EventBody::Delete { why, .. } => delete(&mut message, Deletion { at, why: *why }),
        EventBody::Reaction { emoji, removed, .. } => {
            // What the account itself does has no party: its actor is the account (formats.md 1).
            let outside = event.direction != Direction::Outbound;
            let actor = event.author.clone().filter(|_| outside);
            react(
                &mut message,
                Reaction {
                    actor,
                    emoji: emoji.clone(),
                    removed: *removed,
                    at,
                },
            )
        }
        EventBody::Status { state, code, .. } => deliver(
            &mut message,
            Delivery {
                state: *state,
                at,
                code: code.clone(),
            },
        ),
        EventBody::Contact(_)
        | EventBody::Account(_)
        | EventBody::Gap { .. }
        | EventBody::Unknown { .. } => None,
    };
    (Some(message), news.into_iter().collect())
}

/// Takes over what is known of `other`, which turned out to be the same message, and tells what is new here. The content
/// stays: it is the same, or the channel's copy of it.
pub fn merge(message: &mut Message, other: Message) -> Vec<News> {
    message.source_id = message.source_id.take().or(other.source_id);
    message.author = message.author.take().or(other.author);
    let mut news = Vec::new();
    for delivery in other.deliveries {
        news.extend(deliver(message, delivery));
    }
    for later in other.edits {
        news.extend(edit(message, later.at, &later.content));
    }
    for reaction in other.reactions {
        news.extend(react(message, reaction));
    }
    // The removal comes last: its record names the content that it removes.
    news.extend(other.deletion.and_then(|it| delete(message, it)));
    news
}

fn concerns_a_message(body: &EventBody) -> bool {
    matches!(
        body,
        EventBody::Message { .. }
            | EventBody::Conversation(_)
            | EventBody::Edit { .. }
            | EventBody::Delete { .. }
            | EventBody::Reaction { .. }
            | EventBody::Status { .. }
    )
}

fn arrive(
    message: &mut Message,
    event: &ChannelEvent,
    content: &Content,
    reply_to: Option<&SourceId>,
    forwarded: bool,
) -> Option<News> {
    message.source_id = message.source_id.take().or_else(|| event.source_id.clone());
    message.author = message.author.take().or_else(|| event.author.clone());
    let Some(first) = &message.content else {
        message.sent_at = event.sent_at;
        message.origin = event.origin;
        message.direction = event.direction;
        message.content = Some(content.clone());
        message.reply_to = reply_to.cloned();
        message.forwarded = forwarded;
        return Some(News::Created);
    };
    // A key never gets other content, so a medium that follows its placeholder is a version of its own.
    if first.kind == MEDIA_OMITTED && content.kind != MEDIA_OMITTED {
        return edit(message, event.sent_at.unwrap_or(event.received_at), content);
    }
    None
}

fn edit(message: &mut Message, at: Timestamp, content: &Content) -> Option<News> {
    let edit = Edit {
        at,
        content: content.clone(),
    };
    if message.edits.contains(&edit) {
        return None;
    }
    let place = message.edits.partition_point(|other| other.at <= at);
    message.edits.insert(place, edit.clone());
    Some(News::Edited(edit))
}

fn delete(message: &mut Message, deletion: Deletion) -> Option<News> {
    if message.deletion.is_some() {
        return None;
    }
    message.deletion = Some(deletion.clone());
    Some(News::Deleted(deletion))
}

fn react(message: &mut Message, reaction: Reaction) -> Option<News> {
    if message.reactions.contains(&reaction) {
        return None;
    }
    message.reactions.push(reaction.clone());
    Some(News::Reacted(reaction))
}

fn deliver(message: &mut Message, delivery: Delivery) -> Option<News> {
    if message
        .deliveries
        .iter()
        .any(|known| known.state == delivery.state)
    {
        return None;
    }
    message.deliveries.push(delivery.clone());
    Some(News::Delivered(delivery))
}
