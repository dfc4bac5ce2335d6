//! What comes into the model and what goes out.

use super::{Decided, Waiting};
use companion_domain::{
    id::Key,
    reason::{Language, Reason},
    time::Timestamp,
};
use companion_engine::{
    CompanionError,
    values::{
        AccountRequest, BindReport, BindRequest, ClientState, Conversation, Diagnostics, Draft,
        Lease, LedgerEntry, MessagePage, Paged, PasscodeChange, QueueDecision, QueueEntry,
        RecoveryRequest, SendTicket, SyncReport, UndecidedConversation, UnlockWith,
    },
};
use crossterm::event::KeyEvent;

/// Something happened.
pub enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The window has so many columns now.
    Resized(u16),
    /// Time passed.
    Tick(Timestamp),
    /// Something that is shown may have changed.
    Changed,
    /// Work was locked, as [`Effect::Lock`] wanted.
    Locked,
    /// An effect came to its end.
    Answered(Box<Answer>),
    /// The system wants the app to end.
    Ended,
}

/// What an effect came to.
pub enum Answer {
    /// The client at a glance.
    State(Result<ClientState, CompanionError>),
    /// Work chats.
    Inbox(Result<Paged<Conversation>, CompanionError>),
    /// Chats that wait for a decision.
    Undecided(Result<Paged<UndecidedConversation>, CompanionError>),
    /// The queue.
    Queue(Result<Paged<Waiting>, CompanionError>),
    /// What left the phone.
    Ledger(Result<Paged<LedgerEntry>, CompanionError>),
    /// What was decided.
    Journal(Result<Paged<Decided>, CompanionError>),
    /// Messages of a chat.
    Messages(Key, Result<MessagePage, CompanionError>),
    /// Counts and versions.
    Diagnostics(Result<Diagnostics, CompanionError>),
    /// An account was accepted, or not.
    Accepted(Result<(), CompanionError>),
    /// A chat was decided on, or not.
    Bound(BindRequest, Result<BindReport, CompanionError>),
    /// A message was queued, or not.
    Sent(Draft, Result<SendTicket, CompanionError>),
    /// A decision was applied, or not.
    Resolved(Result<(), CompanionError>),
    /// A message was taken back to be written anew; no text if it has none, or may have arrived and stays.
    Edited(Key, Result<Option<String>, CompanionError>),
    /// A synchronisation ended.
    Synced(Result<SyncReport, CompanionError>),
    /// Why work cannot be read.
    Why(Result<Vec<Reason>, CompanionError>),
    /// The request for the company.
    Request(Result<RecoveryRequest, CompanionError>),
    /// Work was opened or a passcode set, or not.
    Opened(Result<(), CompanionError>),
    /// The phone is prepared for a time without a network, or not.
    Prepared(Result<Lease, CompanionError>),
}

impl Answer {
    /// Why something of work was not shown or not done.
    pub(super) fn trouble(&self) -> Option<&CompanionError> {
        match self {
            Self::Inbox(read) => read.as_ref().err(),
            Self::Undecided(read) => read.as_ref().err(),
            Self::Queue(read) => read.as_ref().err(),
            Self::Ledger(read) => read.as_ref().err(),
            Self::Journal(read) => read.as_ref().err(),
            Self::Messages(_, read) => read.as_ref().err(),
            Self::Diagnostics(read) => read.as_ref().err(),
            Self::Accepted(done) | Self::Resolved(done) => done.as_ref().err(),
            Self::Bound(_, done) => done.as_ref().err(),
            Self::Sent(_, done) => done.as_ref().err(),
            Self::Edited(_, done) => done.as_ref().err(),
            Self::State(_)
            | Self::Synced(_)
            | Self::Why(_)
            | Self::Request(_)
            | Self::Opened(_)
            | Self::Prepared(_) => None,
        }
    }
}

/// Something to be done outside.
#[derive(Clone)]
pub enum Effect {
    /// Read something; lists and chats so many pages of it.
    Load(What, usize),
    /// Accept an account.
    Accept(AccountRequest),
    /// Decide on a chat.
    Bind(BindRequest),
    /// Queue a message.
    Send(Draft),
    /// Decide on an entry of the queue.
    Resolve(QueueDecision),
    /// Take an entry back and give its text.
    Edit(QueueEntry),
    /// Switch the network off or on.
    Offline(bool),
    /// Open work.
    Unlock(UnlockWith),
    /// Set a passcode.
    SetPasscode(PasscodeChange),
    /// Prepare for a time without a network.
    Prepare,
    /// Lock work, at once; [`Event::Locked`] follows.
    Lock,
    /// Tell that somebody is there.
    Active,
    /// End the app.
    Quit,
}

/// What can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The client at a glance.
    State,
    /// Work chats.
    Inbox,
    /// Chats that wait for a decision.
    Undecided,
    /// The queue, with reasons in a language.
    Queue(Language),
    /// What left the phone.
    Ledger,
    /// What was decided.
    Journal,
    /// Messages of a chat.
    Messages(Key),
    /// Counts and versions.
    Diagnostics,
    /// Why work cannot be read, in a language.
    Why(Language),
    /// The request for the company.
    Request,
}
