//! The plain values of the API: the shapes of the engine's own. Open sets are text.

use crate::ids::{FolderPath, JsonValue, RecordKey};
use companion_domain::{
    bytes::Digest,
    id::{AccountId, ChannelId, ClientMessageId, EnrolmentId, SourceConversationId, SourceId},
    outbound::OutboundContent,
    time::Timestamp,
};
use companion_engine::values::{
    AccountRequest, BindReport, BindRequest, BindTo, ChangeHint, ClientState, Conversation,
    ConversationRef, Diagnostics, Draft, EnrolmentSummary, IngestInput, IngestReport, JournalEntry,
    Lease, LedgerEntry, MessageQuery, Notice, OpenOptions, Page, Paged, PasscodeChange,
    QueueDecision, QueueEntry, RecoveryRequest, SendTicket, SyncOptions, SyncReport,
    UndecidedConversation, UnlockWith,
};
use std::time::Duration;

/// Declares the pages of lists: the bindings know no generics.
macro_rules! pages {
    ($($(#[$doc:meta])* $page:ident of $item:ty;)*) => {$(
        $(#[$doc])*
        #[derive(uniffi::Record)]
        pub struct $page {
            /// The items.
            pub items: Vec<$item>,
            /// Where the next page begins; absent at the end.
            pub next: Option<i64>,
        }

        impl From<Paged<$item>> for $page {
            fn from(Paged { items, next }: Paged<$item>) -> Self {
                Self { items, next }
            }
        }
    )*};
}

pages! {
    /// Conversations, latest activity first.
    InboxPage of Conversation;
    /// Conversations that wait for a decision.
    UndecidedPage of UndecidedConversation;
    /// Customer messages that are not delivered yet, oldest first.
    QueuePage of QueueEntry;
    /// What left the phone, newest first.
    LedgerPage of LedgerEntry;
    /// Control decisions, oldest first.
    JournalPage of JournalEntry;
}

/// Where a client lives and whose it is.
#[uniffi::remote(Record)]
pub struct OpenOptions {
    /// The folder of all enrolments, excluded from backups.
    pub root: FolderPath,
    /// Which of them.
    pub enrolment: EnrolmentId,
    /// The folder that this enrolment shares with the app's extensions, if it has any: no other enrolment may have it too.
    #[uniffi(default = None)]
    pub shared: Option<FolderPath>,
}

/// One enrolment on this phone.
#[uniffi::remote(Record)]
pub struct EnrolmentSummary {
    /// Its id.
    pub enrolment: EnrolmentId,
}

/// The client at a glance.
#[uniffi::remote(Record)]
pub struct ClientState {
    /// Whose it is.
    pub enrolment: EnrolmentId,
    /// `open`, `suspended` or `closed`.
    pub phase: String,
    /// Whether work can be read: `no_passcode_yet`, `unlocked`, `locked`, `recovery_needed`, `wiping` or `wiped`. Why not is
    /// what `explain` tells of `lock`.
    pub lock: String,
    /// How long work can be read without contact to the company.
    pub lease: Lease,
    /// Customer messages not yet on their way.
    pub waiting_messages: u64,
    /// Records not yet at their target.
    pub undelivered: u64,
    /// Records that a target refused for good.
    pub parked: u64,
    /// Items in quarantine.
    pub undecided: u64,
    /// Records made so far.
    pub recorded: u64,
    /// Accounts whose link to the channel is broken: nothing is sent on them.
    pub broken_accounts: Vec<AccountId>,
}

/// A hint that something changed. The truth is always queryable.
#[uniffi::remote(Enum)]
pub enum ChangeHint {
    /// The list of conversations.
    Inbox,
    /// One conversation.
    Conversation {
        /// `c1…`.
        key: RecordKey,
    },
    /// The outbox.
    Queue,
    /// Conversations that wait for a decision.
    Undecided,
    /// An account's link.
    Account,
    /// Whether work can be read.
    Lock,
    /// So much that everything should be read again.
    Everything,
}

/// How long work can be read without contact to the company. Each synchronisation renews it.
#[uniffi::remote(Record)]
pub struct Lease {
    /// What is left; zero once it is over.
    pub left: Duration,
    /// When it is over, by the phone's clock.
    pub until: Timestamp,
    /// The last notice that is due, by what was left then: 24 h, 1 h or 15 min.
    pub notice: Option<Duration>,
}

/// How the employee unlocks.
#[uniffi::remote(Enum)]
pub enum UnlockWith {
    /// With the passcode.
    Passcode {
        /// As it was typed.
        code: String,
    },
    /// With the company's answer to the request of `recovery_request`; the passcode is a new one.
    Recovery {
        /// The answer, as it arrived.
        answer: String,
        /// The new passcode, as it was typed.
        new: String,
    },
}

/// What the employee gives to the company's help desk to open work without the passcode.
#[uniffi::remote(Record)]
pub struct RecoveryRequest {
    /// For the help desk, as text or as a QR code. It holds nothing secret.
    pub request: String,
    /// 16 characters over all of it, to be compared on the phone: somebody else's request has another.
    pub code: String,
}

/// A new passcode.
#[uniffi::remote(Record)]
pub struct PasscodeChange {
    /// The one in use, as it was typed; null if there is none yet.
    pub old: Option<String>,
    /// The new one, as it was typed.
    pub new: String,
}

/// A conversation in the channel's own words.
#[uniffi::remote(Record)]
pub struct ConversationRef {
    /// The channel.
    pub channel: ChannelId,
    /// The company's identity on it.
    pub account: AccountId,
    /// The conversation's id.
    pub conversation: SourceConversationId,
}

/// The employee accepts an account that the grant names.
#[uniffi::remote(Record)]
pub struct AccountRequest {
    /// The channel.
    pub channel: ChannelId,
    /// The company's identity on it.
    pub account: AccountId,
}

/// The employee decides on a conversation.
#[uniffi::remote(Record)]
pub struct BindRequest {
    /// Which.
    pub conversation: ConversationRef,
    /// As what.
    pub to: BindTo,
}

/// What a conversation is to be.
#[uniffi::remote(Enum)]
pub enum BindTo {
    /// Work: mirrored from the first quarantined item on.
    Work,
    /// Personal: dropped, now and later.
    Personal,
}

/// How a binding went.
#[uniffi::remote(Record)]
pub struct BindReport {
    /// `c1…`.
    pub conversation: RecordKey,
    /// Items released from quarantine, or dropped.
    pub items: u64,
}

/// A conversation that waits for a decision.
#[uniffi::remote(Record)]
pub struct UndecidedConversation {
    /// Which.
    pub conversation: ConversationRef,
    /// The name that the channel shows.
    pub name: Option<String>,
    /// How many items wait.
    pub items: u64,
}

/// A page of a list: how many, and after which.
#[uniffi::remote(Record)]
pub struct Page {
    /// The cursor of the page before.
    #[uniffi(default = None)]
    pub after: Option<i64>,
    /// At most so many, 1 to 200.
    #[uniffi(default = 50)]
    pub limit: u32,
}

/// What the host itself received and hands over.
#[uniffi::remote(Record)]
pub struct IngestInput {
    /// A reader: `whatsapp_cloud`.
    pub reader: String,
    /// The raw bytes.
    pub raw: Vec<u8>,
}

/// What became of an intake.
#[uniffi::remote(Record)]
pub struct IngestReport {
    /// Events that are work and brought news.
    pub work: u64,
    /// Events that were known already.
    pub known: u64,
    /// Events that wait for a decision.
    pub undecided: u64,
    /// Events that were dropped by default deny.
    pub denied: u64,
    /// Events of a kind that brings nothing to a conversation.
    pub ignored: u64,
    /// Items that break the channel's own rules.
    pub rejected: u64,
}

/// A conversation in the inbox.
#[uniffi::remote(Record)]
pub struct Conversation {
    /// `c1…`.
    pub key: RecordKey,
    /// In the channel's own words.
    pub source: ConversationRef,
    /// Its name.
    pub title: Option<String>,
    /// The beginning of the last message.
    pub preview: Option<String>,
    /// Unread messages.
    pub unread: u32,
    /// Why nothing can be written in it, as a reason code: it is not work any more, or not now.
    pub read_only: Option<String>,
}

/// Which messages.
#[uniffi::remote(Record)]
pub struct MessageQuery {
    /// `c1…`.
    pub conversation: RecordKey,
    /// The cursor of the page before: older ones follow.
    #[uniffi(default = None)]
    pub before: Option<u64>,
    /// At most so many, 1 to 200.
    #[uniffi(default = 50)]
    pub limit: u32,
}

/// What the employee wants to send.
#[uniffi::remote(Record)]
pub struct Draft {
    /// `c1…`.
    pub conversation: RecordKey,
    /// What it says.
    pub content: OutboundContent,
}

/// The receipt of a durable draft: it will be sent once, or be visible in the queue.
#[uniffi::remote(Record)]
pub struct SendTicket {
    /// Its name from now on.
    pub client_message_id: ClientMessageId,
    /// `m1…`, if it is a message.
    pub message: Option<RecordKey>,
}

/// An entry of the customer lane.
#[uniffi::remote(Record)]
pub struct QueueEntry {
    /// The entry's number.
    pub id: i64,
    /// Its name.
    pub client_message_id: ClientMessageId,
    /// `c1…`.
    pub conversation: RecordKey,
    /// `queued sending uncertain held stuck`.
    pub state: String,
    /// A reason code, where something keeps it.
    pub reason: Option<String>,
    /// The channel's or the gateway's own code, where it was refused.
    pub detail: Option<String>,
    /// When it is tried next.
    pub due: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// The decisions to offer about it now, in this order. What can be discarded can be written anew.
    pub decisions: Vec<String>,
}

/// What the employee decides on a queue entry.
#[uniffi::remote(Record)]
pub struct QueueDecision {
    /// The entry's number.
    pub id: i64,
    /// `send_now`, `send_again`, `discard` or `mark_delivered`.
    pub decision: String,
}

/// What left the phone, for the employee's eyes.
#[uniffi::remote(Record)]
pub struct LedgerEntry {
    /// The record's key.
    pub record: RecordKey,
    /// Its kind and change, for example `message created`.
    pub what: String,
    /// `c1…`.
    pub conversation: RecordKey,
    /// When it was committed to be sent.
    pub at: Timestamp,
}

/// How to synchronise.
#[uniffi::remote(Record)]
pub struct SyncOptions {
    /// Stop starting new requests after so long.
    pub deadline: Duration,
    /// How long the gateway may hold the request while nothing is new.
    pub wait: Duration,
}

/// What a synchronisation did.
#[uniffi::remote(Record)]
pub struct SyncReport {
    /// Items taken from the inbox.
    pub received: u64,
    /// Records that the gateway took.
    pub handed_over: u64,
    /// Customer messages that the gateway took.
    pub sent: u64,
    /// Checkpoints that the gateway took.
    pub checkpoints: u64,
    /// Whether everything due was done before the deadline.
    pub complete: bool,
}

/// A dated text for the system to show.
#[uniffi::remote(Record)]
pub struct Notice {
    /// When.
    pub at: Timestamp,
    /// A reason code, whose texts are in the core.
    pub code: String,
}

/// Counts and versions, for a support request. Holds no content, names or numbers.
#[uniffi::remote(Record)]
pub struct Diagnostics {
    /// The client at a glance.
    pub state: ClientState,
    /// Versions of system, app and host.
    pub versions: String,
    /// The chain's head, base64url.
    pub head: String,
    /// Items of the inbox committed so far.
    pub inbox_seq: u64,
    /// How well the keys are kept.
    pub key_level: String,
}

/// One decision in the journal.
#[uniffi::remote(Record)]
pub struct JournalEntry {
    /// The version of this form: 1.
    pub v: u32,
    /// Its number, from 1.
    pub n: u64,
    /// When.
    pub at: Timestamp,
    /// What happened, for example `lock.engaged`.
    pub e: String,
    /// The reason code.
    pub code: String,
    /// Who decided, for example `policy:12`.
    pub by: String,
    /// The order's `jti`.
    pub reference: Option<String>,
    /// SHA-256 of the line before; 32 zero bytes in the first.
    pub prev: Digest,
}

/// What an outbound message says.
#[uniffi::remote(Enum)]
pub enum OutboundContent {
    /// Text, as a reply if `reply_to` is there.
    Text {
        /// The text.
        text: String,
        /// The message it quotes.
        reply_to: Option<SourceId>,
    },
    /// A reaction; an empty emoji withdraws it.
    Reaction {
        /// The message.
        target: SourceId,
        /// The emoji.
        emoji: String,
    },
    /// A medium that the channel holds already.
    Media {
        /// `image video audio document sticker`.
        media: String,
        /// The channel's id of it.
        id: String,
        /// The caption.
        caption: Option<String>,
        /// The file's name.
        name: Option<String>,
        /// The message it quotes.
        reply_to: Option<SourceId>,
    },
    /// A template that the channel approved.
    Template {
        /// Its name.
        name: String,
        /// Its language, for example `ja`.
        language: String,
        /// Its parameters, as the channel wants them.
        components: Vec<JsonValue>,
    },
    /// Marks a customer's message as read.
    ReadMark {
        /// The message.
        target: SourceId,
    },
}
