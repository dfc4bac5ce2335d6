//! What the settings say and do of passcode and lock, and what the core hears of the employee.

use crate::{
    fixture::{LANGUAGES, answer, answered, assert_shows, now, press, screen, stands},
    lock::{CODE, change, wrong},
};
use companion_domain::reason::Language;
use companion_terminal::{
    model::{Answer, Ask, Effect, Event, Pane},
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
