//! The engine's own values inside the vault, as JSON. The vault keeps them sealed and does not read them.

use crate::{gateway::Rejected, values::ConversationRef};
use companion_domain::{
    event::PartyKey,
    id::{AccountId, ClientMessageId, Key},
    outbox::{Entry, Lane, State},
    time::Timestamp,
};
use companion_vault::{OutboxRow, Read, VaultError, Write};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Names of control values, sealed under `T`.
pub(crate) mod control {
    pub(crate) const GUARD: &str = "guard";
    pub(crate) const RECOVERY: &str = "recovery";
    pub(crate) const CURSOR: &str = "cursor";
    pub(crate) const GATEWAY_TARGET: &str = "gateway_target";
    pub(crate) const CHECKPOINT: &str = "checkpoint";
    pub(crate) const ACCOUNTS: &str = "accounts";
    pub(crate) const LINKS: &str = "links";
    pub(crate) const EXTENSION_TAKEN: &str = "extension_taken";
}

/// A conversation's sealed value.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ConversationValue {
    pub(crate) key: Key,
    pub(crate) source: ConversationRef,
    pub(crate) title: Option<String>,
    pub(crate) preview: Option<String>,
    pub(crate) contact: Option<Key>,
    /// Whom a message of ours goes to.
    pub(crate) peer: Option<PartyKey>,
}

impl ConversationValue {
    /// A conversation of which nothing else is known yet.
    pub(crate) fn new(key: &Key, source: &ConversationRef) -> Self {
        Self {
            key: key.clone(),
            source: source.clone(),
            title: None,
            preview: None,
            contact: None,
            peer: None,
        }
    }
}

/// A conversation's control value: what the outbox goes by, and a locked phone.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeadValue {
    /// Whose account it is on.
    pub(crate) account: Option<AccountId>,
    /// When the customer last wrote, by the channel's time: what a reply window counts from.
    pub(crate) customer_wrote_at: Option<Timestamp>,
    /// When this phone heard of it: what "newer than my draft" counts from.
    pub(crate) customer_heard_at: Option<Timestamp>,
    /// The contact's key of whom a message of ours goes to: who that is only `D` tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) peer: Option<Key>,
    /// While something waits for the unlock: where an answer goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answer_to: Option<AnswerTo>,
}

impl HeadValue {
    /// That of a new conversation.
    pub(crate) fn new(source: &ConversationRef) -> Self {
        Self {
            account: Some(source.account.clone()),
            ..Self::default()
        }
    }

    /// Reads what the vault keeps; nothing is kept of a conversation of an earlier release.
    pub(crate) fn read(control: &[u8]) -> Result<Self, VaultError> {
        if control.is_empty() {
            return Ok(Self::default());
        }
        decode("conversation", control)
    }

    /// Notes that the customer wrote at `sent_at`, and that this phone hears of it `now`, unless it is history.
    pub(crate) fn customer_wrote(&mut self, sent_at: Option<Timestamp>, heard: Option<Timestamp>) {
        self.customer_wrote_at = self.customer_wrote_at.max(sent_at);
        self.customer_heard_at = heard.or(self.customer_heard_at);
    }
}

/// Where an answer goes that is written while the conversation cannot be read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AnswerTo {
    pub(crate) source: ConversationRef,
    pub(crate) contact: Option<Key>,
    pub(crate) peer: Option<PartyKey>,
}

/// An outbox row's sealed control value.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct OutboxControl {
    pub(crate) entry: Entry,
    pub(crate) what: Queued,
    /// Whether a request ever carried it: then it may have arrived, whatever was answered.
    #[serde(default)]
    pub(crate) tried: bool,
}

/// What waits in a row.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Queued {
    /// A record, by its key.
    Record(Key),
    /// A customer message.
    Message(QueuedMessage),
}

impl Queued {
    /// The name by which the gateway knows it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Record(key) => key.as_str(),
            Self::Message(message) => message.client_message_id.as_str(),
        }
    }

    /// The message, if it is one.
    pub(crate) fn message(&self) -> Option<&QueuedMessage> {
        match self {
            Self::Record(_) => None,
            Self::Message(message) => Some(message),
        }
    }
}

/// All rows of the customer lane, oldest first. It holds what people wrote and nobody delivered or decided yet.
pub(crate) fn customer_lane(
    read: &Read<'_>,
) -> Result<Vec<(OutboxRow, OutboxControl)>, VaultError> {
    const PAGE: u32 = 500;
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let rows = read.outbox(companion_vault::CUSTOMER, after, PAGE)?;
        let Some(last) = rows.last() else {
            return Ok(all);
        };
        after = last.id;
        for row in rows {
            let control = decode("outbox", &row.entry)?;
            all.push((row, control));
        }
    }
}

/// The vault's number of a lane.
pub(crate) fn lane_number(lane: Lane) -> u8 {
    match lane {
        Lane::Customer => companion_vault::CUSTOMER,
        Lane::Mirror => companion_vault::MIRROR,
    }
}

/// The plain columns that order a row: whether it waits, and from when on. What was not handed over yet waits at zero,
/// so that it goes in the order in which it was queued whatever the clock did.
pub(crate) fn order(entry: &Entry) -> (u8, i64) {
    match entry.state {
        State::Queued => (companion_vault::WAITING, 0),
        State::Sending if entry.handed_over => (companion_vault::WAITING, entry.due.ms()),
        State::Sending => (companion_vault::WAITING, 0),
        _ => (companion_vault::WAITING + 1, entry.due.ms()),
    }
}

/// What the customer lane must know of a message without opening it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct QueuedMessage {
    pub(crate) client_message_id: ClientMessageId,
    pub(crate) key: Option<Key>,
    pub(crate) conversation: Key,
    /// Templates and read marks need no open window.
    pub(crate) needs_window: bool,
}

/// How far the inbox was read and committed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    pub(crate) inbox: String,
    pub(crate) seq: u64,
    /// Items that could not be opened and of which the gateway may not know yet.
    #[serde(default)]
    pub(crate) rejected: Vec<Rejected>,
    /// When the inbox was last read to its end.
    #[serde(default)]
    pub(crate) complete_at: Option<Timestamp>,
}

/// The last checkpoint made, and those that the gateway has not taken yet.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct CheckpointState {
    pub(crate) seq: u64,
    pub(crate) at: Option<Timestamp>,
    pub(crate) prev: Option<companion_domain::bytes::Digest>,
    pub(crate) waiting: Vec<String>,
}

/// The name of a conversation's binding.
pub(crate) fn binding_name(conversation: &Key) -> String {
    format!("binding/{conversation}")
}

pub(crate) fn encode<T: Serialize>(place: &'static str, value: &T) -> Result<Vec<u8>, VaultError> {
    serde_json::to_vec(value).map_err(|_| VaultError::Corrupt { place })
}

pub(crate) fn decode<T: DeserializeOwned>(
    place: &'static str,
    bytes: &[u8],
) -> Result<T, VaultError> {
    serde_json::from_slice(bytes).map_err(|_| VaultError::Corrupt { place })
}

/// Reads the control value `name`.
pub(crate) fn load<T: DeserializeOwned>(
    read: &Read<'_>,
    name: &'static str,
) -> Result<Option<T>, VaultError> {
    read.control(name)?
        .map(|bytes| decode(name, &bytes))
        .transpose()
}

/// Writes the control value `name`.
pub(crate) fn save<T: Serialize>(
    write: &mut Write<'_>,
    name: &'static str,
    value: &T,
) -> Result<(), VaultError> {
    write.set_control(name, Some(&encode(name, value)?))
}
