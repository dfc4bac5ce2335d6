//! Models as the core would have filled them, and what they look like at 80 columns and 24 rows.

use companion_domain::{
    event::{Content, Direction, Origin, Party, PartyKey, PartyKind},
    id::{AccountId, ChannelId, ClientMessageId, EnrolmentId, Key, SourceConversationId},
    message::Message,
    outbound::OutboundContent,
    reason::{Code, Language, Reason},
    time::Timestamp,
};
use companion_engine::{
    CompanionError,
    values::{
        BindRequest, BindTo, ClientState, Conversation, ConversationRef, Diagnostics, Draft,
        LedgerEntry, MessagePage, MirrorState, MirroredMessage, Paged, QueueEntry,
        UndecidedConversation,
    },
};
use companion_terminal::{
    model::{Answer, Decided, Effect, Event, Model, Waiting},
    view,
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::{TimeZone, offset};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};
use unicode_width::UnicodeWidthStr;

pub const LANGUAGES: [Language; 2] = [Language::Ja, Language::En];

/// Nine in the morning in Tokyo.
pub fn now() -> Timestamp {
    Timestamp::parse("2026-11-25T09:00:00+09:00").unwrap()
}

/// A model that asked for everything and heard nothing.
pub fn model(language: Language) -> Model {
    Model::new(language, now(), TimeZone::fixed(offset(9)))
}

/// The same, with answers: one chat that waits, one undecided.
pub fn answered(language: Language) -> Model {
    let mut model = model(language);
    for answer in [
        Answer::State(Ok(state(0))),
        Answer::Inbox(paged(vec![chat("c1a", "山田 太郎")])),
        Answer::Undecided(paged(vec![undecided("ゆうこ", 3)])),
        Answer::Queue(paged(Vec::new())),
        Answer::Ledger(paged(vec![record("message created", "c1a")])),
        Answer::Journal(paged(vec![decided(Code::EnrolmentJoined, "employee")])),
        Answer::Diagnostics(Ok(diagnostics())),
    ] {
        model.update(Event::Answered(Box::new(answer)));
    }
    model
}

/// The same with the one chat open.
pub fn in_chat(language: Language) -> Model {
    let mut model = answered(language);
    press(&mut model, "2\n");
    let said = [
        own("o1", "午後にお送りします。"),
        theirs("見積をお願いできますか。"),
    ];
    model.update(messages(said, MirrorState::Recorded));
    model
}

/// The open chat's messages, newest first, all as far mirrored.
pub fn messages(all: impl IntoIterator<Item = Message>, mirror: MirrorState) -> Event {
    let all = all.into_iter();
    let page = MessagePage {
        messages: all
            .map(|message| MirroredMessage { message, mirror })
            .collect(),
        next: None,
    };
    Event::Answered(Box::new(Answer::Messages(Key::new("c1a"), Ok(page))))
}

/// Types; `\n` is Enter, `\x1b` Esc, `\t` Tab, `\x08` the erasing key, `→ ↓` the arrows.
pub fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let codes = keys.chars().map(|key| match key {
        '\n' => KeyCode::Enter,
        '\x1b' => KeyCode::Esc,
        '\t' => KeyCode::Tab,
        '\x08' => KeyCode::Backspace,
        '→' => KeyCode::Right,
        '↓' => KeyCode::Down,
        other => KeyCode::Char(other),
    });
    let events = codes.map(|code| Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    events.flat_map(|event| model.update(event)).collect()
}

/// Presses a key with Ctrl.
pub fn press_control(model: &mut Model, key: char) -> Vec<Effect> {
    let key = KeyEvent::new(KeyCode::Char(key), KeyModifiers::CONTROL);
    model.update(Event::Key(key))
}

/// Takes one answer.
pub fn answer(model: &mut Model, answer: Answer) -> Vec<Effect> {
    model.update(Event::Answered(Box::new(answer)))
}

/// The core's word for the lock.
pub fn stands(model: &mut Model, lock: &str) -> Vec<Effect> {
    let state = ClientState {
        lock: lock.into(),
        ..state(0)
    };
    answer(model, Answer::State(Ok(state)))
}

/// The same, and why.
pub fn at_gate(language: Language, lock: &str, codes: &[Code]) -> Model {
    let mut model = model(language);
    stands(&mut model, lock);
    because(&mut model, codes);
    model
}

/// The core's reasons for the lock.
pub fn because(model: &mut Model, codes: &[Code]) {
    let language = model.language;
    let reasons = codes.iter().map(|code| code.reason(language)).collect();
    answer(model, Answer::Why(Ok(reasons)));
}

/// What a window of this size shows.
pub fn buffer(model: &Model, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view::draw(model, frame)).unwrap();
    terminal.backend().buffer().clone()
}

/// What a person reads, row by row.
pub fn screen(model: &Model) -> String {
    screen_of(model, 80)
}

