//! A conversation of a locked phone: what arrives, is answered or is settled is kept for who unlocks, and mirrored at once.
//!
//! Nothing that is stored can be read here, so a record is drafted from what arrives alone. It has the key that the open
//! conversation would give it: when the letterbox is emptied into the conversation, the record is there already. What
//! cannot be drafted so (a change of a contact) is recorded then.

mod empty;
mod take;

pub(crate) use empty::empty;
pub(crate) use take::{take, told, written};

use super::{
    desk::{self, awaits_proof},
    outcome::Told,
};
use crate::{
    rules::Rules,
    store::{AnswerTo, HeadValue, customer_lane, decode, encode},
    values::ConversationRef,
};
use companion_adapters::channel::whatsapp;
use companion_domain::{
    event::{
        ChannelEvent, ConversationKind, DeliveryState, Direction, EventBody, Origin, PartyKey,
        PartyKind,
    },
    id::{AccountId, ChannelId, ClientMessageId, Key, SourceId},
    key::{self, Keys},
    message::{self, Delivery, Message, News},
    mirror::Drafting,
    outbound::OutboundMessage,
    policy::MirrorUnsend,
    record::Record,
    time::Timestamp,
};
use companion_vault::{ConversationHead, VaultError, Write};
use serde::{Deserialize, Serialize};

/// What waits for the unlock.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Arrival {
    /// The channel's news.
    Event(ChannelEvent),
    /// A message that was written here.
    Written(Message),
    /// What became of a message that was sent from here.
    Told(Told),
}

/// An arrival and when it came.
#[derive(Serialize, Deserialize)]
struct Kept {
    at: Timestamp,
    what: Arrival,
}

/// A conversation that cannot be read now.
pub(crate) struct Letterbox<'a, 'w> {
    write: &'a mut Write<'w>,
    rules: &'a Rules,
    key: Key,
    row: ConversationHead,
    head: HeadValue,
    source: ConversationRef,
    contact: Option<Key>,
    now: Timestamp,
}

impl<'a, 'w> Letterbox<'a, 'w> {
    /// The letterbox of a conversation, which is opened if it is new.
    pub(crate) fn of(
        write: &'a mut Write<'w>,
        rules: &'a Rules,
        key: &Key,
        source: &ConversationRef,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        let row = match write.conversation_head(key)? {
            Some(row) => row,
            None => {
                let row = desk::add(write, key, source)?;
                let (id, control) = (row.id, row.control);
                ConversationHead { id, control }
            }
        };
        Ok(Self {
            write,
            rules,
            key: key.clone(),
            head: HeadValue::read(&row.control)?,
            row,
            source: source.clone(),
            contact: None,
            now,
        })
    }

    /// That of an account as a whole: of a conversation with an empty source id, as in the channel's own news of it.
    pub(crate) fn of_account(
        write: &'a mut Write<'w>,
        rules: &'a Rules,
        channel: &ChannelId,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        let source = ConversationRef::of_account(channel, account);
        let key = rules.key(&source.place().conversation());
        Self::of(write, rules, &key, &source, now)
    }

