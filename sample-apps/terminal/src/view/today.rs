//! Today: who waits, and what needs a decision.

use super::{badge, list::Shown, outbox, style, wrap::cut};
use crate::{
    model::{Model, TodayRow},
    texts::Text as Words,
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Text},
};

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let rows = model.today_rows();
    let waiting = rows.iter();
    let waiting = waiting.filter(|row| matches!(row, TodayRow::Waiting(_)));
    let waiting = waiting.count();
    let [top, rest] = Layout::vertical([Constraint::Length(2), Constraint::Min(0)]).areas(area);
    let told = model.inbox.status == crate::model::Status::Here;
    if waiting > 0 {
        let line = Words::WaitingPeople.with(model.language, "n", waiting);
        frame.render_widget(Line::styled(line, style::TITLE), top);
    } else if told {
        let line = Words::NobodyWaits.of(model.language);
        frame.render_widget(Line::styled(line, style::TITLE), top);
    }
    let shown = Shown {
        rows: rows.iter().map(|row| line(model, row)).collect(),
        chosen: model.today,
        empty: vec![format!("[2 {}]", Words::Chats.of(model.language))],
    };
    shown.draw(model, &model.inbox.status, frame, rest);
}

fn line<'a>(model: &'a Model, row: &TodayRow) -> Text<'a> {
    let language = model.language;
    let line = match row {
        TodayRow::Waiting(at) => {
            let Some(chat) = model.inbox.items.get(*at) else {
                return Text::default();
            };
            let name = chat.title.as_deref().unwrap_or_default();
            let unread = badge(u64::from(chat.unread));
            let preview = chat.preview.as_deref().unwrap_or_default();
            let width = usize::from(model.width).saturating_sub(4);
            Line::from(cut(&format!("{name} {unread} {preview}"), width))
        }
        TodayRow::Queue(state, count) => {
            let (mark, word) = outbox::mark(state);
            Line::styled(
                format!("{mark} {} {count}", word.of(language)),
                style::ATTENTION,
            )
        }
        TodayRow::Undecided(count) => {
            let word = Words::Undecided.of(language);
            Line::from(format!("? {word} {count}"))
        }
        TodayRow::Parked(count) => {
            let word = Words::RecordingDelayed.of(language);
            Line::from(format!("! {word} {count}"))
        }
    };
    Text::from(line)
}
