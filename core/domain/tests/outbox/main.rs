//! The outbox's rules, one by one.

mod going;
mod holding;

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
fn no_target_is_left_alone_for_more_than_a_day() {
    let mut world = World::new(Lane::Mirror, Idempotency::Upsert);
    world.give(Input::Claimed);
    let told = Some(world.now + 365 * 24 * HOUR);
    world.give(Input::Outcome(Outcome::Throttled { until: told }));
    let day = world.now + 24 * HOUR;
    assert_eq!(world.target.held_until(world.now), Some(day));
    world.now = day;
    assert!(world.is_claimed());
}

#[test]
fn a_clock_that_ran_ahead_does_not_silence_a_target() {
    let mut world = World::new(Lane::Mirror, Idempotency::Upsert);
    let before = world.now;
    world.now = before + 10_000 * HOUR;
    world.give(Input::Claimed);
    world.give(Input::Outcome(Outcome::Throttled { until: None }));
    world.now = before;
    assert!(world.is_claimed());
    world.give(Input::Claimed);
    let until = world.now + HOUR;
    world.give(Input::Outcome(Outcome::Throttled { until: Some(until) }));
    assert_eq!(world.target.held_until(world.now), Some(until));
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
fn what_is_offered_for_a_decision_goes_by_where_it_stands() {
    use Decision::*;
    let customer = Entry::new(Lane::Customer, Timestamp::from_seconds(0));
    for (state, offered) in [
        (State::Queued, vec![Discard]),
        (State::Sending, vec![]),
        (State::Uncertain, vec![MarkDelivered, SendAgain]),
        (State::Held(Hold::Stale), vec![SendNow, Discard]),
        (
            State::Held(Hold::NewerCustomerMessage),
            vec![SendNow, Discard],
        ),
        (State::Held(Hold::OutsideHours), vec![SendNow, Discard]),
        (State::Held(Hold::WindowClosed), vec![Discard]),
        (State::Stuck("131026".into()), vec![SendNow, Discard]),
        (State::Delivered, vec![]),
        (State::Discarded, vec![]),
    ] {
        let entry = Entry {
            state,
            ..customer.clone()
        };
        assert_eq!(entry.decisions(), offered, "{:?}", entry.state);
        let record = Entry {
            lane: Lane::Mirror,
            ..entry
        };
        assert_eq!(record.decisions(), []);
    }
}

#[test]
fn who_takes_back_what_may_have_arrived_is_told_so_first() {
    let taken_back = |inputs: &[Input]| {
        let mut world = World::new(Lane::Customer, Idempotency::Upsert);
        for input in inputs {
            world.now = world.now.max(world.entry.due);
            world.give(input.clone());
        }
        world.give(Input::Decided(Decision::Discard));
        world
    };
    let held = Input::Held(Hold::Stale);
    let (lost, failed) = (Input::Outcome(ambiguous()), Input::Outcome(not_applied()));
    let refused = Input::Outcome(permanent());
    for inputs in [
        &[Input::Claimed, lost.clone(), held.clone()][..],
        &[Input::Claimed, lost.clone()],
        &[Input::Claimed, Input::Restarted, held.clone()],
        &[Input::Claimed, Input::Overdue, held.clone()],
        &[
            Input::Claimed,
            lost.clone(),
            Input::Claimed,
            failed.clone(),
            held.clone(),
        ],
        &[
            Input::Claimed,
            lost.clone(),
            Input::Claimed,
            refused.clone(),
        ],
        &[
            Input::Claimed,
            Input::Accepted,
            Input::Overdue,
            Input::Claimed,
            refused.clone(),
        ],
    ] {
        let mut world = taken_back(inputs);
        assert_eq!(world.entry.state, State::Uncertain, "{inputs:?}");
        world.give(Input::Decided(Decision::Discard));
        assert_eq!(world.entry.state, State::Discarded, "{inputs:?}");
    }
    let reported = Input::Reported(permanent());
    for inputs in [
        &[held.clone()][..],
        &[Input::Claimed, failed, held],
        &[Input::Claimed, refused],
        &[
            Input::Claimed,
            lost,
            Input::Claimed,
            Input::Accepted,
            reported,
        ],
    ] {
        let world = taken_back(inputs);
        assert_eq!(world.entry.state, State::Discarded, "{inputs:?}");
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
