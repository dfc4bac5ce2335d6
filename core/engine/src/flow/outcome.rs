//! What became of a record or a customer message, as the gateway's outcome items, the channel's statuses or the
//! employee's decisions tell it.

use super::{desk::Desk, letterbox};
use crate::{
    rules::Rules,
    store::{ConversationValue, OutboxControl, QueuedMessage, decode, encode, order},
    values::ConversationRef,
};
use companion_domain::{
    event::DeliveryState,
    id::{ClientMessageId, Key, SourceId},
    message::{Delivery, Message, News},
    outbound::{OutboundContent, OutboundMessage},
    outbox::{self, Entry, Input, State},
    outcome::{Idempotency, Outcome},
    reason::Code,
    time::Timestamp,
};
use companion_vault::{MessageRow, OutboxRow, VaultError, Write};
use serde::{Deserialize, Serialize};

/// The body of an `outcome` item (`facts/gateway.md` 3).
#[derive(Deserialize)]
pub(crate) struct OutcomeItem {
    pub(crate) id: String,
    outcome: String,
    remote_id: Option<String>,
    code: Option<String>,
}

impl OutcomeItem {
    fn outcome(&self) -> Option<Outcome> {
        let code = || {
            self.code
                .clone()
                .unwrap_or_else(|| "gateway.unknown".into())
        };
        Some(match self.outcome.as_str() {
            "done" => Outcome::Done {
                remote_id: self.remote_id.clone(),
            },
            "already_there" => Outcome::AlreadyThere {
                remote_id: self.remote_id.clone(),
            },
            "ambiguous" => Outcome::Ambiguous { code: code() },
            "permanent" => Outcome::Permanent { code: code() },
            _ => return None,
        })
    }
}

/// Takes an outcome item and answers the conversation whose message it concerns. One for an entry that is already gone
/// brings nothing.
pub(crate) fn take(
    write: &mut Write<'_>,
    rules: &Rules,
    item: &OutcomeItem,
    now: Timestamp,
) -> Result<Option<Key>, VaultError> {
    let Some(outcome) = item.outcome() else {
        return Ok(None);
    };
    settle(write, rules, &item.id, &Input::Reported(outcome), now)
}

/// Moves the entry called `name` by `input` and does what follows from where it ends. Answers the conversation whose
/// message it is.
pub(crate) fn settle(
    write: &mut Write<'_>,
    rules: &Rules,
    name: &str,
    input: &Input,
    now: Timestamp,
) -> Result<Option<Key>, VaultError> {
    let Some(row) = write.outbox_by_key(name)? else {
        return Ok(None);
    };
    let control: OutboxControl = decode("outbox", &row.entry)?;
    let message = control.what.message();
    let conversation = message.map(|queued| queued.conversation.clone());
    advance(write, rules, &row, control, input, now)?;
    Ok(conversation)
}

/// Moves one entry and stores where it stands; a delivered one leaves the outbox. Tells whether the input applied.
pub(crate) fn advance(
    write: &mut Write<'_>,
    rules: &Rules,
    row: &OutboxRow,
    control: OutboxControl,
    input: &Input,
    now: Timestamp,
) -> Result<bool, VaultError> {
    let entry = step(rules, &control.entry, input, now);
    let changed = entry != control.entry;
    let control = OutboxControl { entry, ..control };
    if let Some(queued) = control.what.message() {
        tell_message(write, rules, row, queued, &control.entry.state, input, now)?;
    }
    if control.entry.is_finished() {
        write.outbox_remove(row.id)?;
    } else {
        store(write, row.id, &control)?;
    }
    Ok(changed)
}

/// Moves an entry by the phone's rules: the hop to the gateway is idempotent by record key and client message id,
/// whatever the target or the channel behind it offers.
pub(crate) fn step(rules: &Rules, entry: &Entry, input: &Input, now: Timestamp) -> Entry {
    let hop = outbox::Rules {
        policy: &rules.policy,
        idempotency: Idempotency::Upsert,
    };
    outbox::step(entry, input, &hop, now, rules.jitter()).entry
}

/// Writes an entry back with the plain columns that order it.
pub(crate) fn store(
    write: &mut Write<'_>,
    id: i64,
    control: &OutboxControl,
) -> Result<(), VaultError> {
    let entry = &control.entry;
    let sealed = encode("outbox", control)?;
    let (state, due) = order(entry);
    write.outbox_update(id, state, due, entry.attempts, &sealed)
}

