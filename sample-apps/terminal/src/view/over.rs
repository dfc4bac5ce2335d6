//! What lies over a pane: a question with its answers, or the keys.

use super::{outbox, style, wrap::wrap};
use crate::{
    model::{Model, Over},
    texts::Text as Words,
};
use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    text::{Line, Text},
    widgets::{Block, Clear, Paragraph},
};

/// The widest that a question is.
const WIDTH: u16 = 72;

pub(super) fn draw(model: &Model, over: &Over, frame: &mut Frame<'_>, area: Rect) {
    let width = WIDTH.min(area.width);
    let (title, texts) = match over {
        Over::Keys => (Words::Keys, keys(model)),
        Over::Bind {
            conversation,
            name,
            items,
            so_far,
        } => {
            let name = name.clone();
            let name = name.unwrap_or_else(|| conversation.conversation.as_str().to_owned());
            let account = conversation.account.as_str();
            let mark = if *so_far { "(x)" } else { "( )" };
            let choice = Words::SoFar.with(model.language, "n", items);
            let texts = vec![
                name,
                format!("{mark} {choice}"),
                String::new(),
                Words::WhoSees.with(model.language, "account", account),
                Words::Undo.of(model.language).to_owned(),
                String::new(),
                buttons(model, Words::MakeWork),
            ];
            (Words::BindAsk, texts)
        }
        Over::Keep { items, .. } => {
            let ask = Words::KeepAsk.with(model.language, "n", items);
            let texts = vec![ask, String::new(), buttons(model, Words::KeepPersonal)];
            (Words::KeepPersonal, texts)
        }
        Over::Account(account) => {
            let (channel, account) = (account.channel.as_str(), account.account.as_str());
            let texts = vec![
                format!("{channel} {account}"),
                Words::NothingUntilChosen.of(model.language).to_owned(),
                String::new(),
                buttons(model, Words::AddAccount),
            ];
            (Words::AddAccount, texts)
        }
        Over::Unbind(_) => {
            let texts = vec![
                Words::Undo.of(model.language).to_owned(),
                String::new(),
                buttons(model, Words::Unbind),
            ];
            (Words::UnbindAsk, texts)
        }
        Over::Decide(id) => (Words::Outbox, decision(model, *id)),
    };
    let inner = usize::from(width.saturating_sub(4));
    let lines = texts.iter().flat_map(|text| wrap(text, inner));
    let lines: Vec<Line> = lines.map(|line| Line::from(format!(" {line}"))).collect();
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let place = area.centered(
        Constraint::Length(width),
        Constraint::Length(height.min(area.height)),
    );
    let block = Block::bordered().title(Line::styled(title.of(model.language), style::TITLE));
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(Text::from(lines)).block(block), place);
}

fn buttons(model: &Model, act: Words) -> String {
    let (act, back) = (act.of(model.language), Words::Back.of(model.language));
    format!("[Enter {act}]  [Esc {back}]")
}

fn decision(model: &Model, id: i64) -> Vec<String> {
    let mut entries = model.queue.items.iter();
    let Some(waiting) = entries.find(|one| one.entry.id == id) else {
        return vec![Words::Gone.of(model.language).to_owned()];
    };
    let state = &waiting.entry.state;
    let mut texts = vec![outbox::state_line(state, None, model.language)];
    texts.extend(outbox::details(model, waiting));
    texts.push(String::new());
    for (at, choice) in waiting.choices().iter().enumerate() {
        let word = outbox::choice(choice, state, model.language);
        texts.push(format!("[{} {word}]", at + 1));
    }
    texts.push(format!("[Esc {}]", Words::Back.of(model.language)));
    texts
}

fn keys(model: &Model) -> Vec<String> {
    let keys = [
        ("1-5 Tab", Words::KeyPanes),
        ("↑↓ j k", Words::KeyMove),
        ("←→ h l", Words::KeySegments),
        ("Enter", Words::KeyOpen),
        ("Esc", Words::KeyBack),
        ("w", Words::MakeWork),
        ("p", Words::Personal),
        ("a", Words::AddAccount),
        ("i", Words::KeyWrite),
        ("Alt+Enter", Words::KeyNewLine),
        ("v", Words::KeyVersions),
        ("o", Words::KeyOffline),
        ("Ctrl+L", Words::LockNow),
        ("L", Words::KeyLanguage),
        ("r", Words::KeyRetry),
        ("q Ctrl+C", Words::KeyQuit),
    ];
    let keys = keys.iter();
    keys.map(|(key, text)| format!("{key:<10} {}", text.of(model.language)))
        .collect()
}
