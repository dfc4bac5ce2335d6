//! What is shown while work cannot be read: why, what is safe, and what to type. Nothing of work stands here.

use super::{
    style,
    wrap::{styled, wrap},
};
use crate::{
    model::{Ask, Door, Form, Gate, Model},
    said::said,
    texts::Text as Words,
    time::countdown,
};
use companion_domain::reason::{Code, Reason};
use companion_engine::{CompanionError, values::RecoveryRequest};
use ratatui::{
    Frame,
    layout::{Constraint, Layout},
    style::Style,
    text::{Line, Text},
};

/// How many characters of a code are read at once.
const GROUP: usize = 4;

pub(super) fn draw(model: &Model, gate: &Gate, frame: &mut Frame<'_>) {
    let answer = model.notice.as_deref().unwrap_or_default();
    let answer = styled(answer, model.width, style::ATTENTION);
    let hints = keys(model).into_iter();
    let hints = hints.map(|(key, text)| format!("{key} {}", text.of(model.language)));
    let hints = hints.collect::<Vec<_>>().join("  ");
    let hints = styled(&hints, model.width, style::MUTED);
    let height = |text: &Text<'_>| u16::try_from(text.height().max(1)).unwrap_or(u16::MAX);
    let rows = [
        Constraint::Min(1),
        Constraint::Length(height(&answer)),
        Constraint::Length(height(&hints)),
    ];
    let [body, notice, last] = Layout::vertical(rows).areas(frame.area());
    frame.render_widget(lines(model, gate), body);
    frame.render_widget(answer, notice);
    frame.render_widget(hints, last);
}

fn lines(model: &Model, gate: &Gate) -> Text<'static> {
    let language = model.language;
    let title = match gate.door {
        Door::NoPasscode => Words::SetPasscode.of(language),
        _ if gate.through_company() => Words::Recovery.of(language),
        Door::Locked => Words::Locked.of(language),
        Door::Recovery | Door::Closed => Words::AppName.of(language),
    };
    let mut text = styled(title, model.width, style::TITLE);
    for reason in told(&gate.reasons) {
        text.extend(styled(reason, model.width, Style::new()));
    }
    text.extend([Line::default()]);
    match &gate.request {
        Some(request) if gate.through_company() => text.extend(asked(model, request)),
        _ => {}
    }
    if let Some(form) = &model.form {
        text.extend(self::form(model, form));
    }
    text
}

/// Each reason once; a delay is counted down beside the passcode instead.
fn told(reasons: &[Reason]) -> Vec<&str> {
    let mut texts = Vec::new();
    for reason in reasons {
        let text = reason.text.as_str();
        if reason.code != Code::PasscodeDelay && !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}

/// What the employee gives to the company.
fn asked(model: &Model, request: &Result<RecoveryRequest, CompanionError>) -> Text<'static> {
    let language = model.language;
    let request = match request {
        Ok(request) => request,
        Err(error) => return styled(&said(error, language), model.width, style::ATTENTION),
    };
    let how = Words::RecoveryHow.with(language, "code", grouped(&request.code));
    let mut text = styled(&how, model.width, style::TITLE);
    let name = Words::RecoveryRequest.of(language);
    text.extend(styled(&format!("{name}:"), model.width, Style::new()));
    // Full rows: what is copied from them differs from the request by line ends alone.
    let characters: Vec<char> = request.request.chars().collect();
    let rows = characters.chunks(usize::from(model.width.max(1)));
    text.extend(rows.map(|row| Line::from(String::from_iter(row))));
    text.extend([Line::default()]);
    text
}

/// `ABCD EFGH …`, as it is read aloud.
fn grouped(code: &str) -> String {
    let mut grouped = String::new();
    for (at, character) in code.chars().enumerate() {
        if at > 0 && at % GROUP == 0 {
            grouped.push(' ');
        }
        grouped.push(character);
    }
    grouped
}

/// The fields, and what was said to the last try.
pub(super) fn form(model: &Model, form: &Form) -> Text<'static> {
    let language = model.language;
    let mut text = Text::default();
    if form.ask == Ask::Change {
        let title = Words::PasscodeChange.of(language);
        text.extend(styled(title, model.width, style::TITLE));
    }
    for (at, field) in form.fields.iter().enumerate() {
        let (mark, cursor, look) = if at == form.at && !form.busy {
            ("> ", "▏", style::CHOSEN)
        } else {
            ("  ", "", Style::new())
        };
        let line = format!(
            "{mark}{}: {}{cursor}",
            field.name.of(language),
            field.shown()
        );
        let lines = wrap(&line, usize::from(model.width)).into_iter();
        text.extend(lines.map(|line| Line::styled(line, look)));
    }
    if form.busy {
        text.extend(styled(
            Words::Checking.of(language),
            model.width,
            style::MUTED,
        ));
        return text;
    }
    if let Some(left) = form.tries_left {
        let wrong = Words::WrongPasscode.with(language, "n", left);
        text.extend(styled(&wrong, model.width, style::ATTENTION));
    }
    if let Some(at) = form.retry_at.filter(|_| form.must_wait(model.now)) {
        let wait = countdown(at.since(model.now));
        let wait = Words::TryAgainIn.with(language, "time", wait);
        text.extend(styled(&wait, model.width, style::ATTENTION));
    }
    text
}

/// The keys that matter here.
pub(super) fn keys(model: &Model) -> Vec<(&'static str, Words)> {
    let mut keys = Vec::new();
    if let Some(form) = &model.form {
        keys.push(("Enter", Words::KeyUnlock));
        if form.fields.len() > 1 {
            keys.push(("Tab", Words::KeyField));
        }
    }
    match &model.gate {
        Some(gate) if gate.by_company => keys.push(("Esc", Words::Back)),
        Some(gate) if gate.door == Door::Locked => keys.push(("Ctrl+R", Words::KeyForgotten)),
        Some(_) => {}
        None => keys.push(("Esc", Words::Back)),
    }
    keys.push(("Ctrl+C", Words::KeyQuit));
    keys
}
