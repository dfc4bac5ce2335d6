//! What each key does where the employee stands.

use super::{
    Ask, Choice, Effect, Form, Listing, Model, Over, Pane, Segment, Setting, Side, Status,
    TodayRow, What, chat::Composer, listing::step,
};
use crate::{texts::Text, view};
use companion_domain::{outbound::OutboundContent, reason::Language};
use companion_engine::values::{
    AccountRequest, BindRequest, BindTo, ConversationRef, Draft, QueueDecision,
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// How many lines a page key moves.
const PAGE: usize = 10;

impl Model {
    pub(super) fn press(&mut self, key: KeyEvent) -> Vec<Effect> {
        self.notice = None;
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c') if control => vec![Effect::Quit],
            KeyCode::Char('l') if control => self.lock(),
            KeyCode::Char('r') if control => self.ask_company(),
            _ if control => Vec::new(),
            code if self.gate.is_some() || self.form.is_some() => self.fill(code),
            code if self.over.is_some() => self.answer(code),
            code if self.composer().is_some() => self.write(code, key.modifiers),
            code => self.command(code),
        }
    }

    /// Keys while a reply is written. Esc keeps the text for later.
    fn write(&mut self, code: KeyCode, modifiers: KeyModifiers) -> Vec<Effect> {
        let Some(chat) = &mut self.chat else {
            return Vec::new();
        };
        let Some(composer) = &mut chat.composer else {
            return Vec::new();
        };
        match code {
            KeyCode::Enter if modifiers.contains(KeyModifiers::ALT) => composer.write("\n"),
            KeyCode::Enter if composer.text().trim().is_empty() => {}
            KeyCode::Enter => {
                let text = composer.text().to_owned();
                chat.composer = None;
                chat.scroll = 0;
                return vec![Effect::Send(Draft {
                    conversation: chat.key.clone(),
                    content: OutboundContent::Text {
                        text,
                        reply_to: None,
                    },
                })];
            }
            KeyCode::Esc => {
                self.drafts
                    .insert(chat.key.clone(), composer.text().to_owned());
                chat.composer = None;
            }
            KeyCode::Backspace => composer.erase(),
            KeyCode::Left => composer.left(),
            KeyCode::Right => composer.right(),
            KeyCode::Char(c) => composer.write(c.encode_utf8(&mut [0; 4])),
            _ => {}
        }
        Vec::new()
    }

    fn command(&mut self, code: KeyCode) -> Vec<Effect> {
        match code {
            KeyCode::Char('q') => return vec![Effect::Quit],
            KeyCode::Char('?') => self.over = Some(Over::Keys),
            KeyCode::Char('o') => return self.switch_network(),
            KeyCode::Char('L') => return self.switch_language(),
            KeyCode::Char('r') => return self.retry(),
            KeyCode::Char(digit @ '1'..='5') => {
                let at = (digit as usize).wrapping_sub('1' as usize);
                self.go_to(Pane::ALL.get(at).copied());
            }
            KeyCode::Tab => self.go_to(self.beside(true)),
            KeyCode::BackTab => self.go_to(self.beside(false)),
            _ if self.chat.is_some() => return self.in_chat(code),
            KeyCode::Down | KeyCode::Char('j') => return self.go(true),
            KeyCode::Up | KeyCode::Char('k') => return self.go(false),
            KeyCode::Right | KeyCode::Char('l') => self.turn(true),
            KeyCode::Left | KeyCode::Char('h') => self.turn(false),
            KeyCode::Enter => return self.enter(),
            KeyCode::Char('a') if self.pane == Pane::Chats => self.offer_account(),
            KeyCode::Char('p') if self.on_undecided() => self.offer_to_keep(),
            KeyCode::Char('w') if self.on_undecided() => self.offer_to_bind(),
            _ => {}
        }
        Vec::new()
    }

    fn in_chat(&mut self, code: KeyCode) -> Vec<Effect> {
        let last_line = self.chat_lines().saturating_sub(1);
        let Some(chat) = &mut self.chat else {
            return Vec::new();
        };
        match code {
            KeyCode::Esc => self.chat = None,
            KeyCode::Enter | KeyCode::Char('i') if chat.read_only.is_none() => {
                let draft = self.drafts.remove(&chat.key).unwrap_or_default();
                chat.composer = Some(Composer::with(draft));
            }
            KeyCode::Char('v') => chat.versions = !chat.versions,
            KeyCode::Char('p') if chat.read_only.is_none() => {
                self.over = Some(Over::Unbind(chat.source.clone()));
            }
            KeyCode::Up | KeyCode::Char('k') => chat.scroll = (chat.scroll + 1).min(last_line),
            KeyCode::Down | KeyCode::Char('j') => chat.scroll = chat.scroll.saturating_sub(1),
            KeyCode::PageDown => chat.scroll = chat.scroll.saturating_sub(PAGE),
            KeyCode::PageUp => {
                chat.scroll = (chat.scroll + PAGE).min(last_line);
                if chat.more {
                    chat.pages += 1;
                    let what = What::Messages(chat.key.clone());
                    return vec![Effect::Load(what, chat.pages)];
                }
            }
            _ => {}
        }
        Vec::new()
    }

    /// How many lines the open chat has.
    fn chat_lines(&self) -> usize {
        let chat = self.chat.as_ref();
        chat.map_or(0, |chat| view::chat::lines(self, chat).len())
    }

    /// Keys while something lies over the pane.
    fn answer(&mut self, code: KeyCode) -> Vec<Effect> {
        let Some(over) = self.over.take() else {
            return Vec::new();
        };
        match (over, code) {
            (_, KeyCode::Esc) | (Over::Keys, _) => Vec::new(),
            (
                Over::Bind {
                    conversation,
                    name,
                    items,
                    so_far,
                },
                KeyCode::Char(' '),
            ) => {
                self.over = Some(Over::Bind {
                    conversation,
                    name,
                    items,
                    so_far: !so_far,
                });
                Vec::new()
            }
            (
                Over::Bind {
                    conversation,
                    so_far: true,
                    ..
                },
                KeyCode::Enter,
            ) => bind(conversation, BindTo::Work),
            (over @ Over::Bind { .. }, KeyCode::Enter) => {
                self.notice = Some(Text::ChooseFirst.of(self.language).to_owned());
                self.over = Some(over);
                Vec::new()
            }
            (Over::Keep { conversation, .. } | Over::Unbind(conversation), KeyCode::Enter) => {
                bind(conversation, BindTo::Personal)
            }
            (Over::Account(account), KeyCode::Enter) => vec![Effect::Accept(account)],
            (Over::Decide(id), KeyCode::Char(digit @ '1'..='9')) => {
                self.decide(id, (digit as usize).wrapping_sub('1' as usize))
            }
            (over, _) => {
                self.over = Some(over);
                Vec::new()
            }
        }
    }

    fn decide(&mut self, id: i64, at: usize) -> Vec<Effect> {
        let mut entries = self.queue.items.iter();
        let Some(waiting) = entries.find(|one| one.entry.id == id) else {
            return Vec::new();
        };
        match waiting.choices().get(at) {
            Some(Choice::Edit) => vec![Effect::Edit(waiting.entry.clone())],
            Some(Choice::Decide(decision)) => vec![Effect::Resolve(QueueDecision {
                id,
                decision: decision.clone(),
            })],
            None => {
                self.over = Some(Over::Decide(id));
                Vec::new()
            }
        }
    }

    fn switch_network(&mut self) -> Vec<Effect> {
        self.offline = !self.offline;
        self.failing = None;
        vec![Effect::Offline(self.offline)]
    }

    /// The core's reasons are read again: they come in one language.
    fn switch_language(&mut self) -> Vec<Effect> {
        self.language = match self.language {
            Language::Ja => Language::En,
            Language::En => Language::Ja,
        };
        self.read_all()
    }

    fn retry(&mut self) -> Vec<Effect> {
        let now = self.now;
        let again = |status: &mut Status| {
            if matches!(status, Status::Failed(_)) {
                *status = Status::Asked(now);
            }
        };
        again(&mut self.inbox.status);
        again(&mut self.undecided.status);
        again(&mut self.queue.status);
        again(&mut self.ledger.status);
        again(&mut self.journal.status);
        if let Some(chat) = &mut self.chat {
            again(&mut chat.status);
        }
        self.read_all()
    }

    fn go_to(&mut self, pane: Option<Pane>) {
        if let Some(pane) = pane {
            self.chat = None;
            self.pane = pane;
        }
    }

    fn beside(&self, right: bool) -> Option<Pane> {
        let at = Pane::ALL.iter().position(|pane| *pane == self.pane)?;
        let count = Pane::ALL.len();
        let at = if right { at + 1 } else { at + count - 1 };
        Pane::ALL.get(at % count).copied()
    }

    fn turn(&mut self, right: bool) {
        if self.pane == Pane::Company {
            self.side = if right { Side::Decisions } else { Side::Sent };
            return;
        }
        let mut segments = Segment::ALL.iter();
        if let Some(at) = segments.position(|segment| *segment == self.segment) {
            let at = step(at, right, Segment::ALL.len());
            self.segment = Segment::ALL.get(at).copied().unwrap_or(self.segment);
        }
    }

    fn go(&mut self, down: bool) -> Vec<Effect> {
        fn listing<T>(list: &mut Listing<T>, down: bool, what: What) -> Vec<Effect> {
            let wanted = list.go(down);
            let more = wanted.then_some(Effect::Load(what, list.pages));
            more.into_iter().collect()
        }
        let queue = What::Queue(self.language);
        match (self.pane, self.segment) {
            (Pane::Today, _) => {
                self.today = step(self.today, down, self.today_rows().len());
                Vec::new()
            }
            (Pane::Chats, Segment::Work) => listing(&mut self.inbox, down, What::Inbox),
            (Pane::Chats, Segment::Undecided) => {
                listing(&mut self.undecided, down, What::Undecided)
            }
            (Pane::Chats, Segment::Personal) => Vec::new(),
            (Pane::Outbox, _) => listing(&mut self.queue, down, queue),
            (Pane::Company, _) => match self.side {
                Side::Sent => listing(&mut self.ledger, down, What::Ledger),
                Side::Decisions => listing(&mut self.journal, down, What::Journal),
            },
            (Pane::Settings, _) => {
                self.setting = step(self.setting, down, Setting::ALL.len());
                Vec::new()
            }
        }
    }

    fn enter(&mut self) -> Vec<Effect> {
        match (self.pane, self.segment) {
            (Pane::Today, _) => return self.enter_today(),
            (Pane::Chats, Segment::Work) => return self.open(self.inbox.chosen),
            (Pane::Chats, Segment::Undecided) => self.offer_to_bind(),
            (Pane::Outbox, _) => {
                self.over = self
                    .queue
                    .chosen()
                    .map(|waiting| Over::Decide(waiting.entry.id));
            }
            (Pane::Settings, _) => match Setting::ALL.get(self.setting) {
                Some(Setting::Offline) => return self.switch_network(),
                Some(Setting::Language) => return self.switch_language(),
                Some(Setting::Passcode) => self.form = Some(Form::new(Ask::Change)),
                Some(Setting::Prepare) => return vec![Effect::Prepare],
                Some(Setting::Lock) => return self.lock(),
                None => {}
            },
            (Pane::Chats, Segment::Personal) | (Pane::Company, _) => {}
        }
        Vec::new()
    }

    fn enter_today(&mut self) -> Vec<Effect> {
        match self.today_rows().get(self.today) {
            Some(TodayRow::Waiting(at)) => return self.open(*at),
            Some(TodayRow::Queue(state, _)) => {
                let mut entries = self.queue.items.iter();
                let first = entries.position(|one| one.entry.state == *state);
                self.queue.chosen = first.unwrap_or(0);
                self.pane = Pane::Outbox;
            }
            Some(TodayRow::Undecided(_)) => {
                (self.pane, self.segment) = (Pane::Chats, Segment::Undecided);
            }
            Some(TodayRow::Parked(_)) => self.pane = Pane::Company,
            None => {}
        }
        Vec::new()
    }

    fn on_undecided(&self) -> bool {
        self.pane == Pane::Chats && self.segment == Segment::Undecided
    }

    fn offer_to_bind(&mut self) {
        self.over = self.undecided.chosen().map(|chat| Over::Bind {
            conversation: chat.conversation.clone(),
            name: chat.name.clone(),
            items: chat.items,
            so_far: false,
        });
    }

    fn offer_to_keep(&mut self) {
        self.over = self.undecided.chosen().map(|chat| Over::Keep {
            conversation: chat.conversation.clone(),
            items: chat.items,
        });
    }

    /// The account of the chat that is chosen: accounts are known by what comes on them.
    fn offer_account(&mut self) {
        let chosen = self.undecided.chosen();
        self.over = chosen.map(|chat| {
            Over::Account(AccountRequest {
                channel: chat.conversation.channel.clone(),
                account: chat.conversation.account.clone(),
            })
        });
        if self.over.is_none() {
            self.notice = Some(Text::NoAccount.of(self.language).to_owned());
        }
    }
}

fn bind(conversation: ConversationRef, to: BindTo) -> Vec<Effect> {
    vec![Effect::Bind(BindRequest { conversation, to })]
}
