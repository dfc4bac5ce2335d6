//! The passcode: what may be set, what a wrong one costs, and that no drop, old file or new process gives a try back.

use crate::{
    forge::Forge,
    locked::{in_talk, set_passcode, unlock},
    phone::{Phone, Time},
};
use companion_crypto::passcode::Cost;
use companion_domain::{fault::FaultPoints, policy::Policy, reason::Code, time::Timestamp};
use companion_engine::{
    CancelToken, CompanionError,
    ports::KeyStoreError,
    values::{Page, PasscodeChange, UnlockWith},
};
use companion_vault::slots::{Kind, Slots};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::timeout;

const CODE: &str = "493817";
const OTHER: &str = "582046";
const WRONG: &str = "719355";
const MINUTE: Duration = Duration::from_secs(60);

fn folder(phone: &Phone) -> PathBuf {
    phone.options.root.join(phone.options.enrolment.as_str())
}

fn slots(phone: &Phone) -> Slots {
    Slots::load(&folder(phone).join("slots.json"))
        .unwrap()
        .unwrap()
}

fn keys(phone: &Phone) -> Vec<String> {
    let entries = fs::read_dir(phone.folder.path().join("keystore")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut words: Vec<String> = names
        .map(|name| {
            name.split_once('.')
                .unwrap()
                .1
                .split_once('.')
                .unwrap()
                .1
                .to_owned()
        })
        .collect();
    words.sort();
    words
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

fn put_back(files: &BTreeMap<PathBuf, Vec<u8>>) {
    for (path, bytes) in files {
        fs::write(path, bytes).unwrap();
    }
}

fn refused(reason: Code) -> CompanionError {
    CompanionError::InvalidInput {
        place: "passcode".into(),
        code: reason.as_str().into(),
    }
}

fn needed(reason: Code) -> CompanionError {
    CompanionError::RecoveryNeeded { reason }
}

/// Enters a wrong code and answers the tries that are left, and the time for which the next must wait.
async fn miss(phone: &Phone, time: &Time, code: &str) -> (u32, Option<Duration>) {
    match unlock(phone, code).await {
        Err(CompanionError::WrongPasscode {
            tries_left,
            retry_at,
        }) => (tries_left, retry_at.map(|at| wait(at, time))),
        other => panic!("{other:?}"),
    }
}

/// Rounded up: the test's clock runs.
fn wait(at: Timestamp, time: &Time) -> Duration {
    Duration::from_secs(at.since(time.now()).as_secs().div_ceil(30) * 30)
}

/// A code that no test sets.
fn wrong(n: u32) -> String {
    format!("71935{n}")
}

#[tokio::test]
async fn only_a_good_code_is_taken_and_a_refused_one_changes_nothing() {
    let time = Time::new();
    let (_, phone) = Forge::with_phone(&time).await;
    let before = fs::read(folder(&phone).join("slots.json")).unwrap();
    for (code, reason) in [
        ("4938", Code::PasscodeTooShort),
        (&*"4938171".repeat(10), Code::PasscodeTooLong),
        ("123456", Code::PasscodeSimple),
        ("１１１１１１", Code::PasscodeSimple),
    ] {
        let set = set_passcode(&phone, None, code).await;
        assert_eq!(set, Err(refused(reason)), "{code}");
    }
    assert_eq!(fs::read(folder(&phone).join("slots.json")).unwrap(), before);
    assert_eq!(phone.client.state().unwrap().lock, "no_passcode_yet");
    assert_eq!(keys(&phone), ["device", "personal", "slot.1", "work"]);

    set_passcode(&phone, None, CODE).await.unwrap();
    assert_eq!(phone.client.state().unwrap().lock, "unlocked");
    // What opened without a code until now is gone.
    assert_eq!(keys(&phone), ["device", "passcode.1", "personal", "work"]);
    assert!(slots(&phone).find(&Kind::Device).is_none());
}

#[tokio::test]
async fn a_wrong_code_costs_a_try_and_from_the_fourth_on_time() {
    let time = Time::new();
    let (_, phone, chat) = in_talk(&time).await;
    phone.client.lock();
    for n in 1..=3 {
        assert_eq!(miss(&phone, &time, &wrong(n)).await, (10 - n, None));
    }
    let half = Duration::from_secs(30);
    assert_eq!(miss(&phone, &time, &wrong(4)).await, (6, Some(half)));
    // Too early: nothing is checked and nothing counted, not even the right one.
    assert_eq!(miss(&phone, &time, CODE).await, (6, Some(half)));
    assert_eq!(miss(&phone, &time, &wrong(5)).await, (6, Some(half)));
    time.pass(half);
    // Nor is a code that this process has seen fail.
    assert_eq!(miss(&phone, &time, &wrong(2)).await.0, 6);
    for (n, minutes) in [(5, 1), (6, 5), (7, 15), (8, 15)] {
        assert_eq!(
            miss(&phone, &time, &wrong(n)).await,
            (10 - n, Some(MINUTE * minutes))
        );
        time.pass(MINUTE * minutes);
    }
    unlock(&phone, CODE).await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["こんにちは"]);
    // A right code forgives all.
    phone.client.lock();
    assert_eq!(miss(&phone, &time, &wrong(9)).await, (9, None));
}

#[tokio::test]
async fn after_ten_tries_only_the_company_helps_and_nothing_is_lost() {
    let time = Time::new();
    let (_, mut phone, _) = in_talk(&time).await;
    phone.client.lock();
    for n in 0..9 {
        miss(&phone, &time, &wrong(n)).await;
        time.pass(MINUTE * 15);
    }
    let used_up = Err(needed(Code::PasscodeUsedUp));
    assert_eq!(unlock(&phone, &wrong(9)).await, used_up);
    assert_eq!(unlock(&phone, CODE).await, used_up);
    assert_eq!(phone.client.state().unwrap().lock, "recovery_needed");
    phone.restart().await;
    assert_eq!(unlock(&phone, CODE).await, used_up);
    assert_eq!(
        phone.client.inbox(Page::default()).await.err(),
        Some(needed(Code::PasscodeUsedUp))
    );
    assert!(folder(&phone).join("vault.db").exists());
    // It still receives.
    phone.sync().await.unwrap();
}

#[tokio::test]
async fn neither_a_new_process_nor_an_old_file_gives_a_try_back() {
    let time = Time::new();
    let (_, mut phone, _) = in_talk(&time).await;
    phone.restart().await;
    phone.client.close().await.unwrap();
    let before = files(&folder(&phone));
    let hardware = keys(&phone);
    phone.client = phone.open().await.unwrap();
    assert_eq!(miss(&phone, &time, WRONG).await, (9, None));
    phone.restart().await;
    assert_eq!(
        miss(&phone, &time, WRONG).await,
        (8, None),
        "another process does not know it"
    );
    assert_ne!(keys(&phone), hardware);
    phone.client.close().await.unwrap();

    // The files as they were before both tries: the hardware key that opens them is gone.
    let spent = files(&folder(&phone));
    put_back(&before);
    phone.client = phone.open().await.unwrap();
    assert_eq!(unlock(&phone, CODE).await, Err(needed(Code::KeystoreGone)));
    phone.client.close().await.unwrap();

    // Only the store is older: the hardware counted, and the delay begins anew.
    put_back(&spent);
    let store = before
        .iter()
        .filter(|(path, _)| path.to_string_lossy().contains("vault.db"));
    put_back(
        &store
            .map(|(path, bytes)| (path.clone(), bytes.clone()))
            .collect(),
    );
    phone.client = phone.open().await.unwrap();
    assert_eq!(miss(&phone, &time, WRONG).await, (7, None));
    unlock(&phone, CODE).await.unwrap();
}

#[tokio::test]
async fn a_hardware_key_that_a_kill_left_guards_nothing() {
    let time = Time::new();
    let (_, phone, _) = in_talk(&time).await;
    let name = |n| {
        format!(
            "companion.{}.passcode.{n}",
            phone.options.enrolment.as_str()
        )
    };
    let left = phone.folder.path().join("keystore").join(name(2));
    // Somebody has a file that this key opens.
    fs::write(&left, [7; 32]).unwrap();
    phone.client.lock();
    assert_eq!(miss(&phone, &time, WRONG).await.0, 9);
    assert_eq!(slots(&phone).find(&Kind::Passcode).unwrap().wrapped.hw_n, 2);
    assert_ne!(fs::read(&left).unwrap(), [7; 32]);
    assert_eq!(keys(&phone), ["device", "passcode.2", "personal", "work"]);
}

#[tokio::test]
async fn a_code_is_changed_by_who_knows_it_and_none_of_the_last_comes_back() {
    let time = Time::new();
    let (_, mut phone, chat) = in_talk(&time).await;
    let policy = || Policy {
        passcode_history: 2,
        ..Policy::default()
    };
    phone.restart_under(policy()).await;
    let missing = CompanionError::InvalidInput {
        place: "old".into(),
        code: "missing".into(),
    };
    assert_eq!(set_passcode(&phone, None, OTHER).await, Err(missing));
    let wrong = set_passcode(&phone, Some(WRONG), OTHER).await;
    assert!(matches!(
        wrong,
        Err(CompanionError::WrongPasscode { tries_left: 9, .. })
    ));
    set_passcode(&phone, Some(CODE), OTHER).await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["こんにちは"]);
    phone.client.lock();
    assert_eq!(miss(&phone, &time, CODE).await.0, 9);
    unlock(&phone, OTHER).await.unwrap();
    let recent = Err(refused(Code::PasscodeRecent));
    assert_eq!(set_passcode(&phone, Some(OTHER), OTHER).await, recent);
    assert_eq!(set_passcode(&phone, Some(OTHER), CODE).await, recent);
    set_passcode(&phone, Some(OTHER), "640275").await.unwrap();
    set_passcode(&phone, Some("640275"), CODE).await.unwrap();
    phone.restart_under(policy()).await;
    unlock(&phone, CODE).await.unwrap();
}

