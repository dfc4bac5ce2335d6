//! A channel's event: classified, merged into its message, recorded for the mirror; or kept in quarantine; or dropped.

use super::{
    desk::Desk,
    letterbox::{self, Letterbox},
    outcome,
};
use crate::{
    rules::Rules,
    store::{binding_name, control, decode, encode, load, save},
    stream::Hints,
    values::{ChangeHint, IngestReport},
};
use companion_adapters::channel::whatsapp;
use companion_domain::{
    binding::{AccountRef, Audit, BindingChange, Bindings},
    classify::{Space, classify},
    event::{AccountChange, AccountEffect, ChannelEvent, DeliveryState, EventBody},
    id::{AccountId, ClientMessageId, Key},
    key::{Keys, Place},
    outbox::Input,
    outcome::Outcome,
    time::Timestamp,
};
use companion_vault::{Read, VaultError, Write};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What one transaction takes in: what became of it, and what a watcher should look at again.
pub(crate) struct Intake {
    pub(crate) report: IngestReport,
    pub(crate) queue: bool,
    pub(crate) decisions: Decisions,
    pub(crate) conversations: BTreeSet<Key>,
    account: bool,
}

impl Intake {
    /// Begins in the transaction in which it ends: nobody decides anything in between.
    pub(crate) fn begin(read: &Read<'_>) -> Result<Self, VaultError> {
        Ok(Self {
            report: IngestReport::default(),
            queue: false,
            decisions: Decisions::load(read)?,
            conversations: BTreeSet::new(),
            account: false,
        })
    }

    /// Hints at what changed, once it is committed.
    pub(crate) fn tell(self, hints: &Hints) {
        for key in self.conversations {
            hints.send(ChangeHint::Conversation { key });
        }
        for (changed, hint) in [
            (self.report.work > 0, ChangeHint::Inbox),
            (self.report.undecided > 0, ChangeHint::Undecided),
            (self.account, ChangeHint::Account),
            (self.queue, ChangeHint::Queue),
        ] {
            if changed {
                hints.send(hint);
            }
        }
    }
}

/// What somebody other than the gateway received, read and not yet taken.
#[derive(Default)]
pub(crate) struct Arrival {
    events: Vec<ChannelEvent>,
    rejected: u64,
}

impl Arrival {
    /// Reads bytes that came at `received_at`, or says what of them is wrong.
    pub(crate) fn read(
        reader: &str,
        raw: &[u8],
        received_at: Timestamp,
    ) -> Result<Self, Unreadable> {
        let payload = match reader {
            "whatsapp_cloud" => whatsapp::inbound::read(raw, received_at),
            _ => return Err(Unreadable::Reader),
        };
        let payload = payload.map_err(|_| Unreadable::Payload)?;
        Ok(Self {
            events: payload.events,
            rejected: payload.rejected.len() as u64,
        })
    }

    /// Takes all of it inside a transaction.
    pub(crate) fn take(
        &self,
        write: &mut Write<'_>,
        rules: &Rules,
        now: Timestamp,
        intake: &mut Intake,
    ) -> Result<(), VaultError> {
        intake.report.rejected += self.rejected;
        self.events
            .iter()
            .try_for_each(|event| take(write, rules, event, now, intake).map(drop))
    }
}

/// What is wrong with an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// There is no such reader.
    Reader,
    /// The bytes are no payload of it.
    Payload,
}

/// Takes one event inside a transaction, counts what became of it and answers where it belongs.
pub(crate) fn take(
    write: &mut Write<'_>,
    rules: &Rules,
    event: &ChannelEvent,
    now: Timestamp,
    intake: &mut Intake,
) -> Result<Space, VaultError> {
    if event.conversation.id.as_str().is_empty() {
        return of_account(write, rules, event, now, intake);
    }
    let conversation = rules.key(&place(event).conversation());
    let decisions = &mut intake.decisions;
    let space = classified(write, rules, decisions, &conversation, event)?;
    match space {
        Space::Work => {
            let new = if write.is_locked() {
                letterbox::take(write, rules, &conversation, event, now)?
            } else {
                work(write, rules, &conversation, event, now)?
            };
            if new {
                intake.report.work += 1;
                intake.conversations.insert(conversation);
            } else {
                intake.report.known += 1;
            }
            intake.queue |= matches!(event.body, EventBody::Status { .. });
        }
        Space::Undecided => {
            // Two events of one raw item differ by their position in it.
            let identity = format!("{}/{}", event.raw_digest, event.position);
            let value = encode("quarantine", event)?;
            write.quarantine_put(&conversation, identity.as_bytes(), &value, now.ms())?;
            intake.report.undecided += 1;
        }
        Space::Personal => intake.report.denied += 1,
    }
    Ok(space)
}

/// Where an event of a conversation belongs.
pub(crate) fn classified(
    read: &Read<'_>,
    rules: &Rules,
    decisions: &mut Decisions,
    conversation: &Key,
    event: &ChannelEvent,
) -> Result<Space, VaultError> {
    let bindings = decisions.on(read, conversation)?;
    Ok(classify(event, &rules.accounts, bindings, &rules.policy).space)
}

