//! What a channel told, in one vocabulary (formats.md 2). Names map to those of `companionctl inspect`.

use crate::{
    bytes::Digest,
    id::{AccountId, ChannelId, SourceConversationId, SourceId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One event of a channel, as its adapter understood it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelEvent {
    /// The channel.
    pub channel: ChannelId,
    /// The company's identity on the channel.
    pub account: AccountId,
    /// Where it happened.
    pub conversation: SourceConversation,
    /// The channel's id of the message that this event *is*; edits and the like point with their own `target`.
    pub source_id: Option<SourceId>,
    /// SHA-256 of the raw item, as the channel sent it.
    pub raw_digest: Digest,
    /// The channel's time, if it told a trustworthy one.
    pub sent_at: Option<Timestamp>,
    /// When the caller received it.
    pub received_at: Timestamp,
    /// Index in the payload, for a stable order among equal times.
    pub position: u32,
    /// How it reached us.
    pub origin: Origin,
    /// Who spoke to whom.
    pub direction: Direction,
    /// Who wrote it.
    pub author: Option<Party>,
    /// Whom it was written to.
    pub recipients: Vec<Party>,
    /// What happened.
    pub body: EventBody,
}

/// A conversation in the channel's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceConversation {
    /// Its id.
    pub id: SourceConversationId,
    /// Its kind.
    pub kind: ConversationKind,
    /// Whether people outside the company take part, if the channel tells.
    pub external: Option<bool>,
}

/// Kinds of conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationKind {
    /// Two parties.
    Direct,
    /// Several parties.
    Group,
    /// A broadcast or team channel.
    Channel,
    /// The payload does not tell.
    Unknown,
}

/// How an event reached us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// As it happened.
    Live,
    /// Written in the channel's own app by the account's user.
    Echo,
    /// From the channel's history transfer.
    History,
    /// From an export file.
    Export,
    /// Entered by the employee.
    Manual,
}

/// Who spoke to whom, seen from the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the customer.
    Inbound,
    /// From the account.
    Outbound,
    /// From the channel itself.
    System,
    /// The payload does not tell.
    Unknown,
}

/// A person or bot, by the keys under which the channel knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// At least one key; the first is the one to show.
    pub keys: Vec<PartyKey>,
    /// The name that the channel shows.
    pub name: Option<String>,
    /// What they are.
    pub kind: PartyKind,
}

/// One key of a party: a phone number, a BSUID, a user name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PartyKey {
    /// `phone` (E.164 digits), `wa_user` (BSUID), `wa_parent_user`, `wa_username`, … An open set.
    pub kind: String,
    /// The key itself.
    pub value: String,
}

/// What a party is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyKind {
    /// Somebody outside.
    Customer,
    /// The employee, or the account in the employee's hands.
    Agent,
    /// A program.
    Bot,
    /// The channel itself.
    System,
    /// The payload does not tell.
    Unknown,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventBody {
    /// A message.
    Message {
        /// What it holds.
        content: Content,
        /// The message it quotes.
        reply_to: Option<SourceId>,
        /// The thread it belongs to.
        thread: Option<SourceId>,
        /// Whether it was forwarded.
        forwarded: bool,
        /// Who is mentioned.
        mentions: Vec<PartyKey>,
        /// After how long the channel removes it.
        expires: Option<Duration>,
    },
    /// A message got other content. May come before the message.
    Edit {
        /// The message.
        target: SourceId,
        /// Its new content.
        content: Content,
        /// When.
        edited_at: Timestamp,
    },
    /// Messages were removed. May come before them.
    Delete {
        /// The messages.
        targets: Vec<SourceId>,
        /// By whom or why.
        why: DeleteKind,
    },
    /// A reaction was given or withdrawn. May come before the message.
    Reaction {
        /// The message.
        target: SourceId,
        /// The emoji; empty on a withdrawal that does not name one.
        emoji: String,
        /// Whether it was withdrawn.
        removed: bool,
    },
    /// A step in the delivery of one of our messages. May come before the message.
    Status {
        /// The message.
        target: SourceId,
        /// How far it came.
        state: DeliveryState,
        /// The channel's error code, if it failed.
        code: Option<String>,
        /// What we gave the channel to hand back (our `client_message_id`).
        opaque: Option<String>,
    },
    /// A contact became known, changed or went.
    Contact(ContactChange),
    /// The conversation changed.
    Conversation(ConversationChange),
    /// The account changed.
    Account(AccountChange),
    /// A stretch of time of which the channel delivers nothing.
    Gap {
        /// From.
        from: Timestamp,
        /// To.
        to: Timestamp,
        /// A reason code.
        why: String,
    },
    /// Something we do not know yet.
    Unknown {
        /// The channel's word for it.
        kind: String,
    },
}

