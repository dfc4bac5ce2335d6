//! What the company sees: by rule, by what really left the phone, and by what was decided.

use super::{list::Shown, style, wrap::styled};
use crate::{
    model::{Decided, Model, Side},
    texts::Text as Words,
    time::shown,
};
use companion_domain::reason::Code;
use companion_engine::values::LedgerEntry;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::{Line, Span, Text},
};

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let language = model.language;
    let rules = [
        (Words::Seen, Words::SeenWhat),
        (Words::NotSeen, Words::NotSeenWhat),
    ];
    let rules = rules.map(|(name, what)| format!("{}: {}", name.of(language), what.of(language)));
    let mut text = styled(&rules.join("\n"), model.width, Style::new());
    let management = Words::DeviceManagement.of(language);
    text.extend(styled(management, model.width, style::MUTED));
    text.extend([Line::default(), sides(model)]);
    let height = u16::try_from(text.height()).unwrap_or(u16::MAX);
    let rows = [Constraint::Length(height), Constraint::Min(0)];
    let [top, rest] = Layout::vertical(rows).areas(area);
    frame.render_widget(text, top);
    match model.side {
        Side::Sent => {
            let entries = model.ledger.items.iter();
            let shown = Shown {
                rows: entries.map(|entry| row(model, entry)).collect(),
                chosen: model.ledger.chosen,
                empty: vec![Words::NothingSent.of(language).to_owned()],
            };
            shown.draw(model, &model.ledger.status, frame, rest);
        }
        Side::Decisions => {
            let decisions = model.journal.items.iter();
            let shown = Shown {
                rows: decisions.map(|one| decision(model, one)).collect(),
                chosen: model.journal.chosen,
                empty: vec![Words::NoDecisions.of(language).to_owned()],
            };
            shown.draw(model, &model.journal.status, frame, rest);
        }
    }
}

fn sides(model: &Model) -> Line<'static> {
    let decisions = Words::Decisions.of(model.language).to_owned();
    let sides = [(Side::Sent, sent(model)), (Side::Decisions, decisions)];
    Line::from_iter(sides.map(|(side, label)| {
        if side == model.side {
            Span::styled(format!("[{label}]"), style::CHOSEN)
        } else {
            Span::raw(format!(" {label} "))
        }
    }))
}

/// A decision in the core's words for its code, when, and by whom.
fn decision(model: &Model, decided: &Decided) -> Text<'static> {
    let language = model.language;
    let at = shown(decided.at, model.now, &model.zone, language);
    let known = Code::parse(&decided.code).map(|code| code.reason(language).text);
    let what = known.unwrap_or_else(|| decided.code.clone());
    let by = match decided.by.as_str() {
        "employee" => Words::You.of(language),
        other => other,
    };
    in_list(model, &format!("{at} {by}: {what}"))
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

fn row(model: &Model, entry: &LedgerEntry) -> Text<'static> {
    let (kind, change) = entry.what.split_once(' ').unwrap_or((&entry.what, ""));
    let word = |word: &str| match known(word) {
        Some(known) => known.of(model.language).to_owned(),
        None => word.to_owned(),
    };
    let what = format!("{} ({})", word(kind), word(change));
    let what = Words::ToCrm.with(model.language, "what", what);
    let at = shown(entry.at, model.now, &model.zone, model.language);
    let name = model.title(&entry.conversation).unwrap_or_default();
    in_list(model, &format!("{at} {what}  {name}"))
}

/// A row beside the mark of the chosen one.
fn in_list(model: &Model, text: &str) -> Text<'static> {
    styled(text, model.width.saturating_sub(2), Style::new())
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
