//! The outbox's rules, one by one.

use companion_domain::{
    outbox::*,
    outcome::{Idempotency, Outcome},
    policy::{BusinessHours, Policy},
    reason::Code,
    time::Timestamp,
};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

#[test]
fn only_a_hop_that_can_repeat_safely_is_asked_again_after_an_ambiguous_answer() {
    use Idempotency::*;
    for lane in [Lane::Customer, Lane::Mirror] {
        for (class, repeats) in [
            (Upsert, true),
            (UniqueCreate, true),
            (RequestKey, true),
            (LookFirst, false),
        ] {
            for input in [
                Input::Outcome(ambiguous()),
                Input::Restarted,
                Input::Overdue,
            ] {
                let mut world = World::new(lane, class);
                world.give(Input::Claimed);
                world.now = world.now + 2 * MINUTE;
                world.give(input.clone());
                let expected = if repeats {
                    State::Queued
                } else {
                    State::Uncertain
                };
                assert_eq!(world.entry.state, expected, "{lane:?} {class:?} {input:?}");
            }
        }
    }
}

#[test]
fn no_number_of_failures_ends_an_entry() {
    for lane in [Lane::Customer, Lane::Mirror] {
        let mut world = World::new(lane, Idempotency::Upsert);
        for round in 0..10_000 {
            world.now = world.now.max(world.entry.due);
            assert!(world.is_claimed(), "round {round}");
            world.give(Input::Claimed);
            world.give(Input::Outcome(not_applied()));
            let wait = world.entry.due.since(world.now);
            assert!(
                Duration::from_secs(2) <= wait && wait <= 15 * MINUTE,
                "{wait:?}"
            );
        }
        assert_eq!(world.entry.attempts, 10_000);
    }
}

#[test]
fn being_told_to_wait_counts_no_attempt_and_stops_the_whole_target() {
    let mut world = World::new(Lane::Mirror, Idempotency::Upsert);
    world.give(Input::Claimed);
    let until = world.now + HOUR;
    world.give(Input::Outcome(Outcome::Throttled { until: Some(until) }));
    assert_eq!(
        (world.entry.attempts, &world.entry.state),
        (0, &State::Queued)
    );
    assert!(!world.is_claimed());
    assert_eq!(world.target.reason(world.now), Some(Code::TargetThrottled));
    assert_eq!(world.target.held_until(world.now), Some(until));
    world.now = until;
    assert!(world.is_claimed());
}

#[test]
fn a_target_that_names_no_time_is_left_alone_for_longer_each_time() {
    let mut world = World::new(Lane::Mirror, Idempotency::Upsert);
    let mut waits = Vec::new();
    for _ in 0..12 {
        world.give(Input::Claimed);
        world.give(Input::Outcome(Outcome::Throttled { until: None }));
        let until = world.target.held_until(world.now).unwrap();
        waits.push(until.since(world.now));
        world.now = until;
    }
    assert!(waits.is_sorted() && waits[0] < waits[3], "{waits:?}");
    assert!(waits[11] <= 15 * MINUTE);
    world.give(Input::Claimed);
    world.give(Input::Accepted);
    let past = Some(world.now - HOUR);
    world.give(Input::Outcome(Outcome::Throttled { until: past }));
    let until = world.target.held_until(world.now).unwrap();
    assert_eq!(
        until.since(world.now),
        waits[0],
        "an answer ends the row; a past time is none"
    );
}

#[test]
fn a_refused_sign_in_stops_the_target_and_keeps_the_entry() {
    let mut world = World::new(Lane::Customer, Idempotency::Upsert);
    world.give(Input::Claimed);
    world.give(Input::Outcome(Outcome::Auth { code: "401".into() }));
    world.now = world.now + 1000 * HOUR;
    assert!(!world.is_claimed());
    assert_eq!(world.target.reason(world.now), Some(Code::TargetSignIn));
    world.target.signed_in();
    assert!(world.is_claimed());
    assert_eq!(world.entry.attempts, 0);
}

#[test]
fn what_is_handed_over_waits_for_its_outcome_and_is_asked_about_in_time() {
    let mut world = World::new(Lane::Customer, Idempotency::Upsert);
    world.give(Input::Claimed);
    world.give(Input::Accepted);
    world.give(Input::Restarted);
    world.give(Input::Decided(Decision::Discard));
    assert_eq!(world.entry.state, State::Sending, "the next hop has it");
    world.now = world.now + 14 * MINUTE;
    world.give(Input::Overdue);
    assert_eq!(world.entry.state, State::Sending, "it is not overdue yet");
    world.now = world.now + MINUTE;
    world.give(Input::Overdue);
    assert!(world.is_claimed(), "asked again: the hop is idempotent");
    world.give(Input::Decided(Decision::Discard));
    assert!(world.is_claimed(), "still not ours to take back");
    assert_eq!(
        world.hold(Chat {
            last_arrival: Some(world.now),
            ..Chat::default()
        }),
        None
    );
    world.give(Input::Reported(Outcome::Done { remote_id: None }));
    assert_eq!(world.entry.state, State::Delivered);
}

