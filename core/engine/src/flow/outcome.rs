//! What became of a record or a customer message, as the gateway's outcome items, the channel's statuses or the
//! employee's decisions tell it.

use super::desk::Desk;
use crate::{
    rules::Rules,
    store::{ConversationValue, OutboxControl, QueuedMessage, decode, encode, order},
};
use companion_domain::{
    event::DeliveryState,
    id::{Key, SourceId},
    message::{Delivery, Message, News},
    outbound::{OutboundContent, OutboundMessage},
    outbox::{self, Entry, Input, State},
    outcome::{Idempotency, Outcome},
    reason::Code,
    time::Timestamp,
};
use companion_vault::{MessageRow, OutboxRow, VaultError, Write};
use serde::Deserialize;

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
    let Some(conversation) = write.conversation(&queued.conversation)? else {
        return Ok(());
    };
    let value: ConversationValue = decode("conversation", &conversation.value)?;
    let command: Option<OutboundMessage> = match (&queued.key, state) {
        (None, State::Delivered) => Some(decode("outbox", &write.outbox_payload(row.id)?)?),
        _ => None,
    };
    let mut desk = Desk::of(write, rules, &queued.conversation, &value.source, now)?;
    if let Some(OutboundContent::Reaction { target, emoji }) =
        command.map(|command| command.content)
    {
        desk.react(&target, emoji)?;
    }
    let Some(key) = &queued.key else {
        return desk.close();
    };
    if let Input::Reported(
        Outcome::Done {
            remote_id: Some(id),
        }
        | Outcome::AlreadyThere {
            remote_id: Some(id),
        },
    ) = input
    {
        desk.learn_alias(&queued.client_message_id, &SourceId::new(id.clone()))?;
    }
    let (state, code) = match (state, input) {
        (State::Discarded, _) => {
            let code = Code::OutboxDiscarded.as_str().to_owned();
            (DeliveryState::Failed, Some(code))
        }
        (State::Delivered, _) => (DeliveryState::Pending, None),
        (State::Stuck(code), _) => (DeliveryState::Failed, Some(code.clone())),
        (State::Queued, Input::Decided(_)) => return desk.forget_failure(key),
        _ => return Ok(()),
    };
    desk.deliver(
        key,
        Delivery {
            state,
            at: now,
            code,
        },
    )?;
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
