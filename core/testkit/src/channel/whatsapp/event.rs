//! What happens at a number, and how webhooks tell it.

use companion_crypto::hash::sha256;
use companion_domain::{event::DeliveryState, time::Timestamp};
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The company's number.
#[derive(Clone, Debug)]
pub struct Number {
    /// The business account that owns it.
    pub waba_id: String,
    /// Its id.
    pub phone_number_id: String,
    /// The number itself, digits only.
    pub phone: String,
}

/// Somebody on the other side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// The number, digits only, unless they hide it.
    pub phone: Option<String>,
    /// Their business-scoped user id, which newer payloads carry beside or instead of the number.
    pub user_id: Option<String>,
    /// The name they chose.
    pub name: String,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A customer wrote to the number.
    Inbound {
        /// Who.
        from: Customer,
        /// The event's own id (`wamid…`).
        id: String,
        /// What they did.
        content: Content,
    },
    /// The employee wrote in the Business app.
    Echo {
        /// To whom.
        to: Customer,
        /// The event's own id (`wamid…`).
        id: String,
        /// What they did.
        content: Content,
    },
    /// A message that was sent by the API came further.
    Status {
        /// To whom it was sent.
        to: Customer,
        /// The message's id (`wamid…`).
        id: String,
        /// How far it came.
        state: DeliveryState,
        /// What the sender gave to hand back.
        opaque: Option<String>,
    },
    /// A part of the history.
    History {
        /// 0 is the latest stretch of time, 2 the earliest.
        phase: u32,
        /// The number of this part.
        chunk_order: u32,
        /// How much of all is there after it, of 100.
        progress: u32,
        /// Its conversations.
        threads: Vec<Thread>,
    },
    /// An entry of the phone's address book.
    Contact {
        /// Whose.
        contact: Customer,
        /// Whether it was removed.
        removed: bool,
    },
}

/// What a message does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Says something.
    Text {
        /// The text.
        text: String,
        /// The message it quotes.
        reply_to: Option<String>,
    },
    /// Shows an image.
    Image {
        /// Its caption.
        caption: Option<String>,
    },
    /// Replaces a message's text.
    Edit {
        /// The message.
        target: String,
        /// The new text.
        text: String,
    },
    /// Takes a message back.
    Revoke {
        /// The message.
        target: String,
    },
    /// Reacts to a message.
    Reaction {
        /// The message.
        target: String,
        /// The emoji; empty withdraws it.
        emoji: String,
    },
}

/// A conversation in a part of the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thread {
    /// With whom.
    pub peer: Customer,
    /// Its messages.
    pub messages: Vec<OldMessage>,
}

/// A text message of the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OldMessage {
    /// Its id (`wamid…`).
    pub id: String,
    /// When it was sent.
    pub at: Timestamp,
    /// Whether the employee wrote it.
    pub own: bool,
    /// Its text.
    pub text: String,
}

impl Event {
    /// The ids and texts of the messages that it brings, edits with their own id.
    pub fn texts(&self) -> Vec<(&str, &str)> {
        match &self.what {
            What::Inbound { id, content, .. } | What::Echo { id, content, .. } => match content {
                Content::Text { text, .. } | Content::Edit { text, .. } => vec![(id, text)],
                Content::Image { caption } => vec![(id, caption.as_deref().unwrap_or_default())],
                Content::Revoke { .. } | Content::Reaction { .. } => Vec::new(),
            },
            What::History { threads, .. } => {
                let messages = threads.iter().flat_map(|thread| &thread.messages);
                messages
                    .map(|message| (message.id.as_str(), message.text.as_str()))
                    .collect()
            }
            What::Status { .. } | What::Contact { .. } => Vec::new(),
        }
    }