/// The same in a window of this width.
pub fn screen_of(model: &Model, width: u16) -> String {
    let buffer = buffer(model, width, 24);
    let mut text = String::new();
    for row in 0..24 {
        let mut column = 0;
        while column < width {
            let symbol = buffer[(column, row)].symbol();
            text.push_str(symbol);
            column += u16::try_from(symbol.width().max(1)).unwrap();
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    text
}

/// Fails with the whole screen where a text is missing.
pub fn assert_shows(model: &Model, texts: &[&str]) {
    let screen = screen(model);
    for text in texts {
        assert!(screen.contains(text), "{text:?} is not on\n{screen}");
    }
}

pub fn paged<T>(items: Vec<T>) -> Result<Paged<T>, CompanionError> {
    Ok(Paged { items, next: None })
}

pub fn state(waiting: u64) -> ClientState {
    ClientState {
        enrolment: EnrolmentId::new("7f3c1f0e-9b1d-4c55-8a53-2f6f0c1d9e11"),
        lock: "unlocked".into(),
        lease: companion_engine::values::Lease {
            left: std::time::Duration::from_secs(72 * 60 * 60),
            until: Timestamp::from_ms(1_767_582_245_000),
            notice: None,
        },
        phase: "open".into(),
        waiting_messages: waiting,
        undelivered: 0,
        parked: 0,
        undecided: 3,
        recorded: 1,
        broken_accounts: Vec::new(),
    }
}

pub fn draft(text: &str) -> Draft {
    Draft {
        conversation: Key::new("c1a"),
        content: OutboundContent::Text {
            text: text.into(),
            reply_to: None,
        },
    }
}

pub fn source(id: &str) -> ConversationRef {
    ConversationRef {
        channel: ChannelId::new("whatsapp"),
        account: AccountId::new("106540352242922"),
        conversation: SourceConversationId::new(id),
    }
}

pub fn chat(key: &str, title: &str) -> Conversation {
    Conversation {
        key: Key::new(key),
        source: source("819011112222"),
        title: Some(title.into()),
        preview: Some("見積をお願いできますか。".into()),
        unread: 2,
        read_only: None,
    }
}

/// The one chat after it was declared personal.
pub fn personal() -> Conversation {
    Conversation {
        read_only: Some(Code::ConversationPersonal.as_str().to_owned()),
        ..chat("c1a", "山田 太郎")
    }
}

pub fn undecided(name: &str, items: u64) -> UndecidedConversation {
    UndecidedConversation {
        conversation: source("819033334444"),
        name: Some(name.into()),
        items,
    }
}

pub fn record(what: &str, conversation: &str) -> LedgerEntry {
    LedgerEntry {
        record: Key::new("m1"),
        what: what.into(),
        conversation: Key::new(conversation),
        at: now(),
    }
}

pub fn decided(code: Code, by: &str) -> Decided {
    Decided {
        n: 1,
        at: now(),
        code: code.as_str().into(),
        by: by.into(),
    }
}

fn diagnostics() -> Diagnostics {
    Diagnostics {
        state: state(0),
        versions: "test".into(),
        head: String::new(),
        inbox_seq: 0,
        key_level: "software".into(),
    }
}

/// An entry of the queue about which the core offers `decisions`.
pub fn waiting(state: &str, code: Option<Code>, decisions: &[&str], language: Language) -> Waiting {
    Waiting {
        entry: QueueEntry {
            id: 7,
            client_message_id: ClientMessageId::new("o1"),
            conversation: Key::new("c1a"),
            state: state.into(),
            reason: code.map(|code| code.as_str().into()),
            detail: None,
            due: now(),
            attempts: 0,
            decisions: decisions.iter().map(|word| (*word).into()).collect(),
        },
        reasons: code
            .map(|code| Reason {
                since: Some(now()),
                ..code.reason(language)
            })
            .into_iter()
            .collect(),
    }
}

/// What waits, in one chat and in the outbox.
pub fn queued(state: &str, code: Option<Code>, language: Language) -> Model {
    offered(state, code, &[], language)
}

/// The same, with what the core offers about it.
pub fn offered(state: &str, code: Option<Code>, decisions: &[&str], language: Language) -> Model {
    let mut model = in_chat(language);
    let entry = waiting(state, code, decisions, language);
    model.update(Event::Answered(Box::new(Answer::Queue(paged(vec![entry])))));
    model
}

/// The core refuses to make a chat work, and why.
pub fn refusal(language: Language) -> (Event, String) {
    let request = BindRequest {
        conversation: source("819033334444"),
        to: BindTo::Work,
    };
    let reason = Code::AccountNotAccepted;
    let refused = Answer::Bound(request, Err(CompanionError::NotPermitted { reason }));
    (
        Event::Answered(Box::new(refused)),
        reason.reason(language).text,
    )
}

pub fn theirs(text: &str) -> Message {
    let author = Party {
        keys: vec![PartyKey {
            kind: "phone".into(),
            value: "819011112222".into(),
        }],
        name: Some("山田 太郎".into()),
        kind: PartyKind::Customer,
    };
    Message {
        direction: Direction::Inbound,
        author: Some(author),
        client_message_id: None,
        ..own("", text)
    }
}

pub fn own(id: &str, text: &str) -> Message {
    Message {
        key: Key::new("m1"),
        source_id: None,
        client_message_id: Some(ClientMessageId::new(id)),
        origin: Origin::Live,
        direction: Direction::Outbound,
        author: None,
        sent_at: Some(now()),
        received_at: now(),
        content: Some(Content::text(text)),
        reply_to: None,
        forwarded: false,
        edits: Vec::new(),
        deletion: None,
        reactions: Vec::new(),
        deliveries: Vec::new(),
    }
}
