//! One chat: what was said, how far each own message came, and the reply.

use super::{
    chats::WORK_EDGE,
    list::trouble,
    outbox::{self, state_line},
    style,
    wrap::{cut, styled, wrap},
};
use crate::{
    model::{Chat, Composer, Model, Status},
    texts::Text as Words,
    time::shown,
};
use companion_domain::{
    event::{Content, DeliveryState, Direction},
    message::Message,
    reason::{Code, Language},
};
use companion_engine::values::{MirrorState, MirroredMessage};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::{Line, Span, Text},
};
use unicode_width::UnicodeWidthStr;

/// The most lines that the reply takes.
const REPLY: usize = 5;

pub(super) fn draw(model: &Model, chat: &Chat, frame: &mut Frame<'_>, area: Rect) {
    let reply = Reply::of(model, chat);
    let height = reply.label.height() + reply.lines.len();
    let height = u16::try_from(height).unwrap_or(u16::MAX);
    let rows = [
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(height),
    ];
    let [top, middle, bottom] = Layout::vertical(rows).areas(area);
    frame.render_widget(header(model, chat), top);
    messages(model, chat, frame, middle);
    reply.draw(frame, bottom);
}

fn header<'a>(model: &'a Model, chat: &'a Chat) -> Line<'a> {
    let name = chat.title.as_deref();
    let name = name.unwrap_or_else(|| Words::Customer.of(model.language));
    let work = Words::Work.of(model.language);
    Line::from(vec![
        Span::styled(format!("{WORK_EDGE}{work} "), style::WORK),
        Span::styled(cut(name, usize::from(model.width) / 2), style::TITLE),
    ])
}

fn messages(model: &Model, chat: &Chat, frame: &mut Frame<'_>, area: Rect) {
    if let Status::Failed(error) = &chat.status {
        return frame.render_widget(trouble(model, error), area);
    }
    if chat.messages.is_empty() && chat.status == Status::Here {
        return frame.render_widget(Words::NoMessages.of(model.language), area);
    }
    let lines = lines(model, chat);
    let height = usize::from(area.height);
    let end = lines.len().saturating_sub(chat.scroll);
    let start = end.saturating_sub(height);
    let seen = lines.into_iter().take(end).skip(start);
    frame.render_widget(Text::from_iter(seen), area);
}

/// All lines of a chat, oldest first.
pub(crate) fn lines(model: &Model, chat: &Chat) -> Vec<Line<'static>> {
    let messages = chat.messages.iter().rev();
    messages
        .flat_map(|message| bubble(model, chat, message))
        .collect()
}

fn bubble(model: &Model, chat: &Chat, mirrored: &MirroredMessage) -> Vec<Line<'static>> {
    let MirroredMessage { message, mirror } = mirrored;
    let language = model.language;
    let own = message.direction == Direction::Outbound;
    let width = usize::from(model.width).saturating_sub(4) * 3 / 4;
    let at = message.sent_at.unwrap_or(message.received_at);
    let at = shown(at, model.now, &model.zone, language);
    let who = if own {
        Words::You.of(language).to_owned()
    } else {
        let author = message.author.as_ref();
        let name = author.and_then(|author| author.name.clone());
        let name = name.or_else(|| chat.title.clone());
        name.unwrap_or_else(|| Words::Customer.of(language).to_owned())
    };
    let mut head = format!("{} {at}", cut(&who, width / 2));
    if message.deletion.is_some() {
        head = format!("{head} · {}", Words::Unsent.of(language));
    } else if !message.edits.is_empty() {
        head = format!("{head} · {}", Words::Edited.of(language));
    }
    if let Some(word) = recorded(*mirror) {
        head = format!("{head} · {}", word.of(language));
    }
    let mut lines = vec![Line::styled(head, style::MUTED)];
    if message.deletion.is_none() {
        for line in said(message, language)
            .lines()
            .flat_map(|line| wrap(line, width))
        {
            lines.push(Line::raw(line));
        }
    }
    if chat.versions {
        lines.extend(earlier(model, message, width));
    }
    let reactions = message.standing_reactions();
    if !reactions.is_empty() {
        let emoji: Vec<&str> = reactions.iter().map(|one| one.emoji.as_str()).collect();
        lines.push(Line::raw(emoji.join(" ")));
    }
    if own {
        let progress = progress(model, message).into_iter();
        let progress = progress.flat_map(|text| wrap(&text, width));
        lines.extend(progress.map(|line| Line::styled(line, style::WORK)));
        lines = lines.into_iter().map(Line::right_aligned).collect();
    }
    lines.push(Line::default());
    lines
}

fn said(message: &Message, language: Language) -> String {
    message
        .current()
        .map(|content| content_text(content, language))
        .unwrap_or_default()
}

