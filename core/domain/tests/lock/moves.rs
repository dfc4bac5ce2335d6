//! The lock's states, causes and moves.

use super::*;
use companion_domain::{
    lock::{Cause, Effect, Input, Rules, State, Way, Ways, Why, lost, step},
    passcode::{Admission, Attempts},
    policy::Policy,
    reason::{Code, Language},
};

const RULES: Rules = Rules {
    recovery_slot: true,
};

fn order() -> Cause {
    Cause::Order("jti 1".into())
}

fn hard() -> Cause {
    Cause::HardOrder("jti 2".into())
}

fn causes() -> [Cause; 9] {
    [
        Cause::Background,
        Cause::Idle,
        Cause::Host,
        Cause::Boot,
        Cause::Policy,
        Cause::Lease,
        Cause::Integrity,
        order(),
        hard(),
    ]
}

/// What may end a lock.
fn ends() -> [Input; 7] {
    [
        Input::Opened,
        Input::PasscodeSet,
        Input::Recovered,
        Input::PolicyMet,
        Input::LeaseRenewed,
        Input::IntegrityRestored,
        Input::OrderEnded("jti 1".into()),
    ]
}

/// Gives the inputs one after another, each stored form read back; the last one's effects are told.
fn after(state: &State, inputs: &[Input]) -> (State, Vec<Effect>) {
    let begin = (state.clone(), vec![]);
    inputs.iter().fold(begin, |(state, _), input| {
        let step = step(&state, input, RULES, at(7));
        assert_eq!(step.refused, None);
        (stored(&step.state), step.effects)
    })
}

fn locked(causes: &[Cause]) -> State {
    let engage: Vec<_> = causes.iter().cloned().map(Input::Engage).collect();
    after(&State::Unlocked, &engage).0
}

/// What is told, the first to be shown.
fn told(state: &State) -> Vec<Code> {
    let reasons = state.explain(Language::En);
    reasons.iter().map(|reason| reason.code).collect()
}

fn lost_state(why: Why) -> State {
    after(&State::Unlocked, &[Input::Lost(why)]).0
}

#[test]
fn the_first_passcode_opens() {
    let new = State::new();
    assert_eq!(
        (new.word(), told(&new)),
        ("no_passcode_yet", vec![Code::PasscodeNotSet])
    );
    assert_eq!(
        new.stands_against(&Input::Opened),
        Some(Code::PasscodeNotSet)
    );
    assert_eq!(new.stands_against(&Input::PasscodeSet), None);
    assert_eq!(
        after(&new, &[Input::PasscodeSet]),
        (State::Unlocked, vec![])
    );
    assert_eq!(after(&new, &[Input::Started { lost: None }]).0, new);
    assert_eq!(after(&new, &[Input::Opened]), (new, vec![Effect::DropD]));
}

#[test]
fn each_cause_locks_and_drops_d() {
    for cause in causes() {
        let (state, effects) = after(&State::Unlocked, &[Input::Engage(cause.clone())]);
        let slots = matches!(cause, Cause::HardOrder(_));
        let expected = [Effect::DropD, Effect::DropSlots];
        assert_eq!(effects, expected[..=usize::from(slots)], "{cause:?}");
        assert_eq!((state.word(), told(&state)), ("locked", vec![cause.code()]));
    }
}

#[test]
fn each_cause_is_ended_by_its_own_inputs() {
    use Input::{IntegrityRestored, LeaseRenewed, Opened, PasscodeSet, PolicyMet, Recovered};
    let unlock = vec![Opened, PasscodeSet, Recovered];
    for (cause, by) in [
        (Cause::Lifted, unlock.clone()),
        (Cause::Background, unlock.clone()),
        (Cause::Idle, unlock.clone()),
        (Cause::Host, unlock.clone()),
        (Cause::Boot, unlock),
        (Cause::Policy, vec![PasscodeSet, Recovered, PolicyMet]),
        (Cause::Lease, vec![LeaseRenewed]),
        (Cause::Integrity, vec![IntegrityRestored]),
        (order(), vec![Input::OrderEnded("jti 1".into())]),
        (hard(), vec![Recovered]),
        (Cause::HardOrder("jti 1".into()), vec![Recovered]),
        (Cause::Order("jti 9".into()), vec![]),
    ] {
        for input in ends() {
            let ended = by.contains(&input);
            assert_eq!(cause.ended_by(&input), ended, "{cause:?} by {input:?}");
            let (state, effects) = after(
                &locked(std::slice::from_ref(&cause)),
                std::slice::from_ref(&input),
            );
            let opens = ended && [Opened, PasscodeSet, Recovered].contains(&input);
            assert_eq!(state == State::Unlocked, opens, "{cause:?} by {input:?}");
            if ended && !opens {
                assert_eq!(told(&state), [Code::LockLifted], "{cause:?} by {input:?}");
            }
            let gave_d = [Opened, PasscodeSet, Recovered].contains(&input);
            let dropped = effects.contains(&Effect::DropD);
            assert_eq!(dropped, gave_d && !opens, "{cause:?} by {input:?}");
        }
    }
}