#[test]
fn the_next_hops_doubt_is_shown_and_its_refusal_given_back() {
    for (report, state, code) in [
        (ambiguous(), State::Uncertain, Code::OutboxUncertain),
        (
            permanent(),
            State::Stuck("131026".into()),
            Code::OutboxRefused,
        ),
    ] {
        let mut world = World::new(Lane::Customer, Idempotency::Upsert);
        world.give(Input::Claimed);
        world.give(Input::Accepted);
        world.give(Input::Reported(report));
        assert_eq!(world.entry.state, state);
        assert_eq!(world.entry.reason(), Some(code));
        world.give(Input::Decided(Decision::Discard));
        assert_eq!(world.entry.state, State::Discarded);
    }
}

#[test]
fn an_uncertain_message_is_never_sent_again_unasked() {
    let uncertain = || {
        let mut world = World::new(Lane::Customer, Idempotency::LookFirst);
        world.give(Input::Claimed);
        world.give(Input::Outcome(ambiguous()));
        world.now = world.now + 1000 * HOUR;
        world
    };
    for input in [
        Input::Claimed,
        Input::Restarted,
        Input::Overdue,
        Input::Decided(Decision::SendNow),
        Input::Outcome(not_applied()),
    ] {
        let mut world = uncertain();
        world.give(input.clone());
        assert_eq!(world.entry.state, State::Uncertain, "{input:?}");
        assert!(!world.is_claimed(), "{input:?}");
    }
    for (input, state) in [
        (Input::Confirmed, State::Delivered),
        (Input::Decided(Decision::MarkDelivered), State::Delivered),
        (Input::Decided(Decision::SendAgain), State::Queued),
        (Input::Decided(Decision::Discard), State::Discarded),
    ] {
        let mut world = uncertain();
        world.give(input.clone());
        assert_eq!(world.entry.state, state, "{input:?}");
    }
}

#[test]
fn proof_of_delivery_wins_over_every_state_and_decision() {
    for inputs in [
        vec![],
        vec![Input::Held(Hold::Stale)],
        vec![Input::Claimed, Input::Outcome(permanent())],
        vec![
            Input::Claimed,
            Input::Outcome(ambiguous()),
            Input::Decided(Decision::Discard),
        ],
        vec![Input::Decided(Decision::Discard)],
    ] {
        let mut world = World::new(Lane::Customer, Idempotency::LookFirst);
        for input in &inputs {
            world.give(input.clone());
        }
        world.give(Input::Confirmed);
        assert_eq!(world.entry.state, State::Delivered, "{inputs:?}");
        world.give(Input::Reported(permanent()));
        assert_eq!(world.entry.state, State::Delivered, "{inputs:?}");
    }
}

#[test]
fn a_parked_record_is_requeued_but_never_discarded() {
    let mut world = World::new(Lane::Mirror, Idempotency::Upsert);
    world.give(Input::Claimed);
    world.give(Input::Outcome(permanent()));
    assert!(world.entry.is_parked());
    assert_eq!(world.entry.reason(), Some(Code::MirrorParked));
    world.give(Input::Decided(Decision::Discard));
    assert!(world.entry.is_parked());
    world.give(Input::Decided(Decision::SendNow));
    assert!(world.is_claimed());
    world.give(Input::Held(Hold::Stale));
    assert!(world.is_claimed(), "records are not held");
}

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

#[test]
fn nothing_overtakes_in_a_customers_conversation() {
    let rules = Policy::default();
    for state in [
        State::Sending,
        State::Uncertain,
        State::Held(Hold::Stale),
        State::Stuck("131026".into()),
    ] {
        let claims = claims(
            Lane::Customer,
            &[
                ("a", state.clone()),
                ("a", State::Queued),
                ("b", State::Queued),
            ],
            9,
            &rules,
        );
        assert_eq!(claims, [2], "{state:?} blocks its own conversation only");
    }
    for state in [State::Delivered, State::Discarded] {
        let claims = claims(
            Lane::Customer,
            &[("a", state), ("a", State::Queued), ("a", State::Queued)],
            9,
            &rules,
        );
        assert_eq!(claims, [1], "one at a time");
    }
}

