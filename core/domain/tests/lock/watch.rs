//! How much time passed.

use super::*;

#[test]
fn within_a_boot_only_the_time_since_boot_counts() {
    let mut phone = Phone::new();
    let begin = phone.watch.now();
    phone.runs(HOUR).sets_clock(5 * DAY as i64).runs(MINUTE);
    phone.sets_clock(-10 * DAY as i64);
    let passed = phone.watch.since(begin);
    assert_eq!((passed.surely, passed.reboots), (seconds(HOUR + MINUTE), 0));
    assert_eq!(passed.charged(), passed.surely);
}

#[test]
fn a_reboot_costs_an_hour_and_its_off_time_does_not_count() {
    for off in [0, 20, 3 * DAY] {
        let mut phone = Phone::new();
        let begin = phone.watch.now();
        phone.runs(10).reboots(off).runs(20);
        let passed = phone.watch.since(begin);
        assert_eq!(passed.surely, seconds(30), "off for {off} s");
        assert_eq!(passed.charged(), seconds(HOUR + 30), "off for {off} s");
    }
}

#[test]
fn readings_in_the_wrong_order_move_nothing_twice() {
    let mut phone = Phone::new();
    let begin = phone.watch.now();
    phone.runs(100);
    phone.elapsed -= seconds(40);
    phone.look();
    assert_eq!(phone.watch.since(begin).surely, seconds(100));
    phone.elapsed += seconds(50);
    phone.look();
    assert_eq!(phone.watch.since(begin).surely, seconds(110));
}

#[test]
fn a_moment_of_a_lost_watch_frees_nothing() {
    let mut old = Phone::new();
    old.runs(DAY);
    let passed = Phone::new().watch.since(old.watch.now());
    assert_eq!(passed.surely, Duration::ZERO);
    assert!(passed.charged() > seconds(365 * DAY));
}

#[test]
fn an_older_or_equal_server_time_is_not_heard() {
    let mut phone = Phone::new();
    assert_eq!(phone.watch.server_now(), None);
    assert_eq!(phone.watch.hear(at(10)).unwrap().get(), at(10));
    for replayed in [10, 9, -1000] {
        assert_eq!(phone.watch.hear(at(replayed)), None);
    }
    phone.runs(60).reboots(DAY).runs(5);
    assert_eq!(phone.watch.server_now(), Some(at(75)));
    assert!(phone.watch.hear(at(11)).is_some());
}

#[test]
fn it_comes_back_from_its_stored_form() {
    let mut phone = Phone::new();
    phone.watch.hear(at(1));
    phone.runs(3).reboots(1).runs(7);
    assert_eq!(stored(&phone.watch), phone.watch);
    assert_eq!(stored(&phone.watch.now()), phone.watch.now());
}