#[tokio::test]
async fn a_policy_that_asks_for_more_opens_only_to_a_new_code() {
    let time = Time::new();
    let (_, mut phone, chat) = in_talk(&time).await;
    let longer = Policy {
        passcode_min_length: 8,
        ..Policy::default()
    };
    phone.restart_under(longer).await;
    let due = |reason| Err(CompanionError::Locked { reason });
    assert_eq!(unlock(&phone, CODE).await, due(Code::PasscodeTooShort));
    assert_eq!(
        phone.client.inbox(Page::default()).await.err(),
        due(Code::PasscodeChangeDue).err()
    );
    assert_eq!(unlock(&phone, CODE).await, due(Code::PasscodeChangeDue));
    set_passcode(&phone, Some(CODE), "49381720").await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["こんにちは"]);

    let expiring = Policy {
        passcode_expiry: Some(Duration::from_secs(30 * 24 * 60 * 60)),
        ..Policy::default()
    };
    phone.restart_under(expiring).await;
    unlock(&phone, "49381720").await.unwrap();
    phone.client.lock();
    time.pass(Duration::from_secs(31 * 24 * 60 * 60));
    phone.sync().await.unwrap();
    assert_eq!(unlock(&phone, "49381720").await, due(Code::PasscodeExpired));
    set_passcode(&phone, Some("49381720"), OTHER).await.unwrap();
    assert_eq!(phone.client.state().unwrap().lock, "unlocked");
}

