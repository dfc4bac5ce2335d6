//! What the settings say and do of passcode, lock and lease, and what the core hears of the employee.

use crate::{
    fixture::{LANGUAGES, answer, answered, assert_shows, now, press, screen, stands, state},
    lock::{CODE, change, reads, wrong},
};
use companion_domain::reason::Language;
use companion_engine::{
    CompanionError,
    values::{ClientState, Lease},
};
use companion_terminal::{
    model::{Answer, Ask, Effect, Event, Model, Pane, What},
    texts::Text,
};
use std::time::Duration;

fn is_active(effects: &[Effect]) -> bool {
    effects
        .iter()
        .any(|effect| matches!(effect, Effect::Active))
}

#[test]
fn the_settings_change_the_passcode_and_lock() {
    for language in LANGUAGES {
        let mut model = answered(language);
        press(&mut model, "5↓↓\n");
        assert_shows(
            &model,
            &[
                Text::PasscodeChange.of(language),
                Text::PasscodeOld.of(language),
            ],
        );
        let effects = press(&mut model, &format!("{CODE}\n582046\n582046\n"));
        assert_eq!(change(&effects).unwrap().old.as_deref(), Some(CODE));
        assert!(!screen(&model).contains("582046"));
        answer(&mut model, wrong(9, None));
        assert_shows(&model, &[&Text::WrongPasscode.with(language, "n", 9)]);
        press(&mut model, &format!("{CODE}\n582046\n582046\n"));
        answer(&mut model, Answer::Opened(Ok(())));
        assert_shows(
            &model,
            &[Text::PasscodeSet.of(language), Text::LockNow.of(language)],
        );
        press(&mut model, "\n\x1b");
        assert!(model.form.is_none() && model.pane == Pane::Settings);
        let effects = press(&mut model, "↓↓\n");
        assert!(matches!(effects[..], [Effect::Lock]));
        assert_eq!(model.form.as_ref().map(|form| form.ask), Some(Ask::Unlock));
    }
}

/// Check 5; its end is a lock.
#[test]
fn the_lease_counts_down_and_a_flight_is_prepared_for() {
    let hour = Duration::from_secs(60 * 60);
    let lease = |left: Duration, notice| Lease {
        left,
        until: now() + left,
        notice,
    };
    for (language, long, notices) in [
        (
            Language::Ja,
            "通信なしで使える時間: 3日0時間",
            [
                "あと24時間0分以内に一度つながれば使えます。",
                "あと1時間0分以内に一度つながれば使えます。",
                "あと15分以内に一度つながれば使えます。",
            ],
        ),
        (
            Language::En,
            "Can be read without contact: 3 d 0 h",
            [
                "Connect once within 24 h 0 min to go on.",
                "Connect once within 1 h 0 min to go on.",
                "Connect once within 15 min to go on.",
            ],
        ),
    ] {
        let told = |model: &mut Model, lease| {
            answer(model, Answer::State(Ok(ClientState { lease, ..state(0) })));
        };
        let mut model = answered(language);
        told(&mut model, lease(hour * 72, None));
        press(&mut model, "5");
        assert_shows(&model, &[long]);
        for (span, notice) in [hour * 24, hour, hour / 4].into_iter().zip(notices) {
            told(&mut model, lease(span, Some(span)));
            assert_shows(&model, &[notice]);
            // Who is offline needs it most.
            press(&mut model, "o");
            assert_shows(&model, &[notice, &Text::Offline.with(language, "n", 0)]);
            press(&mut model, "o");
        }
        // A lease runs out without a hint.
        let effects = model.update(Event::Tick(now() + Duration::from_secs(60)));
        assert!(reads(&effects, &What::State));
        assert_shows(&model, &[&notices[2].replace("15", "14")]);

        press(&mut model, "↓↓↓");
        let effects = press(&mut model, "\n");
        assert!(
            effects
                .iter()
                .any(|effect| matches!(effect, Effect::Prepare))
        );
        answer(&mut model, Answer::Prepared(Ok(lease(hour * 24 * 7, None))));
        let week = match language {
            Language::Ja => "備えました。通信なしで7日0時間使えます。",
            Language::En => "Ready. Without contact you can go on for 7 d 0 h.",
        };
        assert_shows(&model, &[week]);
        answer(&mut model, Answer::Prepared(Err(CompanionError::Offline)));
        assert_shows(&model, &[&Text::Offline.with(language, "n", 0)]);
    }
}

#[test]
fn the_core_hears_of_keys_at_most_once_in_five_seconds_and_never_while_locked() {
    let mut model = answered(Language::En);
    assert!(is_active(&press(&mut model, "1")));
    assert!(!is_active(&press(&mut model, "2")));
    model.update(Event::Tick(now() + Duration::from_millis(4900)));
    assert!(!is_active(&press(&mut model, "3")));
    model.update(Event::Tick(now() + Duration::from_secs(5)));
    assert!(is_active(&press(&mut model, "4")));
    stands(&mut model, "locked");
    model.update(Event::Tick(now() + Duration::from_secs(20)));
    assert!(!is_active(&press(&mut model, "493817")));
}
