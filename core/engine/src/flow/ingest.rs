//! A channel's event: classified, merged into its message, recorded for the mirror; or kept in quarantine; or dropped.

use super::{desk::Desk, outcome};
use crate::{
    rules::Rules,
    store::{binding_name, control, decode, encode, load, save},
    values::IngestReport,
};
use companion_domain::{
    binding::{BindingChange, Bindings},
    classify::{Accounts, Space, classify},
    event::{AccountChange, AccountEffect, ChannelEvent, DeliveryState, EventBody},
    id::{AccountId, ClientMessageId, Key},
    key::{Keys, Place},
    outbox::Input,
    outcome::Outcome,
    time::Timestamp,
};
use companion_vault::{Read, VaultError, Write};
use std::collections::BTreeSet;

/// Takes one event inside a transaction and counts what became of it.
pub(crate) fn take(
    write: &mut Write<'_>,
    rules: &Rules,
    event: &ChannelEvent,
    now: Timestamp,
    report: &mut IngestReport,
) -> Result<(), VaultError> {
    if let EventBody::Account(change) = &event.body {
        note_link(write, rules, &event.account, change)?;
        report.ignored += 1;
        return Ok(());
    }
    let conversation = rules.key(&place(event).conversation());
    let bindings = bindings(write, Some(&conversation))?;
    let verdict = classify(
        event,
        &Accounts::new(&rules.granted),
        &bindings,
        &rules.policy,
    );
    match verdict.space {
        Space::Work => {
            let news = work(write, rules, &conversation, event, now)?;
            *(if news {
                &mut report.work
            } else {
                &mut report.known
            }) += 1;
        }
        Space::Undecided => {
            // Two events of one raw item differ by their position in it.
            let identity = format!("{}/{}", event.raw_digest, event.position);
            let value = encode("quarantine", event)?;
            write.quarantine_put(&conversation, identity.as_bytes(), &value, now.ms())?;
            report.undecided += 1;
        }
        Space::Personal => report.denied += 1,
    }
    Ok(())
}

/// Notes whether an account's link works: on a broken one nothing is sent, and all that is mirrored stays.
fn note_link(
    write: &mut Write<'_>,
    rules: &Rules,
    account: &AccountId,
    change: &AccountChange,
) -> Result<(), VaultError> {
    if !rules
        .granted
        .iter()
        .any(|granted| granted.account == *account)
    {
        return Ok(());
    }
    let mut broken = broken_links(write)?;
    let changed = match change.effect {
        AccountEffect::Disconnected => broken.insert(account.clone()),
        AccountEffect::Reconnected => broken.remove(account),
        AccountEffect::None | AccountEffect::Restricted => false,
    };
    if changed {
        save(write, control::BROKEN_LINKS, &broken)
    } else {
        Ok(())
    }
}

/// The accounts whose link is broken.
pub(crate) fn broken_links(read: &Read<'_>) -> Result<BTreeSet<AccountId>, VaultError> {
    Ok(load(read, control::BROKEN_LINKS)?.unwrap_or_default())
}

/// What the employee decided on all accounts and on one conversation.
pub(crate) fn bindings(
    read: &Read<'_>,
    conversation: Option<&Key>,
) -> Result<Bindings, VaultError> {
    let mut changes: Vec<BindingChange> = load(read, control::ACCOUNTS)?.unwrap_or_default();
    if let Some(key) = conversation
        && let Some(bytes) = read.control(&binding_name(key))?
    {
        changes.push(decode("binding", &bytes)?);
    }
    let mut bindings = Bindings::default();
    for change in &changes {
        bindings.apply(change);
    }
    Ok(bindings)
}

/// An event of a work conversation. Tells whether it brought anything new.
fn work(
    write: &mut Write<'_>,
    rules: &Rules,
    conversation: &Key,
    event: &ChannelEvent,
    now: Timestamp,
) -> Result<bool, VaultError> {
    let mut desk = Desk::open(write, rules, conversation, event, now)?;
    let news = match &event.body {
        EventBody::Message { .. } | EventBody::Conversation(_) => {
            let key = desk
                .own_echo(event)?
                .unwrap_or_else(|| desk.message_key(event));
            desk.tell(&key, event)?
        }
        EventBody::Edit { target, .. } | EventBody::Reaction { target, .. } => {
            let key = desk.source_key(target);
            desk.tell(&key, event)?
        }
        EventBody::Delete { targets, .. } => {
            let mut news = false;
            for target in targets {
                let key = desk.source_key(target);
                news |= desk.tell(&key, event)?;
            }
            news
        }
        EventBody::Status {
            target,
            state,
            code,
            opaque,
        } => {
            if let Some(id) = opaque {
                let id = ClientMessageId::new(id.clone());
                desk.learn_alias(&id, target)?;
                desk.proven = Some((id, proof(*state, code.as_deref())));
            }
            let key = desk.source_key(target);
            desk.tell(&key, event)?
        }
        EventBody::Contact(change) => desk.contact(change, event)?,
        EventBody::Gap { from, to, why } => {
            let record = desk.drafting().gap(*from, *to, why);
            desk.record(record)?
        }
        EventBody::Account(_) => false,
        EventBody::Unknown { .. } => false,
    };
    let proven = desk.proven.take();
    desk.close()?;
    if let Some((id, input)) = proven {
        outcome::settle(write, rules, id.as_str(), &input, now)?;
    }
    Ok(news)
}

/// What a status says about the message in the outbox.
fn proof(state: DeliveryState, code: Option<&str>) -> Input {
    match state {
        DeliveryState::Failed => Input::Reported(Outcome::Permanent {
            code: format!("channel.{}", code.unwrap_or("failed")),
        }),
        _ => Input::Confirmed,
    }
}

fn place(event: &ChannelEvent) -> Place<'_> {
    Place {
        channel: &event.channel,
        account: &event.account,
        conversation: &event.conversation.id,
    }
}
