//! Conversations and their messages, under `D`; how many there must be, under `T`.

use crate::{
    db,
    error::VaultError,
    known::KNOWN,
    seal::Spot,
    transaction::{Read, Write},
};
use companion_domain::id::Key;
use rusqlite::params;

const CONVERSATIONS: &str = "conversations";
const MESSAGES: &str = "messages";

/// A conversation. What is not here, the engine keeps in `value`.
#[derive(Clone, PartialEq, Eq)]
pub struct ConversationRow {
    /// The number that stands for it in all tables; never given twice.
    pub id: i64,
    /// The id of its newest message; for a new one a number of the same counter.
    pub last: i64,
    /// How many messages were not read.
    pub unread: u32,
    /// The engine's control value, under `T`; empty if there is none.
    pub control: Vec<u8>,
    /// The engine's value, under `D`.
    pub value: Vec<u8>,
}

/// What a locked phone can read of a conversation.
#[derive(Clone, PartialEq, Eq)]
pub struct ConversationHead {
    /// Its number.
    pub id: i64,
    /// The engine's control value; empty if there is none.
    pub control: Vec<u8>,
}

/// A message.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// The order of arrival; never given twice.
    pub id: i64,
    /// Its conversation's number.
    pub conversation: i64,
    /// Its number in the conversation, from 1 upwards; never given twice.
    pub seq: u64,
    /// The engine's value.
    pub value: Vec<u8>,
}

impl Read<'_> {
    /// The conversation with this key.
    ///
    /// # Errors
    /// `Corrupt` if it does not open in its place.
    pub fn conversation(&self, key: &Key) -> Result<Option<ConversationRow>, VaultError> {
        let sql = "SELECT id, last, unread, control, value FROM conversations WHERE key = ?";
        let row = db::row(self.work, CONVERSATIONS, sql, [self.conversation_key(key)])?;
        row.map(|row| self.open_conversation(row)).transpose()
    }

    /// What a locked phone can read of the conversation with this key.
    ///
    /// # Errors
    /// `Corrupt` if it does not open in its place.
    pub fn conversation_head(&self, key: &Key) -> Result<Option<ConversationHead>, VaultError> {
        let sql = "SELECT id, control FROM conversations WHERE key = ?";
        let row = db::row(self.work, CONVERSATIONS, sql, [self.conversation_key(key)])?;
        row.map(|(id, sealed): (i64, Option<Vec<u8>>)| {
            let control = self.open_control(id, sealed)?;
            Ok(ConversationHead { id, control })
        })
        .transpose()
    }

    /// The conversation with this number.
    ///
    /// # Errors
    /// `Corrupt` if it does not open in its place.
    pub fn conversation_row(&self, id: i64) -> Result<Option<ConversationRow>, VaultError> {
        let sql = "SELECT id, last, unread, control, value FROM conversations WHERE id = ?";
        let row = db::row(self.work, CONVERSATIONS, sql, [id])?;
        row.map(|row| self.open_conversation(row)).transpose()
    }

    /// Up to `limit` conversations, newest activity first, from those whose `last` is below `before_last`.
    ///
    /// # Errors
    /// `Corrupt` if one does not open in its place.
    pub fn inbox(
        &self,
        before_last: Option<i64>,
        limit: u32,
    ) -> Result<Vec<ConversationRow>, VaultError> {
        let sql = "SELECT id, last, unread, control, value FROM conversations WHERE last < ?
            ORDER BY last DESC LIMIT ?";
        let before = before_last.unwrap_or(i64::MAX);
        db::rows(self.work, CONVERSATIONS, sql, params![before, limit])?
            .into_iter()
            .map(|row| self.open_conversation(row))
            .collect()
    }

    /// The message with this key or alias, in its conversation.
    ///
    /// # Errors
    /// `Corrupt` if it does not open in its place.
    pub fn message(&self, conversation: i64, key: &Key) -> Result<Option<MessageRow>, VaultError> {
        let sql = "SELECT m.id, m.conversation, m.seq, m.value
            FROM known k JOIN messages m ON m.id = k.message WHERE k.conversation = ? AND k.key = ?";
        let params = params![conversation, self.known_key(key)];
        let row = db::row(self.work, MESSAGES, sql, params)?;
        row.map(|row| self.open_message(row)).transpose()
    }

    /// Up to `limit` messages of a conversation, newest first, from those before `before_seq`.
    ///
    /// # Errors
    /// `Corrupt` if one does not open in its place.
    pub fn messages(
        &self,
        conversation: i64,
        before_seq: Option<u64>,
        limit: u32,
    ) -> Result<Vec<MessageRow>, VaultError> {
        let sql = "SELECT id, conversation, seq, value FROM messages
            WHERE conversation = ? AND seq < ? ORDER BY seq DESC LIMIT ?";
        let before = before_seq.map_or(i64::MAX, u64::cast_signed);
        db::rows(
            self.work,
            MESSAGES,
            sql,
            params![conversation, before, limit],
        )?
        .into_iter()
        .map(|row| self.open_message(row))
        .collect()
    }

    /// Compares a conversation with its sealed counts: a row that somebody deleted from the file shows here.
    ///
    /// # Errors
    /// `Corrupt` if messages are missing or too many, `Conflict` if there is no such conversation.
    pub fn check_conversation(&self, id: i64) -> Result<(), VaultError> {
        let counts = self.counts(id)?;
        let sql = "SELECT count(*), ifnull(max(seq), 0) FROM messages WHERE conversation = ?";
        let found: Option<(i64, i64)> = db::row(self.work, MESSAGES, sql, [id])?;
        // The newest may have been merged into another, so the last number given need not be there.
        let whole = found.is_some_and(|(messages, newest)| {
            messages == counts.messages.cast_signed() && newest <= counts.last_seq.cast_signed()
        });
        if !whole {
            return Err(VaultError::Corrupt { place: MESSAGES });
        }
        Ok(())
    }

    pub(crate) fn counts(&self, conversation: i64) -> Result<Counts, VaultError> {
        let sql = "SELECT counts FROM conversations WHERE id = ?";
        let (sealed,): (Vec<u8>,) = db::row(self.work, CONVERSATIONS, sql, [conversation])?.ok_or(
            VaultError::Conflict {
                place: CONVERSATIONS,
            },
        )?;
        let plain = self.seals.t.open(&counts_spot(conversation), &sealed)?;
        Counts::from_bytes(&plain).ok_or(VaultError::Corrupt {
            place: CONVERSATIONS,
        })
    }

    fn conversation_key(&self, key: &Key) -> [u8; 16] {
        let value = key.as_str().as_bytes();
        self.seals.hash("conversations.key", value)
    }

    fn open_conversation(
        &self,
        (id, last, unread, control, sealed): (i64, i64, u32, Option<Vec<u8>>, Vec<u8>),
    ) -> Result<ConversationRow, VaultError> {
        let value = self.seals.content.open(&value_spot(id), &sealed)?;
        Ok(ConversationRow {
            id,
            last,
            unread,
            control: self.open_control(id, control)?,
            value,
        })
    }

    fn open_control(&self, id: i64, sealed: Option<Vec<u8>>) -> Result<Vec<u8>, VaultError> {
        let open = |sealed: Vec<u8>| self.seals.t.open(&control_spot(id), &sealed);
        Ok(sealed.map(open).transpose()?.unwrap_or_default())
    }

    fn open_message(
        &self,
        (id, conversation, seq, sealed): (i64, i64, i64, Vec<u8>),
    ) -> Result<MessageRow, VaultError> {
        let seq = seq.cast_unsigned();
        let spot = Spot::message(id, conversation, seq);
        let value = self.seals.content.open(&spot, &sealed)?;
        Ok(MessageRow {
            id,
            conversation,
            seq,
            value,
        })
    }
}

