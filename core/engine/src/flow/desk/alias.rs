//! One message under two names: the key under which it was written here, and the one that the channel's id makes.

use super::Desk;
use crate::store::{OutboxControl, customer_lane, decode};
use companion_domain::{
    event::{ChannelEvent, Direction, EventBody, Origin},
    id::{ClientMessageId, Key, SourceId},
    message::{self, Message},
    outbox::{Input, State},
};
use companion_vault::{MessageRow, VaultError};

/// How many messages are read at once in search of the newest.
const PAGE: u32 = 20;

impl Desk<'_, '_> {
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
        message.source_id = Some(source.clone());
        let alias = self.source_key(source);
        match self.message_row(&alias)? {
            None => self.write.add_alias(self.row.id, &alias, &message.key)?,
            Some(other) if other.id == row.id => {}
            Some(other) => {
                let told: Message = decode("message", &other.value)?;
                // Another message that was written here stays one, even if its copy was taken for this one's.
                if told.client_message_id.is_none() {
                    return self.merge(row, message, &alias, &other, told);
                }
            }
        }
        self.keep(Some(row), &message.key, &message).map(drop)
    }

    /// What was told of a message under the channel's id, before anybody knew whose id that is, is told of `message`. The
    /// mirror has records of it under the key `alias` and keeps them: a `link` says which message they concern, and each
    /// version is recorded once more under the key that stays, where removals and later versions look for it.
    fn merge(
        &mut self,
        row: MessageRow,
        mut message: Message,
        alias: &Key,
        other: &MessageRow,
        told: Message,
    ) -> Result<(), VaultError> {
        self.write.merge_message(other, alias, &row, &message.key)?;
        let news = message::merge(&mut message, told);
        let kept = self.kept(&message);
        let row = self.keep(Some(row), &message.key, &kept)?;
        if self.row.last == other.id {
            self.show_newest()?;
        }
        self.show(&row, &kept);
        let link = self.drafting().link(alias, &message.key);
        self.record(link)?;
        self.record_news(&message, &news)
    }

    /// Looks for the newest message again, after the one that was it went.
    fn show_newest(&mut self) -> Result<(), VaultError> {
        let mut before = None;
        loop {
            let rows = self.write.messages(self.row.id, before, PAGE)?;
            let Some(oldest) = rows.last() else {
                return Ok(());
            };
            before = Some(oldest.seq);
            for row in &rows {
                let message: Message = decode("message", &row.value)?;
                if message.content.is_some() && message.origin != Origin::History {
                    self.row.last = row.id;
                    self.touched = true;
                    self.show(row, &message);
                    return Ok(());
                }
            }
        }
    }

    /// An echo of what was sent from here and whose answer has not come yet is that message, not a second one.
    pub(crate) fn own_echo(&mut self, event: &ChannelEvent) -> Result<Option<Key>, VaultError> {
        let (EventBody::Message { content, .. }, Direction::Outbound, Some(source)) =
            (&event.body, event.direction, &event.source_id)
        else {
            return Ok(None);
        };
        if let Some(row) = self.message_row(&self.source_key(source))? {
            let known: Message = decode("message", &row.value)?;
            if known.content.is_some() {
                return Ok(None);
            }
        }
        for (_, control) in customer_lane(self.write)? {
            let awaits = awaits_proof(&control);
            let Some(queued) = control.what.message().filter(|_| awaits) else {
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
}

/// Whether an echo of what waits may come before its answer.
pub(crate) fn awaits_proof(control: &OutboxControl) -> bool {
    match control.entry.state {
        State::Sending | State::Uncertain => true,
        State::Queued | State::Held(_) => control.tried,
        State::Delivered | State::Stuck(_) | State::Discarded => false,
    }
}
