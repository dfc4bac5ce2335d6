//! What happens at the number: a few customers who become work at once, a few later, a few never.

use crate::channel::whatsapp::{Content, Customer, Event, OldMessage, Thread, What};
use companion_crypto::random::{Random, SeededRandom};
use companion_domain::time::Timestamp;
use std::time::Duration;

/// A word of every text in a chat that nobody binds: it must be nowhere.
pub(super) const CANARY: &str = "himitsu-kanaria";

/// One chat and its messages so far.
pub(super) struct Chat {
    pub(super) customer: Customer,
    pub(super) fate: Fate,
    messages: Vec<Said>,
}

#[derive(Clone)]
struct Said {
    id: String,
    own: bool,
}

/// When a chat becomes work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// From the start.
    Work,
    /// In this round.
    WorkFrom(u32),
    /// Never.
    Never,
}

/// The dice and the chats.
pub(super) struct Traffic {
    random: SeededRandom,
    pub(super) chats: Vec<Chat>,
    serial: u64,
}

impl Chat {
    fn new(number: u64, fate: Fate) -> Self {
        let customer = Customer {
            phone: Some(format!("8190{number:08}")),
            user_id: number
                .is_multiple_of(2)
                .then(|| format!("JP.1349{number:08}")),
            name: format!("Customer {number}"),
        };
        Self {
            customer,
            fate,
            messages: Vec::new(),
        }
    }
}

impl Traffic {
    pub(super) fn new(seed: u64, rounds: u32) -> Self {
        let fates = [
            Fate::Work,
            Fate::Work,
            Fate::Work,
            Fate::WorkFrom(rounds / 4),
            Fate::WorkFrom(rounds / 2),
            Fate::Never,
            Fate::Never,
        ];
        let chats = fates
            .iter()
            .zip(1u64..)
            .map(|(fate, number)| Chat::new(number, *fate))
            .collect();
        Self {
            random: SeededRandom::new(seed),
            chats,
            serial: 0,
        }
    }

    /// A number from 0 to `below` - 1.
    pub(super) fn pick(&self, below: usize) -> usize {
        let mut bytes = [0u8; 8];
        self.random.fill(&mut bytes);
        usize::try_from(u64::from_be_bytes(bytes) % below.max(1) as u64).unwrap_or(0)
    }

    /// Somebody new, who becomes work in `round`; answers their number.
    pub(super) fn add_chat(&mut self, round: u32) -> usize {
        let index = self.chats.len();
        self.chats
            .push(Chat::new(index as u64 + 1, Fate::WorkFrom(round)));
        index
    }

    /// Whether an undecided conversation is the chat.
    pub(super) fn is_chat(&self, index: usize, undecided: &serde_json::Value) -> bool {
        let id = undecided
            .pointer("/conversation/conversation")
            .and_then(|id| id.as_str());
        id.is_some()
            && self
                .chats
                .get(index)
                .and_then(|chat| chat.customer.phone.as_deref())
                == id
    }

    /// One message of a chat.
    pub(super) fn greeting(&mut self, index: usize, now: Timestamp) -> Vec<Event> {
        self.said(index, false, now).into_iter().collect()
    }

    /// Some events at `now`.
    pub(super) fn events(&mut self, count: usize, now: Timestamp) -> Vec<Event> {
        (0..count).filter_map(|_| self.event(now)).collect()
    }

    /// One message of each work chat, which opens the channel's window for an answer.
    pub(super) fn greetings(&mut self, now: Timestamp) -> Vec<Event> {
        let count = self.chats.len();
        (0..count)
            .filter_map(|index| self.said(index, false, now))
            .collect()
    }

    fn event(&mut self, now: Timestamp) -> Option<Event> {
        let index = self.pick(self.chats.len());
        match self.pick(100) {
            0..45 => self.said(index, false, now),
            45..62 => self.said(index, true, now),
            62..72 => self.about(index, now, |traffic, target| Content::Edit {
                target,
                text: traffic.text(index),
            }),
            72..78 => self.about(index, now, |_, target| Content::Revoke { target }),
            78..88 => self.about(index, now, |traffic, target| {
                let emoji = ["👍", "🙏", "❤️", ""]
                    .get(traffic.pick(4))
                    .copied()
                    .unwrap_or("");
                Content::Reaction {
                    target,
                    emoji: emoji.to_owned(),
                }
            }),
            88..94 => {
                let caption = Some(self.text(index));
                self.new_message(index, false, now, Content::Image { caption })
            }
            94..97 => self.history(index, now),
            _ => {
                let contact = self.chats.get(index)?.customer.clone();
                Some(Event {
                    at: now,
                    what: What::Contact {
                        contact,
                        removed: self.pick(4) == 0,
                    },
                })
            }
        }
    }

    fn said(&mut self, index: usize, own: bool, now: Timestamp) -> Option<Event> {
        let text = self.text(index);
        self.new_message(
            index,
            own,
            now,
            Content::Text {
                text,
                reply_to: None,
            },
        )
    }

    fn new_message(
        &mut self,
        index: usize,
        own: bool,
        now: Timestamp,
        content: Content,
    ) -> Option<Event> {
        let id = self.id();
        let chat = self.chats.get_mut(index)?;
        chat.messages.push(Said {
            id: id.clone(),
            own,
        });
        Some(event(&chat.customer, own, id, content, now))
    }

    /// News of an earlier message of the same side.
    fn about(
        &mut self,
        index: usize,
        now: Timestamp,
        content: impl FnOnce(&mut Self, String) -> Content,
    ) -> Option<Event> {
        let count = self.chats.get(index)?.messages.len();
        let said = self
            .chats
            .get(index)?
            .messages
            .get(self.pick(count))?
            .clone();
        let content = content(self, said.id);
        let id = self.id();
        let customer = &self.chats.get(index)?.customer;
        Some(event(customer, said.own, id, content, now))
    }

    fn history(&mut self, index: usize, now: Timestamp) -> Option<Event> {
        let peer = self.chats.get(index)?.customer.clone();
        let messages = (0..3)
            .map(|day| OldMessage {
                id: self.id(),
                at: now - Duration::from_secs((3 - day) * 86_400),
                own: day == 1,
                text: self.text(index),
            })
            .collect();
        let threads = vec![Thread { peer, messages }];
        let what = What::History {
            phase: 1,
            chunk_order: 1,
            progress: 100,
            threads,
        };
        Some(Event { at: now, what })
    }

    /// A text that no other message has.
    pub(super) fn text(&mut self, index: usize) -> String {
        self.serial += 1;
        let private = self
            .chats
            .get(index)
            .is_some_and(|chat| chat.fate == Fate::Never);
        let word = if private { CANARY } else { "納期の件" };
        format!("{word} {}", self.serial)
    }

    fn id(&mut self) -> String {
        self.serial += 1;
        format!("wamid.T{:08}", self.serial)
    }
}

fn event(customer: &Customer, own: bool, id: String, content: Content, at: Timestamp) -> Event {
    let customer = customer.clone();
    let what = if own {
        What::Echo {
            to: customer,
            id,
            content,
        }
    } else {
        What::Inbound {
            from: customer,
            id,
            content,
        }
    };
    Event { at, what }
}
