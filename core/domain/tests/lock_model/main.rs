//! Slots, lock, lease and passcode beside a small model that shares no code with them, under simulated time: freezes,
//! reboots, wrong clocks and zones, process deaths, lost keys, orders. A fault that is planted in a rule must be found.
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic,
    reason = "a test fails by a panic and prints its seed"
)]

mod model;
mod phone;
mod spoil;

use model::Model;
use phone::Phone;
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner},
};
use spoil::Spoil;
use std::cell::Cell;

const HISTORIES: u32 = 10_000;
const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The first ones may become a passcode, the others are only guessed.
const CODES: [&str; 16] = [
    "194627", "835061", "270491", "19462758", "83506142", "502917", "617390", "748205", "390518",
    "284906", "951730", "406182", "163859", "729401", "580263", "437915",
];
const SETTABLE: usize = 5;
/// Those from here on have eight digits.
const LONG: usize = 3;
/// How many orders may be under way.
const ORDERS: usize = 3;

/// What can happen, one after another.
#[derive(Clone, Debug)]
enum Event {
    /// Time passes, and nobody looks at a clock: the process may be frozen.
    Pass {
        ms: i64,
    },
    /// The phone is off and then on for so long when the process starts.
    Reboot {
        off: i64,
        on: i64,
    },
    /// The process dies and starts.
    Death,
    /// The owner, or a flight to another zone, sets the wall clock.
    Clock {
        ms: i64,
    },
    /// The key store says *not now*, or answers again.
    Asleep(bool),
    Try {
        code: usize,
        killed: bool,
    },
    Finger,
    Set {
        old: Option<usize>,
        new: usize,
        finger: bool,
    },
    Recover {
        new: usize,
    },
    /// The hardware keys behind the passcode and the finger go.
    Lose {
        passcode: bool,
        finger: bool,
    },
    Contact {
        takes: i64,
        prepare: Option<i64>,
    },
    /// A signed time that is older than the newest by so much, or equal.
    Replay {
        older: i64,
    },
    Disabled {
        signed: bool,
    },
    Suspend,
    Resume,
    Touch,
    Timer,
    LockNow,
    Order {
        jti: usize,
        hard: bool,
    },
    OrderEnded {
        jti: usize,
    },
    Integrity {
        sound: bool,
    },
    Policy {
        long_codes: bool,
    },
    Wipe,
    WipeDone,
}

#[test]
fn ten_thousand_histories_agree_with_the_model() {
    if let Err((history, why)) = run(None) {
        panic!("history {history}: {why}");
    }
}

#[test]
fn a_fault_in_any_rule_is_found() {
    for spoil in Spoil::ALL {
        let found = run(Some(spoil));
        let (history, _) = found.expect_err(&format!("{spoil:?} was not found"));
        println!("{spoil:?}: found in history {history}");
    }
}

