//! Which record keys an acknowledged event must have come to (formats.md 1), computed here without the engine.

use crate::channel::whatsapp::{Content, Customer, Event, What};
use companion_crypto::id::KeySalt;
use companion_domain::{
    event::PartyKey,
    id::{AccountId, ChannelId, ClientMessageId, Key, SourceConversationId, SourceId},
    key::{self, KeyParts, Place},
    time::Timestamp,
};
use std::collections::BTreeSet;

/// Makes the keys of one tenant and account.
pub(super) struct Expect {
    salt: KeySalt,
    channel: ChannelId,
    account: AccountId,
}

impl Expect {
    pub(super) fn new(salt: [u8; 32], account: AccountId) -> Self {
        Self {
            salt: KeySalt::new(salt),
            channel: ChannelId::new("whatsapp"),
            account,
        }
    }

    /// The conversation of a customer.
    pub(super) fn conversation(&self, phone: &str) -> Key {
        self.at(phone, |place| place.conversation())
    }

    /// The keys of an event in the chat of `phone`; `None` if it happened in another one.
    pub(super) fn keys(&self, event: &Event, phone: &str) -> Option<BTreeSet<Key>> {
        let mut keys = BTreeSet::new();
        match &event.what {
            What::Inbound { from, id, content } if is(from, phone) => {
                let actor = PartyKey {
                    kind: "phone".into(),
                    value: phone.to_owned(),
                };
                let actor = self.make(&key::contact(&actor));
                keys.insert(self.content(phone, id, content, actor.as_str(), event.at));
            }
            What::Echo { to, id, content } if is(to, phone) => {
                let actor = self.account.as_str().to_owned();
                keys.insert(self.content(phone, id, content, &actor, event.at));
            }
            What::Status {
                to,
                state,
                opaque: Some(own),
                ..
            } if is(to, phone) => {
                keys.insert(self.make(&key::status(&self.own(phone, own), *state)));
            }
            What::History { threads, .. } => {
                let mine = threads.iter().filter(|thread| is(&thread.peer, phone));
                let ids = mine
                    .flat_map(|thread| &thread.messages)
                    .map(|message| &message.id);
                keys.extend(ids.map(|id| self.source(phone, id)));
            }
            _ => return None,
        }
        Some(keys)
    }

    /// The key of a message that was sent from here.
    pub(super) fn own(&self, phone: &str, client_message_id: &str) -> Key {
        self.at(phone, |place| {
            place.own_message(&ClientMessageId::new(client_message_id))
        })
    }

    fn content(&self, phone: &str, id: &str, content: &Content, actor: &str, at: Timestamp) -> Key {
        // Webhooks tell whole seconds.
        let at = Timestamp::from_seconds(at.seconds());
        match content {
            Content::Text { .. } | Content::Image { .. } => self.source(phone, id),
            Content::Edit { target, text } => {
                let message = self.source(phone, target);
                let text = self.make(&key::edit_text(&message, text));
                key::edit(&message, at, &text)
            }
            Content::Revoke { target } => key::deletion(&self.source(phone, target)),
            Content::Reaction { target, emoji } => {
                let message = self.source(phone, target);
                self.make(&key::reaction(&message, actor, emoji, emoji.is_empty(), at))
            }
        }
    }

    fn source(&self, phone: &str, id: &str) -> Key {
        self.at(phone, |place| place.source_message(&SourceId::new(id)))
    }

    fn at(&self, phone: &str, parts: impl FnOnce(Place<'_>) -> KeyParts) -> Key {
        let conversation = SourceConversationId::new(phone);
        self.make(&parts(Place {
            channel: &self.channel,
            account: &self.account,
            conversation: &conversation,
        }))
    }

    fn make(&self, parts: &KeyParts) -> Key {
        Key::new(self.salt.key(parts.prefix, &parts.parts))
    }
}

fn is(customer: &Customer, phone: &str) -> bool {
    customer.phone.as_deref() == Some(phone)
}
