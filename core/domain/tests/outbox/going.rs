//! Who goes next.

use super::*;

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
