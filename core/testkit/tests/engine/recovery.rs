//! The way back through the company: for a forgotten passcode, used-up tries, a lost key. Nothing is lost by it.

use crate::{
    locked::{in_talk, set_passcode, unlock},
    phone::{Phone, TENANT, Time},
};
use companion_crypto::{hpke::KeyPair, random::SystemRandom, recovery::Request, secret::Key};
use companion_domain::{
    policy::{PasscodeRecovery, Policy},
    reason::Code,
};
use companion_engine::{
    CompanionError,
    values::{Page, UnlockWith},
};
use companion_vault::slots::{Kind, Slots};
use data_encoding::BASE64URL_NOPAD;
use std::{fs, sync::Arc, time::Duration};

const CODE: &str = "493817";
const OTHER: &str = "582046";

/// What the help desk makes of a request.
fn answer(phone: &Phone, request: &str) -> String {
    answer_with(&phone.tenant.recovery(), request)
}

fn answer_with(company: &KeyPair, request: &str) -> String {
    let request = Request::parse(request).unwrap();
    let answer = request.answer(&SystemRandom, company, TENANT).unwrap();
    BASE64URL_NOPAD.encode(&answer)
}

async fn recover(phone: &Phone, answer: &str, new: &str) -> Result<(), CompanionError> {
    let (answer, new) = (answer.to_owned(), new.to_owned());
    let with = UnlockWith::Recovery { answer, new };
    phone.client.unlock(with, Arc::default()).await
}

fn wrong(code: &str) -> Result<(), CompanionError> {
    Err(CompanionError::InvalidInput {
        place: "answer".into(),
        code: code.into(),
    })
}

fn slots_path(phone: &Phone) -> std::path::PathBuf {
    let folder = phone.options.root.join(phone.options.enrolment.as_str());
    folder.join("slots.json")
}

#[tokio::test]
async fn a_forgotten_passcode_is_replaced_and_all_data_is_there() {
    let time = Time::new();
    let (_, mut phone, chat) = in_talk(&time).await;
    phone.restart().await;
    let asked = phone.client.recovery_request().await.unwrap();
    assert_eq!(asked.code.len(), 16);
    // It waits for its answer over a restart, and so long asking again asks the same.
    phone.restart().await;
    assert_eq!(phone.client.recovery_request().await.unwrap(), asked);
    let answer = answer(&phone, &asked.request);
    let before = fs::read(slots_path(&phone)).unwrap();
    let simple = recover(&phone, &answer, "111111").await;
    assert!(
        matches!(simple, Err(CompanionError::InvalidInput { place, .. }) if place == "passcode")
    );
    assert_eq!(fs::read(slots_path(&phone)).unwrap(), before);
    let company = |phone: &Phone| {
        let slots = Slots::load(&slots_path(phone)).unwrap().unwrap();
        slots.find(&Kind::Recovery).unwrap().id.clone()
    };
    let known = company(&phone);
    recover(&phone, &answer, OTHER).await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["こんにちは"]);
    // The company knows that secret now, so it opens nothing any more.
    assert_ne!(company(&phone), known);

    phone.restart().await;
    assert!(matches!(
        unlock(&phone, CODE).await,
        Err(CompanionError::WrongPasscode { .. })
    ));
    unlock(&phone, OTHER).await.unwrap();
    assert_eq!(recover(&phone, &answer, CODE).await, wrong("not_asked"));
    let again = phone.client.recovery_request().await.unwrap();
    assert_ne!(again, asked);
    assert_eq!(recover(&phone, &answer, CODE).await, wrong("refused"));
}

#[tokio::test]
async fn used_up_tries_and_a_lost_key_end_by_recovery() {
    let time = Time::new();
    let (_, phone, chat) = in_talk(&time).await;
    phone.client.lock();
    for n in 0..10 {
        unlock(&phone, &format!("71935{n}")).await.unwrap_err();
        time.pass(Duration::from_secs(15 * 60));
    }
    assert_eq!(phone.client.state().unwrap().lock, "recovery_needed");
    let asked = phone.client.recovery_request().await.unwrap();
    recover(&phone, &answer(&phone, &asked.request), OTHER)
        .await
        .unwrap();
    assert_eq!(phone.texts(&chat).await, ["こんにちは"]);

    phone.client.lock();
    let store = phone.folder.path().join("keystore");
    for entry in fs::read_dir(store).unwrap().flatten() {
        if entry.file_name().to_string_lossy().contains(".passcode.") {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    let gone = CompanionError::RecoveryNeeded {
        reason: Code::KeystoreGone,
    };
    assert_eq!(unlock(&phone, OTHER).await, Err(gone));
    let asked = phone.client.recovery_request().await.unwrap();
    recover(&phone, &answer(&phone, &asked.request), CODE)
        .await
        .unwrap();
    assert_eq!(phone.texts(&chat).await, ["こんにちは"]);
    phone.client.lock();
    unlock(&phone, CODE).await.unwrap();
}

#[tokio::test]
async fn every_other_answer_is_refused_and_changes_nothing() {
    let time = Time::new();
    let (_, phone, _) = in_talk(&time).await;
    phone.client.lock();
    assert_eq!(recover(&phone, "AAAA", OTHER).await, wrong("not_asked"));
    let asked = phone.client.recovery_request().await.unwrap();
    let right = answer(&phone, &asked.request);
    let before = fs::read(slots_path(&phone)).unwrap();
    for (answer, code) in [
        (String::new(), "refused"),
        ("no base64!".into(), "malformed"),
        (right.chars().take(right.len() - 4).collect(), "refused"),
        (right.chars().rev().collect(), "refused"),
    ] {
        assert_eq!(
            recover(&phone, &answer, OTHER).await,
            wrong(code),
            "{answer}"
        );
    }
    // Of another request, by a phone that is asked in the name of this one.
    let (_, stranger, _) = in_talk(&time).await;
    let theirs = stranger.client.recovery_request().await.unwrap();
    let theirs = answer_with(&stranger.tenant.recovery(), &theirs.request);
    assert_eq!(recover(&phone, &theirs, OTHER).await, wrong("refused"));
    let request = Request::parse(&asked.request).unwrap();
    let other_company = KeyPair::derive(&Key::random(&SystemRandom));
    assert!(
        request
            .answer(&SystemRandom, &other_company, TENANT)
            .is_err()
    );

    assert_eq!(fs::read(slots_path(&phone)).unwrap(), before);
    assert_eq!(phone.client.state().unwrap().lock, "locked");
    assert!(phone.client.inbox(Page::default()).await.is_err());
    recover(&phone, &format!(" {right}\n"), OTHER)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_company_that_switched_recovery_off_has_no_way() {
    let time = Time::new();
    let (_, mut phone, chat) = in_talk(&time).await;
    let off = Policy {
        passcode_recovery: PasscodeRecovery::Off,
        ..Policy::default()
    };
    phone.restart_under(off).await;
    set_passcode(&phone, Some(CODE), OTHER).await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["こんにちは"]);
    let slots = Slots::load(&slots_path(&phone)).unwrap().unwrap();
    assert!(slots.find(&Kind::Recovery).is_none());
    let off = CompanionError::NotPermitted {
        reason: Code::RecoveryOff,
    };
    assert_eq!(phone.client.recovery_request().await.err(), Some(off));
    // Once it is on again the next passcode brings the slot back.
    phone.restart().await;
    set_passcode(&phone, Some(OTHER), CODE).await.unwrap();
    phone.client.recovery_request().await.unwrap();
}