/// News of an account as a whole are control news: there is no chat in them that could be private.
fn of_account(
    write: &mut Write<'_>,
    rules: &Rules,
    event: &ChannelEvent,
    now: Timestamp,
    intake: &mut Intake,
) -> Result<Space, VaultError> {
    let account = AccountRef::of(event);
    let granted = rules
        .granted
        .iter()
        .any(|one| one.channel == account.channel && one.account == account.account);
    if !granted {
        intake.report.denied += 1;
        return Ok(Space::Personal);
    }
    match &event.body {
        EventBody::Account(change) => {
            let at = event.sent_at.unwrap_or(event.received_at);
            intake.account |= note_link(write, &account.account, change, at)?;
        }
        EventBody::Gap { from, to, why } if intake.decisions.accepts(&account) => {
            let (channel, account) = (&account.channel, &account.account);
            let mut letterbox = Letterbox::of_account(write, rules, channel, account, now)?;
            let record = letterbox.drafting().gap(account.as_str(), *from, *to, why);
            letterbox.record(record)?;
        }
        _ => {}
    }
    intake.report.ignored += 1;
    Ok(Space::Work)
}

/// What the channel last said of an account's link.
#[derive(Serialize, Deserialize)]
struct Link {
    broken: bool,
    at: Timestamp,
}

/// Notes whether an account's link works: on a broken one nothing is sent, and all that is mirrored stays. Channels
/// repeat and reorder their news, so older ones change nothing. Tells whether anything changed.
fn note_link(
    write: &mut Write<'_>,
    account: &AccountId,
    change: &AccountChange,
    at: Timestamp,
) -> Result<bool, VaultError> {
    let broken = match change.effect {
        AccountEffect::Disconnected => true,
        AccountEffect::Reconnected => false,
        AccountEffect::None | AccountEffect::Restricted => return Ok(false),
    };
    let mut links = links(write)?;
    let before = links.get(account);
    if before.is_some_and(|before| before.at > at) {
        return Ok(false);
    }
    let changed = before.is_some_and(|before| before.broken) != broken;
    links.insert(account.clone(), Link { broken, at });
    save(write, control::LINKS, &links)?;
    Ok(changed)
}

fn links(read: &Read<'_>) -> Result<BTreeMap<AccountId, Link>, VaultError> {
    Ok(load(read, control::LINKS)?.unwrap_or_default())
}

/// The accounts whose link is broken.
pub(crate) fn broken_links(read: &Read<'_>) -> Result<BTreeSet<AccountId>, VaultError> {
    let links = links(read)?.into_iter();
    Ok(links
        .filter(|(_, link)| link.broken)
        .map(|(account, _)| account)
        .collect())
}

/// What the employee decided, as far as one transaction asked: the accounts at once, a conversation when it first comes.
pub(crate) struct Decisions {
    bindings: Bindings,
    asked: BTreeSet<Key>,
}

impl Decisions {
    /// What was decided on accounts.
    pub(crate) fn load(read: &Read<'_>) -> Result<Self, VaultError> {
        let changes: Vec<BindingChange> = load(read, control::ACCOUNTS)?.unwrap_or_default();
        let mut bindings = Bindings::default();
        for change in &changes {
            bindings.apply(change);
        }
        Ok(Self {
            bindings,
            asked: BTreeSet::new(),
        })
    }

    /// What was decided on accounts and on this conversation.
    pub(crate) fn on(
        &mut self,
        read: &Read<'_>,
        conversation: &Key,
    ) -> Result<&Bindings, VaultError> {
        if self.asked.insert(conversation.clone())
            && let Some(bytes) = read.control(&binding_name(conversation))?
        {
            self.bindings.apply(&decode("binding", &bytes)?);
        }
        Ok(&self.bindings)
    }

    /// Takes in one more, which the caller stores.
    pub(crate) fn apply(&mut self, change: &BindingChange) -> Audit {
        self.bindings.apply(change)
    }

    /// Whether the employee accepted an account.
    pub(crate) fn accepts(&self, account: &AccountRef) -> bool {
        self.bindings.account(account).is_some()
    }
}

/// An event of a work conversation. Tells whether it brought anything new.
pub(crate) fn work(
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
            let key = desk.source_key(target);
            let opaque = opaque.as_deref().filter(|id| !id.is_empty());
            // A message that was sent with an id is here before its first status. If it is not, a reaction or a read mark
            // was sent: the status settles that send and tells of no message.
            let mut of_message = true;
            if let Some(id) = opaque.map(ClientMessageId::new) {
                desk.learn_alias(&id, target)?;
                of_message = desk.message_row(&key)?.is_some();
                desk.proven = Some((id, proof(*state, code.as_deref())));
            }
            of_message && desk.tell(&key, event)?
        }
        EventBody::Contact(change) => desk.contact(change, event)?,
        EventBody::Gap { from, to, why } => {
            let subject = conversation.as_str();
            let record = desk.drafting().gap(subject, *from, *to, why);
            desk.record(record)?
        }
        EventBody::Account(_) | EventBody::Unknown { .. } => false,
    };
    let proven = desk.proven.take();
    desk.close()?;
    if let Some((id, input)) = proven {
        outcome::settle(write, rules, id.as_str(), &input, now)?;
    }
    Ok(news)
}

/// What a status says about the message in the outbox.
pub(crate) fn proof(state: DeliveryState, code: Option<&str>) -> Input {
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
