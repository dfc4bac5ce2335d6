//! Which codes may be set, and how often they may be tried.

use super::*;
use companion_domain::{
    passcode::{Admission, Attempts, Refusal, WrongPasscode, change_due, parse},
    policy::Policy,
    reason::{Code, Language},
};

fn refusal(code: &str, policy: &Policy) -> Option<Refusal> {
    parse(code, policy, |_| false).err()
}

#[test]
fn simple_sequences_are_refused() {
    let any_length = Policy {
        passcode_min_length: 4,
        ..Policy::default()
    };
    let simple = [
        "123456",
        "654321",
        "111111",
        "000000",
        "789012",
        "098765",
        "2468",
        "97531",
        "abcdef",
        "fedcba",
        "ABCD",
        "121212",
        "123123",
        "12341234",
        "1212121",
        "abab",
        "112233",
        "332211",
        "111222",
        "113355",
        "aabbcc",
        "123321",
        "12321",
        "1221",
        "qwerty",
        "POIUY",
        "147258",
        "741852",
        "1qaz2wsx",
        "あああああ",
        "    ",
    ];
    for code in simple {
        assert_eq!(refusal(code, &any_length), Some(Refusal::Simple), "{code}");
    }
    for code in [
        "194627",
        "112234",
        "121213",
        "123654",
        "8305",
        "hunter2",
        "正しい馬電池",
        "1a2b3c",
        "918273",
    ] {
        assert_eq!(refusal(code, &any_length), None, "{code}");
    }
}

#[test]
fn few_codes_are_refused() {
    let policy = Policy {
        passcode_min_length: 4,
        ..Policy::default()
    };
    let all = (0..10_000).map(|n| format!("{n:04}"));
    let refused = all.filter(|code| refusal(code, &policy).is_some()).count();
    assert!((200..400).contains(&refused), "{refused} of 10,000");
}

#[test]
fn length_and_letters_follow_the_policy() {
    let policy = |passcode_min_length, passcode_letters| Policy {
        passcode_min_length,
        passcode_letters,
        ..Policy::default()
    };
    let long = |n: usize| {
        "1940273856"
            .chars()
            .cycle()
            .take(n - 1)
            .chain(['x'])
            .collect::<String>()
    };
    for (code, policy, refused) in [
        (
            "19462",
            Policy::default(),
            Some(Refusal::TooShort { min: 6 }),
        ),
        ("", Policy::default(), Some(Refusal::TooShort { min: 6 })),
        ("194627", Policy::default(), None),
        ("1946", policy(4, false), None),
        ("194", policy(0, false), Some(Refusal::TooShort { min: 4 })),
        ("山川海空", policy(4, false), None), // characters, not bytes
        (&long(64), policy(999, false), None),
        (
            &long(63),
            policy(999, false),
            Some(Refusal::TooShort { min: 64 }),
        ),
        (&long(65), Policy::default(), Some(Refusal::TooLong)),
        ("194627", policy(6, true), Some(Refusal::LettersMissing)),
        ("19462x", policy(6, true), None),
    ] {
        assert_eq!(refusal(code, &policy), refused, "{code}");
    }
}

#[test]
fn one_of_the_last_is_refused_where_the_policy_keeps_them() {
    let policy = Policy::default();
    assert_eq!(
        parse("194627", &policy, |code| code == "194627"),
        Err(Refusal::Recent)
    );
    let code = parse("194628", &policy, |code| code == "194627").unwrap();
    assert_eq!(code.expose(), "194628");
    assert_eq!(format!("{code:?}"), "NewPasscode(..)");
    let forgetful = Policy {
        passcode_history: 0,
        ..Policy::default()
    };
    assert!(parse("194627", &forgetful, |_| true).is_ok());
}

#[test]
fn each_refusal_has_its_text() {
    let refusals = [
        Refusal::TooShort { min: 6 },
        Refusal::TooLong,
        Refusal::LettersMissing,
        Refusal::Simple,
        Refusal::Recent,
    ];
    let mut codes: Vec<Code> = refusals.map(Refusal::code).into();
    codes.dedup();
    assert_eq!(codes.len(), refusals.len());
    assert!(
        codes
            .iter()
            .all(|code| code.as_str().starts_with("passcode."))
    );
}

