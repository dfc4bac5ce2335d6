//! The work on one conversation within one transaction: its messages, their names, what is recorded of them.

mod alias;

pub(crate) use alias::awaits_proof;

use crate::{
    rules::Rules,
    store::{ConversationValue, HeadValue, OutboxControl, Queued, decode, encode},
    values::{ConversationRef, LedgerEntry},
};
use companion_adapters::channel::whatsapp;
use companion_domain::{
    event::{
        ChannelEvent, ContactChange, ConversationKind, Direction, Origin, PartyKey, PartyKind,
    },
    id::{AccountId, ChannelId, ClientMessageId, Key, SourceId},
    key::{self, Keys, Place},
    message::{self, Message, News, Reaction},
    mirror::Drafting,
    outbox::{Entry, Input, Lane},
    record::Record,
    time::Timestamp,
};
use companion_vault::{ConversationRow, MessageRow, VaultError, Write};
use serde_json::json;
use std::{borrow::Cow, time::Duration};

/// How many characters of a message the inbox shows.
const PREVIEW: usize = 80;

/// The work on one conversation within one transaction.
pub(crate) struct Desk<'a, 'w> {
    write: &'a mut Write<'w>,
    rules: &'a Rules,
    row: ConversationRow,
    value: ConversationValue,
    head: HeadValue,
    now: Timestamp,
    touched: bool,
    /// A message in the outbox of which this event is the proof.
    pub(crate) proven: Option<(ClientMessageId, Input)>,
}

impl<'a, 'w> Desk<'a, 'w> {
    pub(crate) fn open(
        write: &'a mut Write<'w>,
        rules: &'a Rules,
        key: &Key,
        event: &ChannelEvent,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        let source = ConversationRef::of_event(event);
        let mut desk = Self::of(write, rules, key, &source, now)?;
        desk.meet(event);
        Ok(desk)
    }

    /// The desk of a conversation, which is opened if it is new.
    pub(crate) fn of(
        write: &'a mut Write<'w>,
        rules: &'a Rules,
        key: &Key,
        source: &ConversationRef,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        let row = match write.conversation(key)? {
            Some(row) => row,
            None => add(write, key, source)?,
        };
        Ok(Self {
            write,
            rules,
            value: decode("conversation", &row.value)?,
            head: HeadValue::read(&row.control)?,
            row,
            now,
            touched: false,
            proven: None,
        })
    }

    /// The desk of an account as a whole: of a conversation with an empty source id, as in the channel's own news of it.
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

    /// Learns the customer's name and key from an event. A group is nobody's: its speakers stand in its messages.
    fn meet(&mut self, event: &ChannelEvent) {
        if event.conversation.kind == ConversationKind::Group {
            let group = PartyKey {
                kind: whatsapp::GROUP.into(),
                value: event.conversation.id.as_str().to_owned(),
            };
            self.touched |= self.value.peer.is_none();
            self.value.peer.get_or_insert(group);
            return;
        }
        let parties = event.author.iter().chain(&event.recipients);
        for party in parties.filter(|party| party.kind == PartyKind::Customer) {
            if party.name.is_some() && self.value.title != party.name {
                self.value.title.clone_from(&party.name);
                self.touched = true;
            }
            if self.value.contact.is_none()
                && let Some(first) = party.keys.first()
            {
                self.value.contact = Some(self.rules.key(&key::contact(first)));
                self.value.peer.get_or_insert_with(|| first.clone());
                self.touched = true;
            }
        }
    }

