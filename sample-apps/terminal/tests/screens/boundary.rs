//! The three spaces and the ways between them.

use crate::fixture::{
    LANGUAGES, answered, assert_shows, chat, decided, in_chat, paged, personal, press, refusal,
    screen, source,
};
use companion_domain::{
    id::Key,
    reason::{Code, Language},
};
use companion_engine::values::{BindReport, BindRequest, BindTo};
use companion_terminal::model::{Answer, Effect, Event, Model, Segment};

fn binds(effects: &[Effect]) -> Option<BindTo> {
    effects.iter().find_map(|effect| match effect {
        Effect::Bind(request) => Some(request.to),
        _ => None,
    })
}

fn undecided(language: Language) -> Model {
    let mut model = answered(language);
    press(&mut model, "2→");
    model
}

/// Check 3. Check 20: of what nobody bound, nothing stands among the work chats.
#[test]
fn each_space_has_a_cue_of_its_own_without_colour() {
    for (language, work, question) in [
        (Language::Ja, "▌ 山田 太郎", "┆ ? ゆうこ (3)"),
        (Language::En, "▌ 山田 太郎", "┆ ? ゆうこ (3)"),
    ] {
        let mut model = answered(language);
        press(&mut model, "2");
        assert_shows(&model, &[work]);
        assert!(!screen(&model).contains("ゆうこ"), "segments mix");
        press(&mut model, "→");
        assert_shows(&model, &[question]);
        press(&mut model, "→");
        let personal = match language {
            Language::Ja => "個人(会社には送られません)",
            Language::En => "Personal (company never gets it)",
        };
        assert_shows(&model, &[personal]);
    }
}

#[test]
fn the_composer_says_who_reads_it() {
    for (language, text) in [
        (Language::Ja, "山田 太郎様へ(会社に記録)"),
        (Language::En, "To 山田 太郎 (company records)"),
    ] {
        assert_shows(&in_chat(language), &[text]);
    }
    let mut unnamed = in_chat(Language::Ja);
    if let Some(chat) = &mut unnamed.chat {
        chat.title = None;
    }
    assert_shows(&unnamed, &["お客様へ(会社に記録)"]);
}

/// Check 16.
#[test]
fn an_undecided_chat_has_no_composer_and_two_equal_ways() {
    for language in LANGUAGES {
        let mut model = undecided(language);
        press(&mut model, "i");
        assert!(model.chat.is_none());
        let screen = screen(&model);
        let (work, keep) = match language {
            Language::Ja => ("w 仕事にする", "p 個人のまま"),
            Language::En => ("w Make it work", "p Keep personal"),
        };
        assert!(screen.contains(work) && screen.contains(keep), "{screen}");
        assert!(
            !screen.contains('>') || !screen.contains("records"),
            "{screen}"
        );
    }
}

/// Check 17.
#[test]
fn nothing_is_chosen_beforehand_and_one_button_makes_a_chat_work() {
    for (language, ask, choice, chosen) in [
        (
            Language::Ja,
            "このトークを仕事にしますか?",
            "( ) これまでの3件も",
            "(x) これまでの3件も",
        ),
        (
            Language::En,
            "Make this chat work?",
            "( ) Also the 3 so far",
            "(x) Also the 3 so far",
        ),
    ] {
        let mut model = undecided(language);
        press(&mut model, "w");
        let undo = match language {
            Language::Ja => "いつでも戻せます。記録済みの分は会社に残ります。",
            Language::En => "You can undo this. What was recorded stays.",
        };
        assert_shows(&model, &[ask, choice, undo, "106540352242922"]);
        assert_eq!(binds(&press(&mut model, "\n")), None);
        assert_shows(&model, &[choice]);
        press(&mut model, " ");
        assert_shows(&model, &[chosen]);
        assert_eq!(binds(&press(&mut model, "\n")), Some(BindTo::Work));
    }
}

#[test]
fn keeping_a_chat_personal_is_asked_once() {
    for language in LANGUAGES {
        let mut model = undecided(language);
        assert_eq!(binds(&press(&mut model, "p")), None);
        assert_eq!(binds(&press(&mut model, "\x1b")), None);
        assert_eq!(binds(&press(&mut model, "p\n")), Some(BindTo::Personal));
    }
}

