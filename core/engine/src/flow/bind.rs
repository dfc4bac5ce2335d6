//! The employee's acts that make an account or a conversation work, or personal.

use super::{
    desk::Desk,
    ingest::{Decisions, Intake, classified, take},
};
use crate::{
    rules::Rules,
    store::{binding_name, control, decode, encode, load, save},
    values::{AccountRequest, BindReport, BindRequest, BindTo, ConversationRef},
};
use companion_domain::{
    binding::{self, AccountRef, Act, Audit, BindingChange, Choice},
    classify::{self, Space, Verdict},
    event::ChannelEvent,
    grant::{GrantedAccount, Mode},
    id::Key,
    key::{Keys, Place},
    reason::Code,
    time::Timestamp,
};
use companion_vault::{Read, VaultError, Write};
use serde_json::json;
use std::time::Duration;

/// How long an undecided item waits (design.md 3).
const QUARANTINE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A decision of the employee and the code under which the journal keeps it; `None` if nothing changed.
pub(crate) struct Decided<T> {
    pub(crate) what: T,
    pub(crate) journal: Option<Code>,
}

/// Accepts an account that the grant names, and lets go what waited for nothing else. `None`: the grant does not name it.
pub(crate) fn accept(
    write: &mut Write<'_>,
    rules: &Rules,
    request: &AccountRequest,
    now: Timestamp,
) -> Result<Option<Decided<()>>, VaultError> {
    let named =
        |one: &&GrantedAccount| one.channel == request.channel && one.account == request.account;
    let Some(granted) = rules.granted.iter().find(named) else {
        return Ok(None);
    };
    let account = AccountRef {
        channel: request.channel.clone(),
        account: request.account.clone(),
    };
    let act = Act::AcceptAccount {
        account,
        mode: granted.mode,
    };
    let change = BindingChange {
        by: rules.enrolment.clone(),
        at: now,
        act,
    };
    let Audit::Company(word) = Decisions::load(write)?.apply(&change) else {
        return Ok(Some(Decided {
            what: (),
            journal: None,
        }));
    };
    let mut accepted: Vec<BindingChange> = load(write, control::ACCOUNTS)?.unwrap_or_default();
    accepted.push(change);
    save(write, control::ACCOUNTS, &accepted)?;
    let (channel, account) = (&granted.channel, &granted.account);
    let mut desk = Desk::of_account(write, rules, channel, account, now)?;
    let mut record = desk.drafting().binding(word);
    record.details.insert("mode".into(), json!(granted.mode));
    desk.record(record)?;
    release_decided(write, rules, now)?;
    let code = match granted.mode {
        Mode::Company => Code::AccountCompany,
        Mode::Mixed => Code::AccountAccepted,
    };
    Ok(Some(Decided {
        what: (),
        journal: Some(code),
    }))
}

/// Decides on a conversation. As work, its quarantined items are released in their order; as personal, dropped.
/// `None`: the account is not accepted, so nothing of it can be bound.
pub(crate) fn bind(
    write: &mut Write<'_>,
    rules: &Rules,
    request: &BindRequest,
    now: Timestamp,
) -> Result<Option<Decided<BindReport>>, VaultError> {
    let source = &request.conversation;
    let key = rules.key(&source.place().conversation());
    let mut decisions = Decisions::load(write)?;
    decisions.on(write, &key)?;
    let target = target(source);
    if !decisions.accepts(&target.account) {
        return Ok(None);
    }
    let (to, code) = match request.to {
        BindTo::Work => (Choice::Work, Code::ConversationBound),
        BindTo::Personal => (Choice::Personal, Code::ConversationPersonal),
    };
    let act = Act::DecideConversation {
        conversation: target,
        to: Some(to),
    };
    let change = BindingChange {
        by: rules.enrolment.clone(),
        at: now,
        act,
    };
    let audit = decisions.apply(&change);
    if audit != Audit::Unchanged {
        write.set_control(&binding_name(&key), Some(&encode("binding", &change)?))?;
    }
    if let Audit::Company(word) = audit {
        let mut desk = Desk::of(write, rules, &key, source, now)?;
        desk.decided(word)?;
        if request.to == BindTo::Personal {
            // Nobody waits there for the company any more.
            desk.read();
        }
        desk.close()?;
    }
    let items = release(write, rules, &key, now)?;
    Ok(Some(Decided {
        what: BindReport {
            conversation: key,
            items,
        },
        journal: (audit != Audit::Unchanged).then_some(code),
    }))
}

/// Passes a conversation's quarantined items by the boundary once more, in the order in which they came, and counts those
/// that are decided now. The vault removes these from quarantine only after this transaction; after a kill in between
/// they pass again and are known.
fn release(
    write: &mut Write<'_>,
    rules: &Rules,
    conversation: &Key,
    now: Timestamp,
) -> Result<u64, VaultError> {
    let (mut intake, mut decided) = (Intake::begin(write)?, Vec::new());
    for row in write.quarantined(conversation)? {
        let event: ChannelEvent = decode("quarantine", &row.value)?;
        if take(write, rules, &event, now, &mut intake)? != Space::Undecided {
            decided.push(row.id);
        }
    }
    write.quarantine_remove(&decided);
    Ok(decided.len() as u64)
}

/// Releases every conversation in quarantine that waits for no decision any more.
pub(crate) fn release_decided(
    write: &mut Write<'_>,
    rules: &Rules,
    now: Timestamp,
) -> Result<(), VaultError> {
    let (mut decisions, mut after) = (Decisions::load(write)?, 0);
    loop {
        let page = write.quarantine_page(after, 200)?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.row;
        for conversation in &page {
            let event: ChannelEvent = decode("quarantine", &conversation.newest.value)?;
            let place = Place {
                channel: &event.channel,
                account: &event.account,
                conversation: &event.conversation.id,
            };
            let key = rules.key(&place.conversation());
            if classified(write, rules, &mut decisions, &key, &event)? != Space::Undecided {
                release(write, rules, &key, now)?;
            }
        }
    }
}

/// Drops what nobody decided in time, and tells how many items that were.
pub(crate) fn expire(write: &mut Write<'_>, now: Timestamp) -> Result<usize, VaultError> {
    write.quarantine_expire((now - QUARANTINE).ms())
}

/// Where a conversation belongs now.
pub(crate) fn standing(
    read: &Read<'_>,
    rules: &Rules,
    decisions: &mut Decisions,
    key: &Key,
    source: &ConversationRef,
) -> Result<Verdict, VaultError> {
    let bindings = decisions.on(read, key)?;
    Ok(classify::standing(
        &target(source),
        &rules.accounts,
        bindings,
        &rules.policy,
    ))
}

fn target(source: &ConversationRef) -> binding::ConversationRef {
    binding::ConversationRef {
        account: AccountRef {
            channel: source.channel.clone(),
            account: source.account.clone(),
        },
        conversation: source.conversation.clone(),
    }
}
