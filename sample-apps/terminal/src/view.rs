//! The model on the screen: a bar of tabs, one line for what is out of order, the pane, one line for answers, one for keys.

pub(crate) mod chat;
mod chats;
mod company;
mod list;
mod outbox;
mod over;
mod settings;
mod style;
mod today;
mod wrap;

use crate::{
    model::{Model, Over, Pane, Segment},
    said::said,
    texts::Text,
};
use companion_engine::CompanionError;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

/// The most that a badge counts.
const BADGE: u64 = 99;

/// Draws everything.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let rows = [
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ];
    let [tabs, line, body, notice, keys] = Layout::vertical(rows).areas(frame.area());
    frame.render_widget(tab_bar(model), tabs);
    frame.render_widget(out_of_order(model), line);
    pane(model, frame, body);
    let answer = model.notice.as_deref().unwrap_or_default();
    frame.render_widget(Line::styled(answer, style::ATTENTION), notice);
    frame.render_widget(Line::styled(hints(model), style::MUTED), keys);
    if let Some(over) = &model.over {
        over::draw(model, over, frame, body);
    }
}

fn pane(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    match (model.pane, &model.chat) {
        (Pane::Chats, Some(open)) => chat::draw(model, open, frame, area),
        (Pane::Today, _) => today::draw(model, frame, area),
        (Pane::Chats, None) => chats::draw(model, frame, area),
        (Pane::Outbox, _) => outbox::draw(model, frame, area),
        (Pane::Company, _) => company::draw(model, frame, area),
        (Pane::Settings, _) => settings::draw(model, frame, area),
    }
}

fn tab_bar(model: &Model) -> Line<'static> {
    let unread = model.inbox.items.iter().map(|chat| u64::from(chat.unread));
    let mut spans = Vec::new();
    for (at, pane) in Pane::ALL.into_iter().enumerate() {
        let (text, count) = match pane {
            Pane::Today => (Text::Today, 0),
            Pane::Chats => (Text::Chats, unread.clone().sum()),
            Pane::Outbox => (Text::Outbox, model.queue.items.len() as u64),
            Pane::Company => (Text::CompanySees, 0),
            Pane::Settings => (Text::Settings, 0),
        };
        let name = text.of(model.language);
        let label = format!("{} {name}{}", at + 1, badge(count));
        spans.push(if pane == model.pane {
            Span::styled(format!("[{label}]"), style::CHOSEN)
        } else {
            Span::raw(format!(" {label} "))
        });
    }
    Line::from(spans)
}

/// `(3)`, nothing for none.
fn badge(count: u64) -> String {
    match count {
        0 => String::new(),
        1..=BADGE => format!("({count})"),
        _ => format!("({BADGE}+)"),
    }
}

fn out_of_order(model: &Model) -> Line<'static> {
    let waiting = model
        .state
        .as_ref()
        .map_or(0, |state| state.waiting_messages);
    match model.apart() {
        Some(CompanionError::Offline) => Line::styled(
            Text::Offline.with(model.language, "n", waiting),
            style::ATTENTION,
        ),
        Some(error) => Line::styled(said(&error, model.language), style::ATTENTION),
        None if model.is_loading() => Line::styled(Text::Loading.of(model.language), style::MUTED),
        None => Line::default(),
    }
}

/// The keys that matter here, most needed first.
fn hints(model: &Model) -> String {
    let (over, chat) = (&model.over, &model.chat);
    let mut keys = match (over, chat, model.pane) {
        (Some(Over::Keys), ..) => vec![("Esc", Text::Back)],
        (Some(Over::Bind { .. }), ..) => vec![
            ("Space", Text::Choose),
            ("Enter", Text::MakeWork),
            ("Esc", Text::Back),
        ],
        (Some(Over::Decide(_)), ..) => vec![("1-3", Text::KeyDecide), ("Esc", Text::Back)],
        (Some(_), ..) => vec![("Enter", Text::KeyOpen), ("Esc", Text::Back)],
        (None, Some(chat), Pane::Chats) if chat.composer.is_some() => vec![
            ("Enter", Text::KeySend),
            ("Alt+Enter", Text::KeyNewLine),
            ("Esc", Text::Back),
        ],
        (None, Some(_), Pane::Chats) => vec![
            ("Enter", Text::KeyWrite),
            ("v", Text::KeyVersions),
            ("p", Text::Unbind),
            ("Esc", Text::Back),
        ],
        (None, None, Pane::Chats) if model.segment == Segment::Undecided => vec![
            ("←→", Text::KeySegments),
            ("w", Text::MakeWork),
            ("p", Text::KeepPersonal),
            ("a", Text::AddAccount),
        ],
        (None, None, Pane::Chats) => vec![
            ("←→", Text::KeySegments),
            ("Enter", Text::KeyOpen),
            ("a", Text::AddAccount),
        ],
        (None, ..) => vec![("↑↓", Text::KeyMove), ("Enter", Text::KeyOpen)],
    };
    let writing = model
        .chat
        .as_ref()
        .is_some_and(|chat| chat.composer.is_some());
    if over.is_none() && !writing {
        keys.extend([("?", Text::Keys), ("q", Text::KeyQuit)]);
    }
    let hints = keys.iter();
    let hints = hints.map(|(key, text)| format!("{key} {}", text.of(model.language)));
    hints.collect::<Vec<_>>().join("  ")
}