#[test]
fn a_change_is_due_when_the_policy_says_so_and_never_by_default() {
    let mut phone = Phone::new();
    let set = phone.watch.now();
    let mut policy = Policy::default();
    phone.runs(900 * DAY);
    let due = |code, policy: &Policy| change_due(code, set, policy, &phone.watch);
    assert_eq!(due(Some("194627"), &policy), None);
    policy.passcode_min_length = 8;
    assert_eq!(due(Some("194627"), &policy), Some(Code::PasscodeTooShort));
    assert_eq!(due(None, &policy), None, "a finger does not tell the code");
    policy.passcode_expiry = Some(seconds(901 * DAY));
    assert_eq!(due(None, &policy), None);
    policy.passcode_expiry = Some(seconds(900 * DAY));
    assert_eq!(due(None, &policy), Some(Code::PasscodeExpired));
}

/// Tries a wrong code now.
fn fail(attempts: &mut Attempts, phone: &Phone) -> WrongPasscode {
    let Admission::Check(counted) = attempts.admit(&phone.watch, false) else {
        panic!("not admitted: {attempts:?}");
    };
    *attempts = stored(&counted);
    attempts.answer(&phone.watch)
}

#[test]
fn delays_begin_with_the_fourth_try_and_the_tenth_is_the_last() {
    let mut phone = Phone::new();
    let mut attempts = Attempts::default();
    let delays = [0, 0, 0, 30, 60, 300, 900, 900, 900, 900];
    for (delay, tries_left) in delays.into_iter().zip((0..10).rev()) {
        let answer = fail(&mut attempts, &phone);
        let retry_at = (delay > 0).then(|| Timestamp::from_seconds(phone.wall + delay as i64));
        assert_eq!(
            (answer.tries_left, answer.wait),
            (tries_left, seconds(delay))
        );
        assert_eq!(answer.retry_at, retry_at);
        if delay > 0 && tries_left > 0 {
            phone.runs(delay - 1);
            let Admission::Wait(early) = attempts.admit(&phone.watch, false) else {
                panic!("{delay} s are not over");
            };
            assert_eq!((early.wait, early.tries_left), (seconds(1), tries_left));
            let reason = attempts.explain(&phone.watch, Language::En).unwrap();
            assert_eq!((reason.code, reason.until), (Code::PasscodeDelay, retry_at));
            phone.runs(1);
        }
    }
    phone.runs(365 * DAY);
    assert_eq!(attempts.admit(&phone.watch, false), Admission::UsedUp);
    assert_eq!(attempts.admit(&phone.watch, true), Admission::UsedUp);
    let reason = attempts.explain(&phone.watch, Language::En).unwrap();
    assert_eq!(reason.code, Code::PasscodeUsedUp);
    assert_eq!(
        Attempts::default().explain(&phone.watch, Language::En),
        None
    );
}

#[test]
fn a_known_wrong_code_costs_nothing_but_waits_like_any_other() {
    let phone = Phone::new();
    let mut attempts = Attempts::default();
    for left in [9, 8, 7] {
        assert_eq!(fail(&mut attempts, &phone).tries_left, left);
        let Admission::KnownWrong(answer) = attempts.admit(&phone.watch, true) else {
            panic!("it is counted");
        };
        assert_eq!((answer.tries_left, answer.retry_at), (left, None));
    }
    fail(&mut attempts, &phone);
    assert!(matches!(
        attempts.admit(&phone.watch, true),
        Admission::Wait(_)
    ));
}

#[test]
fn no_clock_and_no_reboot_shortens_a_delay() {
    let mut phone = Phone::new();
    let mut attempts = Attempts::default();
    for _ in 0..4 {
        fail(&mut attempts, &phone);
    }
    phone.runs(10).sets_clock(5 * DAY as i64).reboots(DAY);
    phone.watch.hear(at(9 * DAY as i64));
    assert_eq!(
        attempts.answer(&phone.watch).wait,
        seconds(20),
        "time off does not count"
    );
    phone.runs(19);
    assert_eq!(attempts.answer(&phone.watch).wait, seconds(1));
    phone.runs(1);
    assert!(matches!(
        attempts.admit(&phone.watch, false),
        Admission::Check(_)
    ));
}
