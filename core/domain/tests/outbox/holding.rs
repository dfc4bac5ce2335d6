//! Who is asked first.

use super::*;

#[test]
fn a_message_is_held_exactly_when_a_rule_says_so() {
    let hours = BusinessHours {
        days: [true; 7],
        opens: 0,
        closes: 30,
        utc_offset: 0,
    };
    let policy = Policy {
        business_hours: Some(hours),
        ..Policy::default()
    };
    let start = Timestamp::from_seconds(0);
    let after = |span| start + span;
    let chat = |last: Option<Duration>, arrival: Option<Duration>, template| Chat {
        last_customer_message: last.map(|span| start - span),
        last_arrival: arrival.map(after),
        window: Some(24 * HOUR),
        template,
    };
    let recently = Some(Duration::ZERO);
    for (chat, age, hold) in [
        (chat(recently, None, false), Duration::ZERO, None),
        (
            chat(recently, Some(Duration::ZERO), false),
            Duration::ZERO,
            None,
        ),
        (
            chat(recently, Some(MINUTE), false),
            2 * MINUTE,
            Some(Hold::NewerCustomerMessage),
        ),
        (chat(recently, None, false), 29 * MINUTE, None),
        (chat(recently, None, false), 30 * MINUTE, Some(Hold::Stale)),
        (
            chat(Some(24 * HOUR - MINUTE), None, false),
            Duration::ZERO,
            None,
        ),
        (
            chat(Some(24 * HOUR - MINUTE), None, false),
            MINUTE,
            Some(Hold::WindowClosed),
        ),
        (
            chat(None, None, false),
            Duration::ZERO,
            Some(Hold::WindowClosed),
        ),
        (chat(None, None, true), Duration::ZERO, None),
        (chat(None, None, true), 30 * MINUTE, Some(Hold::Stale)),
    ] {
        let entry = Entry::new(Lane::Customer, start);
        assert_eq!(
            hold_before_send(&entry, &chat, &policy, after(age)),
            hold,
            "{chat:?} {age:?}"
        );
        let record = Entry::new(Lane::Mirror, start);
        assert_eq!(hold_before_send(&record, &chat, &policy, after(age)), None);
    }
    let late = Entry::new(Lane::Customer, after(31 * MINUTE));
    let chat = chat(recently, None, false);
    assert_eq!(
        hold_before_send(&late, &chat, &policy, after(31 * MINUTE)),
        Some(Hold::OutsideHours)
    );
}

#[test]
fn a_decision_lifts_every_hold_but_a_closed_window() {
    let closed = BusinessHours {
        days: [false; 7],
        opens: 0,
        closes: 0,
        utc_offset: 0,
    };
    let mut world = World::new(Lane::Customer, Idempotency::Upsert);
    world.policy.business_hours = Some(closed);
    world.now = world.now + HOUR;
    let mut chat = Chat {
        last_customer_message: Some(world.now),
        last_arrival: Some(world.now),
        window: Some(24 * HOUR),
        template: false,
    };
    world.give(Input::Held(world.hold(chat).unwrap()));
    assert!(!world.is_claimed());
    world.give(Input::Decided(Decision::SendNow));
    assert!(world.is_claimed());
    assert_eq!(world.hold(chat), None);
    chat.last_customer_message = None;
    assert_eq!(world.hold(chat), Some(Hold::WindowClosed));
}
