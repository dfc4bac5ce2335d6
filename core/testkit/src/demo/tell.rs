//! What the demonstration prints. Colour only where somebody looks.

use std::io::IsTerminal;

/// The voice of the demonstration.
pub(super) struct Teller {
    colour: bool,
    step: u32,
}

impl Teller {
    pub(super) fn new() -> Self {
        Self {
            colour: std::io::stdout().is_terminal(),
            step: 0,
        }
    }

    /// A step of the story.
    pub(super) fn step(&mut self, text: &str) {
        self.step += 1;
        let line = format!("{:>2}  {text}", self.step);
        println!("\n{}", self.paint("1", &line));
    }

    /// A line that a process said.
    pub(super) fn said(&self, who: &str, text: &str) {
        println!("    {} {text}", self.paint("36", &format!("{who:<9}")));
    }

    /// The last line.
    pub(super) fn end(&self, text: &str) {
        println!("\n{}", self.paint("1;32", text));
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}