/// Plays histories until one disagrees: its number, and why.
fn run(spoil: Option<Spoil>) -> Result<(), (u32, String)> {
    let config = ProptestConfig {
        cases: HISTORIES,
        failure_persistence: None,
        max_shrink_iters: if spoil.is_some() { 0 } else { 4096 },
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new_with_rng(config, rng());
    let played = Cell::new(0);
    let histories = (any::<bool>(), vec(any_events(), 1..50));
    let result = runner.run(&histories, |(recovery, events)| {
        played.set(played.get() + 1);
        play(recovery, &events.concat(), spoil).map_err(TestCaseError::fail)
    });
    match result {
        Ok(()) => Ok(()),
        Err(TestError::Fail(why, history)) => Err((played.get(), format!("{why}\n{history:#?}"))),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

fn play(recovery: bool, events: &[Event], spoil: Option<Spoil>) -> Result<(), String> {
    let mut phone = Phone::new(recovery, spoil);
    let mut model = Model::new(recovery);
    for event in events {
        let (done, expected) = (phone.happen(event), model.happen(event));
        agree(event, &done, &expected)?;
        agree(event, &phone.report(), &model.report())?;
    }
    // Whatever happened, the company and the right code open what is not destroyed.
    for event in healing(model.must_recover()) {
        let (done, expected) = (phone.happen(&event), model.happen(&event));
        agree(&event, &done, &expected)?;
        agree(&event, &phone.report(), &model.report())?;
    }
    if model.can_be_opened() && phone.right_code() != "opened" {
        return Err("the right code does not open".into());
    }
    Ok(())
}

fn agree(event: &Event, done: &str, expected: &str) -> Result<(), String> {
    let equal = done == expected;
    let text = || format!("after {event:?}:\n  {done}\nbut the model says\n  {expected}");
    equal.then_some(()).ok_or_else(text)
}

fn healing(recover: bool) -> Vec<Event> {
    let mut events = vec![
        Event::Asleep(false),
        Event::Contact {
            takes: 2,
            prepare: None,
        },
        Event::Integrity { sound: true },
        Event::Policy { long_codes: false },
    ];
    events.extend((0..ORDERS).map(|jti| Event::OrderEnded { jti }));
    if recover {
        events.push(Event::Recover { new: 0 });
    }
    events.extend([Event::Pass { ms: 15 * MINUTE }, Event::Timer]);
    events
}

/// The seed is printed; `COMPANION_SEED` plays the same histories again.
#[expect(clippy::disallowed_methods, reason = "a seed of the person's own")]
fn rng() -> TestRng {
    let fresh = || TestRunner::default().rng().next_u64();
    let given = std::env::var("COMPANION_SEED").ok();
    let seed = given
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(fresh);
    println!("COMPANION_SEED={seed}");
    let bytes = [seed.to_le_bytes(), (!seed).to_le_bytes()];
    TestRng::from_seed(RngAlgorithm::XorShift, bytes.as_flattened())
}

fn any_events() -> impl Strategy<Value = Vec<Event>> {
    prop_oneof![
        60 => any_event().prop_map(|event| vec![event]),
        1 => (4..=11usize).prop_map(siege),
    ]
}

/// Somebody guesses as fast as may be.
fn siege(guesses: usize) -> Vec<Event> {
    let guess = |code| {
        [
            Event::Pass { ms: 15 * MINUTE },
            Event::Try {
                code,
                killed: false,
            },
        ]
    };
    let codes = (0..CODES.len()).rev();
    codes.take(guesses).flat_map(guess).collect()
}

fn any_event() -> impl Strategy<Value = Event> {
    let settable = || 0..SETTABLE;
    let code = || prop_oneof![2 => settable(), 3 => 0..CODES.len()];
    let order = || 0..ORDERS;
    let one_in = |n: u32| (0..n).prop_map(|n| n == 0);
    let frequent = prop_oneof![
        8 => any_span().prop_map(|ms| Event::Pass { ms }),
        10 => (code(), one_in(8)).prop_map(|(code, killed)| Event::Try { code, killed }),
        2 => Just(Event::Finger),
        4 => (prop_oneof![1 => Just(None), 4 => settable().prop_map(Some)], settable(), any::<bool>())
            .prop_map(|(old, new, finger)| Event::Set { old, new, finger }),
        3 => (0..MINUTE, prop_oneof![2 => Just(None), 1 => (0..10 * DAY).prop_map(Some)])
            .prop_map(|(takes, prepare)| Event::Contact { takes, prepare }),
        3 => Just(Event::Suspend),
        3 => Just(Event::Resume),
        2 => Just(Event::Touch),
        3 => Just(Event::Timer),
        3 => Just(Event::Death),
        3 => (any_span(), 0..5 * MINUTE).prop_map(|(off, on)| Event::Reboot { off, on }),
    ];
    let clock = prop_oneof![
        -5 * DAY..5 * DAY,
        select(vec![-5 * DAY, 5 * DAY]),
        (-12..=14i64).prop_map(|zone| zone * HOUR)
    ];
    let rare = prop_oneof![
        4 => clock.prop_map(|ms| Event::Clock { ms }),
        3 => prop_oneof![Just(0), 0..DAY].prop_map(|older| Event::Replay { older }),
        2 => any::<bool>().prop_map(|signed| Event::Disabled { signed }),
        2 => any::<bool>().prop_map(Event::Asleep),
        2 => settable().prop_map(|new| Event::Recover { new }),
        1 => (any::<bool>(), any::<bool>())
            .prop_map(|(passcode, finger)| Event::Lose { passcode, finger }),
        2 => Just(Event::LockNow),
        2 => (order(), one_in(3)).prop_map(|(jti, hard)| Event::Order { jti, hard }),
        3 => order().prop_map(|jti| Event::OrderEnded { jti }),
        2 => any::<bool>().prop_map(|sound| Event::Integrity { sound }),
        2 => any::<bool>().prop_map(|long_codes| Event::Policy { long_codes }),
        1 => one_in(4).prop_map(|wipe| if wipe { Event::Wipe } else { Event::WipeDone }),
    ];
    prop_oneof![5 => frequent, 2 => rare]
}

fn any_span() -> impl Strategy<Value = i64> {
    prop_oneof![
        3 => 0..2 * MINUTE,
        3 => 0..20 * MINUTE,
        2 => 0..14 * HOUR,
        1 => 0..4 * DAY,
        1 => 0..100 * DAY,
    ]
}
