//! Pages for people: the inbox, a conversation, the queue, the ledger, what waits for a decision. Paged by key.

use super::{
    bind,
    ingest::{Decisions, broken_links},
    send::decision_word,
};
use crate::{
    rules::Rules,
    store::{ConversationValue, HeadValue, OutboxControl, customer_lane, decode, lane_number},
    values::{
        Conversation, ConversationRef, JournalEntry, LedgerEntry, MessagePage, MessageQuery,
        MirrorState, MirroredMessage, Notice, Page, Paged, QueueEntry, UndecidedConversation,
    },
};
use companion_domain::{
    event::{ChannelEvent, PartyKind},
    id::AccountId,
    key::{Keys, Place},
    message::Message,
    mirror,
    outbox::{Lane, State},
    reason::{Code, Language, Reason},
};
use companion_vault::{Read, VaultError};
use std::collections::BTreeSet;

/// Conversations, latest activity first. What stands for an account as a whole is none.
pub(crate) fn inbox(
    read: &Read<'_>,
    rules: &Rules,
    page: Page,
) -> Result<Paged<Conversation>, VaultError> {
    let mut decisions = Decisions::load(read)?;
    let rows = read.inbox(page.after, limit(page.limit))?;
    let next = next(rows.len(), page.limit, rows.last().map(|row| row.last));
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let value: ConversationValue = decode("conversation", &row.value)?;
        if value.source.conversation.as_str().is_empty() {
            continue;
        }
        let standing = bind::standing(read, rules, &mut decisions, &value.key, &value.source)?;
        items.push(Conversation {
            read_only: standing.refusal().map(|code| code.as_str().to_owned()),
            key: value.key,
            source: value.source,
            title: value.title,
            preview: value.preview,
            unread: row.unread,
        });
    }
    Ok(Paged { items, next })
}

/// Messages of one conversation, newest first. `None`: there is no such conversation.
pub(crate) fn messages(
    read: &Read<'_>,
    rules: &Rules,
    query: &MessageQuery,
) -> Result<Option<MessagePage>, VaultError> {
    let Some(conversation) = read.conversation(&query.conversation)? else {
        return Ok(None);
    };
    let rows = read.messages(conversation.id, query.before, limit(query.limit))?;
    let next = next(rows.len(), query.limit, rows.last().map(|row| row.seq));
    let all_recorded = read.outbox(lane_number(Lane::Mirror), 0, 1)?.is_empty();
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows {
        let message: Message = decode("message", &row.value)?;
        if !message.shows() {
            continue;
        }
        let mirror = if all_recorded {
            MirrorState::Recorded
        } else {
            mirror_state(read, rules, &message)?
        };
        messages.push(MirroredMessage { message, mirror });
    }
    Ok(Some(MessagePage { messages, next }))
}

/// How far a message is mirrored: a record leaves the outbox once its target has it.
fn mirror_state(
    read: &Read<'_>,
    rules: &Rules,
    message: &Message,
) -> Result<MirrorState, VaultError> {
    let mut state = MirrorState::Recorded;
    for key in mirror::shown(message, rules) {
        let Some(row) = read.outbox_by_key(key.as_str())? else {
            continue;
        };
        let control: OutboxControl = decode("outbox", &row.entry)?;
        let of_record = if control.entry.is_parked() {
            MirrorState::Parked
        } else {
            MirrorState::Waiting
        };
        state = state.max(of_record);
    }
    Ok(state)
}

/// Customer messages that are not delivered yet.
pub(crate) fn queue(read: &Read<'_>, page: Page) -> Result<Paged<QueueEntry>, VaultError> {
    let lane = lane_number(Lane::Customer);
    let rows = read.outbox(lane, page.after.unwrap_or(0), limit(page.limit))?;
    let next = next(rows.len(), page.limit, rows.last().map(|row| row.id));
    let broken = broken_links(read)?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let control: OutboxControl = decode("outbox", &row.entry)?;
        let Some(queued) = control.what.message() else {
            continue;
        };
        let entry = &control.entry;
        items.push(QueueEntry {
            id: row.id,
            client_message_id: queued.client_message_id.clone(),
            conversation: queued.conversation.clone(),
            state: state_word(&entry.state).to_owned(),
            reason: waits_for(read, &broken, &control)?.map(|code| code.as_str().to_owned()),
            detail: match &entry.state {
                State::Stuck(code) => Some(code.clone()),
                _ => None,
            },
            due: entry.due,
            attempts: entry.attempts,
            decisions: entry.decisions().into_iter().map(decision_word).collect(),
        });
    }
    Ok(Paged { items, next })
}

/// What left the phone, newest first.
pub(crate) fn ledger(read: &Read<'_>, page: Page) -> Result<Paged<LedgerEntry>, VaultError> {
    let rows = read.ledger(page.after, limit(page.limit))?;
    let next = next(rows.len(), page.limit, rows.last().map(|row| row.id));
    let items: Result<_, _> = rows
        .iter()
        .map(|row| decode("ledger", &row.value))
        .collect();
    Ok(Paged {
        items: items?,
        next,
    })
}

