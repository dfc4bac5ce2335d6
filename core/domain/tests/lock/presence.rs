//! Background and idle time.

use super::*;
use companion_domain::{
    lock::{Cause, Presence},
    policy::Policy,
};

fn policy(background: u64, idle: u64) -> Policy {
    Policy {
        lock_background: seconds(background),
        lock_idle: seconds(idle),
        ..Policy::default()
    }
}

#[test]
fn coming_back_after_more_than_five_minutes_finds_it_locked() {
    let policy = Policy::default();
    for (away, found) in [(299, None), (300, None), (301, Some(Cause::Background))] {
        let mut phone = Phone::new();
        let mut presence = Presence::new(phone.watch.now());
        assert_eq!(presence.suspended(&phone.watch, &policy), None);
        phone.sets_clock(DAY as i64).runs(away);
        assert_eq!(
            presence.overdue(&phone.watch, &policy),
            found,
            "at a wake-up"
        );
        assert_eq!(
            presence.resumed(&phone.watch, &policy),
            found,
            "after {away} s"
        );
    }
}

#[test]
fn who_leaves_twice_is_away_since_the_first_time() {
    let (mut phone, policy) = (Phone::new(), Policy::default());
    let mut presence = Presence::new(phone.watch.now());
    assert_eq!(presence.suspended(&phone.watch, &policy), None);
    phone.runs(200);
    assert_eq!(presence.suspended(&phone.watch, &policy), None);
    phone.runs(200);
    assert_eq!(
        presence.resumed(&phone.watch, &policy),
        Some(Cause::Background)
    );
}

#[test]
fn fifteen_minutes_without_a_touch_lock_and_a_late_touch_does_not_help() {
    let (mut phone, policy) = (Phone::new(), Policy::default());
    let mut presence = Presence::new(phone.watch.now());
    phone.runs(14 * MINUTE);
    assert_eq!(presence.user_active(&phone.watch, &policy), None);
    phone.runs(15 * MINUTE);
    assert_eq!(presence.overdue(&phone.watch, &policy), None);
    assert_eq!(
        presence.ask_again_in(&phone.watch, &policy),
        Duration::from_millis(1)
    );
    phone.runs(1);
    assert_eq!(presence.overdue(&phone.watch, &policy), Some(Cause::Idle));
    assert_eq!(
        presence.user_active(&phone.watch, &policy),
        Some(Cause::Idle)
    );
    assert_eq!(
        presence.user_active(&phone.watch, &policy),
        Some(Cause::Idle)
    );
}

#[test]
fn coming_back_is_a_touch() {
    let (mut phone, policy) = (Phone::new(), Policy::default());
    let mut presence = Presence::new(phone.watch.now());
    phone.runs(14 * MINUTE);
    assert_eq!(presence.suspended(&phone.watch, &policy), None);
    phone.runs(30);
    assert_eq!(presence.resumed(&phone.watch, &policy), None);
    phone.runs(10 * MINUTE);
    assert_eq!(presence.overdue(&phone.watch, &policy), None);
}

#[test]
fn the_policy_sets_zero_to_sixty_minutes_and_lock_on_suspend() {
    let (mut phone, at_once) = (Phone::new(), policy(0, 15 * MINUTE));
    let mut presence = Presence::new(phone.watch.now());
    assert_eq!(
        presence.suspended(&phone.watch, &at_once),
        Some(Cause::Background)
    );

    let on_suspend = Policy {
        lock_on_suspend: true,
        ..Policy::default()
    };
    let mut presence = Presence::new(phone.watch.now());
    assert_eq!(
        presence.suspended(&phone.watch, &on_suspend),
        Some(Cause::Background)
    );

    let endless = policy(9 * DAY, 9 * DAY);
    let presence = Presence::new(phone.watch.now());
    phone.runs(HOUR);
    assert_eq!(presence.overdue(&phone.watch, &endless), None);
    phone.runs(1);
    assert_eq!(presence.overdue(&phone.watch, &endless), Some(Cause::Idle));

    let mut presence = Presence::new(phone.watch.now());
    phone.runs(30);
    let nothing = policy(0, 0);
    assert_eq!(
        presence.user_active(&phone.watch, &nothing),
        None,
        "a minute at least"
    );
}

#[test]
fn the_time_to_ask_again_is_when_it_will_be_too_late() {
    let policy = policy(MINUTE, 10 * MINUTE);
    let mut phone = Phone::new();
    let mut presence = Presence::new(phone.watch.now());
    for (background, cause) in [(false, Cause::Idle), (true, Cause::Background)] {
        if background {
            presence = Presence::new(phone.watch.now());
            assert_eq!(presence.suspended(&phone.watch, &policy), None);
        }
        phone.elapsed += presence.ask_again_in(&phone.watch, &policy);
        phone.look();
        assert_eq!(presence.overdue(&phone.watch, &policy), Some(cause));
    }
}