#[test]
fn the_strictest_is_shown_first_whatever_came_first() {
    let strict_first = [
        Code::OrderLockHard,
        Code::OrderLock,
        Code::LockIntegrity,
        Code::LeaseOver,
        Code::PasscodeChangeDue,
        Code::LockBoot,
        Code::LockNow,
        Code::IdleForeground,
        Code::IdleBackground,
    ];
    let mut all = causes().to_vec();
    assert_eq!(told(&locked(&all)), strict_first);
    all.reverse();
    assert_eq!(told(&locked(&all)), strict_first);
}

#[test]
fn locks_end_one_by_one_and_then_the_passcode_is_needed() {
    let two_orders = [
        order(),
        Cause::Order("jti 3".into()),
        Cause::Lease,
        Cause::Idle,
    ];
    let mut state = locked(&two_orders);
    assert_eq!(state.stands_against(&Input::Opened), Some(Code::OrderLock));
    for (end, left) in [
        (
            Input::OrderEnded("jti 1".into()),
            vec![Code::OrderLock, Code::LeaseOver, Code::IdleForeground],
        ),
        (
            Input::OrderEnded("jti 1".into()),
            vec![Code::OrderLock, Code::LeaseOver, Code::IdleForeground],
        ),
        (
            Input::LeaseRenewed,
            vec![Code::OrderLock, Code::IdleForeground],
        ),
        (
            Input::OrderEnded("jti 3".into()),
            vec![Code::IdleForeground],
        ),
        (Input::Opened, vec![]),
    ] {
        state = after(&state, &[end]).0;
        assert_eq!(told(&state), left);
    }
    let lifted = after(&locked(&[order()]), &[Input::OrderEnded("jti 1".into())]).0;
    assert_eq!(told(&lifted), [Code::LockLifted]);
    assert_eq!(lifted.stands_against(&Input::Opened), None);
    assert_eq!(after(&lifted, &[Input::Opened]).0, State::Unlocked);
}

#[test]
fn a_cause_that_comes_twice_keeps_its_time() {
    let first = step(&State::Unlocked, &Input::Engage(order()), RULES, at(1)).state;
    let second = step(&first, &Input::Engage(order()), RULES, at(2)).state;
    assert_eq!(second.explain(Language::Ja)[0].since, Some(at(1)));
    assert_eq!(first, second);
}

#[test]
fn an_unlock_that_comes_in_spite_of_a_lock_gives_nothing() {
    let (state, effects) = after(&locked(&[Cause::Lease, Cause::Boot]), &[Input::Opened]);
    assert_eq!(
        (told(&state), effects),
        (vec![Code::LeaseOver], vec![Effect::DropD])
    );
}

#[test]
fn a_changed_passcode_ends_the_policys_lock_and_no_other() {
    let state = locked(&[Cause::Policy, Cause::Boot]);
    assert_eq!(
        state.stands_against(&Input::Opened),
        Some(Code::PasscodeChangeDue)
    );
    assert_eq!(state.stands_against(&Input::PasscodeSet), None);
    assert_eq!(
        after(&state, &[Input::PasscodeSet]),
        (State::Unlocked, vec![])
    );
    let state = locked(&[Cause::Policy, order()]);
    assert_eq!(
        state.stands_against(&Input::PasscodeSet),
        Some(Code::OrderLock)
    );
}

