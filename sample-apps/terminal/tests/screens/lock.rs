//! What stands before work: no passcode yet, locked, only the company can open.

use crate::fixture::{
    LANGUAGES, answer, assert_shows, at_gate, because, buffer, chat, draft, in_chat, messages,
    model, now, own, paged, press, press_control, record, screen, screen_of, stands, theirs,
    undecided,
};
use companion_domain::{
    id::Key,
    reason::{Code, Language, Reason},
};
use companion_engine::{
    CompanionError,
    values::{MirrorState, PasscodeChange, RecoveryRequest, UnlockWith},
};
use companion_terminal::{
    model::{Answer, Effect, Event, Model, What},
    texts::Text,
};
use std::time::Duration;

pub const CODE: &str = "493817";

pub fn change(effects: &[Effect]) -> Option<&PasscodeChange> {
    effects.iter().find_map(|effect| match effect {
        Effect::SetPasscode(change) => Some(change),
        _ => None,
    })
}

fn unlock(effects: &[Effect]) -> Option<&UnlockWith> {
    effects.iter().find_map(|effect| match effect {
        Effect::Unlock(with) => Some(with),
        _ => None,
    })
}

pub fn reads(effects: &[Effect], wanted: &What) -> bool {
    let mut effects = effects.iter();
    effects.any(|effect| matches!(effect, Effect::Load(what, _) if what == wanted))
}

pub fn wrong(tries_left: u32, wait: Option<u64>) -> Answer {
    let retry_at = wait.map(|seconds| now() + Duration::from_secs(seconds));
    Answer::Opened(Err(CompanionError::WrongPasscode {
        tries_left,
        retry_at,
    }))
}

fn refused(place: &str, code: &str) -> Answer {
    Answer::Opened(Err(CompanionError::InvalidInput {
        place: place.into(),
        code: code.into(),
    }))
}

fn shows_no_work(model: &Model) {
    let screen = screen(model);
    for text in ["山田", "見積", "ゆうこ", "午後に", "[1", "[2", " 3 "] {
        assert!(!screen.contains(text), "{text:?} is on\n{screen}");
    }
}

#[test]
fn a_passcode_is_typed_twice_before_anything_can_be_used() {
    for (language, title, differ) in [
        (
            Language::Ja,
            "パスコードの設定",
            "2つが同じではありません。もう一度入力してください。",
        ),
        (
            Language::En,
            "Set a passcode",
            "The two are not the same. Type both again.",
        ),
    ] {
        let mut model = at_gate(language, "no_passcode_yet", &[Code::PasscodeNotSet]);
        let why = Code::PasscodeNotSet.reason(language).text;
        assert_shows(&model, &[title, &why]);
        // What was read before it was known does not show.
        answer(
            &mut model,
            Answer::Inbox(paged(vec![chat("c1a", "山田 太郎")])),
        );
        shows_no_work(&model);

        let effects = press(&mut model, &format!("{CODE}\n582046\n"));
        assert!(change(&effects).is_none());
        assert_shows(&model, &[differ]);
        let effects = press(&mut model, &format!("{CODE}\n{CODE}\n"));
        let asked = change(&effects).unwrap();
        assert_eq!((asked.old.as_deref(), &*asked.new), (None, CODE));
        assert_shows(&model, &[Text::Checking.of(language)]);

        let simple = Code::PasscodeSimple;
        answer(&mut model, refused("passcode", simple.as_str()));
        assert_shows(&model, &[title, &simple.reason(language).text]);
        press(&mut model, &format!("{CODE}\n{CODE}\n"));
        answer(&mut model, Answer::Opened(Ok(())));
        let effects = stands(&mut model, "unlocked");
        assert!(reads(&effects, &What::Inbox));
        assert_shows(
            &model,
            &[Text::PasscodeSet.of(language), Text::Today.of(language)],
        );
    }
}

