//! A customer message: durable before the employee reads "queued".

use super::{bind, desk::Desk, ingest::Decisions, letterbox, outcome};
use crate::{
    error::CompanionError,
    rules::Rules,
    store::{
        AnswerTo, ConversationValue, HeadValue, OutboxControl, Queued, QueuedMessage, decode,
        encode, lane_number,
    },
    values::{Draft, QueueDecision, SendTicket},
};
use companion_adapters::channel::whatsapp::{self, capabilities::MAX_TEXT};
use companion_domain::{
    event::PartyKey,
    id::{ClientMessageId, Key},
    key::{Keys, Place},
    message::Message,
    outbound::{OutboundContent, OutboundMessage},
    outbox::{Decision, Entry, Input, Lane},
    time::Timestamp,
};
use companion_vault::{VaultError, Write};

/// Refuses what the channel never takes, while the employee still sees what they wrote.
///
/// # Errors
/// `InvalidInput` at `content.text`: `empty` if nothing would be seen of it, `too_long` beyond [`MAX_TEXT`].
pub(crate) fn check(draft: &Draft) -> Result<(), CompanionError> {
    let OutboundContent::Text { text, .. } = &draft.content else {
        return Ok(());
    };
    let code = match text.chars().count() {
        _ if text.trim().is_empty() => "empty",
        length if length > MAX_TEXT => "too_long",
        _ => return Ok(()),
    };
    Err(CompanionError::invalid("content.text", code))
}

/// Queues a draft.
///
/// # Errors
/// Of the inner result: `NotFound` if there is no such conversation, `NotPermitted` if it is not work now.
pub(crate) fn queue(
    write: &mut Write<'_>,
    rules: &Rules,
    draft: &Draft,
    id: &ClientMessageId,
    now: Timestamp,
) -> Result<Result<SendTicket, CompanionError>, VaultError> {
    let Some((row, to)) = addressee(write, &draft.conversation)? else {
        return Ok(Err(CompanionError::NotFound));
    };
    let (conversation, source) = (&draft.conversation, &to.source);
    let mut decisions = Decisions::load(write)?;
    let standing = bind::standing(write, rules, &mut decisions, conversation, source)?;
    if let Some(reason) = standing.refusal() {
        return Ok(Err(CompanionError::NotPermitted { reason }));
    }
    let command = command(&to, draft, id);
    let place = Place {
        channel: &source.channel,
        account: &source.account,
        conversation: &source.conversation,
    };
    let key = rules.key(&place.own_message(id));
    let message = Message::written(&key, &command, now);
    let entry = Entry::new(Lane::Customer, now);
    let control = OutboxControl {
        entry,
        what: Queued::Message(QueuedMessage {
            client_message_id: id.clone(),
            key: message.as_ref().map(|message| message.key.clone()),
            conversation: conversation.clone(),
            needs_window: needs_window(&draft.content),
        }),
        tried: false,
    };
    let entry = encode("outbox", &control)?;
    let payload = encode("outbox", &command)?;
    let lane = lane_number(Lane::Customer);
    write.enqueue(lane, id.as_str(), row, &entry, now.ms(), &payload)?;
    if write.is_locked() {
        if let Some(message) = &message {
            letterbox::written(write, rules, conversation, &to, message, now)?;
        }
    } else {
        let mut desk = Desk::of(write, rules, conversation, source, now)?;
        match &message {
            Some(message) => desk.written(message)?,
            None => desk.read(),
        }
        desk.close()?;
    }
    Ok(Ok(SendTicket {
        client_message_id: id.clone(),
        message: message.map(|one| one.key),
    }))
}

/// The row of a conversation and where a message of it goes. A locked phone knows that only of conversations in which
/// something arrived meanwhile.
///
/// # Errors
/// `Locked` for the others.
fn addressee(write: &Write<'_>, key: &Key) -> Result<Option<(i64, AnswerTo)>, VaultError> {
    if write.is_locked() {
        let Some(row) = write.conversation_head(key)? else {
            return Ok(None);
        };
        let to = HeadValue::read(&row.control)?.answer_to;
        return to.map(|to| Some((row.id, to))).ok_or(VaultError::Locked);
    }
    let Some(row) = write.conversation(key)? else {
        return Ok(None);
    };
    let value: ConversationValue = decode("conversation", &row.value)?;
    let to = AnswerTo {
        source: value.source,
        contact: value.contact,
        peer: value.peer,
    };
    Ok(Some((row.id, to)))
}

/// Applies the employee's decision and tells whether it fits where the entry stands. `None`: there is no such entry.
pub(crate) fn decide(
    write: &mut Write<'_>,
    rules: &Rules,
    request: &QueueDecision,
    decision: Decision,
    now: Timestamp,
) -> Result<Option<bool>, VaultError> {
    let rows = write.outbox(lane_number(Lane::Customer), request.id.saturating_sub(1), 1)?;
    let Some(row) = rows.into_iter().find(|row| row.id == request.id) else {
        return Ok(None);
    };
    let control: OutboxControl = decode("outbox", &row.entry)?;
    let input = Input::Decided(decision);
    outcome::advance(write, rules, &row, control, &input, now).map(Some)
}

/// A decision in the word that [`parse_decision`] reads.
pub(crate) fn decision_word(decision: Decision) -> String {
    let word = match decision {
        Decision::SendNow => "send_now",
        Decision::SendAgain => "send_again",
        Decision::Discard => "discard",
        Decision::MarkDelivered => "mark_delivered",
    };
    word.to_owned()
}

/// The employee's words for a decision.
pub(crate) fn parse_decision(text: &str) -> Option<Decision> {
    Some(match text {
        "send_now" => Decision::SendNow,
        "send_again" => Decision::SendAgain,
        "discard" => Decision::Discard,
        "mark_delivered" => Decision::MarkDelivered,
        _ => return None,
    })
}

fn command(to: &AnswerTo, draft: &Draft, id: &ClientMessageId) -> OutboundMessage {
    OutboundMessage {
        client_message_id: id.clone(),
        channel: to.source.channel.clone(),
        account: to.source.account.clone(),
        conversation: to.source.conversation.clone(),
        to: to.peer.clone().unwrap_or_else(|| PartyKey {
            kind: whatsapp::PHONE.into(),
            value: to.source.conversation.as_str().to_owned(),
        }),
        content: draft.content.clone(),
    }
}

fn needs_window(content: &OutboundContent) -> bool {
    !matches!(
        content,
        OutboundContent::Template { .. } | OutboundContent::ReadMark { .. }
    )
}