#[test]
fn a_hard_lock_ends_by_recovery_alone_and_its_slots_go_again() {
    let state = locked(&[hard()]);
    let both = vec![Effect::DropD, Effect::DropSlots];
    assert_eq!(
        after(&state, &[Input::PasscodeSet]),
        (state.clone(), both.clone())
    );
    assert_eq!(
        after(&state, &[Input::Opened]),
        (state.clone(), both.clone())
    );
    assert_eq!(after(&state, &[Input::OrderEnded("jti 2".into())]).0, state);
    let (started, effects) = after(&state, &[Input::Started { lost: None }]);
    assert_eq!(
        effects, both,
        "a kill may have come before they were dropped"
    );
    assert_eq!(told(&started), [Code::OrderLockHard, Code::LockBoot]);
    assert_eq!(
        after(&started, &[Input::Recovered]),
        (State::Unlocked, vec![])
    );
}

#[test]
fn a_hard_lock_is_refused_where_nothing_could_undo_it() {
    let rules = Rules {
        recovery_slot: false,
    };
    for state in [
        State::new(),
        State::Unlocked,
        locked(&[order()]),
        lost_state(Why::SlotsMissing),
    ] {
        let step = step(&state, &Input::Engage(hard()), rules, at(7));
        assert_eq!(
            (step.refused, step.effects),
            (Some(Code::OrderHardRefused), vec![])
        );
        assert_eq!(step.state, state);
    }
    let step = step(&State::Unlocked, &Input::Engage(order()), rules, at(7));
    assert_eq!((step.refused, step.state.word()), (None, "locked"));
}

#[test]
fn a_start_needs_the_passcode() {
    let (state, effects) = after(&State::Unlocked, &[Input::Started { lost: None }]);
    assert_eq!(
        (told(&state), effects),
        (vec![Code::LockBoot], vec![Effect::DropD])
    );
    let state = after(&locked(&[Cause::Idle]), &[Input::Started { lost: None }]).0;
    assert_eq!(told(&state), [Code::LockBoot, Code::IdleForeground]);
}

#[test]
fn a_lost_key_is_recovered_and_the_companys_locks_stay() {
    let state = locked(&[order(), Cause::Idle, Cause::Policy]);
    let (state, effects) = after(&state, &[Input::Lost(Why::KeystoreGone)]);
    assert_eq!(effects, [Effect::DropD]);
    assert_eq!(
        told(&state),
        [Code::KeystoreGone, Code::OrderLock, Code::PasscodeChangeDue]
    );
    for input in [Input::Opened, Input::PasscodeSet] {
        assert_eq!(state.stands_against(&input), Some(Code::KeystoreGone));
        assert_eq!(
            after(&state, &[input]),
            (state.clone(), vec![Effect::DropD])
        );
    }
    assert_eq!(
        state.stands_against(&Input::Recovered),
        Some(Code::OrderLock)
    );
    let (recovered, effects) = after(&state, &[Input::Recovered]);
    assert_eq!(
        (told(&recovered), effects),
        (vec![Code::OrderLock], vec![Effect::DropD])
    );
    let state = after(&state, &[Input::OrderEnded("jti 1".into())]).0;
    assert_eq!(
        after(&state, &[Input::Recovered]),
        (State::Unlocked, vec![])
    );
}

#[test]
fn an_order_reaches_a_phone_without_passcode_or_key() {
    for state in [State::new(), lost_state(Why::SlotsMissing)] {
        let ordered = after(
            &state,
            &[Input::Engage(order()), Input::Engage(Cause::Idle)],
        )
        .0;
        assert_eq!(
            told(&ordered)[1..],
            [Code::OrderLock],
            "nobody is idle there"
        );
        let opened = after(&ordered, &[Input::Recovered]).0;
        assert_eq!(told(&opened), [Code::OrderLock]);
    }
    let set = after(&State::new(), &[Input::Engage(order()), Input::PasscodeSet]);
    assert_eq!(
        (told(&set.0), set.1),
        (vec![Code::OrderLock], vec![Effect::DropD])
    );
}

#[test]
fn keys_that_come_back_are_locked_as_after_any_start() {
    let state = lost_state(Why::KeystoreGone);
    let still = step(
        &state,
        &Input::Started {
            lost: Some(Why::KeystoreGone),
        },
        RULES,
        at(99),
    );
    assert_eq!(still.state, state, "its time stays");
    assert_eq!(
        told(&after(&state, &[Input::Started { lost: None }]).0),
        [Code::LockBoot]
    );
}

