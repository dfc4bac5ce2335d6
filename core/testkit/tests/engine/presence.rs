//! Work locks when nobody is there: in the background, on a screen that nobody touches.

use crate::{
    locked::{in_talk, unlock},
    phone::Time,
};
use companion_domain::{
    policy::Policy,
    reason::{Code, Language},
};
use companion_engine::{
    CompanionError,
    values::{ChangeHint, Page},
};
use std::time::Duration;

const CODE: &str = "493817";
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn work_locks_when_nobody_is_there() {
    let time = Time::new();
    let (_, mut phone, chat) = in_talk(&time).await;
    let locked = |reason| Some(CompanionError::Locked { reason });
    // Five minutes in the background are fine, more is not; a task in the background is nobody's touch.
    phone.client.suspend().await.unwrap();
    time.pass(MINUTE * 3);
    phone.client.resume().await.unwrap();
    phone.sync().await.unwrap();
    phone.client.suspend().await.unwrap();
    time.pass(MINUTE);
    phone.client.resume().await.unwrap();
    phone.client.user_active();
    assert_eq!(phone.texts(&chat).await, ["こんにちは"]);
    phone.client.suspend().await.unwrap();
    time.pass(MINUTE * 3);
    phone.client.resume().await.unwrap();
    phone.client.suspend().await.unwrap();
    time.pass(MINUTE * 3);
    assert_eq!(phone.client.state().unwrap().phase, "suspended");
    phone.client.resume().await.unwrap();
    assert_eq!(
        phone.client.inbox(Page::default()).await.err(),
        locked(Code::IdleBackground)
    );
    unlock(&phone, CODE).await.unwrap();

    for _ in 0..4 {
        time.pass(MINUTE * 10);
        phone.client.user_active();
        assert_eq!(phone.client.state().unwrap().lock, "unlocked");
    }
    let changes = phone.client.changes();
    time.pass(MINUTE * 16);
    phone.client.user_active();
    assert_eq!(changes.next().await, Some(ChangeHint::Lock));
    assert_eq!(
        phone.client.inbox(Page::default()).await.err(),
        locked(Code::IdleForeground)
    );
    let why = phone.client.explain("lock", Language::En).unwrap();
    assert_eq!(why[0].code, Code::IdleForeground);

    let at_once = Policy {
        lock_on_suspend: true,
        ..Policy::default()
    };
    phone.restart_under(at_once).await;
    unlock(&phone, CODE).await.unwrap();
    phone.client.suspend().await.unwrap();
    phone.client.resume().await.unwrap();
    assert_eq!(
        phone.client.inbox(Page::default()).await.err(),
        locked(Code::IdleBackground)
    );
}

#[tokio::test]
async fn a_screen_that_nobody_touches_locks_by_itself() {
    let time = Time::new();
    let (_, mut phone, _) = in_talk(&time).await;
    let soon = Policy {
        lock_idle: MINUTE,
        ..Policy::default()
    };
    phone.restart_under(soon).await;
    unlock(&phone, CODE).await.unwrap();
    let changes = phone.client.changes();
    // A minute of this clock passes in six seconds.
    assert_eq!(changes.next().await, Some(ChangeHint::Lock));
    assert_eq!(phone.client.state().unwrap().lock, "locked");
}

#[tokio::test]
async fn without_a_passcode_nothing_is_watched() {
    let time = Time::new();
    let (_, phone) = crate::forge::Forge::with_phone(&time).await;
    let changes = phone.client.changes();
    time.pass(MINUTE * 60);
    phone.client.user_active();
    phone.client.suspend().await.unwrap();
    time.pass(MINUTE * 60);
    phone.client.resume().await.unwrap();
    assert_eq!(phone.client.state().unwrap().lock, "no_passcode_yet");
    assert!(phone.client.inbox(Page::default()).await.is_ok());
    let quiet = tokio::time::timeout(Duration::from_millis(50), changes.next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
}
