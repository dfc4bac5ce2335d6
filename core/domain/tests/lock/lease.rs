//! How long work may be read without contact.

use super::*;
use companion_domain::{
    lease::{Countdown, Lease, LeaseState, Wish},
    policy::Policy,
    reason::{Code, Language},
};

/// A phone with a lease, in contact at its start.
struct Leased {
    phone: Phone,
    lease: Lease,
    policy: Policy,
}

impl Leased {
    fn new() -> Self {
        let phone = Phone::new();
        let lease = Lease::new(phone.watch.now());
        let mut leased = Self {
            phone,
            lease,
            policy: Policy::default(),
        };
        assert!(leased.contact(0, Wish::Ordinary));
        leased
    }

    /// Asks now; the answer carries the server's time `second` and takes no time.
    fn contact(&mut self, second: i64, wish: Wish) -> bool {
        let asked = self.phone.watch.now();
        let Some(server) = self.phone.watch.hear(at(second)) else {
            return false;
        };
        self.lease = self.lease.renewed(asked, &server, wish);
        true
    }

    fn state(&self) -> LeaseState {
        stored(&self.lease).state(&self.phone.watch, &self.policy)
    }

    /// The seconds that are left.
    fn left(&self) -> Option<u64> {
        match self.state() {
            LeaseState::Running { left } => Some(left.as_secs()),
            LeaseState::Over | LeaseState::Destroyable => None,
        }
    }

    fn countdown(&self) -> Countdown {
        self.lease.countdown(&self.phone.watch, &self.policy)
    }
}

#[test]
fn it_ends_after_72_hours_and_a_contact_renews_it() {
    let mut it = Leased::new();
    it.phone.runs(72 * HOUR - 1);
    assert_eq!(it.left(), Some(1));
    it.phone.runs(1);
    assert_eq!(it.state(), LeaseState::Over);
    assert!(it.contact(72 * HOUR as i64, Wish::Ordinary));
    assert_eq!(it.left(), Some(72 * HOUR));
}

#[test]
fn it_counts_from_the_sending_of_the_nonce() {
    let mut it = Leased::new();
    let asked = it.phone.watch.now();
    it.phone.runs(10 * HOUR);
    let server = it.phone.watch.hear(at(HOUR as i64)).unwrap();
    it.lease = it.lease.renewed(asked, &server, Wish::Ordinary);
    assert_eq!(it.left(), Some(62 * HOUR));
}

#[test]
fn a_late_answer_to_an_older_question_shortens_nothing() {
    let mut it = Leased::new();
    let older = it.phone.watch.now();
    it.phone.runs(10 * HOUR);
    assert!(it.contact(10 * HOUR as i64, Wish::Ordinary));
    let server = it.phone.watch.hear(at(11 * HOUR as i64)).unwrap();
    it.lease = it.lease.renewed(older, &server, Wish::Ordinary);
    assert_eq!(it.left(), Some(72 * HOUR));
}

#[test]
fn a_replayed_server_time_renews_nothing() {
    let mut it = Leased::new();
    assert!(it.contact(50, Wish::Ordinary));
    it.phone.runs(71 * HOUR);
    assert!(!it.contact(50, Wish::Ordinary) && !it.contact(49, Wish::Ordinary));
    assert_eq!(it.left(), Some(HOUR));
}

#[test]
fn preparing_lasts_up_to_the_policys_maximum() {
    for (asked_for, left) in [(5 * DAY, 5 * DAY), (30 * DAY, 7 * DAY), (DAY, 3 * DAY)] {
        let mut it = Leased::new();
        assert!(it.contact(1, Wish::Offline(seconds(asked_for))));
        assert_eq!(it.left(), Some(left));
        it.phone.runs(HOUR);
        // An ordinary contact afterwards does not take back what was prepared.
        assert!(it.contact(HOUR as i64, Wish::Ordinary));
        assert_eq!(it.left(), Some((left - HOUR).max(3 * DAY)));
    }
}

#[test]
fn a_tighter_policy_holds_at_once() {
    let mut it = Leased::new();
    assert!(it.contact(1, Wish::Offline(seconds(7 * DAY))));
    it.policy.lease_prepare_max = seconds(DAY);
    it.policy.lease_offline = seconds(12 * HOUR);
    assert_eq!(it.left(), Some(DAY));
}

#[test]
fn notices_come_at_24_hours_1_hour_and_15_minutes() {
    let at_left = |it: &Leased| {
        let notices = it.lease.notices(&it.phone.watch, &it.policy);
        assert!(
            notices
                .iter()
                .all(|notice| notice.code == Code::LeaseEnding)
        );
        let seconds = |notice: &companion_domain::lease::Notice| {
            (notice.at.seconds() - START, notice.left.as_secs())
        };
        notices.iter().map(seconds).collect::<Vec<_>>()
    };
    let mut it = Leased::new();
    let all = [(48, 24 * HOUR), (71, HOUR)].map(|(hour, left)| (hour * HOUR as i64, left));
    let quarter = (71 * HOUR as i64 + 45 * 60, 15 * MINUTE);
    assert_eq!(at_left(&it), [all[0], all[1], quarter]);
    assert_eq!(it.countdown().notice, None);
    it.phone.runs(48 * HOUR);
    assert_eq!(at_left(&it), [all[1], quarter]);
    assert_eq!(it.countdown().notice, Some(seconds(DAY)));
    it.phone.runs(23 * HOUR + 50 * MINUTE);
    assert_eq!(at_left(&it), []);
    assert_eq!(it.countdown().notice, Some(seconds(15 * MINUTE)));
    // A wrong clock moves the date that is shown with it, and not what is left.
    it.phone.sets_clock(-5 * DAY as i64);
    let countdown = it.countdown();
    assert_eq!(countdown.left, seconds(10 * MINUTE));
    assert_eq!(countdown.until, at(72 * HOUR as i64 - 5 * DAY as i64));
}