#[tokio::test]
async fn a_slot_that_is_cheaper_to_guess_is_not_even_tried() {
    let time = Time::new();
    let (_, mut phone, _) = in_talk(&time).await;
    phone.client.close().await.unwrap();
    phone.surroundings.guess = Cost {
        m: 16,
        ..phone.surroundings.guess
    };
    phone.client = phone.open().await.unwrap();
    assert!(matches!(
        unlock(&phone, CODE).await,
        Err(CompanionError::RecoveryNeeded { .. })
    ));
    phone.surroundings.guess = Cost {
        m: 8,
        ..phone.surroundings.guess
    };
    phone.restart().await;
    unlock(&phone, CODE).await.unwrap();
}

#[tokio::test]
async fn a_key_that_is_not_there_now_costs_nothing_and_one_that_is_gone_needs_the_company() {
    let time = Time::new();
    let (_, phone, _) = in_talk(&time).await;
    phone.client.lock();
    phone.keys.fail_with(Some(KeyStoreError::NotNow));
    let later = CompanionError::Unavailable {
        reason: Code::KeystoreNotNow,
    };
    assert_eq!(unlock(&phone, CODE).await, Err(later));
    phone.keys.fail_with(None);
    assert_eq!(miss(&phone, &time, WRONG).await.0, 9);
    let key = phone.folder.path().join("keystore");
    let name = fs::read_dir(&key)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let name = name
        .into_iter()
        .find(|path| path.to_string_lossy().contains("passcode"));
    fs::remove_file(name.unwrap()).unwrap();
    assert_eq!(unlock(&phone, CODE).await, Err(needed(Code::KeystoreGone)));
    assert_eq!(phone.client.state().unwrap().lock, "recovery_needed");
}

