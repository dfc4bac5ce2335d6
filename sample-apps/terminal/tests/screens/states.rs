//! Loading, empty, offline, error, read-only: each screen in each of them, in both languages.

use crate::fixture::{
    LANGUAGES, answered, assert_shows, buffer, chat, decided, draft, in_chat, messages, model, now,
    own, paged, personal, press, queued, refusal, screen, screen_of, state, theirs,
};
use companion_domain::{
    event::{Content, DeleteKind},
    id::Key,
    message::{Deletion, Edit},
    reason::{Code, Language},
};
use companion_engine::{
    CompanionError,
    values::{LedgerEntry, MirrorState},
};
use companion_terminal::{
    model::{Answer, Decided, Effect, Event, Model, Waiting},
    texts::Text,
};
use std::time::Duration;

fn failing(error: CompanionError) -> Event {
    Event::Answered(Box::new(Answer::Synced(Err(error))))
}

#[test]
fn loading_is_told_once_it_takes_its_time_and_covers_nothing() {
    for (language, text) in [(Language::Ja, "読み込み中…"), (Language::En, "Loading…")] {
        let mut model = model(language);
        assert!(!screen(&model).contains(text));
        model.update(Event::Tick(now() + Duration::from_millis(300)));
        for pane in ["1", "2", "3", "4"] {
            press(&mut model, pane);
            assert_shows(&model, &[text]);
        }
        model.update(Event::Answered(Box::new(Answer::Inbox(paged(vec![chat(
            "c1a",
            "山田 太郎",
        )])))));
        press(&mut model, "2");
        assert_shows(&model, &["山田 太郎"]);
    }
}

#[test]
fn an_empty_screen_has_a_sentence_and_an_action() {
    for (language, texts) in [
        (
            Language::Ja,
            [
                "お待ちの方はいません",
                "仕事のトークはまだありません",
                "[a アカウント追加]",
                "送信待ちはありません",
                "まだ何も送っていません",
                "決定はまだありません",
            ],
        ),
        (
            Language::En,
            [
                "No one is waiting",
                "No work chats yet",
                "[a Add account]",
                "Nothing waiting",
                "Nothing sent yet",
                "No decisions yet",
            ],
        ),
    ] {
        let mut model = model(language);
        let none = || paged::<Waiting>(Vec::new());
        model.update(Event::Answered(Box::new(Answer::Inbox(paged(Vec::new())))));
        model.update(Event::Answered(Box::new(Answer::Queue(none()))));
        let ledger = paged::<LedgerEntry>(Vec::new());
        model.update(Event::Answered(Box::new(Answer::Ledger(ledger))));
        let journal = paged::<Decided>(Vec::new());
        model.update(Event::Answered(Box::new(Answer::Journal(journal))));
        let panes = [
            ("1", 0..1),
            ("2", 1..3),
            ("3", 3..4),
            ("4", 4..5),
            ("→", 5..6),
        ];
        for (pane, expected) in panes {
            press(&mut model, pane);
            assert_shows(&model, &texts[expected]);
        }
    }
}

/// Check 1, but for when the next answer is due: the API tells no deadlines. Check 20: nobody undecided is among them.
#[test]
fn today_tells_who_waits() {
    for (language, waiting) in [(Language::Ja, "返信待ち1人"), (Language::En, "1 waiting")] {
        let mut model = answered(language);
        assert_shows(&model, &[waiting, "山田 太郎 (2) 見積をお願いできますか。"]);
        assert!(!screen(&model).contains("ゆうこ"));
        press(&mut model, "\n");
        assert_eq!(model.chat.unwrap().key, Key::new("c1a"));
    }
}

#[test]
fn being_offline_is_told_after_three_seconds_of_failing_and_never_at_the_start() {
    for (language, text) in [
        (Language::Ja, "オフライン・送信待ち2件"),
        (Language::En, "Offline · 2 waiting"),
    ] {
        let mut model = answered(language);
        model.update(Event::Answered(Box::new(Answer::State(Ok(state(2))))));
        model.update(failing(CompanionError::Offline));
        model.update(Event::Tick(now() + Duration::from_millis(2900)));
        model.update(failing(CompanionError::Offline));
        assert!(!screen(&model).contains(text));
        model.update(Event::Tick(now() + Duration::from_secs(3)));
        assert_shows(&model, &[text]);
        model.update(Event::Answered(Box::new(Answer::Synced(Ok(
            Default::default(),
        )))));
        assert!(!screen(&model).contains(text));
        // The employee's own switch is no failure: it is told at once.
        press(&mut model, "o");
        assert_shows(&model, &[text]);
    }
}

#[test]
fn a_gateway_that_does_not_let_in_is_told_in_the_cores_words() {
    for language in LANGUAGES {
        let mut model = answered(language);
        let reason = Code::GatewayRefused;
        model.update(failing(CompanionError::Unavailable { reason }));
        model.update(Event::Tick(now() + Duration::from_secs(3)));
        assert_shows(&model, &[&reason.reason(language).text]);
    }
}

