//! A list with its states: rows, nothing yet, nothing at all, not readable.

use super::{style, wrap::styled};
use crate::{
    model::{Model, Status},
    said::said,
    texts::Text as Words,
};
use companion_engine::CompanionError;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::Text,
    widgets::{List, ListState},
};

/// What is drawn as a list.
pub(super) struct Shown<'a> {
    /// The rows.
    pub(super) rows: Vec<Text<'a>>,
    /// Which one is chosen.
    pub(super) chosen: usize,
    /// What stands there if there are none: a sentence, then an action.
    pub(super) empty: Vec<String>,
}

impl Shown<'_> {
    /// Draws the list. Rows that are known stay while they cannot be read again.
    pub(super) fn draw(self, model: &Model, status: &Status, frame: &mut Frame<'_>, area: Rect) {
        let area = match status {
            Status::Failed(error) => {
                let trouble = trouble(model, error);
                let height = u16::try_from(trouble.height()).unwrap_or(u16::MAX);
                let rows = [Constraint::Length(height), Constraint::Min(0)];
                let [top, rest] = Layout::vertical(rows).areas(area);
                frame.render_widget(trouble, top);
                rest
            }
            Status::Here if self.rows.is_empty() => {
                let empty = styled(&self.empty.join("\n"), model.width, Style::new());
                return frame.render_widget(empty, area);
            }
            Status::Here | Status::Asked(_) => area,
        };
        let list = List::new(self.rows)
            .highlight_symbol("> ")
            .highlight_style(style::CHOSEN);
        let mut state = ListState::default().with_selected(Some(self.chosen));
        frame.render_stateful_widget(list, area, &mut state);
    }
}

/// What could not be read, and the key that reads it again.
pub(super) fn trouble(model: &Model, error: &CompanionError) -> Text<'static> {
    let retry = Words::Retry.of(model.language);
    let said = said(error, model.language);
    let text = format!("{said} [r {retry}]");
    styled(&text, model.width, style::ATTENTION)
}
