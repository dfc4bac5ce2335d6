//! The plain values of the public API (formats.md 10). Open sets are text.

use companion_domain::{
    event::ChannelEvent,
    id::{AccountId, ChannelId, ClientMessageId, EnrolmentId, Key, SourceConversationId},
    key::Place,
    lease::{self, Countdown},
    lock::State,
    message::Message,
    outbound::{OutboundContent, OutboundMessage},
    time::Timestamp,
};
pub use companion_vault::journal::Entry as JournalEntry;
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, time::Duration};

/// Where a client lives and whose it is.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// The folder of all enrolments, excluded from backups.
    pub root: PathBuf,
    /// Which of them.
    pub enrolment: EnrolmentId,
    /// The folder that this enrolment shares with the app's extensions, if it has any: no other enrolment may have it too.
    pub shared: Option<PathBuf>,
}

/// One enrolment on this phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentSummary {
    /// Its id.
    pub enrolment: EnrolmentId,
}

/// The client at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl ClientState {
    /// What can be told while no file is open.
    pub(crate) fn without_vault(
        enrolment: &EnrolmentId,
        phase: &str,
        lock: &State,
        lease: Lease,
    ) -> Self {
        Self {
            enrolment: enrolment.clone(),
            phase: phase.into(),
            lock: lock.word().into(),
            lease,
            waiting_messages: 0,
            undelivered: 0,
            parked: 0,
            undecided: 0,
            recorded: 0,
            broken_accounts: Vec::new(),
        }
    }
}

/// How long work can be read without contact to the company. Each synchronisation renews it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// What is left; zero once it is over.
    pub left: Duration,
    /// When it is over, by the phone's clock.
    pub until: Timestamp,
    /// The last notice that is due, by what was left then: 24 h, 1 h or 15 min.
    pub notice: Option<Duration>,
}

impl From<Countdown> for Lease {
    fn from(countdown: Countdown) -> Self {
        Self {
            left: countdown.left,
            until: countdown.until,
            notice: countdown.notice,
        }
    }
}

/// A hint that something changed. The truth is always queryable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "changed", rename_all = "snake_case")]
pub enum ChangeHint {
    /// The list of conversations.
    Inbox,
    /// One conversation.
    Conversation {
        /// `c1…`.
        key: Key,
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

/// How the employee unlocks.
#[derive(Clone)]
pub enum UnlockWith {
    /// With the passcode.
    Passcode {
        /// As it was typed.
        code: String,
    },
    /// With the company's answer to the request of [`crate::CompanionClient::recovery_request`]; the passcode is a new one.
    Recovery {
        /// The answer, as it arrived.
        answer: String,
        /// The new passcode, as it was typed.
        new: String,
    },
}

/// What the employee gives to the company's help desk to open work without the passcode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecoveryRequest {
    /// For the help desk, as text or as a QR code. It holds nothing secret.
    pub request: String,
    /// 16 characters over all of it, to be compared on the phone: somebody else's request has another.
    pub code: String,
}

/// A new passcode.
#[derive(Clone)]
pub struct PasscodeChange {
    /// The one in use, as it was typed; `None` if there is none yet.
    pub old: Option<String>,
    /// The new one, as it was typed.
    pub new: String,
}

/// A conversation in the channel's own words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationRef {
    /// The channel.
    pub channel: ChannelId,
    /// The company's identity on it.
    pub account: AccountId,
    /// The conversation's id.
    pub conversation: SourceConversationId,
}

impl ConversationRef {
    /// Where an event happened.
    pub(crate) fn of_event(event: &ChannelEvent) -> Self {
        Self {
            channel: event.channel.clone(),
            account: event.account.clone(),
            conversation: event.conversation.id.clone(),
        }
    }

    /// That of an account as a whole, with an empty id, as in the channel's own news of it.
    pub(crate) fn of_account(channel: &ChannelId, account: &AccountId) -> Self {
        Self {
            channel: channel.clone(),
            account: account.clone(),
            conversation: SourceConversationId::new(""),
        }
    }

    /// Where its keys are derived.
    pub(crate) fn place(&self) -> Place<'_> {
        Place {
            channel: &self.channel,
            account: &self.account,
            conversation: &self.conversation,
        }
    }

    /// Where a message goes.
    pub(crate) fn of(command: &OutboundMessage) -> Self {
        Self {
            channel: command.channel.clone(),
            account: command.account.clone(),
            conversation: command.conversation.clone(),
        }
    }
}

/// The employee accepts an account that the grant names.
#[derive(Clone)]
pub struct AccountRequest {
    /// The channel.
    pub channel: ChannelId,
    /// The company's identity on it.
    pub account: AccountId,
}

/// The employee decides on a conversation.
#[derive(Clone)]
pub struct BindRequest {
    /// Which.
    pub conversation: ConversationRef,
    /// As what.
    pub to: BindTo,
}