#[test]
fn it_is_explained_from_the_first_notice_on() {
    let mut it = Leased::new();
    let explain = |it: &Leased| it.lease.explain(&it.phone.watch, &it.policy, Language::En);
    assert_eq!(explain(&it), None);
    it.phone.runs(71 * HOUR);
    let reason = explain(&it).unwrap();
    assert_eq!(
        (reason.code, reason.until),
        (Code::LeaseEnding, Some(at(72 * HOUR as i64)))
    );
    it.phone.runs(HOUR);
    assert_eq!(explain(&it).unwrap().code, Code::LeaseOver);
}

#[test]
fn only_a_disabled_enrolment_is_destroyable_and_only_after_90_days() {
    let mut it = Leased::new();
    it.phone.runs(90 * DAY);
    assert_eq!(it.state(), LeaseState::Over, "nobody disabled it");
    it.lease = it.lease.disabled();
    assert_eq!(it.state(), LeaseState::Destroyable);

    let mut it = Leased::new();
    it.lease = it.lease.disabled();
    assert_eq!(it.left(), Some(72 * HOUR), "by itself it locks nothing");
    it.phone.runs(90 * DAY - 1);
    assert_eq!(it.state(), LeaseState::Over);
    it.phone.runs(1);
    assert_eq!(it.state(), LeaseState::Destroyable);
    assert!(it.contact(90 * DAY as i64, Wish::Ordinary));
    assert_eq!(it.left(), Some(72 * HOUR), "a contact proves the enrolment");
    it.phone.runs(91 * DAY);
    assert_eq!(it.state(), LeaseState::Over);
}

/// Scenario: a flight of 14 hours, the phone restarted on the way.
#[test]
fn a_flight_of_14_hours_with_a_reboot_locks_nobody_out() {
    let mut it = Leased::new();
    it.phone
        .runs(6 * HOUR)
        .reboots(10 * MINUTE)
        .runs(8 * HOUR - 10 * MINUTE);
    let ran = 14 * HOUR - 10 * MINUTE;
    assert_eq!(it.left(), Some(72 * HOUR - ran - HOUR));
    assert_eq!(it.countdown().notice, None);
    // Landed: the contact takes the hour back.
    assert!(it.contact(14 * HOUR as i64, Wish::Ordinary));
    assert_eq!(it.left(), Some(72 * HOUR));
}

/// Scenario: the wall clock is five days wrong, either way, before and after a reboot.
#[test]
fn a_clock_that_is_five_days_wrong_neither_ends_nor_extends_it() {
    for wrong in [5 * DAY as i64, -5 * DAY as i64] {
        let mut it = Leased::new();
        it.phone.sets_clock(wrong).runs(10 * HOUR);
        assert_eq!(it.left(), Some(62 * HOUR));
        it.phone.reboots(0).sets_clock(-wrong).sets_clock(-wrong);
        assert_eq!(it.left(), Some(61 * HOUR));
        it.phone.runs(61 * HOUR).sets_clock(wrong);
        assert_eq!(it.state(), LeaseState::Over);
    }
}

/// Scenario: the phone lies switched off for 90 days.
#[test]
fn after_90_days_off_only_the_servers_word_makes_it_destroyable() {
    let mut it = Leased::new();
    it.phone.reboots(90 * DAY).runs(60);
    assert_eq!(it.left(), Some(71 * HOUR - 60), "the date may be wrong");
    it.lease = it.lease.disabled();
    assert_eq!(
        it.left(),
        Some(71 * HOUR - 60),
        "the date may still be wrong"
    );
    it.phone.watch.hear(at(90 * DAY as i64)).unwrap();
    assert_eq!(it.state(), LeaseState::Destroyable);

    // The same phone, still welcome: it opens.
    let mut it = Leased::new();
    it.phone.reboots(90 * DAY).runs(60);
    assert!(it.contact(90 * DAY as i64, Wish::Ordinary));
    assert_eq!(it.left(), Some(72 * HOUR));
}

#[test]
fn within_a_boot_a_servers_wrong_clock_ends_nothing() {
    let mut it = Leased::new();
    it.phone.runs(HOUR);
    it.lease = it.lease.disabled();
    it.phone.watch.hear(at(400 * DAY as i64)).unwrap();
    assert_eq!(it.left(), Some(71 * HOUR));
}
