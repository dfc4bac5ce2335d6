//! Text in columns: Japanese characters take two, and what a reader takes for one character stays whole.

use ratatui::{
    style::Style,
    text::{Line, Text},
};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// `text` in lines of at most `width` columns, broken at spaces where there are any.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split_word_bounds() {
            if line.width() + word.width() <= width {
                line.push_str(word);
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            if word.chars().all(char::is_whitespace) {
                continue;
            }
            for character in word.graphemes(true) {
                if !line.is_empty() && line.width() + character.width() > width {
                    lines.push(std::mem::take(&mut line));
                }
                line.push_str(character);
            }
        }
        lines.push(line);
    }
    lines
}

/// `text` in one look, in lines of at most `width` columns.
pub(super) fn styled(text: &str, width: u16, style: Style) -> Text<'static> {
    let lines = wrap(text, usize::from(width)).into_iter();
    Text::from_iter(lines.map(|line| Line::styled(line, style)))
}

/// The beginning of `text` that fits into `width` columns; `…` tells that there is more.
pub(super) fn cut(text: &str, width: usize) -> String {
    let first = text.split('\n').next().unwrap_or_default();
    if first.width() <= width && first.len() == text.len() {
        return text.to_owned();
    }
    let mut short = String::new();
    for character in first.graphemes(true) {
        if short.width() + character.width() + 1 > width {
            break;
        }
        short.push_str(character);
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn japanese_takes_two_columns_and_words_stay_whole() {
        assert_eq!(
            wrap("見積をお願いします", 8),
            ["見積をお", "願いしま", "す"]
        );
        assert_eq!(wrap("how much is it", 8), ["how much", "is it"]);
        assert_eq!(wrap("a\n\nb", 8), ["a", "", "b"]);
        assert_eq!(wrap("👨‍👩‍👧👨‍👩‍👧", 3).len(), 2);
    }

    #[test]
    fn nothing_of_a_line_is_wider_than_the_window() {
        for width in 2..20 {
            for line in wrap(
                "お世話になります。Supercalifragilistic ミーティングテーブルです。",
                width,
            ) {
                assert!(line.width() <= width, "{line} in {width}");
            }
        }
    }

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(cut("見積をお願いします", 9), "見積をお…");
        assert_eq!(cut("見積", 4), "見積");
        assert_eq!(cut("a\nb", 4), "a…");
    }
}