#[test]
fn a_record_waits_for_the_earlier_ones_unless_they_are_parked() {
    let rules = Policy::default();
    let parked = State::Stuck("GAIA_DA02".into());
    let rows = [
        ("a", parked),
        ("a", State::Queued),
        ("b", State::Sending),
        ("b", State::Queued),
        ("a", State::Queued),
        ("c", State::Uncertain),
        ("c", State::Queued),
    ];
    assert_eq!(claims(Lane::Mirror, &rows, 1, &rules), [1, 6]);
    assert_eq!(claims(Lane::Mirror, &rows, 9, &rules), [1, 4, 6]);
}

#[test]
fn a_record_goes_on_once_the_earlier_one_is_handed_over() {
    let mut world = World::new(Lane::Mirror, Idempotency::Upsert);
    world.give(Input::Claimed);
    let later = Entry::new(Lane::Mirror, world.now);
    let next = |world: &World| {
        next_claims(
            [("a", 0, &world.entry), ("a", 1, &later)],
            &world.target,
            1,
            &world.policy,
            world.now,
        )
    };
    assert!(next(&world).is_empty());
    world.give(Input::Accepted);
    assert_eq!(next(&world), [1]);
}

#[test]
fn the_two_lanes_of_a_conversation_do_not_block_each_other() {
    let now = Timestamp::from_seconds(0);
    let held = Entry {
        state: State::Held(Hold::Stale),
        ..Entry::new(Lane::Customer, now)
    };
    let record = Entry::new(Lane::Mirror, now);
    let rows = [("a", "message", &held), ("a", "record", &record)];
    assert_eq!(
        next_claims(rows, &Target::default(), 1, &Policy::default(), now),
        ["record"]
    );
}

#[test]
fn a_clock_that_ran_ahead_does_not_strand_the_queue() {
    let mut world = World::new(Lane::Customer, Idempotency::Upsert);
    let before = world.now;
    world.now = world.now + 10_000 * HOUR;
    world.give(Input::Claimed);
    world.give(Input::Outcome(not_applied()));
    world.now = before + MINUTE;
    assert!(world.is_claimed());
}

#[test]
fn an_entry_keeps_its_words_when_stored() {
    let now = Timestamp::from_seconds(0);
    for (state, json) in [
        (State::Queued, r#"{"state":"queued"}"#),
        (
            State::Held(Hold::NewerCustomerMessage),
            r#"{"state":"held","why":"newer_customer_message"}"#,
        ),
        (
            State::Stuck("131026".into()),
            r#"{"state":"stuck","why":"131026"}"#,
        ),
    ] {
        assert_eq!(serde_json::to_string(&state).unwrap(), json);
        let entry = Entry {
            state,
            ..Entry::new(Lane::Customer, now)
        };
        let stored = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&stored).unwrap(), entry);
    }
}

/// One entry, its target and the time.
struct World {
    entry: Entry,
    target: Target,
    policy: Policy,
    class: Idempotency,
    now: Timestamp,
}

impl World {
    fn new(lane: Lane, class: Idempotency) -> Self {
        let now = Timestamp::from_seconds(1_767_323_045);
        Self {
            entry: Entry::new(lane, now),
            target: Target::default(),
            policy: Policy::default(),
            class,
            now,
        }
    }

    fn give(&mut self, input: Input) {
        let rules = Rules {
            policy: &self.policy,
            idempotency: self.class,
        };
        let step = step(&self.entry, &input, &rules, self.now, 500);
        self.target.apply(&step.target, &self.policy, self.now, 500);
        self.entry = step.entry;
    }

    fn hold(&self, chat: Chat) -> Option<Hold> {
        hold_before_send(&self.entry, &chat, &self.policy, self.now)
    }

    fn is_claimed(&self) -> bool {
        !next_claims(
            [((), (), &self.entry)],
            &self.target,
            1,
            &self.policy,
            self.now,
        )
        .is_empty()
    }
}

fn claims(lane: Lane, rows: &[(&str, State)], run: usize, policy: &Policy) -> Vec<usize> {
    let now = Timestamp::from_seconds(0);
    let entries: Vec<_> = rows
        .iter()
        .map(|(_, state)| Entry {
            state: state.clone(),
            ..Entry::new(lane, now)
        })
        .collect();
    let rows = rows.iter().zip(&entries).enumerate();
    let rows = rows.map(|(index, ((conversation, _), entry))| (*conversation, index, entry));
    next_claims(rows, &Target::default(), run, policy, now)
}

fn ambiguous() -> Outcome {
    Outcome::Ambiguous {
        code: "lost".into(),
    }
}

fn not_applied() -> Outcome {
    Outcome::NotApplied {
        code: "refused".into(),
    }
}

fn permanent() -> Outcome {
    Outcome::Permanent {
        code: "131026".into(),
    }
}