/// Checks 4 and 21.
#[test]
fn a_locked_screen_says_why_and_what_is_safe_and_shows_no_code() {
    for (language, still, left, wait) in [
        (
            Language::Ja,
            "ロック中です。受信と送信は続きます。",
            "違うパスコードです。あと6回で本人確認になります。",
            "0:30後に入力できます。データは消えません。",
        ),
        (
            Language::En,
            "Locked. Messages still arrive and send.",
            "Wrong passcode. 6 tries before sign-in.",
            "Try again in 0:30. Nothing is deleted.",
        ),
    ] {
        let mut model = at_gate(language, "locked", &[Code::LockNow]);
        assert_shows(&model, &[still, &Code::LockNow.reason(language).text]);
        shows_no_work(&model);
        press(&mut model, "719355");
        assert_shows(&model, &["••••••"]);
        press(&mut model, "\x08");
        assert!(!screen(&model).contains("••••••"));
        let effects = press(&mut model, "4\n");
        let with = unlock(&effects).unwrap();
        assert!(matches!(with, UnlockWith::Passcode { code } if code == "719354"));
        assert!(!screen(&model).contains("7193"));

        answer(&mut model, wrong(6, Some(30)));
        assert_shows(&model, &[left, wait]);
        assert!(unlock(&press(&mut model, "493817\n")).is_none());
        model.update(Event::Tick(now() + Duration::from_secs(21)));
        assert_shows(&model, &[&wait.replace("0:30", "0:09")]);
        model.update(Event::Tick(now() + Duration::from_secs(30)));
        assert!(!screen(&model).contains("0:0"));
        assert!(unlock(&press(&mut model, "\n")).is_some());
    }
}

/// Check 23.
#[test]
fn a_delay_is_still_counted_down_after_a_new_start() {
    for language in LANGUAGES {
        let mut model = at_gate(language, "locked", &[Code::LockBoot]);
        let mut reasons = vec![
            Code::LockBoot.reason(language),
            Code::PasscodeDelay.reason(language),
        ];
        reasons[1].until = Some(now() + Duration::from_secs(15 * 60));
        answer(&mut model, Answer::Why(Ok(reasons)));
        let wait = Text::TryAgainIn.with(language, "time", "15:00");
        assert_shows(&model, &[&wait, &Code::LockBoot.reason(language).text]);
        assert!(unlock(&press(&mut model, "493817\n")).is_none());
        // The core knows best when it is over.
        because(&mut model, &[Code::LockBoot]);
        assert!(!screen(&model).contains(&wait));
    }
}

/// Check 21. What is written and not sent is the employee's, and comes back.
#[test]
fn after_a_lock_nothing_of_work_is_on_the_screen_or_in_the_model() {
    for language in LANGUAGES {
        let mut model = in_chat(language);
        press(&mut model, "\nまだ書きかけ");
        let effects = press_control(&mut model, 'l');
        assert!(matches!(effects.first(), Some(Effect::Lock)));
        // What was asked for before is answered late.
        let late = |model: &mut Model| {
            stands(model, "unlocked");
            answer(model, Answer::Inbox(paged(vec![chat("c1a", "山田 太郎")])));
            answer(
                model,
                Answer::Undecided(paged(vec![undecided("ゆうこ", 3)])),
            );
            answer(
                model,
                Answer::Ledger(paged(vec![record("message created", "c1a")])),
            );
            model.update(messages([theirs("見積を")], MirrorState::Recorded));
        };
        late(&mut model);
        assert!(model.chat.is_none() && model.over.is_none() && model.state.is_none());
        let counts = [
            model.inbox.items.len(),
            model.undecided.items.len(),
            model.queue.items.len(),
            model.ledger.items.len(),
            model.journal.items.len(),
        ];
        assert_eq!(counts, [0; 5]);
        shows_no_work(&model);
        assert!(!screen(&model).contains("書きかけ"));
        for key in ["1", "2\n", "\t", "q", "o"] {
            let effects = press(&mut model, key);
            assert!(
                !effects
                    .iter()
                    .any(|one| matches!(one, Effect::Quit | Effect::Offline(_)))
            );
            shows_no_work(&model);
        }

        model.update(Event::Locked);
        stands(&mut model, "locked");
        answer(&mut model, Answer::Opened(Ok(())));
        let effects = stands(&mut model, "unlocked");
        assert!(reads(&effects, &What::Inbox));
        answer(
            &mut model,
            Answer::Inbox(paged(vec![chat("c1a", "山田 太郎")])),
        );
        press(&mut model, "2\n");
        model.update(messages([own("o1", "午後に")], MirrorState::Recorded));
        press(&mut model, "\n");
        assert_shows(&model, &["まだ書きかけ", "午後に"]);
    }
}