#[test]
fn what_cannot_be_read_says_that_all_is_safe_and_offers_to_try_again() {
    for (language, text, again) in [
        (
            Language::Ja,
            "読み込めません。データは無事です(4711)。",
            "[r 再試行]",
        ),
        (
            Language::En,
            "Could not load. Your data is safe (4711).",
            "[r Retry]",
        ),
    ] {
        let mut model = in_chat(language);
        let error = || CompanionError::Internal {
            incident: "4711".into(),
        };
        model.update(Event::Answered(Box::new(Answer::Messages(
            Key::new("c1a"),
            Err(error()),
        ))));
        assert_shows(&model, &[text, again]);
        model.update(Event::Answered(Box::new(Answer::Inbox(Err(error())))));
        model.update(Event::Answered(Box::new(Answer::Queue(Err(error())))));
        model.update(Event::Answered(Box::new(Answer::Ledger(Err(error())))));
        model.update(Event::Answered(Box::new(Answer::Journal(Err(error())))));
        for pane in ["1", "3", "4", "→"] {
            press(&mut model, pane);
            assert_shows(&model, &[text, again]);
        }
        // What was read before stays.
        press(&mut model, "2");
        assert_shows(&model, &[text, again, "山田 太郎"]);
        let effects = press(&mut model, "r");
        assert!(
            effects
                .iter()
                .any(|effect| matches!(effect, Effect::Load(..)))
        );
        for pane in ["1", "2", "3", "4", "→"] {
            press(&mut model, pane);
            assert!(!screen(&model).contains(text), "{pane}");
        }
    }
}

#[test]
fn where_nothing_can_be_written_the_reason_stands_and_the_chat_stays() {
    for (language, text) in [
        (
            Language::Ja,
            "閲覧のみ:このトークは個人のものです。会社には送られません。",
        ),
        (
            Language::En,
            "Read only: This chat is personal. The company never gets it.",
        ),
    ] {
        let mut model = in_chat(language);
        press(&mut model, "\nはい");
        model.update(Event::Answered(Box::new(Answer::Inbox(paged(vec![
            personal(),
        ])))));
        assert_shows(&model, &[text, "見積をお願いできますか。"]);
        assert!(press(&mut model, "\nいいえ\n").is_empty());
        assert_shows(&model, &[text]);
        // What was being written is there again with the composer.
        let work = paged(vec![chat("c1a", "山田 太郎")]);
        model.update(Event::Answered(Box::new(Answer::Inbox(work))));
        press(&mut model, "\n");
        assert_shows(&model, &["> はい"]);
    }
}

#[test]
fn a_reply_that_could_not_be_queued_is_in_the_composer_again() {
    let mut model = in_chat(Language::En);
    press(&mut model, "\nWe do\n");
    assert!(!screen(&model).contains("> We do"));
    let refused = Answer::Sent(draft("We do"), Err(CompanionError::StorageFull));
    model.update(Event::Answered(Box::new(refused)));
    assert_shows(
        &model,
        &["> We do", "Storage is full. Nothing was half-written."],
    );
}

#[test]
fn what_was_begun_is_there_when_the_chat_is_opened_again() {
    let mut model = in_chat(Language::En);
    press(&mut model, "\nWe do\x1b\x1b1");
    press(&mut model, "2\n");
    assert_shows(&model, &["> We do"]);
}

#[test]
fn versions_show_on_demand_and_what_was_taken_back_does_not() {
    let mut model = in_chat(Language::En);
    let mut edited = theirs("5 tables");
    edited.edits.push(Edit {
        at: now(),
        content: Content::text("6 tables"),
    });
    let mut unsent = theirs("wrong window");
    unsent.deletion = Some(Deletion {
        at: now(),
        why: DeleteKind::Unsend,
    });
    let all = [own("o2", "ok"), unsent, edited];
    model.update(messages(all, MirrorState::Recorded));
    assert_shows(&model, &["Edited", "6 tables", "Unsent"]);
    let seen = screen(&model);
    assert!(
        !seen.contains("5 tables") && !seen.contains("wrong window"),
        "{seen}"
    );
    press(&mut model, "v");
    assert_shows(&model, &["Before: 5 tables", "Before: wrong window"]);
}

/// Check 28.
#[test]
fn every_pane_is_reached_by_keys_and_the_keys_are_told() {
    for (language, panes, keys) in [
        (
            Language::Ja,
            [
                "[1 今日]",
                "[2 トーク(2)]",
                "[3 送信待ち]",
                "[4 会社に見えるもの]",
                "[5 設定]",
            ],
            "オフラインの切り替え",
        ),
        (
            Language::En,
            [
                "[1 Today]",
                "[2 Chats(2)]",
                "[3 Outbox]",
                "[4 Company sees]",
                "[5 Settings]",
            ],
            "offline on and off",
        ),
    ] {
        let mut model = answered(language);
        for (at, pane) in panes.iter().enumerate() {
            press(&mut model, &(at + 1).to_string());
            assert_shows(&model, &[pane]);
        }
        press(&mut model, "\t");
        assert_shows(&model, &[panes[0], "? "]);
        press(&mut model, "?");
        assert_shows(&model, &[keys, "Ctrl+C"]);
        press(&mut model, "\x1b");
        assert!(!screen(&model).contains(keys));
    }
}

