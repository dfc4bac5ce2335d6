//! What a phone says: the values of the public API, flat and without what no two runs share.

use companion_domain::{
    event::{DeleteKind, DeliveryState, Direction, Origin},
    id::{ClientMessageId, EnrolmentId, Key, SourceId},
    reason::Reason,
};
use companion_engine::values::{
    ChangeHint, ClientState, Conversation, Diagnostics, IngestReport, JournalEntry, LedgerEntry,
    MirrorState, MirroredMessage, Notice, QueueEntry, RecoveryRequest, SendTicket, SyncReport,
    UndecidedConversation,
};
use serde::Serialize;

/// An answer.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Said {
    /// It is done.
    Done,
    /// `Sync` and `EndSync`.
    Report(SyncReport),
    /// `Undecided`.
    Undecided(Vec<UndecidedConversation>),
    /// `Bind`: how many items were released or dropped.
    Items(u64),
    /// `Inbox`.
    Inbox(Vec<Conversation>),
    /// `Messages`.
    Messages(Vec<Shown>),
    /// `Send`.
    Ticket(SendTicket),
    /// `RecoveryRequest`.
    Request(RecoveryRequest),
    /// `Queue`.
    Queue(Vec<QueueEntry>),
    /// `Explain`.
    Reasons(Vec<Reason>),
    /// `Notices`.
    Notices(Vec<Notice>),
    /// `Changes`.
    Changes(Vec<String>),
    /// `Ingest`.
    Intake(IngestReport),
    /// `Ledger`.
    Ledger(Vec<LedgerEntry>),
    /// `Journal`.
    Journal(Vec<JournalEntry>),
    /// `List`.
    Enrolments(Vec<EnrolmentId>),
    /// `State`.
    State(ClientState),
    /// `Diagnostics`.
    Diagnostics(Diagnostics),
}

/// A message as a scenario sees it.
#[derive(Serialize)]
pub struct Shown {
    key: Key,
    source_id: Option<SourceId>,
    client_message_id: Option<ClientMessageId>,
    origin: Origin,
    direction: Direction,
    /// The author's name.
    author: Option<String>,
    /// The kind of what it says now.
    kind: Option<String>,
    /// What it says now.
    text: Option<String>,
    /// What it said, oldest first; the last one is what it says now.
    versions: Vec<Option<String>>,
    reply_to: Option<SourceId>,
    /// Why it is gone.
    deleted: Option<DeleteKind>,
    /// The emoji that stand, one of each actor.
    reactions: Vec<String>,
    /// How far it came.
    delivery: Option<DeliveryState>,
    /// The channel's code, if it failed.
    code: Option<String>,
    /// Whether the company has it as it stands.
    mirror: MirrorState,
}

impl Shown {
    pub(super) fn of(MirroredMessage { message, mirror }: &MirroredMessage) -> Self {
        let (now, delivery) = (message.current(), message.delivery());
        let first = message.content.iter();
        let versions = first.chain(message.edits.iter().map(|edit| &edit.content));
        let standing = message.standing_reactions().into_iter();
        Self {
            key: message.key.clone(),
            source_id: message.source_id.clone(),
            client_message_id: message.client_message_id.clone(),
            origin: message.origin,
            direction: message.direction,
            author: message.author.as_ref().and_then(|party| party.name.clone()),
            kind: now.map(|content| content.kind.clone()),
            text: now.and_then(|content| content.text.clone()),
            versions: versions.map(|content| content.text.clone()).collect(),
            reply_to: message.reply_to.clone(),
            deleted: message.deletion.as_ref().map(|deletion| deletion.why),
            reactions: standing.map(|reaction| reaction.emoji.clone()).collect(),
            delivery: delivery.map(|delivery| delivery.state),
            code: delivery.and_then(|delivery| delivery.code.clone()),
            mirror: *mirror,
        }
    }
}

/// A hint in one line.
pub(super) fn hint(hint: &ChangeHint) -> String {
    match hint {
        ChangeHint::Inbox => "inbox".into(),
        ChangeHint::Conversation { key } => format!("conversation {}", key.as_str()),
        ChangeHint::Queue => "queue".into(),
        ChangeHint::Undecided => "undecided".into(),
        ChangeHint::Account => "account".into(),
        ChangeHint::Lock => "lock".into(),
        ChangeHint::Everything => "everything".into(),
    }
}
