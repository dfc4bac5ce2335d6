//! The lease: work closes when the company was not heard of for too long, and opens again at the first contact.

use crate::{
    forge::Forge,
    locked::{in_talk, unlock},
    phone::{Phone, Time},
};
use companion_domain::{
    reason::{Code, Language},
    time::{Clock, Timestamp},
};
use companion_engine::{CompanionError, values::Page};
use companion_testkit::ports::TestDevice;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

const CODE: &str = "493817";
const HOUR: Duration = Duration::from_secs(60 * 60);

async fn why(phone: &Phone) -> Option<CompanionError> {
    phone.client.inbox(Page::default()).await.err()
}

fn over() -> Option<CompanionError> {
    Some(CompanionError::Locked {
        reason: Code::LeaseOver,
    })
}

/// Hours that are left, rounded up: the clock runs.
fn left(phone: &Phone) -> u64 {
    let left = phone.client.state().unwrap().lease.left;
    left.as_secs().div_ceil(60 * 60)
}

#[tokio::test]
async fn work_closes_after_three_days_without_contact_and_opens_at_the_next() {
    let time = Time::new();
    let (forge, phone, chat) = in_talk(&time).await;
    assert_eq!(left(&phone), 72);
    time.pass(HOUR * 47);
    phone.client.user_active();
    assert!(
        phone
            .client
            .explain("lease", Language::En)
            .unwrap()
            .is_empty()
    );
    let notices = phone.client.notices().unwrap();
    assert_eq!(notices.len(), 3);
    assert!(
        notices
            .iter()
            .all(|one| one.code == "lease.ending" && one.at > time.now())
    );
    time.pass(HOUR * 2);
    let reasons = phone.client.explain("lease", Language::Ja).unwrap();
    assert_eq!(reasons[0].code, Code::LeaseEnding);
    assert_eq!(phone.client.state().unwrap().lease.notice, Some(HOUR * 24));
    assert_eq!(phone.client.notices().unwrap().len(), 2);
    time.pass(HOUR * 24);
    assert_eq!(why(&phone).await, over());
    assert_eq!(
        unlock(&phone, CODE).await.err(),
        over(),
        "no try is spent on it"
    );

    phone.sync().await.unwrap();
    assert_eq!(left(&phone), 72);
    assert_eq!(phone.client.state().unwrap().lock, "locked");
    unlock(&phone, CODE).await.unwrap();
    assert_eq!(phone.texts(&chat).await, ["こんにちは"]);
    assert!(forge.all_acknowledged());
}

#[tokio::test]
async fn only_the_time_that_the_gateway_signs_over_this_request_renews() {
    let time = Time::new();
    let (forge, phone, _) = in_talk(&time).await;
    time.pass(HOUR * 30);
    let now = time.now();
    let other = Forge::with_phone(&time).await.0;
    for told in [
        forge.time_over("AAAAAAAAAAAAAAAAAAAAAA", now),
        other.time_over("AAAAAAAAAAAAAAAAAAAAAA", now),
        "no.signed.time".into(),
        String::new(),
    ] {
        forge.state().tells = Some(told);
        phone.sync().await.unwrap();
        assert_eq!(left(&phone), 42);
    }
    let refused = phone.client.prepare_offline().await;
    let unreadable = CompanionError::Unavailable {
        reason: Code::GatewayUnreadable,
    };
    assert_eq!(refused, Err(unreadable));
    forge.state().tells = None;
    phone.sync().await.unwrap();
    assert_eq!(left(&phone), 72);
}

#[tokio::test]
async fn a_flight_that_was_prepared_for_is_survived_with_a_reboot_and_a_wrong_clock() {
    let time = Time::new();
    let (_, mut phone, _) = in_talk(&time).await;
    let device = Arc::new(TestDevice::default());
    device.reboot();
    phone.ports.device = device.clone();
    // The employee sets the wall clock as they like; what passes since the phone was started is its own.
    let (ahead, booted) = (
        Arc::new(AtomicI64::new(0)),
        Arc::new(AtomicI64::new(time.now().ms())),
    );
    let (setting, start) = (ahead.clone(), booted.clone());
    let (wall, running) = (time.clone(), time.clone());
    let wall = move || Timestamp::from_ms(wall.now().ms() + setting.load(Ordering::Relaxed));
    let since = move || {
        running
            .now()
            .since(Timestamp::from_ms(start.load(Ordering::Relaxed)))
    };
    phone.surroundings.clock = Clock::new(wall).with_since_boot(since);
    phone.restart().await;
    unlock(&phone, CODE).await.unwrap();
    let lease = phone.client.prepare_offline().await.unwrap();
    assert_eq!(lease.left.as_secs().div_ceil(3600), 7 * 24);

    let day = 24 * 60 * 60 * 1000;
    for days in [5, -5] {
        ahead.store(days * day, Ordering::Relaxed);
        assert_eq!(left(&phone), 7 * 24, "{days} days");
        phone.client.user_active();
        assert_eq!(why(&phone).await, None);
    }
    time.pass(HOUR * 14);
    phone.client.user_active();
    device.reboot();
    booted.store(time.now().ms(), Ordering::Relaxed);
    phone.restart().await;
    assert_eq!(left(&phone), 7 * 24 - 14 - 1, "a reboot costs an hour");
    unlock(&phone, CODE).await.unwrap();
    assert_eq!(why(&phone).await, None);
}

#[tokio::test]
async fn a_lease_that_is_over_outlives_the_process_and_a_disabled_enrolment_destroys_nothing_by_itself()
 {
    let time = Time::new();
    let (forge, mut phone, _) = in_talk(&time).await;
    forge.state().always = Some((403, r#"{"code":"enrolment_disabled"}"#.into()));
    let shut = CompanionError::SignInNeeded {
        reason: Code::GatewayEnrolmentDisabled,
    };
    assert_eq!(phone.sync().await.err(), Some(shut));
    assert_eq!(why(&phone).await, None);
    time.pass(HOUR * 24 * 91);
    assert_eq!(why(&phone).await, over());
    phone.restart().await;
    assert_eq!(why(&phone).await, over());
    let reasons = phone.client.explain("lease", Language::En).unwrap();
    assert_eq!(reasons[0].code, Code::LeaseDestroyable);
    forge.state().always = None;
    phone.sync().await.unwrap();
    unlock(&phone, CODE).await.unwrap();
    assert_eq!(why(&phone).await, None);
}
