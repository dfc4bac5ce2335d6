//! What goes into each key of formats.md 1. The keyed hash itself is made in `companion-crypto`, by the tenant's salt.

use crate::{
    bytes::Digest,
    event::{DeliveryState, PartyKey},
    id::{AccountId, ChannelId, ClientMessageId, Key, SourceConversationId, SourceId},
    time::Timestamp,
};

/// The prefix and the parts of one key, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyParts {
    /// Two characters that tell the kind.
    pub prefix: &'static str,
    /// Each part as it stands in JSON: text as UTF-8, hashes base64url, numbers decimal.
    pub parts: Vec<String>,
}

/// Whoever holds the tenant's salt makes keys.
pub trait Keys {
    /// The keyed hash of the parts.
    fn key(&self, parts: &KeyParts) -> Key;
}

impl<F: Fn(&KeyParts) -> Key> Keys for F {
    fn key(&self, parts: &KeyParts) -> Key {
        self(parts)
    }
}

/// The place in which a message's key is made.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The channel.
    pub channel: &'a ChannelId,
    /// The company's identity on it.
    pub account: &'a AccountId,
    /// The conversation.
    pub conversation: &'a SourceConversationId,
}

impl Place<'_> {
    fn message(&self, kind: &str, rest: &[&str]) -> KeyParts {
        let place = [
            self.channel.as_str(),
            self.account.as_str(),
            self.conversation.as_str(),
            kind,
        ];
        KeyParts {
            prefix: "m1",
            parts: place
                .iter()
                .chain(rest)
                .map(|part| (*part).to_owned())
                .collect(),
        }
    }

    /// `c1…`: the conversation.
    pub fn conversation(&self) -> KeyParts {
        parts(
            "c1",
            &[
                self.channel.as_str(),
                self.account.as_str(),
                self.conversation.as_str(),
            ],
        )
    }

    /// `m1…`: a message that the channel named.
    pub fn source_message(&self, id: &SourceId) -> KeyParts {
        self.message("id", &[id.as_str()])
    }

    /// `m1…`: a message without a name; `ordinal` counts from 0 among equal items of one payload or file.
    pub fn raw_message(&self, item: Digest, ordinal: u32) -> KeyParts {
        self.message("raw", &[&item.to_string(), &ordinal.to_string()])
    }

    /// `m1…`: a message written here.
    pub fn own_message(&self, id: &ClientMessageId) -> KeyParts {
        self.message("own", &[id.as_str()])
    }
}

/// `p1…`: a person, by one of their keys.
pub fn contact(key: &PartyKey) -> KeyParts {
    parts("p1", &[&key.kind, &key.value])
}

/// `r1…`: a reaction. `actor` is a `p1…` key or the own account's id.
pub fn reaction(message: &Key, actor: &str, emoji: &str, removed: bool, at: Timestamp) -> KeyParts {
    let removed = if removed { "true" } else { "false" };
    parts(
        "r1",
        &[
            message.as_str(),
            actor,
            emoji,
            removed,
            &at.ms().to_string(),
        ],
    )
}

/// `s1…`: one step in a message's delivery.
pub fn status(message: &Key, state: DeliveryState) -> KeyParts {
    parts("s1", &[message.as_str(), state.as_str()])
}

/// `k1…`: any other record.
pub fn other(kind: &str, subject: &str, at: Timestamp) -> KeyParts {
    parts("k1", &[kind, subject, &at.ms().to_string()])
}

/// What the six characters of an edit's suffix are cut from.
pub fn edit_text(message: &Key, new_text: &str) -> KeyParts {
    parts("e1", &[message.as_str(), new_text])
}

/// `m1…-e<ms>-<6>`: an edit. `text_key` is the key made from [`edit_text`].
pub fn edit(message: &Key, edited_at: Timestamp, text_key: &Key) -> Key {
    let six: String = text_key.as_str().chars().skip(2).take(6).collect();
    Key::new(format!("{message}-e{}-{six}", edited_at.ms()))
}

/// `m1…-d`: a deletion or an unsend.
pub fn deletion(message: &Key) -> Key {
    Key::new(format!("{message}-d"))
}

fn parts(prefix: &'static str, parts: &[&str]) -> KeyParts {
    KeyParts {
        prefix,
        parts: parts.iter().map(|part| (*part).to_owned()).collect(),
    }
}
