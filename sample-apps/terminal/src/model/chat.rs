//! The open chat and what is being written in it.

use super::Status;
use companion_domain::{id::Key, time::Timestamp};
use companion_engine::values::{Conversation, ConversationRef, MirroredMessage};
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

/// The open chat.
pub struct Chat {
    /// `c1…`.
    pub key: Key,
    /// In the channel's own words.
    pub source: ConversationRef,
    /// Its name.
    pub title: Option<String>,
    /// Its messages, newest first.
    pub messages: Vec<MirroredMessage>,
    /// How their reading stands.
    pub status: Status,
    /// How many pages of messages are read.
    pub pages: usize,
    /// Whether there are older ones.
    pub more: bool,
    /// How many lines the view is above the newest.
    pub scroll: usize,
    /// Whether earlier contents are shown.
    pub versions: bool,
    /// The reply, while it is being written.
    pub composer: Option<Composer>,
    /// Why nothing can be written, as a reason code.
    pub read_only: Option<String>,
}

impl Chat {
    pub(super) fn open(conversation: &Conversation, now: Timestamp) -> Self {
        Self {
            key: conversation.key.clone(),
            source: conversation.source.clone(),
            title: conversation.title.clone(),
            messages: Vec::new(),
            status: Status::Asked(now),
            pages: 1,
            more: false,
            scroll: 0,
            versions: false,
            composer: None,
            read_only: conversation.read_only.clone(),
        }
    }
}

/// Text that is being written, with a cursor between its characters as a reader counts them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Composer {
    text: String,
    cursor: usize,
}

impl Composer {
    /// Begins with `text`, the cursor behind it.
    pub fn with(text: String) -> Self {
        let cursor = text.len();
        Self { text, cursor }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before the cursor and behind it.
    pub fn around_cursor(&self) -> (&str, &str) {
        self.text.split_at_checked(self.cursor).unwrap_or_default()
    }

    /// Writes `text` at the cursor. Of what controls a terminal, a new line alone is text.
    pub fn write(&mut self, text: &str) {
        let plain: String = text
            .replace("\r\n", "\n")
            .replace('\r', "\n")
            .chars()
            .filter(|c| *c == '\n' || !c.is_control())
            .collect();
        self.text.insert_str(self.cursor, &plain);
        self.cursor += plain.len();
    }

    /// Removes the character before the cursor.
    pub fn erase(&mut self) {
        let end = self.cursor;
        self.left();
        self.text.replace_range(self.cursor..end, "");
    }

    /// Moves the cursor one character to the left.
    pub fn left(&mut self) {
        let (before, _) = self.around_cursor();
        let last = before.graphemes(true).next_back().map_or(0, str::len);
        self.cursor -= last;
    }

    /// Moves the cursor one character to the right.
    pub fn right(&mut self) {
        let mut cursor = GraphemeCursor::new(self.cursor, self.text.len(), true);
        if let Ok(Some(next)) = cursor.next_boundary(&self.text, 0) {
            self.cursor = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_what_a_reader_takes_for_one() {
        let mut composer = Composer::default();
        composer.write("見積👨‍👩‍👧が");
        composer.left();
        composer.erase();
        assert_eq!(composer.text(), "見積が");
        composer.erase();
        composer.write("本");
        composer.right();
        composer.write("。");
        assert_eq!(composer.text(), "見本が。");
    }

    #[test]
    fn pasted_text_brings_no_control_of_the_terminal() {
        let mut composer = Composer::default();
        composer.write("a\u{1b}[2J\r\nb\u{7}");
        assert_eq!(composer.text(), "a[2J\nb");
    }

    #[test]
    fn nothing_is_erased_or_passed_at_the_ends() {
        let mut composer = Composer::with("a".into());
        composer.right();
        composer.left();
        composer.left();
        composer.erase();
        assert_eq!(composer.text(), "a");
    }
}
