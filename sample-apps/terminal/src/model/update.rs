//! What each event changes, and what is to be done about it.

use super::{
    ACTIVE, Answer, Chat, Composer, Effect, Event, LOOK, Model, Pane, Segment, Status, What, gate,
};
use crate::{said::said, texts::Text, time};
use companion_domain::{id::Key, outbound::OutboundContent, time::Timestamp};
use companion_engine::{
    CompanionError,
    values::{BindRequest, BindTo, Draft, Lease, MessagePage},
};

impl Model {
    /// What is read when the app starts.
    pub fn beginning(&self) -> Vec<Effect> {
        let mut effects = self.read_all();
        effects.push(Effect::Load(What::Diagnostics, 1));
        effects
    }

    /// Takes one event.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Key(key) => {
                let mut effects = self.press(key);
                effects.extend(self.somebody_is_there());
                effects
            }
            Event::Paste(text) => {
                if let Some(form) = &mut self.form {
                    form.write(&text);
                } else if let Some(composer) = self.composer() {
                    composer.write(&text);
                }
                Vec::new()
            }
            Event::Resized(width) => {
                self.width = width;
                Vec::new()
            }
            Event::Tick(now) => {
                self.now = now;
                if now.since(self.looked) < LOOK {
                    return Vec::new();
                }
                self.looked = now;
                self.read_gate()
            }
            Event::Changed => self.read_all(),
            Event::Locked => self.locked(),
            Event::Answered(answer) => self.answered(*answer),
            Event::Ended => vec![Effect::Quit],
        }
    }

    /// Reads everything that is shown. It is little, and hints are no truth.
    pub(super) fn read_all(&self) -> Vec<Effect> {
        if self.gate.is_some() {
            return self.read_gate();
        }
        let mut effects = vec![
            Effect::Load(What::State, 1),
            Effect::Load(What::Inbox, self.inbox.pages),
            Effect::Load(What::Undecided, self.undecided.pages),
            Effect::Load(What::Queue(self.language), self.queue.pages),
            Effect::Load(What::Ledger, self.ledger.pages),
            Effect::Load(What::Journal, self.journal.pages),
        ];
        effects.extend(self.chat.as_ref().map(read_chat));
        effects
    }

    /// The reply that is being written.
    pub(super) fn composer(&mut self) -> Option<&mut Composer> {
        self.chat.as_mut()?.composer.as_mut()
    }

    /// Opens a work chat by its place in the inbox.
    pub(super) fn open(&mut self, at: usize) -> Vec<Effect> {
        let Some(conversation) = self.inbox.items.get(at) else {
            return Vec::new();
        };
        let chat = Chat::open(conversation, self.now);
        let effects = vec![read_chat(&chat)];
        (self.pane, self.segment) = (Pane::Chats, Segment::Work);
        (self.inbox.chosen, self.chat) = (at, Some(chat));
        effects
    }

    /// Opens a work chat by its key.
    pub(super) fn open_key(&mut self, key: &Key) -> Vec<Effect> {
        let mut chats = self.inbox.items.iter();
        match chats.position(|chat| chat.key == *key) {
            Some(at) => self.open(at),
            None => Vec::new(),
        }
    }

    /// At most once in a while, and not at a gate: what is typed there opens or does not.
    fn somebody_is_there(&mut self) -> Option<Effect> {
        let due = |last: Timestamp| self.now.since(last) >= ACTIVE;
        if self.gate.is_some() || !self.active.is_none_or(due) {
            return None;
        }
        self.active = Some(self.now);
        Some(Effect::Active)
    }

    fn answered(&mut self, answer: Answer) -> Vec<Effect> {
        let door = answer.trouble().and_then(gate::behind);
        if let Some(door) = door.filter(|_| self.gate.is_none()) {
            let mut effects = self.shut(door);
            effects.extend(self.answered_at_gate(answer));
            return effects;
        }
        if self.gate.is_some() {
            return self.answered_at_gate(answer);
        }
        match answer {
            Answer::State(Ok(state)) => return self.take_state(state),
            Answer::State(Err(_)) | Answer::Why(_) | Answer::Request(_) => {}
            Answer::Opened(result) => return self.opened(result),
            Answer::Prepared(result) => self.prepared(result),
            Answer::Inbox(page) => {
                self.inbox.take(page, |chat| &chat.key);
                self.close_composer();
            }
            Answer::Undecided(page) => self.undecided.take(page, |chat| &chat.conversation),
            Answer::Queue(page) => self.queue.take(page, |one| &one.entry.id),
            Answer::Ledger(page) => self.ledger.take(page, |entry| &entry.record),
            Answer::Journal(page) => self.journal.take(page, |entry| &entry.n),
            Answer::Diagnostics(found) => self.diagnostics = found.ok(),
            Answer::Messages(key, page) => self.take_messages(&key, page),
            Answer::Accepted(result) => {
                self.tell(result.map(|()| Text::AccountAdded));
                return self.read_all();
            }
            Answer::Bound(request, result) => {
                self.bound(&request, result.map(drop));
                return self.read_all();
            }
            Answer::Sent(draft, result) => {
                if let Err(error) = result {
                    self.not_sent(draft, &error);
                }
            }
            Answer::Resolved(result) => {
                if let Err(error) = result {
                    self.tell(Err(error));
                }
                return self.read_all();
            }
            Answer::Edited(key, result) => return self.edited(&key, result),
            Answer::Synced(result) => self.synced(result.map(drop)),
        }
        Vec::new()
    }

    fn take_messages(&mut self, key: &Key, page: Result<MessagePage, CompanionError>) {
        let Some(chat) = self.chat.as_mut().filter(|chat| chat.key == *key) else {
            return;
        };
        match page {
            Ok(page) => {
                chat.more = page.next.is_some();
                chat.messages = page.messages;
                chat.status = Status::Here;
            }
            Err(error) => chat.status = Status::Failed(error),
        }
    }

    /// An open chat that is not work any more stays readable, without a composer.
    fn close_composer(&mut self) {
        let Some(chat) = &mut self.chat else { return };
        let mut inbox = self.inbox.items.iter();
        if let Some(now) = inbox.find(|one| one.key == chat.key) {
            chat.read_only.clone_from(&now.read_only);
        }
        if chat.read_only.is_some()
            && let Some(composer) = chat.composer.take()
        {
            let text = composer.text().to_owned();
            self.drafts.insert(chat.key.clone(), text);
        }
    }

    fn bound(&mut self, request: &BindRequest, result: Result<(), CompanionError>) {
        let open = self.chat.as_ref();
        let open = open.is_some_and(|chat| chat.source == request.conversation);
        let text = match request.to {
            BindTo::Work => Text::Bound,
            BindTo::Personal if open => Text::Unbound,
            BindTo::Personal => Text::Kept,
        };
        if result.is_ok() && request.to == BindTo::Work {
            self.segment = Segment::Work;
        }
        self.tell(result.map(|()| text));
    }

    /// What could not be queued is not lost: it is in the composer again, or with the chat for later.
    fn not_sent(&mut self, draft: Draft, error: &CompanionError) {
        let OutboundContent::Text { text, .. } = draft.content else {
            return;
        };
        let chat = self.chat.as_mut();
        match chat.filter(|chat| chat.key == draft.conversation) {
            Some(chat) if chat.composer.is_none() => chat.composer = Some(Composer::with(text)),
            _ => _ = self.drafts.insert(draft.conversation, text),
        }
        self.notice = Some(said(error, self.language));
    }

    fn edited(&mut self, key: &Key, result: Result<Option<String>, CompanionError>) -> Vec<Effect> {
        let mut effects = Vec::new();
        match result {
            Ok(Some(text)) => {
                effects = self.open_key(key);
                if let Some(chat) = &mut self.chat {
                    chat.composer = Some(Composer::with(text));
                }
            }
            Ok(None) => self.tell(Ok(Text::NotNow)),
            Err(error) => self.tell(Err(error)),
        }
        effects.extend(self.read_all());
        effects
    }

    /// Failing is counted from the first failure in a row; what the employee switched off is none.
    pub(super) fn synced(&mut self, result: Result<(), CompanionError>) {
        self.failing = match result {
            Err(error) if !self.offline && error != CompanionError::Cancelled => {
                let since = self.failing.as_ref().map_or(self.now, |(since, _)| *since);
                Some((since, error))
            }
            _ => None,
        };
    }

    fn prepared(&mut self, result: Result<Lease, CompanionError>) {
        let prepared = result.map(|lease| {
            let time = time::left(lease.left, self.language);
            if let Some(state) = &mut self.state {
                state.lease = lease;
            }
            Text::Prepared.with(self.language, "time", time)
        });
        self.notice = Some(prepared.unwrap_or_else(|error| said(&error, self.language)));
    }

    fn tell(&mut self, result: Result<Text, CompanionError>) {
        self.notice = Some(match result {
            Ok(text) => text.of(self.language).to_owned(),
            Err(error) => said(&error, self.language),
        });
    }
}

fn read_chat(chat: &Chat) -> Effect {
    Effect::Load(What::Messages(chat.key.clone()), chat.pages)
}
