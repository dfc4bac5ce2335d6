//! What is typed to open work: fields, one after the other.

use crate::texts::Text;
use companion_domain::time::Timestamp;
use companion_engine::values::{PasscodeChange, UnlockWith};
use unicode_segmentation::UnicodeSegmentation;
use zeroize::Zeroizing;

/// Room for what is typed, so that it is not copied while it grows.
const ROOM: usize = 1024;

/// What a form is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The first passcode.
    First,
    /// The passcode.
    Unlock,
    /// Another passcode, by who knows the one in use.
    Change,
    /// The company's answer, and a new passcode.
    Recover,
}

impl Ask {
    fn fields(self) -> &'static [Text] {
        match self {
            Self::First => &[Text::PasscodeNew, Text::PasscodeAgain],
            Self::Unlock => &[Text::Passcode],
            Self::Change => &[Text::PasscodeOld, Text::PasscodeNew, Text::PasscodeAgain],
            Self::Recover => &[Text::RecoveryAnswer, Text::PasscodeNew, Text::PasscodeAgain],
        }
    }
}

/// One field. It prints nothing of what is in it.
pub struct Field {
    /// What is asked for.
    pub name: Text,
    typed: Zeroizing<String>,
}

impl Field {
    fn new(name: Text) -> Self {
        let typed = Zeroizing::new(String::with_capacity(ROOM));
        Self { name, typed }
    }

    /// What the screen shows of it: of a passcode, how long it is.
    pub fn shown(&self) -> String {
        if self.name == Text::RecoveryAnswer {
            self.typed.to_string()
        } else {
            "•".repeat(self.typed.graphemes(true).count())
        }
    }

    fn clear(&mut self) {
        *self = Self::new(self.name);
    }
}

/// What a complete form asks of the core. It prints nothing.
pub(super) enum Filled {
    Unlock(UnlockWith),
    Change(PasscodeChange),
}

/// The fields with the one that is written in.
pub struct Form {
    /// What it is for.
    pub ask: Ask,
    /// The fields.
    pub fields: Vec<Field>,
    /// The one that is written in.
    pub at: usize,
    /// Whether the core is at it.
    pub busy: bool,
    /// How often a passcode may still be tried, once one was wrong.
    pub tries_left: Option<u32>,
    /// When the next one may be tried.
    pub retry_at: Option<Timestamp>,
}

impl Form {
    /// An empty one.
    pub fn new(ask: Ask) -> Self {
        let fields = ask.fields().iter().copied();
        Self {
            ask,
            fields: fields.map(Field::new).collect(),
            at: 0,
            busy: false,
            tries_left: None,
            retry_at: None,
        }
    }

    /// Whether the next try of a passcode is still to wait.
    pub fn must_wait(&self, now: Timestamp) -> bool {
        self.ask != Ask::Recover && self.retry_at.is_some_and(|at| at > now)
    }

    pub(super) fn write(&mut self, text: &str) {
        if let Some(field) = self.fields.get_mut(self.at) {
            let plain = text.chars().filter(|c| !c.is_control());
            field.typed.extend(plain);
        }
    }

    pub(super) fn erase(&mut self) {
        if let Some(field) = self.fields.get_mut(self.at) {
            field.typed.pop();
        }
    }

    pub(super) fn go(&mut self, down: bool) {
        self.at = super::listing::step(self.at, down, self.fields.len());
    }

    /// Whether the field that is written in is the last.
    pub(super) fn is_last(&self) -> bool {
        self.at + 1 == self.fields.len()
    }

    /// Forgets every passcode; the company's answer stays.
    pub(super) fn clear(&mut self) {
        for field in &mut self.fields {
            if field.name != Text::RecoveryAnswer {
                field.clear();
            }
        }
        let first = self.fields.iter().position(|field| field.typed.is_empty());
        self.at = first.unwrap_or(0);
    }

    /// Whether each field holds something; else the first empty one is written in.
    pub(super) fn is_full(&mut self) -> bool {
        let empty = self.fields.iter().position(|field| field.typed.is_empty());
        self.at = empty.unwrap_or(self.at);
        empty.is_none()
    }

    /// What the form asks for; `None` if the new passcode and its repetition differ.
    pub(super) fn filled(&self) -> Option<Filled> {
        let typed: Vec<&str> = self.fields.iter().map(|field| &**field.typed).collect();
        match (self.ask, typed.as_slice()) {
            (Ask::First, [new, again]) if new == again => Some(Filled::Change(PasscodeChange {
                old: None,
                new: (*new).to_owned(),
            })),
            (Ask::Unlock, [code]) => Some(Filled::Unlock(UnlockWith::Passcode {
                code: (*code).to_owned(),
            })),
            (Ask::Change, [old, new, again]) if new == again => {
                Some(Filled::Change(PasscodeChange {
                    old: Some((*old).to_owned()),
                    new: (*new).to_owned(),
                }))
            }
            (Ask::Recover, [answer, new, again]) if new == again => {
                Some(Filled::Unlock(UnlockWith::Recovery {
                    answer: (*answer).to_owned(),
                    new: (*new).to_owned(),
                }))
            }
            _ => None,
        }
    }
}