/// What a message holds. `kind` is an open set of text: `text image video audio voice document sticker location contacts
/// interactive template order media_omitted unsupported system …`.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Content {
    /// The kind.
    pub kind: String,
    /// The text, or the caption of a medium.
    pub text: Option<String>,
    /// Media by name; their bytes are fetched elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// A place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// What the kind needs beside text, as the channel gives it (names of shared contacts, order lines, the chosen button).
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub details: serde_json::Map<String, serde_json::Value>,
}

impl Content {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            kind: "text".into(),
            text: Some(text.into()),
            ..Self::default()
        }
    }
}

/// A medium, named but not fetched.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Attachment {
    /// The channel's id of it.
    pub id: Option<String>,
    /// The file's name.
    pub name: Option<String>,
    /// The MIME type.
    pub mime: Option<String>,
    /// Its SHA-256 in the channel's own spelling.
    pub sha256: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its length in seconds.
    pub duration_s: Option<u32>,
}

/// A place. Coordinates are the channel's own digits, as text.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Location {
    /// Its name.
    pub name: Option<String>,
    /// Its address.
    pub address: Option<String>,
    /// Latitude in degrees.
    pub lat: String,
    /// Longitude in degrees.
    pub lon: String,
}

/// Who removed a message, or why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeleteKind {
    /// Its author took it back.
    Unsend,
    /// It was removed in the channel otherwise.
    Removed,
    /// The channel's timer ran out.
    Expired,
}

/// How far one of our messages came. The order is the order of progress; `Failed` ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// On its way; the channel has it.
    Pending,
    /// The channel sent it.
    Sent,
    /// It reached the customer's phone.
    Delivered,
    /// It was opened.
    Read,
    /// Its voice or video was played.
    Played,
    /// It will not arrive.
    Failed,
}

impl DeliveryState {
    /// Every one, each further than those before it.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Played,
        Self::Failed,
    ];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed => "failed",
        }
    }
}

/// A contact became known, changed or went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ContactChange {
    /// It is there, with these keys and this name.
    Upsert(Party),
    /// It is gone from the phone book.
    Remove(Party),
    /// One key was replaced by another (number change, new BSUID).
    KeyChanged {
        /// The key before.
        old: PartyKey,
        /// The key now.
        new: PartyKey,
    },
    /// The customer's device keys changed.
    IdentityChanged(Party),
}

/// A conversation changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationChange {
    /// The channel's word for it (`member_joined`, `pinned_message`, …).
    pub kind: String,
    /// Who is concerned.
    pub members: Vec<PartyKey>,
    /// The id under which it goes on, if it moved.
    pub moved_to: Option<SourceConversationId>,
}

/// An account changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChange {
    /// The channel's word for it (`PARTNER_REMOVED`, …).
    pub event: String,
    /// The channel's reason.
    pub reason: Option<String>,
    /// Who began it.
    pub initiated_by: Option<String>,
    /// What follows for us.
    pub effect: AccountEffect,
    /// The business account concerned, if named.
    pub owner: Option<String>,
}

/// What an account's change means for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountEffect {
    /// Nothing.
    None,
    /// Stop sending, keep what is mirrored, show the link as broken.
    Disconnected,
    /// The link is back.
    Reconnected,
    /// The link works with limits.
    Restricted,
}
