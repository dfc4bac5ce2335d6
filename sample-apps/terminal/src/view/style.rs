//! Looks. Colour only repeats what a word or a mark says, so it can be left out.

use crate::model::Model;
use ratatui::style::{Color, Modifier, Style as Look};

/// How things look on this terminal.
#[derive(Clone, Copy)]
pub(super) struct Style {
    color: bool,
}

impl Style {
    pub(super) fn of(model: &Model) -> Self {
        Self { color: model.color }
    }

    pub(super) fn chosen(self) -> Look {
        Look::new().add_modifier(Modifier::REVERSED)
    }

    pub(super) fn title(self) -> Look {
        Look::new().add_modifier(Modifier::BOLD)
    }

    pub(super) fn muted(self) -> Look {
        Look::new().add_modifier(Modifier::DIM)
    }

    pub(super) fn work(self) -> Look {
        self.colored(Color::Cyan)
    }

    pub(super) fn attention(self) -> Look {
        self.colored(Color::Yellow).add_modifier(Modifier::BOLD)
    }

    fn colored(self, color: Color) -> Look {
        if self.color {
            Look::new().fg(color)
        } else {
            Look::new()
        }
    }
}