#[test]
fn what_is_sent_or_taken_back_at_the_moment_of_the_lock_is_not_lost() {
    for sent in [true, false] {
        let mut model = in_chat(Language::En);
        let reason = Code::IdleForeground;
        let text = if sent {
            Answer::Sent(draft("We do"), Err(CompanionError::Locked { reason }))
        } else {
            stands(&mut model, "locked");
            Answer::Edited(Key::new("c1a"), Ok(Some("We do".into())))
        };
        answer(&mut model, text);
        shows_no_work(&model);
        assert!(!screen(&model).contains("We do"));
        stands(&mut model, "unlocked");
        answer(
            &mut model,
            Answer::Inbox(paged(vec![chat("c1a", "山田 太郎")])),
        );
        press(&mut model, "2\n\n");
        assert_shows(&model, &["> We do"]);
    }
}

#[test]
fn every_answer_that_says_locked_leads_to_the_lock() {
    let locked = |reason| CompanionError::Locked { reason };
    let lost = |reason| CompanionError::RecoveryNeeded { reason };
    for language in LANGUAGES {
        for (error, reason, title) in [
            (locked(Code::LeaseOver), Code::LeaseOver, Text::Locked),
            (lost(Code::KeystoreGone), Code::KeystoreGone, Text::Recovery),
        ] {
            for answered_so in [
                Answer::Inbox(Err(error.clone())),
                Answer::Undecided(Err(error.clone())),
                Answer::Queue(Err(error.clone())),
                Answer::Ledger(Err(error.clone())),
                Answer::Messages(Key::new("c1a"), Err(error.clone())),
                Answer::Resolved(Err(error.clone())),
                Answer::Accepted(Err(error.clone())),
                Answer::Opened(Err(error.clone())),
            ] {
                let mut model = in_chat(language);
                let effects = answer(&mut model, answered_so);
                assert!(reads(&effects, &What::State) && reads(&effects, &What::Why(language)));
                because(&mut model, &[reason]);
                assert_shows(&model, &[title.of(language), &reason.reason(language).text]);
                shows_no_work(&model);
            }
        }
    }
}