#[test]
fn a_wipe_comes_from_everywhere_and_goes_nowhere_else() {
    let wiping = State::Wiping { since: at(7) };
    let both = vec![Effect::DropD, Effect::Destroy];
    for state in [
        State::new(),
        State::Unlocked,
        locked(&[hard()]),
        lost_state(Why::TriesUsedUp),
    ] {
        assert_eq!(
            after(&state, &[Input::Wipe]),
            (wiping.clone(), both.clone())
        );
    }
    let mut all = ends().to_vec();
    all.extend(causes().map(Input::Engage));
    all.extend([Input::Wipe, Input::Lost(Why::KeystoreGone)]);
    let wiped = State::Wiped { since: at(7) };
    for input in all {
        assert_eq!(
            after(&wiping, std::slice::from_ref(&input)),
            (wiping.clone(), vec![])
        );
        assert_eq!(
            after(&wiped, std::slice::from_ref(&input)),
            (wiped.clone(), vec![])
        );
        assert_eq!(wiping.stands_against(&input), Some(Code::WipeRunning));
        assert_eq!(wiped.stands_against(&input), Some(Code::WipeDone));
    }
    for lost in [None, Some(Why::KeystoreGone)] {
        let again = after(&wiping, &[Input::Started { lost }]);
        assert_eq!(again, (wiping.clone(), both.clone()), "a kill in between");
    }
    assert_eq!(after(&wiping, &[Input::WipeDone]), (wiped, vec![]));
}

#[test]
fn a_locked_phone_sends_unless_the_policy_forbids() {
    let (may, quiet) = (
        Policy::default(),
        Policy {
            outbox_while_locked: false,
            ..Policy::default()
        },
    );
    let wiping = State::Wiping { since: at(0) };
    for (state, sends) in [
        (State::Unlocked, [true, true]),
        (locked(&[hard()]), [true, false]),
        (lost_state(Why::KeystoreGone), [true, false]),
        (State::new(), [true, false]),
        (wiping, [false, false]),
    ] {
        assert_eq!([state.sends(&may), state.sends(&quiet)], sends, "{state:?}");
    }
}

#[test]
fn each_reason_says_what_ends_it_and_since_when() {
    for cause in causes() {
        let reason = &locked(&[cause]).explain(Language::Ja)[0];
        assert!(
            !reason.ends_by.is_empty() && reason.since == Some(at(7)),
            "{reason:?}"
        );
    }
}

#[test]
fn what_the_slots_say() {
    use Way::{Absent, Alive, Gone, NotNow};
    let (open, new) = (State::Unlocked, State::new());
    let hard = locked(&[hard()]);
    let fresh = Attempts::default();
    let used_up = {
        let mut phone = Phone::new();
        let mut attempts = Attempts::default();
        while let Admission::Check(counted) = attempts.admit(&phone.watch, false) {
            attempts = counted;
            phone.runs(HOUR);
        }
        attempts
    };
    for (state, passcode, biometric, attempts, why) in [
        (&open, Alive, Absent, &fresh, None),
        (&open, Alive, Gone, &fresh, None), // a finger was added: a normal event
        (&open, Gone, Alive, &fresh, None),
        (&open, NotNow, Absent, &fresh, None), // not now is never lost
        (&open, Gone, NotNow, &fresh, None),
        (&open, Gone, Absent, &fresh, Some(Why::KeystoreGone)),
        (&open, Gone, Gone, &fresh, Some(Why::KeystoreGone)),
        (&open, Absent, Absent, &fresh, Some(Why::SlotsMissing)),
        (&open, Absent, Gone, &fresh, Some(Why::KeystoreGone)),
        (&new, Absent, Absent, &fresh, None),
        (&hard, Absent, Absent, &fresh, None),
        (&open, Alive, Alive, &used_up, Some(Why::TriesUsedUp)),
        (&open, Gone, Gone, &used_up, Some(Why::KeystoreGone)),
    ] {
        let ways = Ways {
            passcode,
            biometric,
        };
        assert_eq!(
            lost(state, &ways, attempts),
            why,
            "{ways:?} {}",
            state.word()
        );
        let due = matches!(passcode, Gone | Absent) && biometric == Alive;
        assert_eq!(ways.new_passcode_due(), due);
    }
}