/// What a conversation is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BindTo {
    /// Work: mirrored from the first quarantined item on.
    Work,
    /// Personal: dropped, now and later.
    Personal,
}

/// How a binding went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BindReport {
    /// `c1…`.
    pub conversation: Key,
    /// Items released from quarantine, or dropped.
    pub items: u64,
}

/// A conversation that waits for a decision.
#[derive(Clone, Serialize)]
pub struct UndecidedConversation {
    /// Which.
    pub conversation: ConversationRef,
    /// The name that the channel shows.
    pub name: Option<String>,
    /// How many items wait.
    pub items: u64,
}

/// A page of a list: how many, and after which.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The cursor of the page before.
    pub after: Option<i64>,
    /// At most so many, 1 to 200.
    pub limit: u32,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            after: None,
            limit: 50,
        }
    }
}

/// A list's page with the cursor of the next one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Paged<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; absent at the end.
    pub next: Option<i64>,
}

/// What the host itself received and hands over.
#[derive(Clone)]
pub struct IngestInput {
    /// A reader: `whatsapp_cloud`.
    pub reader: String,
    /// The raw bytes.
    pub raw: Vec<u8>,
}

/// What became of an intake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Serialize)]
pub struct Conversation {
    /// `c1…`.
    pub key: Key,
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
#[derive(Clone, Debug)]
pub struct MessageQuery {
    /// `c1…`.
    pub conversation: Key,
    /// The cursor of the page before: older ones follow.
    pub before: Option<u64>,
    /// At most so many, 1 to 200.
    pub limit: u32,
}

/// A page of messages, newest first.
#[derive(Clone, Debug, Serialize)]
pub struct MessagePage {
    /// The messages; fewer than asked for, or none, where only statuses came so far.
    pub messages: Vec<MirroredMessage>,
    /// Where older ones begin.
    pub next: Option<u64>,
}

/// A message and how far the company has it.
#[derive(Clone, Debug, Serialize)]
pub struct MirroredMessage {
    /// The message.
    pub message: Message,
    /// Whether its records are where the company keeps them.
    pub mirror: MirrorState,
}

/// How far a message is mirrored as it stands, with its newest edit and its removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MirrorState {
    /// All of it is recorded.
    Recorded,
    /// Some of it is on its way.
    Waiting,
    /// Some of it was refused and waits for the company's administrator.
    Parked,
}

/// What the employee wants to send.
#[derive(Clone)]
pub struct Draft {
    /// `c1…`.
    pub conversation: Key,
    /// What it says.
    pub content: OutboundContent,
}

/// The receipt of a durable draft: it will be sent once, or be visible in the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendTicket {
    /// Its name from now on.
    pub client_message_id: ClientMessageId,
    /// `m1…`, if it is a message.
    pub message: Option<Key>,
}

/// An entry of the customer lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueEntry {
    /// The entry's number.
    pub id: i64,
    /// Its name.
    pub client_message_id: ClientMessageId,
    /// `c1…`.
    pub conversation: Key,
    /// `queued sending uncertain held stuck`.
    pub state: String,
    /// A reason code, where something keeps it.
    pub reason: Option<String>,
    /// The channel's or the gateway's own code, where it was refused.
    #[serde(default)]
    pub detail: Option<String>,
    /// When it is tried next.
    pub due: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// The decisions to offer about it now, in this order. What can be discarded can be written anew.
    #[serde(default)]
    pub decisions: Vec<String>,
}

/// What the employee decides on a queue entry.
#[derive(Clone, Debug)]
pub struct QueueDecision {
    /// The entry's number.
    pub id: i64,
    /// `send_now`, `send_again`, `discard` or `mark_delivered`.
    pub decision: String,
}

/// What left the phone, for the employee's eyes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// The record's key.
    pub record: Key,
    /// Its kind and change, for example `message created`.
    pub what: String,
    /// `c1…`.
    pub conversation: Key,
    /// When it was committed to be sent.
    pub at: Timestamp,
}

/// How to synchronise.
#[derive(Clone, Copy, Debug)]
pub struct SyncOptions {
    /// Stop starting new requests after so long.
    pub deadline: Duration,
    /// How long the gateway may hold the request while nothing is new.
    pub wait: Duration,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(25),
            wait: Duration::ZERO,
        }
    }
}

/// What a synchronisation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// When.
    pub at: Timestamp,
    /// A reason code, whose texts are in the core.
    pub code: String,
}

impl From<lease::Notice> for Notice {
    fn from(notice: lease::Notice) -> Self {
        Self {
            at: notice.at,
            code: notice.code.as_str().into(),
        }
    }
}

/// Counts and versions, for a support request. Holds no content, names or numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
