//! The terminal, taken over and given back as it was.

use crossterm::{
    event::{DisableBracketedPaste, EnableBracketedPaste},
    execute,
};
use ratatui::DefaultTerminal;
use std::io::{self, stdout};

/// The whole terminal. Dropping it gives it back; so does a panic.
pub(crate) struct Screen(pub(crate) DefaultTerminal);

impl Screen {
    pub(crate) fn take() -> io::Result<Self> {
        let screen = Self(ratatui::try_init()?);
        execute!(stdout(), EnableBracketedPaste)?;
        Ok(screen)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back.
        let _ = execute!(stdout(), DisableBracketedPaste);
        ratatui::restore();
    }
}