fn content_text(content: &Content, language: Language) -> String {
    let text = content.text.clone().unwrap_or_default();
    if content.kind == "text" {
        return text;
    }
    let names = content.attachments.iter();
    let name = names.filter_map(|file| file.name.as_deref()).next();
    let kind = name.unwrap_or(&content.kind);
    let file = Words::Attachment.with(language, "kind", kind);
    if text.is_empty() {
        format!("[{file}]")
    } else {
        format!("[{file}]\n{text}")
    }
}

/// What a message said before.
fn earlier(model: &Model, message: &Message, width: usize) -> Vec<Line<'static>> {
    let edits = message.edits.iter().map(|edit| &edit.content);
    let all: Vec<&Content> = message.content.iter().chain(edits).collect();
    let hidden = usize::from(message.deletion.is_none());
    let count = all.len().saturating_sub(hidden);
    let before = Words::Before.of(model.language);
    let texts = all.into_iter().take(count);
    let texts = texts.map(|content| content_text(content, model.language));
    let lines = texts.flat_map(|text| wrap(&format!("{before}: {text}"), width));
    lines.map(|line| Line::styled(line, style::MUTED)).collect()
}

/// How far an own message came: where it waits, else what the channel told.
fn progress(model: &Model, message: &Message) -> Option<String> {
    let id = message.client_message_id.as_ref();
    let mut entries = model.queue.items.iter();
    if let Some(waiting) = entries.find(|one| Some(&one.entry.client_message_id) == id) {
        let reason = waiting.reasons.first().map(|reason| reason.text.as_str());
        return Some(state_line(&waiting.entry.state, reason, model.language));
    }
    let delivery = message.delivery()?;
    let at = shown(delivery.at, model.now, &model.zone, model.language);
    let (mark, word) = match delivery.state {
        DeliveryState::Read | DeliveryState::Played => ("✓", Words::Read),
        DeliveryState::Pending | DeliveryState::Sent | DeliveryState::Delivered => {
            outbox::mark("delivered")
        }
        DeliveryState::Failed => {
            let code = delivery.code.as_deref().unwrap_or_default();
            let reason = reason_text(code, model.language);
            return Some(state_line("stuck", Some(&reason), model.language));
        }
    };
    Some(format!("{mark} {} {at}", word.of(model.language)))
}

/// Whether the company has a message; nothing is said while it is on its way.
fn recorded(state: MirrorState) -> Option<Words> {
    match state {
        MirrorState::Recorded => Some(Words::Mirrored),
        MirrorState::Waiting => None,
        MirrorState::Parked => Some(Words::RecordingDelayed),
    }
}

/// The text of a code of ours; a channel's own stays as it is.
fn reason_text(code: &str, language: Language) -> String {
    let known = Code::parse(code).map(|code| code.reason(language).text);
    known.unwrap_or_else(|| code.to_owned())
}

/// The reply, or why there is none.
struct Reply {
    label: Text<'static>,
    lines: Vec<String>,
    cursor: Option<(usize, usize)>,
}

impl Reply {
    fn of(model: &Model, chat: &Chat) -> Self {
        if let Some(code) = &chat.read_only {
            let reason = reason_text(code, model.language);
            let label = Words::ReadOnly.with(model.language, "reason", &reason);
            return Self {
                label: styled(&label, model.width, style::WORK),
                lines: Vec::new(),
                cursor: None,
            };
        }
        let label = match &chat.title {
            Some(name) => Words::Composer.with(model.language, "customer", name),
            None => Words::ComposerUnnamed.of(model.language).to_owned(),
        };
        let label = styled(&label, model.width, style::WORK);
        let width = usize::from(model.width).saturating_sub(3);
        match &chat.composer {
            Some(composer) => {
                let (lines, cursor) = written(composer, width);
                Self {
                    label,
                    lines,
                    cursor: Some(cursor),
                }
            }
            None => {
                let draft = model.drafts.get(&chat.key);
                Self {
                    label,
                    lines: draft.map(|draft| cut(draft, width)).into_iter().collect(),
                    cursor: None,
                }
            }
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect) {
        let above = self.label.height();
        let mut text = self.label.clone();
        text.extend(self.lines.iter().map(|line| Line::raw(format!("> {line}"))));
        frame.render_widget(text, area);
        if let Some((row, column)) = self.cursor {
            let place = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
            let x = area.x.saturating_add(place(column + 2));
            let y = area.y.saturating_add(place(row + above));
            frame.set_cursor_position(Position { x, y });
        }
    }
}

/// The last lines of what is written up to the cursor, what follows it, and where the cursor stands.
fn written(composer: &Composer, width: usize) -> (Vec<String>, (usize, usize)) {
    let (before, _) = composer.around_cursor();
    let all = wrap(composer.text(), width);
    let above = wrap(before, width);
    let row = above.len().saturating_sub(1);
    let column = above.last().map_or(0, |line| line.width());
    let start = (row + 1).saturating_sub(REPLY);
    let lines = all.into_iter().skip(start).take(REPLY).collect();
    (lines, (row - start, column.min(width)))
}
