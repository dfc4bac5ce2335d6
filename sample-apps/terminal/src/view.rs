//! The model on the screen: a bar of tabs, one line for what is out of order, the pane, one line for answers, one for keys.

pub(crate) mod chat;
mod chats;
mod company;
mod gate;
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
    time,
};
use companion_engine::CompanionError;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span, Text as Lines},
};
use std::time::Duration;
use unicode_width::UnicodeWidthStr;
use wrap::styled;

/// The most that a badge counts.
const BADGE: u64 = 99;

/// Draws everything.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    if let Some(before) = &model.gate {
        return gate::draw(model, before, frame);
    }
    let line = out_of_order(model);
    let answer = model.notice.as_deref().unwrap_or_default();
    let answer = styled(answer, model.width, style::ATTENTION);
    let height = |text: &Lines<'_>| u16::try_from(text.height().max(1)).unwrap_or(u16::MAX);
    let rows = [
        Constraint::Length(1),
        Constraint::Length(height(&line)),
        Constraint::Min(1),
        Constraint::Length(height(&answer)),
        Constraint::Length(1),
    ];
    let [tabs, second, body, notice, keys] = Layout::vertical(rows).areas(frame.area());
    frame.render_widget(tab_bar(model), tabs);
    frame.render_widget(line, second);
    pane(model, frame, body);
    frame.render_widget(answer, notice);
    frame.render_widget(Line::styled(hints(model), style::MUTED), keys);
    if let Some(over) = &model.over {
        over::draw(model, over, frame, body);
    }
}

fn pane(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    if let Some(form) = &model.form {
        let lines = gate::form(model, form);
        return frame.render_widget(lines, area);
    }
    match (model.pane, &model.chat) {
        (Pane::Chats, Some(open)) => chat::draw(model, open, frame, area),
        (Pane::Today, _) => today::draw(model, frame, area),
        (Pane::Chats, None) => chats::draw(model, frame, area),
        (Pane::Outbox, _) => outbox::draw(model, frame, area),
        (Pane::Company, _) => company::draw(model, frame, area),
        (Pane::Settings, _) => settings::draw(model, frame, area),
    }
}

/// The panes by number and name; where that is too wide, the name of the one in front alone.
fn tab_bar(model: &Model) -> Line<'static> {
    let all = tabs(model, |_| true);
    if all.width() <= usize::from(model.width) {
        all
    } else {
        tabs(model, |pane| pane == model.pane)
    }
}

fn tabs(model: &Model, named: impl Fn(Pane) -> bool) -> Line<'static> {
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
        let mut label = (at + 1).to_string();
        if named(pane) {
            label = format!("{label} {}", text.of(model.language));
        }
        label += &badge(count);
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

/// What keeps the company away, and by when it has to be back.
fn out_of_order(model: &Model) -> Lines<'static> {
    let language = model.language;
    let state = model.state.as_ref();
    let waiting = state.map_or(0, |state| state.waiting_messages);
    let apart = model.apart().map(|error| match error {
        CompanionError::Offline => Text::Offline.with(language, "n", waiting),
        error => said(&error, language),
    });
    let lease = lease_ends(model).map(|left| {
        let time = time::left(left, language);
        Text::LeaseNotice.with(language, "time", time)
    });
    let told: Vec<String> = apart.into_iter().chain(lease).collect();
    if told.is_empty() && model.is_loading() {
        return styled(Text::Loading.of(language), model.width, style::MUTED);
    }
    styled(&told.join("\n"), model.width, style::ATTENTION)
}

/// What is left of the lease, once that is worth a notice.
fn lease_ends(model: &Model) -> Option<Duration> {
    let lease = &model.state.as_ref()?.lease;
    lease.notice.map(|_| lease.until.since(model.now))
}

/// The keys that matter here, most needed first, as many as fit beside the one that tells all.
fn hints(model: &Model) -> String {
    let (over, chat) = (&model.over, &model.chat);
    let mut keys = match (over, chat, model.pane) {
        _ if model.form.is_some() => gate::keys(model),
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
        (None, _, Pane::Company) => vec![("←→", Text::KeySegments), ("↑↓", Text::KeyMove)],
        (None, ..) => vec![("↑↓", Text::KeyMove), ("Enter", Text::KeyOpen)],
    };
    let writing = model
        .chat
        .as_ref()
        .is_some_and(|chat| chat.composer.is_some());
    let everywhere = if over.is_none() && !writing && model.form.is_none() {
        keys.extend([("?", Text::Keys), ("q", Text::KeyQuit)]);
        2
    } else {
        0
    };
    loop {
        let hints = keys.iter();
        let hints = hints.map(|(key, text)| format!("{key} {}", text.of(model.language)));
        let line = hints.collect::<Vec<_>>().join("  ");
        let others = keys.len() - everywhere;
        if line.width() <= usize::from(model.width) || others == 0 {
            return line;
        }
        keys.remove(others - 1);
    }
}
