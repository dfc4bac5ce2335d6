//! The states of a message, and what each offers.

use crate::fixture::{
    LANGUAGES, assert_shows, in_chat, messages, now, offered, own, press, queued, screen, theirs,
};
use companion_domain::{
    event::DeliveryState,
    id::Key,
    message::Delivery,
    reason::{Code, Language},
};
use companion_engine::{
    CompanionError,
    values::{MirrorState, SyncReport},
};
use companion_terminal::model::{Answer, Effect, Event, Model};
use std::time::Duration;

/// A message that left the queue, after this step of its delivery.
fn gone(state: DeliveryState, code: Option<&str>, language: Language) -> Model {
    let mut model = in_chat(language);
    let mut message = own("o1", "午後にお送りします。");
    message.deliveries.push(Delivery {
        state,
        at: now(),
        code: code.map(str::to_owned),
    });
    model.update(messages([message], MirrorState::Recorded));
    model
}

/// Check 2, the seventh state: recorded is told of each message, on its way is not, and a delay is no alarm.
#[test]
fn a_message_tells_whether_the_company_has_it() {
    for (mirror, told) in [
        (MirrorState::Recorded, ["記録済み", "Recorded"].as_slice()),
        (MirrorState::Parked, &["記録を確認中", "Recording delayed"]),
        (MirrorState::Waiting, &[]),
    ] {
        let seen = LANGUAGES.map(|language| {
            let mut model = in_chat(language);
            model.update(messages([theirs("見積を")], mirror));
            screen(&model)
        });
        for word in ["記録済み", "記録を確認中", "Recorded", "Recording delayed"] {
            let shown = seen.iter().any(|screen| screen.contains(word));
            assert_eq!(shown, told.contains(&word), "{word} of {mirror:?}");
        }
    }
}

/// Check 2: each state is told by a mark and a word, without colour.
#[test]
fn each_state_has_a_mark_and_a_word_under_its_message() {
    let stale = Code::OutboxStale;
    let refused = Code::OutboxRefused;
    for language in LANGUAGES {
        let text = |ja: &'static str, en: &'static str| match language {
            Language::Ja => ja,
            Language::En => en,
        };
        for (state, code, word) in [
            ("queued", None, text("◷ 送信待ち", "◷ Waiting")),
            ("sending", None, text("➜ 送信中", "➜ Sending")),
            (
                "uncertain",
                Some(Code::OutboxUncertain),
                text("? 届いたか不明", "? May have arrived"),
            ),
            (
                "held",
                Some(stale),
                text("‖ 保留:書いてから", "‖ On hold: This was"),
            ),
            (
                "stuck",
                Some(refused),
                text("! 送れません:", "! Cannot send: It cannot"),
            ),
        ] {
            assert_shows(&queued(state, code, language), &[word]);
        }
        for (state, word) in [
            (
                DeliveryState::Pending,
                text("✓ 送信済み 9:00", "✓ Sent 9:00"),
            ),
            (
                DeliveryState::Delivered,
                text("✓ 送信済み 9:00", "✓ Sent 9:00"),
            ),
            (DeliveryState::Read, text("✓ 既読 9:00", "✓ Read 9:00")),
        ] {
            assert_shows(&gone(state, None, language), &[word]);
        }
        let taken_back = gone(
            DeliveryState::Failed,
            Some(Code::OutboxDiscarded.as_str()),
            language,
        );
        assert_shows(
            &taken_back,
            &[text("取りやめました", "took this message back")],
        );
    }
}

#[test]
fn no_tick_before_the_channel_accepts() {
    for state in ["queued", "sending", "uncertain", "held", "stuck"] {
        assert!(
            !screen(&queued(state, None, Language::En)).contains('✓'),
            "{state}"
        );
    }
    assert!(!screen(&in_chat(Language::En)).contains('✓'));
}

