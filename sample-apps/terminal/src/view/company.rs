//! What the company sees: by rule, and by what really left the phone.

use super::{list::Shown, style, wrap::wrap};
use crate::{model::Model, texts::Text as Words, time::shown};
use companion_engine::values::LedgerEntry;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Text},
};

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let language = model.language;
    let rules = [
        (Words::Seen, Words::SeenWhat),
        (Words::NotSeen, Words::NotSeenWhat),
    ];
    let width = usize::from(model.width);
    let rules = rules.map(|(name, what)| format!("{}: {}", name.of(language), what.of(language)));
    let mut lines: Vec<Line> = Vec::new();
    for text in rules.iter().map(String::as_str) {
        lines.extend(wrap(text, width).into_iter().map(Line::from));
    }
    let management = Words::DeviceManagement.of(language);
    lines.push(Line::styled(management, style::MUTED));
    lines.push(Line::default());
    lines.push(Line::styled(sent(model), style::TITLE));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let rows = [Constraint::Length(height), Constraint::Min(0)];
    let [top, rest] = Layout::vertical(rows).areas(area);
    frame.render_widget(Text::from(lines), top);
    let entries = model.ledger.items.iter();
    let shown = Shown {
        rows: entries.map(|entry| Text::from(row(model, entry))).collect(),
        chosen: model.ledger.chosen,
        empty: vec![Words::NothingSent.of(language).to_owned()],
    };
    shown.draw(model, &model.ledger.status, frame, rest);
}

fn sent(model: &Model) -> String {
    let word = Words::SentRecords.of(model.language);
    let Some(state) = &model.state else {
        return word.to_owned();
    };
    let mut line = format!("{word}: {}", state.recorded);
    if state.undelivered > 0 {
        let way = Words::OnTheWay.with(model.language, "n", state.undelivered);
        line = format!("{line} · {way}");
    }
    line
}

fn row(model: &Model, entry: &LedgerEntry) -> String {
    let (kind, change) = entry.what.split_once(' ').unwrap_or((&entry.what, ""));
    let word = |word: &str| match known(word) {
        Some(known) => known.of(model.language).to_owned(),
        None => word.to_owned(),
    };
    let what = format!("{} ({})", word(kind), word(change));
    let what = Words::ToCrm.with(model.language, "what", what);
    let at = shown(entry.at, model.now, &model.zone, model.language);
    let name = model.title(&entry.conversation).unwrap_or_default();
    format!("{at} {what}  {name}")
}

/// The kinds and changes of records that have a word of their own: an open set.
fn known(word: &str) -> Option<Words> {
    Some(match word {
        "message" => Words::Message,
        "reaction" => Words::Reaction,
        "status" => Words::Status,
        "contact" => Words::Contact,
        "binding" => Words::Binding,
        "link" => Words::Link,
        "created" => Words::WasCreated,
        "edited" => Words::WasEdited,
        "deleted" => Words::WasDeleted,
        "redacted" => Words::WasRedacted,
        "accepted" => Words::WasAccepted,
        "bound" => Words::WasBound,
        "unbound" => Words::WasUnbound,
        _ => return None,
    })
}
