//! What the employee sends: one command per message, named before its first attempt.

use crate::{
    event::PartyKey,
    id::{AccountId, ChannelId, ClientMessageId, SourceConversationId, SourceId},
};
use serde::{Deserialize, Serialize};

/// A message to a customer, as it waits in the outbox and goes to the gateway's poster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutboundMessage {
    /// UUIDv7, made before the first attempt; the gateway takes each once.
    pub client_message_id: ClientMessageId,
    /// The channel.
    pub channel: ChannelId,
    /// The company's identity on it.
    pub account: AccountId,
    /// The conversation.
    pub conversation: SourceConversationId,
    /// Whom it goes to.
    pub to: PartyKey,
    /// What it says.
    pub content: OutboundContent,
}

/// What an outbound message says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OutboundContent {
    /// Text, as a reply if `reply_to` is there.
    Text {
        /// The text.
        text: String,
        /// The message it quotes.
        reply_to: Option<SourceId>,
    },
    /// A reaction; an empty emoji withdraws it.
    Reaction {
        /// The message.
        target: SourceId,
        /// The emoji.
        emoji: String,
    },
    /// A medium that the channel holds already.
    Media {
        /// `image video audio document sticker`.
        media: String,
        /// The channel's id of it.
        id: String,
        /// The caption.
        caption: Option<String>,
        /// The file's name.
        name: Option<String>,
        /// The message it quotes.
        reply_to: Option<SourceId>,
    },
    /// A template that the channel approved.
    Template {
        /// Its name.
        name: String,
        /// Its language, for example `ja`.
        language: String,
        /// Its parameters, as the channel wants them.
        components: Vec<serde_json::Value>,
    },
    /// Marks a customer's message as read.
    ReadMark {
        /// The message.
        target: SourceId,
    },
}
