//! Which record keys an acknowledged event must have come to (formats.md 1), computed here without the engine.

use crate::channel::whatsapp::{Content, Customer, Event, What};
use companion_crypto::id::KeySalt;
use companion_domain::{
    event::PartyKey,
    id::{AccountId, ChannelId, ClientMessageId, Key, SourceConversationId, SourceId},
    key::{self, KeyParts, Place},
    time::Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

/// Makes the keys of one tenant and account.
pub(super) struct Expect {
    salt: KeySalt,
    channel: ChannelId,
    account: AccountId,
    /// What was computed before, by the event's own description.
    known: BTreeMap<String, Vec<(String, Key)>>,
}

impl Expect {
    pub(super) fn new(salt: [u8; 32], account: AccountId) -> Self {
        Self {
            salt: KeySalt::new(salt),
            channel: ChannelId::new("whatsapp"),
            account,
            known: BTreeMap::new(),
        }
    }

    /// The conversation of a customer.
    pub(super) fn conversation(&self, phone: &str) -> Key {
        self.at(phone, |place| place.conversation())
    }

    /// The keys that `events` must have come to in the chats of these numbers. An event's keys are computed once.
    pub(super) fn of_chats<'a>(
        &mut self,
        events: impl Iterator<Item = &'a Event>,
        chats: &BTreeSet<String>,
    ) -> BTreeSet<Key> {
        let mut expected = BTreeSet::new();
        for event in events {
            let name = format!("{:?}", event.what);
            if !self.known.contains_key(&name) {
                self.known.insert(name.clone(), self.keys(event));
            }
            let keys = self.known.get(&name).into_iter().flatten();
            let mine = keys.filter(|(phone, _)| chats.contains(phone));
            expected.extend(mine.map(|(_, key)| key.clone()));
        }
        expected
    }

    /// The keys of an event, each with the number of its chat.
    pub(super) fn keys(&self, event: &Event) -> Vec<(String, Key)> {
        let phone_of = |customer: &Customer| customer.phone.clone().unwrap_or_default();
        match &event.what {
            What::Inbound { from, id, content } => {
                let phone = phone_of(from);
                let actor = PartyKey {
                    kind: "phone".into(),
                    value: phone.clone(),
                };
                let actor = self.make(&key::contact(&actor));
                let key = self.content(&phone, id, content, actor.as_str(), event.at);
                vec![(phone, key)]
            }
            What::Echo { to, id, content } => {
                let phone = phone_of(to);
                let key = self.content(&phone, id, content, self.account.as_str(), event.at);
                vec![(phone, key)]
            }
            What::Status {
                to,
                state,
                opaque: Some(own),
                ..
            } => {
                let phone = phone_of(to);
                let key = self.make(&key::status(&self.own(&phone, own), *state));
                vec![(phone, key)]
            }
            What::History { threads, .. } => {
                let mut keys = Vec::new();
                for thread in threads {
                    let phone = phone_of(&thread.peer);
                    let sources = thread
                        .messages
                        .iter()
                        .map(|one| self.source(&phone, &one.id));
                    keys.extend(sources.map(|key| (phone.clone(), key)));
                }
                keys
            }
            What::Status { .. } | What::Contact { .. } => Vec::new(),
        }
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
