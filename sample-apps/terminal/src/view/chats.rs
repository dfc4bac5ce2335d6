//! The list of chats: work, undecided and personal, each with its cue.

use super::{badge, list::Shown, outbox::state_line, style, wrap::cut};
use crate::{
    model::{Model, Segment, Status},
    texts::Text as Words,
};
use companion_engine::values::{Conversation, UndecidedConversation};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span, Text},
};

/// The edges of the spaces: drawn through, dashed, none.
pub(super) const WORK_EDGE: &str = "▌";
const UNDECIDED_EDGE: &str = "┆";

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let [top, rest] = Layout::vertical([Constraint::Length(2), Constraint::Min(0)]).areas(area);
    frame.render_widget(segments(model), top);
    let text = |words: Words| words.of(model.language);
    let add = format!("[a {}]", text(Words::AddAccount));
    match model.segment {
        Segment::Work => {
            let chats = model.inbox.items.iter();
            let shown = Shown {
                rows: chats.map(|chat| work(model, chat)).collect(),
                chosen: model.inbox.chosen,
                empty: vec![text(Words::NoWorkChats).to_owned(), add],
            };
            shown.draw(model, &model.inbox.status, frame, rest);
        }
        Segment::Undecided => {
            let chats = model.undecided.items.iter();
            let shown = Shown {
                rows: chats.map(|chat| undecided(model, chat)).collect(),
                chosen: model.undecided.chosen,
                empty: vec![text(Words::NothingUndecided).to_owned()],
            };
            shown.draw(model, &model.undecided.status, frame, rest);
        }
        Segment::Personal => {
            let shown = Shown {
                rows: Vec::new(),
                chosen: 0,
                empty: vec![text(Words::PersonalNever).to_owned()],
            };
            shown.draw(model, &Status::Here, frame, rest);
        }
    }
}

fn segments(model: &Model) -> Line<'static> {
    let spans = Segment::ALL.into_iter().map(|segment| {
        let (text, count) = match segment {
            Segment::Work => (Words::Work, 0),
            Segment::Undecided => (Words::Undecided, model.undecided.items.len()),
            Segment::Personal => (Words::Personal, 0),
        };
        let label = format!("{}{}", text.of(model.language), badge(count as u64));
        if segment == model.segment {
            Span::styled(format!("[{label}]"), style::CHOSEN)
        } else {
            Span::raw(format!(" {label} "))
        }
    });
    Line::from_iter(spans)
}

fn work<'a>(model: &'a Model, chat: &'a Conversation) -> Text<'a> {
    let width = usize::from(model.width).saturating_sub(6);
    let name = chat.title.as_deref();
    let name = name.unwrap_or_else(|| Words::Customer.of(model.language));
    let unread = badge(u64::from(chat.unread));
    let own = model.last_waiting(&chat.key);
    let own = own.map(|one| state_line(&one.entry.state, None, model.language));
    let preview = chat.preview.as_deref().unwrap_or_default();
    let edge = || Span::styled(format!("{WORK_EDGE} "), style::WORK);
    Text::from(vec![
        Line::from(vec![
            edge(),
            Span::styled(cut(name, width / 2), style::TITLE),
            Span::raw(format!(" {unread}  ")),
            Span::styled(own.unwrap_or_default(), style::ATTENTION),
        ]),
        Line::from(vec![edge(), Span::raw(cut(preview, width))]),
    ])
}

fn undecided<'a>(model: &'a Model, chat: &'a UndecidedConversation) -> Text<'a> {
    let name = chat.name.as_deref();
    let name = name.unwrap_or_else(|| chat.conversation.conversation.as_str());
    let width = usize::from(model.width).saturating_sub(20);
    let (name, items) = (cut(name, width), badge(chat.items));
    Text::from(format!("{UNDECIDED_EDGE} ? {name} {items}"))
}
