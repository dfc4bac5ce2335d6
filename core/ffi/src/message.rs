//! A message as an app draws it: its content as it stands now, the reactions that stand, how far it came.

use crate::ids::{JsonObject, RecordKey};
use companion_domain::{
    event::{
        Attachment, Content, DeleteKind, DeliveryState, Direction, Location, Origin, Party,
        PartyKey, PartyKind,
    },
    id::{ClientMessageId, SourceId},
    message::{Deletion, Delivery, Message as Known, Reaction},
    time::Timestamp,
};
use companion_engine::values::{self, MirrorState};

/// A message.
#[derive(uniffi::Record)]
pub struct Message {
    /// `m1…`.
    pub key: RecordKey,
    /// The channel's id, once known: what a reply or a reaction points at.
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
    /// What it says now; absent until the message or an edit of it came. A removal hides nothing here: look at `deletion`.
    pub content: Option<Content>,
    /// What it said, oldest first; the last one is what it says now. One alone was never edited.
    pub versions: Vec<MessageVersion>,
    /// The message it quotes.
    pub reply_to: Option<SourceId>,
    /// Whether it was forwarded.
    pub forwarded: bool,
    /// Its removal.
    pub deletion: Option<Deletion>,
    /// The reactions that stand, one of each actor.
    pub reactions: Vec<Reaction>,
    /// How far it came.
    pub delivery: Option<Delivery>,
    /// Whether the company has it as it stands.
    pub mirror: MirrorState,
}

/// How far a message is mirrored as it stands, with its newest edit and its removal.
#[uniffi::remote(Enum)]
pub enum MirrorState {
    /// All of it is recorded.
    Recorded,
    /// Some of it is on its way.
    Waiting,
    /// Some of it was refused and waits for the company's administrator.
    Parked,
}

/// What a message said for a time.
#[derive(uniffi::Record)]
pub struct MessageVersion {
    /// Since when; absent where the channel told no time of the first one.
    pub at: Option<Timestamp>,
    /// What it said.
    pub content: Content,
}

/// A page of messages, newest first.
#[derive(uniffi::Record)]
pub struct MessagePage {
    /// The messages.
    pub messages: Vec<Message>,
    /// Where older ones begin.
    pub next: Option<u64>,
}

impl From<values::MessagePage> for MessagePage {
    fn from(values::MessagePage { messages, next }: values::MessagePage) -> Self {
        Self {
            messages: messages.into_iter().map(Message::from).collect(),
            next,
        }
    }
}

impl From<values::MirroredMessage> for Message {
    fn from(
        values::MirroredMessage {
            message: known,
            mirror,
        }: values::MirroredMessage,
    ) -> Self {
        let content = known.current().cloned();
        let reactions = known.standing_reactions().into_iter().cloned().collect();
        let delivery = known.delivery().cloned();
        let Known {
            key,
            source_id,
            client_message_id,
            origin,
            direction,
            author,
            sent_at,
            received_at,
            content: first,
            reply_to,
            forwarded,
            edits,
            deletion,
            reactions: _,
            deliveries: _,
        } = known;
        let first = first.map(|content| MessageVersion {
            at: sent_at,
            content,
        });
        let later = edits.into_iter().map(|edit| MessageVersion {
            at: Some(edit.at),
            content: edit.content,
        });
        Self {
            key,
            source_id,
            client_message_id,
            origin,
            direction,
            author,
            sent_at,
            received_at,
            content,
            versions: first.into_iter().chain(later).collect(),
            reply_to,
            forwarded,
            deletion,
            reactions,
            delivery,
            mirror,
        }
    }
}

/// What a message holds. `kind` is an open set of text: `text image video audio voice document sticker location contacts
/// interactive template order media_omitted unsupported system …`.
#[uniffi::remote(Record)]
pub struct Content {
    /// The kind.
    pub kind: String,
    /// The text, or the caption of a medium.
    pub text: Option<String>,
    /// Media by name; their bytes are fetched elsewhere.
    pub attachments: Vec<Attachment>,
    /// A place.
    pub location: Option<Location>,
    /// What the kind needs beside text, as the channel gives it (names of shared contacts, order lines, the chosen button).
    pub details: JsonObject,
}

/// A medium, named but not fetched.
#[uniffi::remote(Record)]
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
#[uniffi::remote(Record)]
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

/// A person or bot, by the keys under which the channel knows them.
#[uniffi::remote(Record)]
pub struct Party {
    /// At least one key; the first is the one to show.
    pub keys: Vec<PartyKey>,
    /// The name that the channel shows.
    pub name: Option<String>,
    /// What they are.
    pub kind: PartyKind,
}

/// One key of a party: a phone number, a BSUID, a user name.
#[uniffi::remote(Record)]
pub struct PartyKey {
    /// `phone` (E.164 digits), `wa_user` (BSUID), `wa_parent_user`, `wa_username`, … An open set.
    pub kind: String,
    /// The key itself.
    pub value: String,
}

/// What a party is.
#[uniffi::remote(Enum)]
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

/// How an event reached us.
#[uniffi::remote(Enum)]
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
#[uniffi::remote(Enum)]
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

/// Who removed a message, or why.
#[uniffi::remote(Enum)]
pub enum DeleteKind {
    /// Its author took it back.
    Unsend,
    /// It was removed in the channel otherwise.
    Removed,
    /// The channel's timer ran out.
    Expired,
}

/// How far one of our messages came. The order is the order of progress; `Failed` ends it.
#[uniffi::remote(Enum)]
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

/// A removal.
#[uniffi::remote(Record)]
pub struct Deletion {
    /// When.
    pub at: Timestamp,
    /// By whom or why.
    pub why: DeleteKind,
}

/// A reaction given or withdrawn.
#[uniffi::remote(Record)]
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
#[uniffi::remote(Record)]
pub struct Delivery {
    /// How far it came.
    pub state: DeliveryState,
    /// When.
    pub at: Timestamp,
    /// The channel's error code, if it failed.
    pub code: Option<String>,
}