/// Check 22.
#[test]
fn only_the_company_opens_what_is_lost_and_the_code_stands_in_groups() {
    let asked = || RecoveryRequest {
        request: r#"{"enrolment":"7f3c","v":1}"#.into(),
        code: "ABCDEFGHJKLMNPQR".into(),
    };
    for (language, how, off) in [
        (
            Language::Ja,
            "管理者にABCD EFGH JKLM NPQRを伝え、回答を入力してください。データは無事です。",
            "会社の方針で、復旧は使えません。",
        ),
        (
            Language::En,
            "Give ABCD EFGH JKLM NPQR to your admin, enter the answer. Data is safe.",
            "Company policy has switched recovery off.",
        ),
    ] {
        let mut model = model(language);
        let effects = stands(&mut model, "recovery_needed");
        assert!(reads(&effects, &What::Request));
        because(&mut model, &[Code::PasscodeUsedUp, Code::PasscodeUsedUp]);
        let why = Code::PasscodeUsedUp.reason(language).text;
        assert_eq!(screen(&model).matches(&why).count(), 1);
        assert!(model.form.is_none(), "nothing to answer yet");
        answer(&mut model, Answer::Request(Ok(asked())));
        assert_shows(&model, &[how, r#"{"enrolment":"7f3c","v":1}"#]);
        model.update(Event::Paste("c2VhbGVk\n".into()));
        let effects = press(&mut model, &format!("\n{CODE}\t{CODE}\n"));
        let Some(UnlockWith::Recovery { answer: typed, new }) = unlock(&effects) else {
            panic!("nothing was asked for");
        };
        assert_eq!((&**typed, &**new), ("c2VhbGVk", CODE));

        answer(&mut model, refused("answer", "refused"));
        assert_shows(&model, &[Text::AnswerRefused.of(language), "c2VhbGVk"]);
        answer(&mut model, Answer::Opened(Ok(())));
        assert!(reads(&stands(&mut model, "unlocked"), &What::Inbox));

        let mut model = at_gate(language, "recovery_needed", &[Code::KeystoreGone]);
        let reason = Code::RecoveryOff;
        answer(
            &mut model,
            Answer::Request(Err(CompanionError::NotPermitted { reason })),
        );
        assert_shows(&model, &[off]);
        // Nothing to type, and nothing that destroys.
        let effects = press(&mut model, "493817\n\x1bqdlw");
        assert!(effects.is_empty());
    }
}

#[test]
fn who_forgot_the_passcode_asks_the_company_and_may_come_back() {
    let mut model = at_gate(Language::En, "locked", &[Code::LockNow]);
    assert_shows(&model, &["Ctrl+R ask the company"]);
    let effects = press_control(&mut model, 'r');
    assert!(reads(&effects, &What::Request));
    assert_shows(&model, &["Open through the company"]);
    // A delay is for the passcode alone.
    let request = RecoveryRequest {
        request: "{}".into(),
        code: "ABCDEFGHJKLMNPQR".into(),
    };
    answer(&mut model, Answer::Request(Ok(request)));
    let delayed = Reason {
        until: Some(now() + Duration::from_secs(900)),
        ..Code::PasscodeDelay.reason(Language::En)
    };
    answer(&mut model, Answer::Why(Ok(vec![delayed])));
    let effects = press(&mut model, &format!("c2Vh\n{CODE}\n{CODE}\n"));
    assert!(unlock(&effects).is_some());
    // What is under way is waited for.
    press(&mut model, "\x1b");
    assert_shows(&model, &["Checking…"]);
    answer(&mut model, refused("answer", "refused"));
    press(&mut model, "\x1b");
    assert_shows(&model, &["> Passcode:"]);
}

#[test]
fn a_passcode_that_has_to_change_opens_only_with_a_new_one() {
    for language in LANGUAGES {
        let mut model = at_gate(language, "locked", &[Code::PasscodeChangeDue]);
        let title = Text::PasscodeChange.of(language);
        assert_shows(
            &model,
            &[title, &Code::PasscodeChangeDue.reason(language).text],
        );
        let effects = press(&mut model, &format!("{CODE}\n582046\n582046\n"));
        let asked = change(&effects).unwrap();
        assert_eq!((asked.old.as_deref(), &*asked.new), (Some(CODE), "582046"));
    }
}

#[test]
fn work_that_is_erased_takes_what_was_written_with_it() {
    let mut model = in_chat(Language::En);
    press(&mut model, "\nWe do");
    stands(&mut model, "wiped");
    because(&mut model, &[Code::WipeDone]);
    assert_shows(&model, &["Work data was erased. Personal data is safe."]);
    assert!(model.drafts.is_empty() && model.form.is_none());
}

/// Check 9.
#[test]
fn half_as_wide_a_window_cuts_nothing_of_a_lock() {
    let condensed = |text: &str| text.replace(char::is_whitespace, "");
    for language in LANGUAGES {
        for (lock, code) in [
            ("no_passcode_yet", Code::PasscodeNotSet),
            ("locked", Code::LeaseOver),
            ("recovery_needed", Code::PasscodeUsedUp),
        ] {
            let mut model = at_gate(language, lock, &[code]);
            model.update(Event::Resized(40));
            answer(&mut model, wrong(6, Some(30)));
            buffer(&model, 1, 1);
            let shown = condensed(&screen_of(&model, 40));
            assert!(
                shown.contains(&condensed(&code.reason(language).text)),
                "{shown}"
            );
            if lock == "locked" {
                for text in [
                    Text::Locked.of(language).to_owned(),
                    Text::WrongPasscode.with(language, "n", 6),
                    Text::TryAgainIn.with(language, "time", "0:30"),
                ] {
                    assert!(shown.contains(&condensed(&text)), "{shown}");
                }
            }
            assert!(shown.contains("Ctrl+C"), "{shown}");
        }
    }
}
