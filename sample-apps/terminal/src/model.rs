//! What the app knows and where the employee stands: plain values, changed by [`Model::update`] alone.

mod chat;
mod event;
mod form;
mod gate;
mod keys;
mod listing;
mod update;

pub use chat::{Chat, Composer};
pub use event::{Answer, Effect, Event, What};
pub use form::{Ask, Field, Form};
pub use gate::{Door, Gate};
pub use listing::{Listing, Status};

use companion_domain::{
    id::Key,
    reason::{Language, Reason},
    time::Timestamp,
};
use companion_engine::{
    CompanionError,
    values::{
        AccountRequest, ClientState, Conversation, ConversationRef, Diagnostics, LedgerEntry,
        QueueEntry, UndecidedConversation,
    },
};
use jiff::tz::TimeZone;
use std::{collections::BTreeMap, time::Duration};

/// How long reading may take before it is told.
const QUIET: Duration = Duration::from_millis(300);
/// How long connecting may go on without an answer before it is told.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often the core is told that somebody is there.
const ACTIVE: Duration = Duration::from_secs(5);
/// How often the state is read though no hint came: a lease runs out by itself.
const LOOK: Duration = Duration::from_secs(60);

/// Everything that is shown.
pub struct Model {
    /// The language of all texts.
    pub language: Language,
    /// The time.
    pub now: Timestamp,
    /// How many columns the window has.
    pub width: u16,
    /// The phone's zone.
    pub zone: TimeZone,
    /// The pane in front.
    pub pane: Pane,
    /// The segment of the chats in front.
    pub segment: Segment,
    /// What lies over the pane.
    pub over: Option<Over>,
    /// The open chat, which covers the pane of chats.
    pub chat: Option<Chat>,
    /// The client at a glance.
    pub state: Option<ClientState>,
    /// Counts and versions.
    pub diagnostics: Option<Diagnostics>,
    /// The row of Today that is chosen.
    pub today: usize,
    /// Work chats.
    pub inbox: Listing<Conversation>,
    /// Chats that wait for a decision.
    pub undecided: Listing<UndecidedConversation>,
    /// Messages that are not delivered yet.
    pub queue: Listing<Waiting>,
    /// What left the phone.
    pub ledger: Listing<LedgerEntry>,
    /// What was decided.
    pub journal: Listing<Decided>,
    /// The side of what the company sees that is in front.
    pub side: Side,
    /// The row of the settings that is chosen.
    pub setting: usize,
    /// Whether the employee wants to stay offline.
    pub offline: bool,
    /// Since when the gateway is not reached, and what was said last.
    pub failing: Option<(Timestamp, CompanionError)>,
    /// The answer to the last act, until the next key.
    pub notice: Option<String>,
    /// What was written and not sent, by chat: in memory alone.
    pub drafts: BTreeMap<Key, String>,
    /// What stands before work while it cannot be read.
    pub gate: Option<Gate>,
    /// The passcode, while it is typed.
    pub form: Option<Form>,
    /// When the core was last told that somebody is there.
    active: Option<Timestamp>,
    /// When the state was last asked for because time passed.
    looked: Timestamp,
}

/// The panes, as the tabs order them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// Who waits and what needs a decision.
    Today,
    /// Work, undecided and personal chats.
    Chats,
    /// What waits to be sent.
    Outbox,
    /// What left the phone and what was decided.
    Company,
    /// Switches and versions.
    Settings,
}

impl Pane {
    /// All, in order.
    pub const ALL: [Self; 5] = [
        Self::Today,
        Self::Chats,
        Self::Outbox,
        Self::Company,
        Self::Settings,
    ];
}

/// The three spaces of chats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// The company records them.
    Work,
    /// They wait for a decision.
    Undecided,
    /// The company never gets them.
    Personal,
}

impl Segment {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::Work, Self::Undecided, Self::Personal];
}

/// The two sides of what the company sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What left the phone.
    Sent,
    /// What was decided: joining, accounts, chats.
    Decisions,
}

/// What lies over a pane and is answered first.
#[derive(Clone)]
pub enum Over {
    /// The keys.
    Keys,
    /// What a chat is to be.
    Bind {
        /// Which chat.
        conversation: ConversationRef,
        /// Its name, if the channel told one.
        name: Option<String>,
        /// How many items wait.
        items: u64,
        /// Whether they are to be work, too. Nothing is chosen beforehand.
        so_far: bool,
    },
    /// Whether a chat stays personal.
    Keep {
        /// Which chat.
        conversation: ConversationRef,
        /// How many items go.
        items: u64,
    },
    /// Whether an account is accepted.
    Account(AccountRequest),
    /// Whether a work chat becomes personal.
    Unbind(ConversationRef),
    /// What can be done about an entry of the queue.
    Decide(i64),
}