#[test]
fn no_window_is_too_small_or_too_large() {
    for (width, height) in [(1, 1), (10, 4), (40, 12), (200, 60)] {
        for keys in ["1", "2", "2→w", "2\n\nはい", "3", "4", "5", "?"] {
            let mut model = answered(Language::Ja);
            model.update(Event::Resized(width));
            press(&mut model, keys);
            buffer(&model, width, height);
        }
    }
}

/// Check 9: text of twice the size leaves half the columns. Nothing of a sentence is cut.
#[test]
fn half_as_wide_a_window_cuts_no_sentence() {
    let condensed = |text: &str| text.replace(|c: char| c.is_whitespace() || c == '│', "");
    let shows = |model: &Model, texts: &[&str]| {
        let shown = screen_of(model, 40);
        for text in texts {
            let whole = condensed(&shown).contains(&condensed(text));
            assert!(whole, "{text:?} is not on\n{shown}");
        }
    };
    let narrow = |mut model: Model| {
        model.update(Event::Resized(40));
        model
    };
    for (language, panes, read_only, offline) in [
        (
            Language::Ja,
            [
                "[1今日]",
                "[2トーク(2)]",
                "[3送信待ち]",
                "[4会社に見えるもの]",
                "[5設定]",
            ],
            "閲覧のみ:このトークは個人のものです。会社には送られません。",
            "オフライン・送信待ち2件",
        ),
        (
            Language::En,
            [
                "[1 Today]",
                "[2 Chats(2)]",
                "[3 Outbox]",
                "[4 Company sees]",
                "[5 Settings]",
            ],
            "Read only: This chat is personal. The company never gets it.",
            "Offline · 2 waiting",
        ),
    ] {
        let mut model = narrow(answered(language));
        for (at, pane) in panes.iter().enumerate() {
            press(&mut model, &(at + 1).to_string());
            shows(&model, &[pane, "? "]);
        }
        shows(
            &model,
            &[
                Text::NothingUntilChosen.of(language),
                Text::SoftwareKeys.of(language),
            ],
        );
        press(&mut model, "4");
        let rules = [Text::SeenWhat, Text::NotSeenWhat, Text::DeviceManagement];
        shows(&model, &rules.map(|text| text.of(language)));
        press(&mut model, "→");
        let accepted = Code::AccountAccepted;
        let decisions = vec![decided(accepted, "employee")];
        model.update(Event::Answered(Box::new(Answer::Journal(paged(decisions)))));
        shows(&model, &[&accepted.reason(language).text]);
        press(&mut model, "2→w");
        let asked = [Text::BindAsk, Text::Undo, Text::MakeWork];
        shows(&model, &asked.map(|text| text.of(language)));
        press(&mut model, "\x1b");
        let (refused, reason) = refusal(language);
        model.update(refused);
        shows(&model, &[&reason]);

        let stale = Code::OutboxStale.reason(language).text;
        let mut model = narrow(queued("held", Some(Code::OutboxStale), language));
        shows(&model, &[&stale, "見積をお願いできますか。"]);
        press(&mut model, "\nはい\n");
        model.update(Event::Answered(Box::new(Answer::Inbox(paged(vec![
            personal(),
        ])))));
        shows(&model, &[read_only]);
        press(&mut model, "3");
        shows(&model, &[&stale]);
        let error = || CompanionError::Internal {
            incident: "4711".into(),
        };
        model.update(Event::Answered(Box::new(Answer::Queue(Err(error())))));
        model.update(Event::Answered(Box::new(Answer::State(Ok(state(2))))));
        press(&mut model, "o");
        let trouble = Text::NotLoaded.with(language, "id", "4711");
        shows(&model, &[&trouble, Text::Retry.of(language), offline]);
    }
}

#[test]
fn the_keys_fit_on_their_line_everywhere() {
    for (language, quit) in [(Language::Ja, "q 終わる"), (Language::En, "q quit")] {
        for keys in ["1", "2", "2→", "2→→", "3", "4", "5"] {
            let mut model = answered(language);
            press(&mut model, keys);
            assert_shows(&model, &[quit]);
        }
        assert_shows(&in_chat(language), &[quit]);
    }
}

#[test]
fn the_language_changes_in_place_and_reasons_are_read_again() {
    let mut model = answered(Language::Ja);
    let effects = press(&mut model, "L");
    assert_shows(&model, &["[1 Today]"]);
    let queue = companion_terminal::model::What::Queue(Language::En);
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Load(what, _) if *what == queue))
    );
}
