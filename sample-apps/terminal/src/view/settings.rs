//! The settings: switches, and what a support request needs.

use super::{
    list::Shown,
    style,
    wrap::{styled, wrap},
};
use crate::{
    model::{Model, Setting, Status},
    texts::Text as Words,
    time,
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Text},
};

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let rule = Words::NothingUntilChosen.of(model.language);
    let rule = styled(rule, model.width, style::TITLE);
    let height = u16::try_from(rule.height() + 1).unwrap_or(u16::MAX);
    let rows = [
        Constraint::Length(height),
        Constraint::Length(u16::try_from(Setting::ALL.len() + 1).unwrap_or(u16::MAX)),
        Constraint::Min(0),
    ];
    let [top, switches, rest] = Layout::vertical(rows).areas(area);
    frame.render_widget(rule, top);
    let shown = Shown {
        rows: Setting::ALL.iter().map(|one| row(model, *one)).collect(),
        chosen: model.setting,
        empty: Vec::new(),
    };
    shown.draw(model, &Status::Here, frame, switches);
    frame.render_widget(Text::from(facts(model)), rest);
}

fn row(model: &Model, setting: Setting) -> Text<'static> {
    let (name, value) = match setting {
        Setting::Offline if model.offline => (Words::OfflineSwitch, Some(Words::On)),
        Setting::Offline => (Words::OfflineSwitch, Some(Words::Off)),
        Setting::Language => (Words::LanguageName, Some(Words::ThisLanguage)),
        Setting::Passcode => (Words::PasscodeChange, None),
        Setting::Prepare => (Words::PrepareOffline, None),
        Setting::Lock => (Words::LockNow, None),
    };
    let name = name.of(model.language);
    Text::from(match value {
        Some(value) => format!("{name}: {}", value.of(model.language)),
        None => name.to_owned(),
    })
}

fn facts(model: &Model) -> Vec<Line<'static>> {
    let Some(known) = &model.diagnostics else {
        return Vec::new();
    };
    let level = match known.key_level.as_str() {
        "software" => Words::SoftwareKeys.of(model.language).to_owned(),
        other => other.to_owned(),
    };
    let state = model.state.as_ref().unwrap_or(&known.state);
    let left = state.lease.until.since(model.now);
    let facts = [
        (Words::Lease, time::left(left, model.language)),
        (Words::Enrolment, state.enrolment.as_str().to_owned()),
        (Words::Recorded, state.recorded.to_string()),
        (Words::KeyLevel, level),
        (Words::Versions, known.versions.clone()),
    ];
    let width = usize::from(model.width);
    let lines = facts.into_iter().flat_map(|(name, value)| {
        let name = name.of(model.language);
        wrap(&format!("{name}: {value}"), width)
    });
    lines.map(Line::from).collect()
}
