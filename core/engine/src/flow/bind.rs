//! The employee's acts that make an account or a conversation work, or personal.

use super::{
    desk::Desk,
    ingest::{bindings, take},
};
use crate::{
    rules::Rules,
    store::{binding_name, control, decode, encode, load, save},
    values::{AccountRequest, BindReport, BindRequest, BindTo, ConversationRef, IngestReport},
};
use companion_domain::{
    binding::{self, AccountRef, Act, Audit, BindingChange, Choice},
    event::ChannelEvent,
    grant::GrantedAccount,
    id::Key,
    key::{Keys, Place},
    time::Timestamp,
};
use companion_vault::{Read, VaultError, Write};

/// Accepts an account that the grant names. False: the grant does not name it.
pub(crate) fn accept(
    write: &mut Write<'_>,
    rules: &Rules,
    request: &AccountRequest,
    now: Timestamp,
) -> Result<bool, VaultError> {
    let named =
        |one: &&GrantedAccount| one.channel == request.channel && one.account == request.account;
    let Some(granted) = rules.granted.iter().find(named) else {
        return Ok(false);
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
    if bindings(write, None)?.apply(&change) != Audit::Unchanged {
        let mut accepted: Vec<BindingChange> = load(write, control::ACCOUNTS)?.unwrap_or_default();
        accepted.push(change);
        save(write, control::ACCOUNTS, &accepted)?;
    }
    Ok(true)
}

/// Decides on a conversation. As work, its quarantined items are released in their order; as personal, dropped.
/// `None`: the account is not accepted, so nothing of it can be bound.
pub(crate) fn bind(
    write: &mut Write<'_>,
    rules: &Rules,
    request: &BindRequest,
    now: Timestamp,
) -> Result<Option<BindReport>, VaultError> {
    let source = &request.conversation;
    let key = rules.key(&place(source).conversation());
    let mut known = bindings(write, Some(&key))?;
    let target = target(source);
    if known.account(&target.account).is_none() {
        return Ok(None);
    }
    let to = match request.to {
        BindTo::Work => Choice::Work,
        BindTo::Personal => Choice::Personal,
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
    let audit = known.apply(&change);
    if audit != Audit::Unchanged {
        write.set_control(&binding_name(&key), Some(&encode("binding", &change)?))?;
    }
    if let Audit::Company(word) = audit {
        let mut desk = Desk::of(write, rules, &key, source, now)?;
        let record = desk.drafting().binding(word);
        desk.record(record)?;
        desk.close()?;
    }
    let items = release(write, rules, &key, now)?;
    Ok(Some(BindReport {
        conversation: key,
        items,
    }))
}

/// Passes a conversation's quarantined items by the boundary once more, in the order in which they came. The vault
/// removes them from quarantine only after this transaction; after a kill in between they pass again and are known.
pub(crate) fn release(
    write: &mut Write<'_>,
    rules: &Rules,
    conversation: &Key,
    now: Timestamp,
) -> Result<u64, VaultError> {
    let rows = write.quarantined(conversation)?;
    let mut report = IngestReport::default();
    for row in &rows {
        let event: ChannelEvent = decode("quarantine", &row.value)?;
        take(write, rules, &event, now, &mut report)?;
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    write.quarantine_remove(&ids);
    Ok(ids.len() as u64)
}

/// Whether the employee made a conversation work.
pub(crate) fn is_work(
    read: &Read<'_>,
    key: &Key,
    source: &ConversationRef,
) -> Result<bool, VaultError> {
    let decided = bindings(read, Some(key))?.conversation(&target(source));
    Ok(decided.is_some_and(|decided| decided.what == Choice::Work))
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

fn place(source: &ConversationRef) -> Place<'_> {
    Place {
        channel: &source.channel,
        account: &source.account,
        conversation: &source.conversation,
    }
}

/// Whether the employee decided on a conversation at all.
pub(crate) fn is_decided(read: &Read<'_>, key: &Key) -> Result<bool, VaultError> {
    Ok(read.control(&binding_name(key))?.is_some())
}