/// Conversations that wait for the employee's decision.
pub(crate) fn undecided(
    read: &Read<'_>,
    rules: &Rules,
    page: Page,
) -> Result<Paged<UndecidedConversation>, VaultError> {
    let rows = read.quarantine_page(page.after.unwrap_or(0), limit(page.limit))?;
    let next = next(rows.len(), page.limit, rows.last().map(|one| one.row));
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let event: ChannelEvent = decode("quarantine", &row.newest.value)?;
        items.push(UndecidedConversation {
            name: customer_name(read, rules, &event)?,
            conversation: ConversationRef {
                channel: event.channel,
                account: event.account,
                conversation: event.conversation.id,
            },
            items: row.count,
        });
    }
    Ok(Paged { items, next })
}

/// The name under which the channel shows the other side: an echo does not carry it, so earlier items are asked, too.
fn customer_name(
    read: &Read<'_>,
    rules: &Rules,
    newest: &ChannelEvent,
) -> Result<Option<String>, VaultError> {
    if let Some(name) = name_in(newest) {
        return Ok(Some(name));
    }
    let place = Place {
        channel: &newest.channel,
        account: &newest.account,
        conversation: &newest.conversation.id,
    };
    for row in read
        .quarantined(&rules.key(&place.conversation()))?
        .iter()
        .rev()
    {
        if let Some(name) = name_in(&decode("quarantine", &row.value)?) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

fn name_in(event: &ChannelEvent) -> Option<String> {
    let mut parties = event.author.iter().chain(&event.recipients);
    parties
        .find(|party| party.kind == PartyKind::Customer && party.name.is_some())?
        .name
        .clone()
}

/// Why an entry of the queue is where it is, in the employee's language. `None`: there is no such entry.
pub(crate) fn explain(
    read: &Read<'_>,
    id: i64,
    language: Language,
) -> Result<Option<Vec<Reason>>, VaultError> {
    let rows = read.outbox(lane_number(Lane::Customer), id.saturating_sub(1), 1)?;
    let Some(row) = rows.into_iter().find(|row| row.id == id) else {
        return Ok(None);
    };
    let control: OutboxControl = decode("outbox", &row.entry)?;
    let code = waits_for(read, &broken_links(read)?, &control)?;
    let reason = code.map(|code| Reason {
        since: Some(control.entry.queued_at),
        ..code.reason(language)
    });
    Ok(Some(reason.into_iter().collect()))
}

/// What keeps a customer message: its own state, or its account's broken link.
fn waits_for(
    read: &Read<'_>,
    broken: &BTreeSet<AccountId>,
    control: &OutboxControl,
) -> Result<Option<Code>, VaultError> {
    let entry = &control.entry;
    if let (State::Queued, Some(queued), false) =
        (&entry.state, control.what.message(), broken.is_empty())
        && let Some(row) = read.conversation_head(&queued.conversation)?
        && let Some(account) = HeadValue::read(&row.control)?.account
        && broken.contains(&account)
    {
        return Ok(Some(Code::AccountDisconnected));
    }
    Ok(entry.reason())
}

/// What the system should show, and when: each held or uncertain message asks for a decision now.
pub(crate) fn notices(read: &Read<'_>) -> Result<Vec<Notice>, VaultError> {
    let mut notices = Vec::new();
    for (_, control) in customer_lane(read)? {
        let asks = matches!(
            control.entry.state,
            State::Held(_) | State::Uncertain | State::Stuck(_)
        );
        if let Some(code) = control.entry.reason().filter(|_| asks) {
            notices.push(Notice {
                at: control.entry.due,
                code: code.as_str().to_owned(),
            });
        }
    }
    Ok(notices)
}

/// A page of the journal.
pub(crate) fn journal(entries: Vec<JournalEntry>, page: Page) -> Paged<JournalEntry> {
    let after = u64::try_from(page.after.unwrap_or(0)).unwrap_or(0);
    let newer = entries.into_iter().filter(|entry| entry.n > after);
    let items: Vec<JournalEntry> = newer.take(limit(page.limit) as usize).collect();
    let last = items.last().and_then(|entry| i64::try_from(entry.n).ok());
    Paged {
        next: next(items.len(), page.limit, last),
        items,
    }
}

fn state_word(state: &State) -> &'static str {
    match state {
        State::Queued => "queued",
        State::Sending => "sending",
        State::Uncertain => "uncertain",
        State::Held(_) => "held",
        State::Delivered => "delivered",
        State::Stuck(_) => "stuck",
        State::Discarded => "discarded",
    }
}

fn limit(asked: u32) -> u32 {
    asked.clamp(1, 200)
}

/// A full page may have a successor; a short one has none.
fn next<T>(rows: usize, asked: u32, last: Option<T>) -> Option<T> {
    if rows == limit(asked) as usize {
        last
    } else {
        None
    }
}