    pub(crate) fn drafting(&self) -> Drafting<'_> {
        Drafting {
            channel: &self.value.source.channel,
            account: &self.value.source.account,
            source_conversation: &self.value.source.conversation,
            conversation: &self.value.key,
            contact: self.value.contact.as_ref(),
            unsend: self.rules.policy.mirror_unsend,
            now: self.now,
            keys: self.rules,
        }
    }

    fn place(&self) -> Place<'_> {
        self.value.source.place()
    }

    pub(crate) fn source_key(&self, id: &SourceId) -> Key {
        self.rules.key(&self.place().source_message(id))
    }

    pub(crate) fn own_key(&self, id: &ClientMessageId) -> Key {
        self.rules.key(&self.place().own_message(id))
    }

    pub(crate) fn message_key(&self, event: &ChannelEvent) -> Key {
        match &event.source_id {
            Some(id) => self.source_key(id),
            None => self
                .rules
                .key(&self.place().raw_message(event.raw_digest, event.position)),
        }
    }

    /// Applies the event to the message `key`, stores it and records the news.
    pub(crate) fn tell(&mut self, key: &Key, event: &ChannelEvent) -> Result<bool, VaultError> {
        let row = self.write.message(self.row.id, key)?;
        let known: Option<Message> = row
            .as_ref()
            .map(|row| decode("message", &row.value))
            .transpose()?;
        let before = known.clone();
        let key = known
            .as_ref()
            .map_or_else(|| key.clone(), |message| message.key.clone());
        let (message, news) = message::apply(known, &key, event);
        let Some(message) = message else {
            return Ok(false);
        };
        let kept = self.kept(&message);
        if before.as_ref() != Some(&kept) {
            let row = self.keep(row, &key, &kept)?;
            if news.contains(&News::Created) {
                self.arrived(&row, &kept);
            }
            self.show(&row, &kept);
        }
        self.record_news(&message, &news)?;
        Ok(!news.is_empty())
    }

    /// The account's own reaction, sent from here and taken by the channel.
    pub(crate) fn react(&mut self, target: &SourceId, emoji: &str) -> Result<(), VaultError> {
        let Some(row) = self.message_row(&self.source_key(target))? else {
            return Ok(());
        };
        let mut message: Message = decode("message", &row.value)?;
        let reaction = Reaction::own(emoji, self.now);
        message.reactions.push(reaction.clone());
        let value = encode("message", &message)?;
        self.write.update_message(&MessageRow { value, ..row })?;
        self.record_news(&message, &[News::Reacted(reaction)])
    }

    /// What the phone keeps of a message: all, unless the policy drops what its author took back.
    fn kept<'m>(&self, message: &'m Message) -> Cow<'m, Message> {
        if self.rules.policy.mirror_unsend.redacts(message) {
            Cow::Owned(message.redacted())
        } else {
            Cow::Borrowed(message)
        }
    }

    fn keep(
        &mut self,
        row: Option<MessageRow>,
        key: &Key,
        message: &Message,
    ) -> Result<MessageRow, VaultError> {
        let value = encode("message", message)?;
        match row {
            Some(row) => {
                let row = MessageRow { value, ..row };
                self.write.update_message(&row)?;
                Ok(row)
            }
            None => self.write.add_message(self.row.id, key, &value),
        }
    }

    /// Puts a message that was written here on the desk.
    pub(crate) fn written(&mut self, message: &Message) -> Result<(), VaultError> {
        let row = self.keep(None, &message.key, message)?;
        self.arrived(&row, message);
        self.show(&row, message);
        self.record_news(message, &[News::Created])
    }

    fn record_news(&mut self, message: &Message, news: &[News]) -> Result<(), VaultError> {
        for piece in news {
            let mut record = self.drafting().record(message, piece);
            if let (News::Created, Some(quoted)) = (piece, &message.reply_to) {
                record.reply_to = Some(self.known_key(quoted)?);
            }
            self.record(record)?;
        }
        Ok(())
    }

    /// The key under which a message of the channel is recorded: its own, or that of a message written here.
    fn known_key(&self, id: &SourceId) -> Result<Key, VaultError> {
        let key = self.source_key(id);
        match self.message_row(&key)? {
            Some(row) => decode::<Message>("message", &row.value).map(|message| message.key),
            None => Ok(key),
        }
    }

    /// A new message moves the conversation up and counts as unread; history does neither. An answer means that the
    /// employee read what was there.
    fn arrived(&mut self, row: &MessageRow, message: &Message) {
        self.touched = true;
        let (old, inbound) = (
            message.origin == Origin::History,
            message.direction == Direction::Inbound,
        );
        if inbound {
            let heard = (!old).then_some(self.now);
            self.head.customer_wrote(message.sent_at, heard);
        }
        if old {
            return;
        }
        self.row.last = self.row.last.max(row.id);
        if inbound {
            self.row.unread += 1;
        } else {
            self.row.unread = 0;
        }
    }

    /// The list shows what the newest message says now, and of one that was removed nothing.
    fn show(&mut self, row: &MessageRow, message: &Message) {
        if row.id != self.row.last {
            return;
        }
        let content = message.current().filter(|_| message.deletion.is_none());
        let text = content.and_then(|content| content.text.as_deref());
        let preview = text.map(|text| text.chars().take(PREVIEW).collect());
        self.touched |= self.value.preview != preview;
        self.value.preview = preview;
    }

    /// The employee read what is there.
    pub(crate) fn read(&mut self) {
        self.touched |= self.row.unread > 0;
        self.row.unread = 0;
    }

    /// Puts a record into the chain and the outbox, unless its key is there already.
    pub(crate) fn record(&mut self, record: Record) -> Result<bool, VaultError> {
        put(self.write, self.row.id, record, self.now)
    }

    /// Records what the employee decided. A decision within the millisecond of another one takes the next that is free,
    /// since a key never gets other content (formats.md 1).
    pub(crate) fn decided(&mut self, word: &str) -> Result<(), VaultError> {
        while !self.record(self.drafting().binding(word))? {
            self.now = self.now + Duration::from_millis(1);
        }
        Ok(())
    }

    pub(crate) fn contact(
        &mut self,
        change: &ContactChange,
        event: &ChannelEvent,
    ) -> Result<bool, VaultError> {
        let at = event.sent_at.unwrap_or(event.received_at);
        match change {
            // A phone book names a conversation that is already work and is mirrored nowhere.
            ContactChange::Upsert(party) => {
                if party.name.is_some() && self.value.title != party.name {
                    self.value.title.clone_from(&party.name);
                    self.touched = true;
                }
                Ok(false)
            }
            ContactChange::Remove(_) => Ok(false),
            ContactChange::KeyChanged { old, new } => {
                if self.value.peer.as_ref() == Some(old) {
                    self.value.peer = Some(new.clone());
                    self.touched = true;
                }
                let subject = self.rules.key(&key::contact(old));
                let mut details = serde_json::Map::new();
                details.insert("old".into(), json!(subject));
                details.insert("new".into(), json!(self.rules.key(&key::contact(new))));
                let record = self
                    .drafting()
                    .contact(&subject, "key_changed", at, details);
                self.record(record)
            }
            ContactChange::IdentityChanged(party) => {
                let Some(first) = party.keys.first() else {
                    return Ok(false);
                };
                let subject = self.rules.key(&key::contact(first));
                let details = serde_json::Map::new();
                let record = self
                    .drafting()
                    .contact(&subject, "identity_changed", at, details);
                self.record(record)
            }
        }
    }

    pub(crate) fn message_row(&self, key: &Key) -> Result<Option<MessageRow>, VaultError> {
        self.write.message(self.row.id, key)
    }

    pub(crate) fn update_row(&mut self, row: &MessageRow) -> Result<(), VaultError> {
        self.write.update_message(row)
    }

    pub(crate) fn close(mut self) -> Result<(), VaultError> {
        if self.touched {
            let peer = self.value.peer.as_ref();
            self.head.peer = peer.map(|peer| self.rules.key(&key::contact(peer)));
            self.row.control = encode("conversation", &self.head)?;
            self.row.value = encode("conversation", &self.value)?;
            self.write.update_conversation(&self.row)?;
        }
        Ok(())
    }
}

/// A new conversation, of which no more is known than its place.
pub(crate) fn add(
    write: &mut Write<'_>,
    key: &Key,
    source: &ConversationRef,
) -> Result<ConversationRow, VaultError> {
    let head = encode("conversation", &HeadValue::new(source))?;
    let value = encode("conversation", &ConversationValue::new(key, source))?;
    write.add_conversation(key, &head, &value)
}

/// Puts a record of the conversation with the number `conversation` into the chain and the outbox, unless its key is there
/// already.
pub(crate) fn put(
    write: &mut Write<'_>,
    conversation: i64,
    record: Record,
    now: Timestamp,
) -> Result<bool, VaultError> {
    let control = OutboxControl {
        entry: Entry::new(Lane::Mirror, now),
        what: Queued::Record(record.key.clone()),
        tried: false,
    };
    let ledger = LedgerEntry {
        record: record.key.clone(),
        what: format!("{} {}", record.kind, record.change),
        conversation: record.conversation.clone(),
        at: now,
    };
    let entry = encode("outbox", &control)?;
    let ledger = encode("ledger", &ledger)?;
    let taken = write.append_record(conversation, record, &entry, now.ms(), &ledger)?;
    Ok(taken.is_some())
}