    /// The webhook field that tells of it and the members it adds to the field's value.
    pub(super) fn change(&self, number: &Number) -> (&'static str, Value) {
        match &self.what {
            What::Inbound { from, id, content } => {
                let mut message = self.message(id, content);
                set(&mut message, "from", from.phone.as_ref());
                set(&mut message, "from_user_id", from.user_id.as_ref());
                let value = json!({"contacts": [from.card()], "messages": [message]});
                ("messages", value)
            }
            What::Echo { to, id, content } => {
                let mut message = self.message(id, content);
                set(&mut message, "from", Some(&number.phone));
                set(&mut message, "to", to.phone.as_ref());
                set(&mut message, "to_user_id", to.user_id.as_ref());
                let value = json!({"contacts": [to.card()], "message_echoes": [message]});
                ("smb_message_echoes", value)
            }
            What::Status {
                to,
                id,
                state,
                opaque,
            } => {
                let at = seconds(self.at);
                let mut status = json!({"id": id, "status": state.as_str(), "timestamp": at});
                set(&mut status, "recipient_id", to.phone.as_ref());
                set(&mut status, "recipient_user_id", to.user_id.as_ref());
                set(&mut status, "biz_opaque_callback_data", opaque.as_ref());
                if *state == DeliveryState::Failed {
                    let error = json!([{"code": 131_026, "title": "Message undeliverable"}]);
                    set(&mut status, "errors", Some(error));
                }
                ("messages", json!({"statuses": [status]}))
            }
            What::History {
                phase,
                chunk_order,
                progress,
                threads,
            } => {
                let metadata =
                    json!({"phase": phase, "chunk_order": chunk_order, "progress": progress});
                let threads: Vec<Value> =
                    threads.iter().map(|thread| thread.json(number)).collect();
                let history = json!([{"metadata": metadata, "threads": threads}]);
                ("history", json!({ "history": history }))
            }
            What::Contact { contact, removed } => {
                let action = if *removed { "remove" } else { "add" };
                let mut entry = json!({});
                set(&mut entry, "phone_number", contact.phone.as_ref());
                let name = Some(&contact.name).filter(|_| !removed);
                set(&mut entry, "full_name", name);
                let sync = json!([{"type": "contact", "action": action, "contact": entry,
                    "metadata": {"timestamp": seconds(self.at)}}]);
                ("smb_app_state_sync", json!({ "state_sync": sync }))
            }
        }
    }

    fn message(&self, id: &str, content: &Content) -> Value {
        let (kind, object) = match content {
            Content::Text { text, .. } => ("text", json!({"body": text})),
            Content::Image { caption } => {
                let hash = BASE64.encode(&sha256(id.as_bytes()));
                let mut image =
                    json!({"id": format!("media-{id}"), "mime_type": "image/jpeg", "sha256": hash});
                set(&mut image, "caption", caption.as_ref());
                ("image", image)
            }
            Content::Edit { target, text } => {
                let message = json!({"type": "text", "text": {"body": text}});
                let edit = json!({"original_message_id": target, "message": message});
                ("edit", edit)
            }
            Content::Revoke { target } => ("revoke", json!({"original_message_id": target})),
            Content::Reaction { target, emoji } => {
                ("reaction", json!({"message_id": target, "emoji": emoji}))
            }
        };
        let mut message = json!({"id": id, "timestamp": seconds(self.at), "type": kind});
        set(&mut message, kind, Some(object));
        if let Content::Text { reply_to, .. } = content {
            let context = reply_to.as_ref().map(|target| json!({"id": target}));
            set(&mut message, "context", context);
        }
        message
    }
}

impl Customer {
    fn card(&self) -> Value {
        let mut card = json!({"profile": {"name": self.name}});
        set(&mut card, "wa_id", self.phone.as_ref());
        set(&mut card, "user_id", self.user_id.as_ref());
        card
    }

    /// The number, else the user id.
    fn id(&self) -> Option<&String> {
        self.phone.as_ref().or(self.user_id.as_ref())
    }
}

impl Thread {
    fn json(&self, number: &Number) -> Value {
        let peer = self.peer.id();
        let messages = self.messages.iter().map(|message| {
            let mut json = json!({"id": message.id, "timestamp": seconds(message.at), "type": "text",
                "text": {"body": message.text}, "history_context": {"status": "READ"}});
            let from = if message.own { Some(&number.phone) } else { peer };
            set(&mut json, "from", from);
            set(&mut json, "to", peer.filter(|_| message.own));
            json
        });
        json!({"id": peer, "messages": messages.collect::<Vec<_>>()})
    }
}

/// Seconds since 1970 as text, as the channel counts.
fn seconds(at: Timestamp) -> String {
    at.seconds().to_string()
}

/// Sets a member, if there is a value for it.
fn set(object: &mut Value, name: &str, value: Option<impl Serialize>) {
    if let (Some(members), Some(value)) = (object.as_object_mut(), value) {
        members.insert(name.to_owned(), json!(value));
    }
}
