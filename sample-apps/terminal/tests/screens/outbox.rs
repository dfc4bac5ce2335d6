//! The states of a message, and what each offers.

use crate::fixture::{LANGUAGES, assert_shows, in_chat, now, own, paged, press, screen, waiting};
use companion_domain::{
    event::DeliveryState,
    id::Key,
    message::Delivery,
    reason::{Code, Language},
};
use companion_engine::values::MessagePage;
use companion_terminal::model::{Answer, Effect, Event, Model};

/// What waits, in one chat and in the outbox.
fn queued(state: &str, code: Option<Code>, language: Language) -> Model {
    let mut model = in_chat(language);
    let entry = waiting(state, code, language);
    model.update(Event::Answered(Answer::Queue(paged(vec![entry]))));
    model
}

/// A message that left the queue, after this step of its delivery.
fn gone(state: DeliveryState, code: Option<&str>, language: Language) -> Model {
    let mut model = in_chat(language);
    let mut message = own("o1", "午後にお送りします。");
    message.deliveries.push(Delivery {
        state,
        at: now(),
        code: code.map(str::to_owned),
    });
    let page = MessagePage {
        messages: vec![message],
        next: None,
    };
    model.update(Event::Answered(Answer::Messages(Key::new("c1a"), Ok(page))));
    model
}

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

#[test]
fn each_state_offers_what_can_be_done_about_it() {
    let window = Code::OutboxWindowClosed;
    for (state, code, offers) in [
        ("queued", None, vec!["Edit", "Cancel"]),
        ("sending", None, vec![]),
        (
            "uncertain",
            Some(Code::OutboxUncertain),
            vec!["It arrived", "Send again (may double)"],
        ),
        (
            "held",
            Some(Code::OutboxStale),
            vec!["Send now", "Edit", "Cancel"],
        ),
        ("held", Some(window), vec!["Edit", "Cancel"]),
        (
            "stuck",
            Some(Code::OutboxRefused),
            vec!["Retry", "Edit", "Cancel"],
        ),
    ] {
        let mut model = queued(state, code, Language::En);
        press(&mut model, "3\n");
        let shown = screen(&model);
        let rows = shown.lines().filter_map(|row| row.split("│ [").nth(1));
        let rows: Vec<&str> = rows.filter_map(|row| row.split(']').next()).collect();
        let offers = offers.iter().enumerate();
        let mut expected: Vec<String> = offers
            .map(|(at, word)| format!("{} {word}", at + 1))
            .collect();
        expected.push("Esc Back".into());
        assert_eq!(rows, expected, "{state}\n{shown}");
    }
}

#[test]
fn a_choice_becomes_the_cores_decision() {
    for (state, code, key, decision) in [
        ("queued", None, "2", "discard"),
        (
            "uncertain",
            Some(Code::OutboxUncertain),
            "1",
            "mark_delivered",
        ),
        ("uncertain", Some(Code::OutboxUncertain), "2", "send_again"),
        ("held", Some(Code::OutboxStale), "1", "send_now"),
        ("stuck", Some(Code::OutboxRefused), "3", "discard"),
    ] {
        let mut model = queued(state, code, Language::En);
        press(&mut model, "3\n");
        let effects = press(&mut model, key);
        let [Effect::Resolve(resolved)] = effects.as_slice() else {
            panic!("{state}: not one decision");
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
    let mut model = queued("queued", None, Language::En);
    press(&mut model, "3\n");
    let effects = press(&mut model, "1");
    assert!(matches!(effects.as_slice(), [Effect::Edit(entry)] if entry.id == 7));
    let edited = Answer::Edited(Key::new("c1a"), Ok(Some("We do".into())));
    let effects = model.update(Event::Answered(edited));
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::Send(_)))
    );
    assert_shows(&model, &["> We do"]);
}
