//! The work on one conversation within one transaction: its messages, their names, what is recorded of them.

use crate::{
    rules::Rules,
    store::{ConversationValue, OutboxControl, Queued, decode, encode, lane_number, order},
    values::ConversationRef,
};
use companion_adapters::channel::whatsapp;
use companion_domain::{
    event::{
        ChannelEvent, ContactChange, ConversationKind, Direction, EventBody, Origin, PartyKey,
        PartyKind,
    },
    id::{ClientMessageId, Key, SourceId},
    key::{self, Keys, Place},
    message::{self, Message, News},
    mirror::Drafting,
    outbox::{Entry, Input, Lane, State},
    record::Record,
    time::Timestamp,
};
use companion_vault::{ConversationRow, MessageRow, VaultError, Write};
use serde_json::json;

/// How many characters of a message the inbox shows.
const PREVIEW: usize = 80;

/// The work on one conversation within one transaction.
pub(crate) struct Desk<'a, 'w> {
    write: &'a mut Write<'w>,
    rules: &'a Rules,
    row: ConversationRow,
    value: ConversationValue,
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
        let source = ConversationRef {
            channel: event.channel.clone(),
            account: event.account.clone(),
            conversation: event.conversation.id.clone(),
        };
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
        let (row, value) = match write.conversation(key)? {
            Some(row) => {
                let value = decode("conversation", &row.value)?;
                (row, value)
            }
            None => {
                let value = ConversationValue {
                    key: key.clone(),
                    source: source.clone(),
                    title: None,
                    preview: None,
                    contact: None,
                    peer: None,
                    customer_wrote_at: None,
                    customer_heard_at: None,
                };
                (
                    write.add_conversation(key, &encode("conversation", &value)?)?,
                    value,
                )
            }
        };
        Ok(Self {
            write,
            rules,
            row,
            value,
            now,
            touched: false,
            proven: None,
        })
    }

    /// Learns the customer's name and key from an event.
    fn meet(&mut self, event: &ChannelEvent) {
        if self.value.peer.is_none() && event.conversation.kind == ConversationKind::Group {
            let value = event.conversation.id.as_str().to_owned();
            self.value.peer = Some(PartyKey {
                kind: whatsapp::GROUP.into(),
                value,
            });
            self.touched = true;
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
            now: self.now,
            keys: self.rules,
        }
    }

    fn place(&self) -> Place<'_> {
        Place {
            channel: &self.value.source.channel,
            account: &self.value.source.account,
            conversation: &self.value.source.conversation,
        }
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
        if before.as_ref() != Some(&message) {
            let row = self.keep(row, &key, &message)?;
            if news.contains(&News::Created) {
                self.arrived(&row, &message);
            }
        }
        self.record_news(&message, &news)?;
        Ok(!news.is_empty())
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
        self.record_news(message, &[News::Created])
    }

    fn record_news(&mut self, message: &Message, news: &[News]) -> Result<(), VaultError> {
        for piece in news {
            let record = self.drafting().record(message, piece);
            self.record(record)?;
        }
        Ok(())
    }

    /// A new message moves the conversation up, counts as unread and shows in the list. History does none of these.
    fn arrived(&mut self, row: &MessageRow, message: &Message) {
        if message.origin == Origin::History && self.row.last > 0 {
            return;
        }
        self.row.last = self.row.last.max(row.id);
        self.touched = true;
        let text = message
            .current()
            .and_then(|content| content.text.as_deref());
        self.value.preview = text.map(|text| text.chars().take(PREVIEW).collect());
        if message.direction == Direction::Inbound && message.origin != Origin::History {
            self.row.unread += 1;
            self.value.customer_wrote_at = self.value.customer_wrote_at.max(message.sent_at);
            self.value.customer_heard_at = Some(self.now);
        }
    }

    /// Puts a record into the chain and the outbox, unless its key is there already.
    pub(crate) fn record(&mut self, record: Record) -> Result<bool, VaultError> {
        let entry = Entry::new(Lane::Mirror, self.now);
        let (_, due) = order(&entry);
        let control = OutboxControl {
            entry,
            what: Queued::Record(record.key.clone()),
        };
        let ledger = json!({
            "record": record.key,
            "what": format!("{} {}", record.kind, record.change),
            "conversation": record.conversation,
            "at": self.now,
        });
        let entry = encode("outbox", &control)?;
        let ledger = encode("ledger", &ledger)?;
        let taken = self
            .write
            .append_record(self.row.id, record, &entry, due, &ledger)?;
        Ok(taken.is_some())
    }

    /// The channel's id of one of our own messages: from now on both names mean the same.
    pub(crate) fn learn_alias(
        &mut self,
        own: &ClientMessageId,
        source: &SourceId,
    ) -> Result<(), VaultError> {
        let Some(row) = self.message_row(&self.own_key(own))? else {
            return Ok(());
        };
        let mut message: Message = decode("message", &row.value)?;
        if message.source_id.as_ref() == Some(source) {
            return Ok(());
        }
        let alias = self.source_key(source);
        if self.message_row(&alias)?.is_none() {
            self.write.add_alias(&alias, row.id)?;
        }
        message.source_id = Some(source.clone());
        let value = encode("message", &message)?;
        self.write.update_message(&MessageRow { value, ..row })
    }

    /// An echo of what was sent from here and whose answer has not come yet is that message, not a second one.
    pub(crate) fn own_echo(&mut self, event: &ChannelEvent) -> Result<Option<Key>, VaultError> {
        let (EventBody::Message { content, .. }, Direction::Outbound, Some(source)) =
            (&event.body, event.direction, &event.source_id)
        else {
            return Ok(None);
        };
        if self.message_row(&self.source_key(source))?.is_some() {
            return Ok(None);
        }
        for row in self.write.outbox(lane_number(Lane::Customer), 0, 200)? {
            let control: OutboxControl = decode("outbox", &row.entry)?;
            let awaits_proof = matches!(control.entry.state, State::Sending | State::Uncertain);
            let Some(queued) = control.what.message().filter(|_| awaits_proof) else {
                continue;
            };
            if queued.conversation != self.value.key {
                continue;
            }
            let own = self.own_key(&queued.client_message_id);
            let Some(row) = self.message_row(&own)? else {
                continue;
            };
            let message: Message = decode("message", &row.value)?;
            if message.source_id.is_none() && message.content.as_ref() == Some(content) {
                self.learn_alias(&queued.client_message_id, source)?;
                self.proven = Some((queued.client_message_id.clone(), Input::Confirmed));
                return Ok(Some(own));
            }
        }
        Ok(None)
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
            self.row.value = encode("conversation", &self.value)?;
            self.write.update_conversation(&self.row)?;
        }
        Ok(())
    }
}