    pub(crate) fn drafting(&self) -> Drafting<'_> {
        Drafting {
            channel: &self.source.channel,
            account: &self.source.account,
            source_conversation: &self.source.conversation,
            conversation: &self.key,
            contact: self.contact.as_ref(),
            unsend: self.rules.policy.mirror_unsend,
            now: self.now,
            keys: self.rules,
        }
    }

    /// Puts a record into the chain and the outbox, unless its key is there already.
    pub(crate) fn record(&mut self, record: Record) -> Result<bool, VaultError> {
        desk::put(self.write, self.row.id, record, self.now)
    }

    /// Learns from an event whom an answer goes to. If the conversation has somebody else for that, a number that changed, only
    /// who can read it may answer.
    fn meet(&mut self, event: &ChannelEvent) {
        let (mut contact, mut peer) = (None, None);
        if event.conversation.kind == ConversationKind::Group {
            peer = Some(PartyKey {
                kind: whatsapp::GROUP.into(),
                value: event.conversation.id.as_str().to_owned(),
            });
        } else {
            let mut parties = event.author.iter().chain(&event.recipients);
            let customer = parties.find(|party| party.kind == PartyKind::Customer);
            if let Some(first) = customer.and_then(|party| party.keys.first()) {
                contact = Some(self.rules.key(&key::contact(first)));
                peer = Some(first.clone());
            }
        }
        if let Some(known) = &mut self.head.answer_to {
            self.contact = known.contact.clone().or(contact);
            known.contact.clone_from(&self.contact);
            known.peer = known.peer.take().or(peer);
            return;
        }
        self.contact = contact;
        let found = peer.as_ref().map(|peer| self.contact_key(peer));
        if self.head.peer.is_none() || self.head.peer == found {
            self.answer_to(peer);
        }
    }

    /// A customer's number or id became another one.
    fn moved(&mut self, old: &PartyKey, new: &PartyKey) {
        let answers = self.head.answer_to.as_ref();
        let before = answers.and_then(|to| to.peer.as_ref()) == Some(old);
        if before || self.head.peer == Some(self.contact_key(old)) {
            self.head.peer = Some(self.contact_key(new));
            self.answer_to(Some(new.clone()));
        }
    }

    fn answer_to(&mut self, peer: Option<PartyKey>) {
        self.head.answer_to = Some(AnswerTo {
            source: self.source.clone(),
            contact: self.contact.clone(),
            peer,
        });
    }

    fn contact_key(&self, party: &PartyKey) -> Key {
        self.rules.key(&key::contact(party))
    }

    /// The key under which a message of the channel is recorded: its own, or that of a message written here.
    fn key_of(&self, id: &SourceId) -> Result<Key, VaultError> {
        let key = self.rules.key(&self.source.place().source_message(id));
        let known = self.write.known(self.row.id, &key)?;
        Ok(known.and_then(|known| known.own).unwrap_or(key))
    }

    /// The key of a message that something is told of, perhaps before anybody knows whose id that is.
    fn target(&mut self, id: &SourceId) -> Result<Key, VaultError> {
        let key = self.key_of(id)?;
        self.write.note_key(self.row.id, &key)?;
        Ok(key)
    }

    /// The key of a message that was written here, if it is one and not a reaction or a read mark.
    fn key_of_own(&self, id: &ClientMessageId) -> Result<Option<Key>, VaultError> {
        let key = self.rules.key(&self.source.place().own_message(id));
        let known = self.write.known(self.row.id, &key)?;
        Ok(known.map(|_| key))
    }

    /// An echo of what was sent from here and whose answer has not come yet is that message, not a second one.
    fn own_echo(
        &self,
        event: &ChannelEvent,
    ) -> Result<Option<(ClientMessageId, Key, SourceId)>, VaultError> {
        let (EventBody::Message { content, .. }, Direction::Outbound, Some(source)) =
            (&event.body, event.direction, &event.source_id)
        else {
            return Ok(None);
        };
        let alias = self.rules.key(&self.source.place().source_message(source));
        let known = self.write.known(self.row.id, &alias)?;
        if known.is_some_and(|known| known.recorded || known.own.is_some()) {
            return Ok(None);
        }
        for (row, control) in customer_lane(self.write)? {
            let awaits = awaits_proof(&control);
            let Some(queued) = control.what.message().filter(|_| awaits) else {
                continue;
            };
            let Some(own) = queued
                .key
                .as_ref()
                .filter(|_| queued.conversation == self.key)
            else {
                continue;
            };
            let command: OutboundMessage = decode("outbox", &self.write.outbox_payload(row.id)?)?;
            let written = Message::written(own, &command, self.now);
            if written.is_some_and(|written| written.content.as_ref() == Some(content)) {
                let name = queued.client_message_id.clone();
                return Ok(Some((name, own.clone(), source.clone())));
            }
        }
        Ok(None)
    }

    fn message_key(&self, event: &ChannelEvent) -> Result<Key, VaultError> {
        match &event.source_id {
            Some(id) => self.key_of(id),
            None => {
                let raw = self
                    .source
                    .place()
                    .raw_message(event.raw_digest, event.position);
                Ok(self.rules.key(&raw))
            }
        }
    }

    fn keep(&mut self, what: Arrival) -> Result<(), VaultError> {
        let at = self.now;
        let value = encode("arrivals", &Kept { at, what })?;
        self.write.add_arrival(self.row.id, &value)
    }

    /// Records what the event says of the message `key`, and tells whether any of it is new.
    fn tell(&mut self, key: &Key, event: &ChannelEvent) -> Result<bool, VaultError> {
        let (Some(message), news) = message::apply(None, key, event) else {
            return Ok(false);
        };
        let deletion = self.write.record_seen(self.row.id, &key::deletion(key))?;
        let redacted = deletion && self.rules.policy.mirror_unsend == MirrorUnsend::Redact;
        let mut any = false;
        for piece in &news {
            if redacted && matches!(piece, News::Created | News::Edited(_)) {
                // How much of it may be recorded only the conversation knows.
                any = true;
                continue;
            }
            let mut record = self.drafting().record(&message, piece);
            if let (News::Created, Some(quoted)) = (piece, &message.reply_to) {
                record.reply_to = Some(self.key_of(quoted)?);
            }
            let new = self.record(record)?;
            any |= new;
            if new && *piece == News::Created && message.direction == Direction::Inbound {
                let heard = (message.origin != Origin::History).then_some(self.now);
                self.head.customer_wrote(message.sent_at, heard);
            }
        }
        Ok(any)
    }

    /// Learns that the channel calls the message `own` by `source`. A `link` says so where anything was told of that name
    /// before; it has the key that the merging of both gives it after the unlock.
    fn learn(&mut self, own: &Key, source: &SourceId) -> Result<(), VaultError> {
        let alias = self.rules.key(&self.source.place().source_message(source));
        let known = self.write.known(self.row.id, &alias)?;
        if known.as_ref().is_some_and(|known| known.own.is_some()) {
            return Ok(());
        }
        self.write.note_alias(self.row.id, &alias, own)?;
        if known.is_some() {
            let link = self.drafting().link(&alias, own);
            self.record(link)?;
        }
        Ok(())
    }

    /// Records how far the message `own` came, unless it is known to have come further.
    fn deliver(&mut self, own: &Key, delivery: &Delivery) -> Result<(), VaultError> {
        for state in DeliveryState::ALL {
            let record = self.rules.key(&key::status(own, state));
            if state >= delivery.state && self.write.record_seen(self.row.id, &record)? {
                return Ok(());
            }
        }
        let record = self.drafting().delivered(own, delivery);
        self.record(record).map(drop)
    }

    fn close(mut self) -> Result<(), VaultError> {
        let control = encode("conversation", &self.head)?;
        if control != self.row.control {
            self.row.control = control;
            self.write.update_conversation_head(&self.row)?;
        }
        Ok(())
    }
}
