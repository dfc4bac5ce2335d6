//! Looks. Colour only repeats what a word or a mark says: crossterm leaves it out where `NO_COLOR` is set.

use ratatui::style::{Color, Modifier, Style};

pub(super) const CHOSEN: Style = Style::new().add_modifier(Modifier::REVERSED);
pub(super) const TITLE: Style = Style::new().add_modifier(Modifier::BOLD);
pub(super) const MUTED: Style = Style::new().add_modifier(Modifier::DIM);
pub(super) const WORK: Style = Style::new().fg(Color::Cyan);
pub(super) const ATTENTION: Style = Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD);
