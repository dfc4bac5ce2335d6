//! The outbox beside a small model that shares no code with it, under simulated time: random traffic, faults, throttles,
//! restarts, clock jumps and decisions.
#![expect(clippy::indexing_slicing, reason = "a test fails by a panic")]

mod model;
mod world;

use companion_domain::{
    outbox::{Decision, Lane},
    outcome::{Idempotency, Outcome},
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use world::World;

const CHATS: usize = 3;
const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 24 * 60 * MINUTE;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_outbox_does_what_the_model_says(
        class in select(vec![
            Idempotency::Upsert,
            Idempotency::UniqueCreate,
            Idempotency::RequestKey,
            Idempotency::LookFirst,
        ]),
        events in vec(any_event(), 1..120),
    ) {
        let mut world = World::new(class);
        for event in &events {
            world.happen(event);
            world.check();
        }
        world.heal();
    }
}

/// What can happen, one after another.
#[derive(Clone, Debug)]
enum Event {
    Queue {
        lane: Lane,
        chat: u8,
    },
    Pump,
    Answer {
        pick: usize,
        answer: Answer,
        jitter: u16,
    },
    Report {
        pick: usize,
        report: Outcome,
    },
    Confirm {
        pick: usize,
    },
    Overdue {
        pick: usize,
    },
    Hold {
        pick: usize,
    },
    Decide {
        pick: usize,
        decision: Decision,
    },
    CustomerWrites {
        chat: u8,
    },
    Restart,
    SignIn,
    Pass {
        ms: i64,
    },
    ClockBack {
        ms: i64,
    },
}

/// How the other side behaves in one attempt: whether it took the item, and what we hear of that.
#[derive(Clone, Debug)]
enum Answer {
    Done,
    AppliedButLost,
    NeverThereAndLost,
    NotApplied,
    Accepted,
    Throttled { ms: Option<i64> },
    Auth,
    Permanent,
}

fn any_event() -> impl Strategy<Value = Event> {
    let chat = || 0..CHATS as u8;
    let pick = || any::<usize>();
    let lane = select(vec![Lane::Customer, Lane::Mirror]);
    let code = || "code".to_owned();
    let report = select(vec![
        Outcome::Done { remote_id: None },
        Outcome::AlreadyThere { remote_id: None },
        Outcome::Ambiguous { code: code() },
        Outcome::Permanent { code: code() },
        Outcome::NotApplied { code: code() },
    ]);
    let decision = select(vec![
        Decision::SendNow,
        Decision::SendAgain,
        Decision::MarkDelivered,
        Decision::Discard,
    ]);
    prop_oneof![
        4 => (lane, chat()).prop_map(|(lane, chat)| Event::Queue { lane, chat }),
        6 => Just(Event::Pump),
        8 => (pick(), any_answer(), 0..=1000u16)
            .prop_map(|(pick, answer, jitter)| Event::Answer { pick, answer, jitter }),
        2 => (pick(), report).prop_map(|(pick, report)| Event::Report { pick, report }),
        1 => pick().prop_map(|pick| Event::Confirm { pick }),
        2 => pick().prop_map(|pick| Event::Overdue { pick }),
        1 => pick().prop_map(|pick| Event::Hold { pick }),
        3 => (pick(), decision).prop_map(|(pick, decision)| Event::Decide { pick, decision }),
        1 => chat().prop_map(|chat| Event::CustomerWrites { chat }),
        1 => Just(Event::Restart),
        1 => Just(Event::SignIn),
        4 => prop_oneof![4 => 0..10 * SECOND, 4 => 0..20 * MINUTE, 1 => 0..2 * DAY]
            .prop_map(|ms| Event::Pass { ms }),
        1 => prop_oneof![4 => 0..40 * MINUTE, 1 => 0..2 * DAY].prop_map(|ms| Event::ClockBack { ms }),
    ]
}

fn any_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        6 => Just(Answer::Done),
        2 => Just(Answer::AppliedButLost),
        2 => Just(Answer::NeverThereAndLost),
        2 => Just(Answer::NotApplied),
        2 => Just(Answer::Accepted),
        2 => option::of(prop_oneof![3 => -MINUTE..30 * MINUTE, 1 => DAY..365 * DAY])
            .prop_map(|ms| Answer::Throttled { ms }),
        1 => Just(Answer::Auth),
        1 => Just(Answer::Permanent),
    ]
}