impl Write<'_> {
    /// Adds a conversation without messages. It stands first in the inbox.
    ///
    /// # Errors
    /// `Conflict` if the key is taken.
    pub fn add_conversation(
        &mut self,
        key: &Key,
        control: &[u8],
        value: &[u8],
    ) -> Result<ConversationRow, VaultError> {
        let id = self.ids.take(CONVERSATIONS);
        let last = self.ids.take(MESSAGES);
        let counts = self.seal_counts(id, &Counts::default())?;
        let sealed_control = self.seals.t.seal(&control_spot(id), control)?;
        let sealed = self.seals.content.seal(&value_spot(id), value)?;
        let sql = "INSERT INTO conversations (id, key, last, unread, counts, control, value)
            VALUES (?, ?, ?, 0, ?, ?, ?)";
        let key = self.conversation_key(key);
        let params = params![id, key, last, counts, sealed_control, sealed];
        db::change_one(self.work, CONVERSATIONS, sql, params)?;
        Ok(ConversationRow {
            id,
            last,
            unread: 0,
            control: control.to_vec(),
            value: value.to_vec(),
        })
    }

    /// Writes what a locked phone can read of a conversation.
    ///
    /// # Errors
    /// `Conflict` if there is no such conversation.
    pub fn update_conversation_head(&mut self, head: &ConversationHead) -> Result<(), VaultError> {
        let control = self.seals.t.seal(&control_spot(head.id), &head.control)?;
        let sql = "UPDATE conversations SET control = ? WHERE id = ?";
        db::change_one(self.work, CONVERSATIONS, sql, params![control, head.id])
    }

    /// Writes a conversation's `last`, `unread`, `control` and `value`.
    ///
    /// # Errors
    /// `Conflict` if there is no such conversation.
    pub fn update_conversation(&mut self, row: &ConversationRow) -> Result<(), VaultError> {
        let control = self.seals.t.seal(&control_spot(row.id), &row.control)?;
        let sealed = self.seals.content.seal(&value_spot(row.id), &row.value)?;
        let sql =
            "UPDATE conversations SET last = ?, unread = ?, control = ?, value = ? WHERE id = ?";
        let params = params![row.last, row.unread, control, sealed, row.id];
        db::change_one(self.work, CONVERSATIONS, sql, params)
    }

    /// Adds a message at the end of its conversation, whose `last` and `unread` stay the caller's to update.
    ///
    /// # Errors
    /// `Conflict` if there is no such conversation or the key is a message's or an alias already.
    pub fn add_message(
        &mut self,
        conversation: i64,
        key: &Key,
        value: &[u8],
    ) -> Result<MessageRow, VaultError> {
        let mut counts = self.counts(conversation)?;
        counts.messages += 1;
        counts.last_seq += 1;
        let (id, seq) = (self.ids.take(MESSAGES), counts.last_seq.cast_signed());
        let spot = Spot::message(id, conversation, counts.last_seq);
        let sealed = self.seals.content.seal(&spot, value)?;
        let sql = "INSERT INTO messages (id, conversation, seq, value) VALUES (?, ?, ?, ?)";
        let params = params![id, conversation, seq, sealed];
        db::change_one(self.work, MESSAGES, sql, params)?;
        self.know_message(conversation, key, id)?;
        self.set_counts(conversation, &counts)?;
        Ok(MessageRow {
            id,
            conversation,
            seq: counts.last_seq,
            value: value.to_vec(),
        })
    }

    /// Writes a message's `value`.
    ///
    /// # Errors
    /// `Conflict` if there is no such message.
    pub fn update_message(&mut self, row: &MessageRow) -> Result<(), VaultError> {
        let spot = Spot::message(row.id, row.conversation, row.seq);
        let sealed = self.seals.content.seal(&spot, &row.value)?;
        let sql = "UPDATE messages SET value = ? WHERE id = ? AND conversation = ? AND seq = ?";
        let params = params![sealed, row.id, row.conversation, row.seq.cast_signed()];
        db::change_one(self.work, MESSAGES, sql, params)
    }

    /// Ends a message that turned out to be another one: its row goes, and `alias`, by which it was known, means `into`,
    /// whose key is `own`, from now on. Neither its id nor its number in the conversation is given again. `last` and `unread` of the
    /// conversation stay the caller's to update.
    ///
    /// # Errors
    /// `Conflict` if there is no such message or it is not known by `alias`.
    pub fn merge_message(
        &mut self,
        from: &MessageRow,
        alias: &Key,
        into: &MessageRow,
        own: &Key,
    ) -> Result<(), VaultError> {
        let mut counts = self.counts(from.conversation)?;
        counts.messages = counts.messages.saturating_sub(1);
        let hash = self.known_key(alias);
        let own = self.seal_own(from.conversation, hash, own)?;
        let sql = "UPDATE known SET message = ?, own = ?
            WHERE conversation = ? AND key = ? AND message = ?";
        let params = params![into.id, own, from.conversation, hash, from.id];
        db::change_one(self.work, KNOWN, sql, params)?;
        let sql = "DELETE FROM messages WHERE id = ?";
        db::change_one(self.work, MESSAGES, sql, [from.id])?;
        self.set_counts(from.conversation, &counts)
    }

    pub(crate) fn set_counts(
        &mut self,
        conversation: i64,
        counts: &Counts,
    ) -> Result<(), VaultError> {
        let sealed = self.seal_counts(conversation, counts)?;
        let sql = "UPDATE conversations SET counts = ? WHERE id = ?";
        db::change_one(self.work, CONVERSATIONS, sql, params![sealed, conversation])
    }

    fn seal_counts(&self, conversation: i64, counts: &Counts) -> Result<Vec<u8>, VaultError> {
        let spot = counts_spot(conversation);
        self.seals.t.seal(&spot, &counts.to_bytes())
    }
}

/// What a conversation must hold.
#[derive(Default)]
pub(crate) struct Counts {
    messages: u64,
    last_seq: u64,
    /// How many of the chain's records are of this conversation.
    pub(crate) records: u64,
}

impl Counts {
    fn to_bytes(&self) -> Vec<u8> {
        [self.messages, self.last_seq, self.records]
            .map(u64::to_be_bytes)
            .concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let ([messages, last_seq, records], []) = bytes.as_chunks::<8>() else {
            return None;
        };
        Some(Self {
            messages: u64::from_be_bytes(*messages),
            last_seq: u64::from_be_bytes(*last_seq),
            records: u64::from_be_bytes(*records),
        })
    }
}

fn value_spot(conversation: i64) -> Spot {
    Spot::row("conversations.value", conversation)
}

fn control_spot(conversation: i64) -> Spot {
    Spot::row("conversations.control", conversation)
}

fn counts_spot(conversation: i64) -> Spot {
    Spot::row("conversations.counts", conversation)
}