#[tokio::test]
async fn who_cancels_or_goes_away_has_spent_a_try_and_broken_nothing() {
    let time = Time::new();
    let (_, mut phone, chat) = in_talk(&time).await;
    phone.client.lock();
    let cancel = Arc::new(CancelToken::default());
    cancel.cancel();
    let code = CODE.to_owned();
    let cancelled = phone
        .client
        .unlock(UnlockWith::Passcode { code }, cancel)
        .await;
    assert_eq!(cancelled, Err(CompanionError::Cancelled));
    assert_eq!(miss(&phone, &time, WRONG).await.0, 8);
    // Changes of the slots take their time, so that one that was dropped would end in the midst of the next.
    let visits = Arc::new(AtomicU64::new(9));
    let visit = visits.clone();
    phone.surroundings.faults = FaultPoints::new(move |point| {
        if point == "vault.slots.written" {
            let nth = visit.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(
                [30, 60].get(nth as usize).copied().unwrap_or(0),
            ));
        }
    });
    phone.restart().await;
    for times in 0..12 {
        visits.store(0, Ordering::Relaxed);
        let code = CODE.to_owned();
        let unlocking = phone
            .client
            .unlock(UnlockWith::Passcode { code }, Arc::default());
        let ended = timeout(Duration::from_millis(times * 5), unlocking).await;
        time.pass(MINUTE * 15);
        // Whatever the dropped act still does, it does before the next one begins.
        unlock(&phone, CODE).await.unwrap();
        assert_eq!(phone.texts(&chat).await, ["こんにちは"]);
        phone.restart().await;
        if ended.is_ok() {
            break;
        }
    }
    let change = || PasscodeChange {
        old: Some(CODE.to_owned()),
        new: OTHER.to_owned(),
    };
    for times in 0..12 {
        visits.store(0, Ordering::Relaxed);
        unlock(&phone, CODE).await.unwrap();
        let setting = phone.client.set_passcode(change(), Arc::default());
        let ended = timeout(Duration::from_millis(times * 5), setting).await;
        phone.client.lock();
        time.pass(MINUTE * 15);
        // One of both is right, and the other is wrong.
        let new = unlock(&phone, OTHER).await.is_ok();
        if new {
            set_passcode(&phone, Some(OTHER), CODE).await.unwrap();
        }
        time.pass(MINUTE * 15);
        phone.restart().await;
        if ended.is_ok() {
            break;
        }
    }
    unlock(&phone, CODE).await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["こんにちは"]);
}