/// The message itself learns its channel's id and that it was taken, refused, discarded or queued anew.
fn tell_message(
    write: &mut Write<'_>,
    rules: &Rules,
    row: &OutboxRow,
    queued: &QueuedMessage,
    state: &State,
    input: &Input,
    now: Timestamp,
) -> Result<(), VaultError> {
    let told = match &queued.key {
        Some(key) => of_message(queued, key, state, input, now),
        None => of_reaction(write, row, state)?,
    };
    match told {
        None => Ok(()),
        Some(told) if write.is_locked() => {
            let command: OutboundMessage = decode("outbox", &write.outbox_payload(row.id)?)?;
            let source = ConversationRef::of(&command);
            letterbox::told(write, rules, &queued.conversation, &source, told, now)
        }
        Some(told) => tell(write, rules, &queued.conversation, told, now),
    }
}

/// What a conversation learns from its outbox. It is also kept so while the conversation cannot be read.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Told {
    /// News of a message that was written here.
    Message {
        /// Its name.
        name: ClientMessageId,
        /// Its key.
        key: Key,
        /// The channel's id of it.
        source: Option<SourceId>,
        /// How far it came.
        delivery: Option<Delivery>,
        /// Whether it is sent once more after a failure.
        again: bool,
    },
    /// A reaction of the account was taken by the channel.
    Reacted {
        /// To what.
        target: SourceId,
        /// With what; empty takes it back.
        emoji: String,
    },
}

fn of_message(
    queued: &QueuedMessage,
    key: &Key,
    state: &State,
    input: &Input,
    now: Timestamp,
) -> Option<Told> {
    let source = match input {
        Input::Reported(Outcome::Done { remote_id } | Outcome::AlreadyThere { remote_id }) => {
            remote_id.clone().map(SourceId::new)
        }
        _ => None,
    };
    let delivery = |state, code| {
        let at = now;
        Some(Delivery { state, at, code })
    };
    let delivery = match state {
        State::Discarded => {
            let code = Code::OutboxDiscarded.as_str().to_owned();
            delivery(DeliveryState::Failed, Some(code))
        }
        State::Delivered => delivery(DeliveryState::Pending, None),
        State::Stuck(code) => delivery(DeliveryState::Failed, Some(code.clone())),
        _ => None,
    };
    let again = matches!((state, input), (State::Queued, Input::Decided(_)));
    (source.is_some() || delivery.is_some() || again).then(|| Told::Message {
        name: queued.client_message_id.clone(),
        key: key.clone(),
        source,
        delivery,
        again,
    })
}

fn of_reaction(
    write: &Write<'_>,
    row: &OutboxRow,
    state: &State,
) -> Result<Option<Told>, VaultError> {
    if *state != State::Delivered {
        return Ok(None);
    }
    let command: OutboundMessage = decode("outbox", &write.outbox_payload(row.id)?)?;
    Ok(match command.content {
        OutboundContent::Reaction { target, emoji } => Some(Told::Reacted { target, emoji }),
        _ => None,
    })
}

/// Tells a conversation what became of what was sent from it.
pub(crate) fn tell(
    write: &mut Write<'_>,
    rules: &Rules,
    conversation: &Key,
    told: Told,
    now: Timestamp,
) -> Result<(), VaultError> {
    let Some(row) = write.conversation(conversation)? else {
        return Ok(());
    };
    let value: ConversationValue = decode("conversation", &row.value)?;
    let mut desk = Desk::of(write, rules, conversation, &value.source, now)?;
    match told {
        Told::Reacted { target, emoji } => desk.react(&target, &emoji)?,
        Told::Message {
            name,
            key,
            source,
            delivery,
            again,
        } => {
            if let Some(source) = source {
                desk.learn_alias(&name, &source)?;
            }
            if let Some(delivery) = delivery {
                desk.deliver(&key, delivery)?;
            }
            if again {
                desk.forget_failure(&key)?;
            }
        }
    }
    desk.close()
}

impl Desk<'_, '_> {
    /// Notes a step in the delivery of a message that was written here, unless it is known to have come further.
    fn deliver(&mut self, key: &Key, delivery: Delivery) -> Result<(), VaultError> {
        let Some(row) = self.message_row(key)? else {
            return Ok(());
        };
        let mut message: Message = decode("message", &row.value)?;
        let known = message.deliveries.iter().map(|known| known.state).max();
        if known >= Some(delivery.state) {
            return Ok(());
        }
        message.deliveries.push(delivery.clone());
        let value = encode("message", &message)?;
        self.update_row(&MessageRow { value, ..row })?;
        let record = self.drafting().record(&message, &News::Delivered(delivery));
        self.record(record).map(drop)
    }

    /// The employee sends a refused message once more: here it has not failed any longer. The mirror keeps what it has.
    fn forget_failure(&mut self, key: &Key) -> Result<(), VaultError> {
        let Some(row) = self.message_row(key)? else {
            return Ok(());
        };
        let mut message: Message = decode("message", &row.value)?;
        message
            .deliveries
            .retain(|known| known.state != DeliveryState::Failed);
        let value = encode("message", &message)?;
        self.update_row(&MessageRow { value, ..row })
    }
}