/// Check 13: what the core offers about a message is what its row offers, in words and in that order.
#[test]
fn each_state_offers_what_can_be_done_about_it() {
    for (state, decisions, ja, en) in [
        (
            "queued",
            &["discard"][..],
            &["編集", "取り消す"][..],
            &["Edit", "Cancel"][..],
        ),
        ("sending", &[], &[], &[]),
        (
            "uncertain",
            &["mark_delivered", "send_again"],
            &["届いていた", "もう一度送る(重複の可能性)"],
            &["It arrived", "Send again (may double)"],
        ),
        (
            "held",
            &["send_now", "discard"],
            &["今送る", "編集", "取り消す"],
            &["Send now", "Edit", "Cancel"],
        ),
        (
            "held",
            &["discard"],
            &["編集", "取り消す"],
            &["Edit", "Cancel"],
        ),
        (
            "stuck",
            &["send_now", "discard"],
            &["再試行", "編集", "取り消す"],
            &["Retry", "Edit", "Cancel"],
        ),
        ("stuck", &["split"], &["split"], &["split"]),
    ] {
        for (language, words, back) in [(Language::Ja, ja, "戻る"), (Language::En, en, "Back")] {
            let mut model = offered(state, None, decisions, language);
            press(&mut model, "3\n");
            let shown = screen(&model);
            let rows = shown.lines().filter_map(|row| row.split("│ [").nth(1));
            let rows: Vec<&str> = rows.filter_map(|row| row.split(']').next()).collect();
            let words = words.iter().enumerate();
            let mut expected: Vec<String> = words
                .map(|(at, word)| format!("{} {word}", at + 1))
                .collect();
            expected.push(format!("Esc {back}"));
            assert_eq!(rows, expected, "{state}\n{shown}");
        }
    }
}

#[test]
fn a_choice_becomes_the_cores_decision() {
    let decisions = ["send_now", "discard", "mark_delivered", "send_again"];
    for (key, decision) in [
        ("1", "send_now"),
        ("3", "discard"),
        ("4", "mark_delivered"),
        ("5", "send_again"),
    ] {
        let mut model = offered("held", None, &decisions, Language::En);
        press(&mut model, "3\n");
        let effects = press(&mut model, key);
        let [Effect::Resolve(resolved)] = effects.as_slice() else {
            panic!("{decision}: not one decision");
        };
        assert_eq!((resolved.id, resolved.decision.as_str()), (7, decision));
    }
}

#[test]
fn the_outbox_tells_reason_and_since_when() {
    for (language, since) in [(Language::Ja, "9:00から"), (Language::En, "since 9:00")] {
        let mut model = queued("held", Some(Code::OutboxStale), language);
        press(&mut model, "3");
        assert_shows(&model, &[&Code::OutboxStale.reason(language).text, since]);
    }
}

/// Check 14: what is held outside business hours is told as that, and nothing goes unless somebody says so.
#[test]
fn a_reply_outside_hours_is_held_and_asked_about() {
    for (language, now) in [(Language::Ja, "[1 今送る]"), (Language::En, "[1 Send now]")] {
        let hold = Code::OutboxOutsideHours;
        let mut model = offered("held", Some(hold), &["send_now", "discard"], language);
        let reason = hold.reason(language).text;
        let beginning: String = reason.chars().take(10).collect();
        assert_shows(&model, &["‖", &beginning]);
        press(&mut model, "3\n");
        assert_shows(&model, &[now]);
    }
}

/// Check 15: whatever happens, nothing is done about it unasked.
#[test]
fn what_may_have_arrived_is_never_sent_again_unasked() {
    let code = Some(Code::OutboxUncertain);
    let decisions = ["mark_delivered", "send_again"];
    let mut model = offered("uncertain", code, &decisions, Language::En);
    for event in [
        Event::Changed,
        Event::Tick(now() + Duration::from_secs(24 * 60 * 60)),
        Event::Answered(Box::new(Answer::Synced(Err(CompanionError::Offline)))),
        Event::Answered(Box::new(Answer::Synced(Ok(SyncReport::default())))),
    ] {
        let effects = model.update(event);
        let only_reads = effects.iter().all(|one| matches!(one, Effect::Load(..)));
        assert!(only_reads);
    }
    // Neither do the keys that lead there, look, and leave.
    let effects = press(&mut model, "o3\n\x1br");
    let asked =
        |one: &Effect| matches!(one, Effect::Resolve(_) | Effect::Edit(_) | Effect::Send(_));
    assert!(!effects.iter().any(asked));
}

#[test]
fn today_shows_what_needs_a_decision_and_leads_there() {
    for (language, held) in [(Language::Ja, "‖ 保留 1"), (Language::En, "‖ On hold 1")] {
        let mut model = queued("held", Some(Code::OutboxStale), language);
        press(&mut model, "1");
        assert_shows(&model, &[held]);
        press(&mut model, "↓\n");
        assert_shows(&model, &[&Code::OutboxStale.reason(language).text]);
    }
}

#[test]
fn an_edited_message_is_in_the_composer_and_nothing_went_twice() {
    let mut model = offered("queued", None, &["discard"], Language::En);
    press(&mut model, "3\n");
    let effects = press(&mut model, "1");
    assert!(matches!(effects.as_slice(), [Effect::Edit(entry)] if entry.id == 7));
    let edited = Answer::Edited(Key::new("c1a"), Ok(Some("We do".into())));
    let effects = model.update(Event::Answered(Box::new(edited)));
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::Send(_)))
    );
    assert_shows(&model, &["> We do"]);
}