/// A row of Today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TodayRow {
    /// A customer who waits, by place in the inbox.
    Waiting(usize),
    /// Messages of the queue in one state.
    Queue(&'static str, usize),
    /// Chats without a decision.
    Undecided(u64),
    /// Records that the company's system did not take.
    Parked(u64),
}

/// A row of the settings that can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The offline switch.
    Offline,
    /// The language.
    Language,
    /// Another passcode.
    Passcode,
    /// Time without a network.
    Prepare,
    /// The lock.
    Lock,
}

impl Setting {
    /// All, in order.
    pub const ALL: [Self; 5] = [
        Self::Offline,
        Self::Language,
        Self::Passcode,
        Self::Prepare,
        Self::Lock,
    ];
}

/// An entry of the queue with the core's reasons.
#[derive(Clone)]
pub struct Waiting {
    /// The entry.
    pub entry: QueueEntry,
    /// Why it is there.
    pub reasons: Vec<Reason>,
}

/// What can be done about an entry of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Take it back and write it anew.
    Edit,
    /// One of the core's decisions.
    Decide(String),
}

impl Waiting {
    /// What the core offers, in its order. What can be discarded can be written anew.
    pub fn choices(&self) -> Vec<Choice> {
        let decisions = self.entry.decisions.iter();
        let choices = decisions.flat_map(|decision| {
            let edit = (decision == "discard").then_some(Choice::Edit);
            edit.into_iter().chain([Choice::Decide(decision.clone())])
        });
        choices.collect()
    }
}

/// A decision of the journal.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Its number.
    pub n: u64,
    /// When.
    pub at: Timestamp,
    /// The reason code.
    pub code: String,
    /// Who decided: `employee`, or a rule by name.
    pub by: String,
}

impl Model {
    /// A model that knows nothing yet.
    pub fn new(language: Language, now: Timestamp, zone: TimeZone) -> Self {
        Self {
            language,
            now,
            width: 80,
            zone,
            pane: Pane::Today,
            segment: Segment::Work,
            over: None,
            chat: None,
            state: None,
            diagnostics: None,
            today: 0,
            inbox: Listing::new(now),
            undecided: Listing::new(now),
            queue: Listing::new(now),
            ledger: Listing::new(now),
            journal: Listing::new(now),
            side: Side::Sent,
            setting: 0,
            offline: false,
            failing: None,
            notice: None,
            drafts: BTreeMap::new(),
            gate: None,
            form: None,
            active: None,
            looked: now,
        }
    }

    /// The rows of Today: who waits, then what needs a decision.
    pub fn today_rows(&self) -> Vec<TodayRow> {
        let chats = self.inbox.items.iter().enumerate();
        let waiting = chats.filter(|(_, chat)| chat.unread > 0);
        let mut rows: Vec<TodayRow> = waiting.map(|(at, _)| TodayRow::Waiting(at)).collect();
        for state in ["held", "uncertain", "stuck", "queued", "sending"] {
            let entries = self.queue.items.iter();
            let count = entries.filter(|one| one.entry.state == state).count();
            if count > 0 {
                rows.push(TodayRow::Queue(state, count));
            }
        }
        let state = self.state.as_ref();
        rows.extend(
            state
                .filter(|state| state.undecided > 0)
                .map(|state| TodayRow::Undecided(state.undecided)),
        );
        rows.extend(
            state
                .filter(|state| state.parked > 0)
                .map(|state| TodayRow::Parked(state.parked)),
        );
        rows
    }

    /// What keeps the gateway away, once that is worth telling: at once if the employee wants it so.
    pub fn apart(&self) -> Option<CompanionError> {
        if self.offline {
            return Some(CompanionError::Offline);
        }
        let (since, error) = self.failing.as_ref()?;
        (self.now.since(*since) >= PATIENCE).then(|| error.clone())
    }

    /// Whether something that is read is worth waiting for visibly.
    pub fn is_loading(&self) -> bool {
        let chat = self.chat.as_ref().map(|chat| &chat.status);
        let statuses = [
            &self.inbox.status,
            &self.undecided.status,
            &self.queue.status,
            &self.ledger.status,
            &self.journal.status,
        ];
        statuses
            .into_iter()
            .chain(chat)
            .any(|status| matches!(status, Status::Asked(since) if self.now.since(*since) >= QUIET))
    }

    /// The name of a chat, if it is known.
    pub fn title(&self, conversation: &Key) -> Option<&str> {
        let mut chats = self.inbox.items.iter();
        let chat = chats.find(|chat| chat.key == *conversation)?;
        chat.title.as_deref()
    }

    /// The entry of the queue that a chat's own last message is.
    pub fn last_waiting(&self, conversation: &Key) -> Option<&Waiting> {
        let entries = self.queue.items.iter().rev();
        entries
            .into_iter()
            .find(|one| one.entry.conversation == *conversation)
    }
}
