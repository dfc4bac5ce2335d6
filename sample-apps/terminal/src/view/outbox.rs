//! The outbox: each message's state, why it is so, and since when.

use super::{
    list::Shown,
    style,
    wrap::{cut, wrap},
};
use crate::{
    model::{Choice, Model, Waiting},
    texts::Text as Words,
    time::shown,
};
use companion_domain::reason::Language;
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span, Text},
};

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let entries = model.queue.items.iter();
    let shown = Shown {
        rows: entries.map(|one| row(model, one)).collect(),
        chosen: model.queue.chosen,
        empty: vec![Words::NothingWaits.of(model.language).to_owned()],
    };
    shown.draw(model, &model.queue.status, frame, area);
}

fn row<'a>(model: &'a Model, waiting: &'a Waiting) -> Text<'a> {
    let name = model.title(&waiting.entry.conversation);
    let name = name.unwrap_or_else(|| Words::Customer.of(model.language));
    let state = state_line(&waiting.entry.state, None, model.language);
    let width = usize::from(model.width).saturating_sub(4);
    let mut lines = vec![Line::from(vec![
        Span::styled(state, style::ATTENTION),
        Span::raw(format!("  {}", cut(name, width / 2))),
    ])];
    for text in details(model, waiting) {
        let text = wrap(&text, width.saturating_sub(4)).into_iter();
        lines.extend(text.map(|line| Line::styled(format!("    {line}"), style::MUTED)));
    }
    Text::from(lines)
}

/// Why an entry is where it is, since when, and what comes next.
pub(super) fn details(model: &Model, waiting: &Waiting) -> Vec<String> {
    let time = |at| shown(at, model.now, &model.zone, model.language);
    let mut lines: Vec<String> = Vec::new();
    for reason in &waiting.reasons {
        lines.push(reason.text.clone());
        let since = reason.since.map(time);
        lines.extend(since.map(|since| Words::Since.with(model.language, "time", since)));
    }
    lines.extend(waiting.entry.detail.clone());
    if waiting.entry.attempts > 0 && waiting.entry.due > model.now {
        let due = time(waiting.entry.due);
        lines.push(Words::NextTry.with(model.language, "time", due));
    }
    lines
}

/// A state's mark and word. Both say the same, without colour.
pub(super) fn mark(state: &str) -> (&'static str, Words) {
    match state {
        "queued" => ("◷", Words::Queued),
        "sending" => ("➜", Words::Sending),
        "uncertain" => ("?", Words::Uncertain),
        "held" => ("‖", Words::Held),
        "stuck" => ("!", Words::Stuck),
        _ => ("✓", Words::Delivered),
    }
}

/// Mark and word of a state, with its reason where its text has a place for one.
pub(super) fn state_line(state: &str, reason: Option<&str>, language: Language) -> String {
    let (mark, word) = mark(state);
    let text = match (word, reason) {
        (Words::Held, Some(reason)) => Words::HeldBecause.with(language, "reason", reason),
        (Words::Stuck, Some(reason)) => Words::StuckBecause.with(language, "reason", reason),
        (word, _) => word.of(language).to_owned(),
    };
    format!("{mark} {text}")
}

/// The words for an act; decisions are an open set.
pub(super) fn choice<'a>(choice: &'a Choice, state: &str, language: Language) -> &'a str {
    let word = match choice {
        Choice::Edit => Words::Edit,
        Choice::Decide(decision) => match decision.as_str() {
            "send_now" if state == "stuck" => Words::Retry,
            "send_now" => Words::SendNow,
            "send_again" => Words::SendAgain,
            "mark_delivered" => Words::Arrived,
            "discard" => Words::TakeBack,
            other => return other,
        },
    };
    word.of(language)
}