#[test]
fn an_account_is_accepted_by_the_employee_alone() {
    for language in LANGUAGES {
        let mut model = undecided(language);
        let (refused, reason) = refusal(language);
        let effects = model.update(refused);
        assert!(
            !effects
                .iter()
                .any(|effect| matches!(effect, Effect::Accept(_)))
        );
        let beginning: String = reason.chars().take(20).collect();
        assert_shows(&model, &[&beginning]);
        press(&mut model, "a");
        assert_shows(&model, &["whatsapp 106540352242922"]);
        let effects = press(&mut model, "\n");
        assert!(
            effects
                .iter()
                .any(|effect| matches!(effect, Effect::Accept(_)))
        );
    }
}

/// Check 18.
#[test]
fn leaving_work_says_what_stays_and_the_chat_can_still_be_read() {
    for (language, stays, read_only) in [
        (
            Language::Ja,
            "記録済みの分は会社に残ります。",
            "閲覧のみ:このトークは個人のものです。会社には送られません。",
        ),
        (
            Language::En,
            "What was recorded stays.",
            "Read only: This chat is personal. The company never gets it.",
        ),
    ] {
        let mut model = in_chat(language);
        press(&mut model, "p");
        assert_shows(&model, &[stays]);
        assert_eq!(binds(&press(&mut model, "\n")), Some(BindTo::Personal));
        let request = BindRequest {
            conversation: source("819011112222"),
            to: BindTo::Personal,
        };
        let report = BindReport {
            conversation: Key::new("c1a"),
            items: 0,
        };
        model.update(Event::Answered(Box::new(Answer::Bound(
            request,
            Ok(report),
        ))));
        model.update(Event::Answered(Box::new(Answer::Inbox(paged(vec![
            personal(),
        ])))));
        assert_shows(&model, &[read_only, stays, "見積をお願いできますか。"]);
    }
}

#[test]
fn a_chat_that_became_work_is_shown_among_the_work_chats() {
    let mut model = undecided(Language::En);
    let request = BindRequest {
        conversation: source("819033334444"),
        to: BindTo::Work,
    };
    let report = BindReport {
        conversation: Key::new("c1b"),
        items: 3,
    };
    model.update(Event::Answered(Box::new(Answer::Bound(
        request,
        Ok(report),
    ))));
    assert_eq!(model.segment, Segment::Work);
}

#[test]
fn a_list_that_moves_keeps_the_chat_under_the_hand() {
    let mut model = answered(Language::En);
    let [first, second] = ["c1a", "c1b"].map(|key| chat(key, key));
    let both = paged(vec![first.clone(), second.clone()]);
    model.update(Event::Answered(Box::new(Answer::Inbox(both))));
    press(&mut model, "2↓");
    model.update(Event::Answered(Box::new(Answer::Inbox(paged(vec![
        second, first,
    ])))));
    press(&mut model, "\n");
    assert_eq!(model.chat.unwrap().key, Key::new("c1b"));
}

#[test]
fn what_the_company_sees_names_both_sides_and_what_left() {
    for (language, texts) in [
        (
            Language::Ja,
            [
                "見える: 仕事のトークの本文・添付・時刻",
                "見えない: 個人・未確認のトーク、連絡先、写真、位置",
                "9:00 メッセージ (新規)→会社のCRM  山田 太郎",
            ],
        ),
        (
            Language::En,
            [
                "Seen: text, files, times of work chats",
                "Not seen: personal, undecided chats, contacts, photos, location",
                "9:00 message (new) → CRM  山田 太郎",
            ],
        ),
    ] {
        let mut model = answered(language);
        press(&mut model, "4");
        assert_shows(&model, &texts);
        assert!(!screen(&model).contains("ゆうこ"));
    }
}

#[test]
fn what_was_decided_stands_beside_what_left() {
    for (language, side, rows) in [
        (
            Language::Ja,
            "[決定の記録]",
            [
                "9:00 自分: 会社に参加しました。",
                "9:00 policy:12: 会社の方針により",
            ],
        ),
        (
            Language::En,
            "[Decisions]",
            [
                "9:00 You: You joined the company.",
                "9:00 policy:12: Company policy does not use",
            ],
        ),
    ] {
        let mut model = answered(language);
        let decisions = vec![
            decided(Code::EnrolmentJoined, "employee"),
            decided(Code::AccountNotAllowed, "policy:12"),
        ];
        model.update(Event::Answered(Box::new(Answer::Journal(paged(decisions)))));
        press(&mut model, "4");
        assert!(!screen(&model).contains(rows[0]));
        press(&mut model, "→");
        assert_shows(&model, &[side, rows[0], rows[1]]);
        press(&mut model, "h");
        assert!(!screen(&model).contains(rows[0]));
    }
}
