//! The lock on a real phone: a passcode is set, work is locked, a wrong code and the right one; a kill gives nothing back.

use crate::terminal::{ASK_COMPANY, CODE, ENTER, LOCK, Terminal};
use companion_crypto::{random::SystemRandom, recovery::Request};
use companion_testkit::tenant::Tenant;
use data_encoding::BASE64URL_NOPAD;
use std::{fs, path::Path};

/// Checks 21 to 23.
#[test]
fn a_passcode_locks_what_is_read_and_only_the_right_one_opens_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::fresh_in(folder.path());
    terminal.wait_for("Set a passcode to begin with work.");
    for code in ["123456", CODE] {
        terminal.enter(code);
        terminal.enter(code);
        if code != CODE {
            terminal.wait_for("This sequence is easy to guess.");
        }
    }
    terminal.wait_for("Passcode set");
    terminal.wait_for("? Undecided 3");
    terminal.press(LOCK);
    terminal.wait_for("You locked this. Messages still arrive.");
    terminal.wait_for("> Passcode:");
    assert!(
        !terminal.text().contains("Undecided"),
        "{}",
        terminal.text()
    );
    for (n, code) in ["719351", "719352", "719353", "719354"].iter().enumerate() {
        terminal.press(code);
        terminal.wait_for("••••••");
        assert!(!terminal.text().contains("7193"), "{}", terminal.text());
        terminal.press(ENTER);
        terminal.wait_for(&format!("Wrong passcode. {} tries before sign-in.", 9 - n));
    }
    terminal.wait_for("Try again in 0:2");
    terminal.kill();

    // The delay goes on, and then the right code opens.
    let mut terminal = Terminal::locked_in(folder.path());
    terminal.wait_for("Enter your passcode after the start.");
    terminal.wait_for("Try again in 0:");
    terminal.wait_until("the end of the delay", |text| {
        !text.contains("Try again in")
    });
    terminal.enter(CODE);
    terminal.wait_for("? Undecided 3");

    let log = fs::read_to_string(folder.path().join("app.log")).unwrap();
    assert!(!log.is_empty(), "nothing was logged");
    for code in [CODE, "719351"] {
        assert!(!log.contains(code));
    }
}

/// What the help desk makes of the request on the screen, if the code beside it is its own.
fn answer(folder: &Path, screen: &str) -> String {
    let lines: Vec<_> = screen.lines().map(str::trim_end).collect();
    let screen = lines.join("\n");
    let (above, below) = screen.split_once("Request, to copy:\n").unwrap();
    let (request, _) = below.split_once("\n\n").unwrap();
    let request = Request::parse(&request.replace('\n', "")).unwrap();
    let shown = above.split_once("Give ").unwrap().1;
    let (shown, _) = shown.split_once(" to your admin").unwrap();
    assert_eq!(shown.replace(' ', ""), request.code().unwrap());
    assert_eq!(shown.split(' ').count(), 4, "{shown}");
    let tenant = fs::read(folder.join("tenant.json")).unwrap();
    let tenant: Tenant = serde_json::from_slice(&tenant).unwrap();
    let answer = request.answer(&SystemRandom, &tenant.recovery(), tenant.tenant.as_str());
    BASE64URL_NOPAD.encode(&answer.unwrap())
}

#[test]
fn who_forgot_the_passcode_is_let_in_by_the_company_with_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::play_in(folder.path());
    terminal.press(LOCK);
    terminal.wait_for("> Passcode:");
    terminal.press(ASK_COMPANY);
    terminal.wait_for("> Answer:");
    let screen = terminal.text();
    let new = "582046";
    for answer in ["AAAA", &answer(folder.path(), &screen)] {
        for text in [answer, new, new] {
            terminal.enter(text);
        }
        if answer == "AAAA" {
            terminal.wait_for("This answer does not fit the request.");
            // The answer is kept, to be mended.
            terminal.press("\u{1b}[A");
            terminal.wait_for("> Answer: AAAA");
            terminal.press(&"\u{7f}".repeat(4));
        }
    }
    terminal.wait_for("Passcode set");
    terminal.wait_for("? Undecided 3");
    terminal.press(LOCK);
    terminal.wait_for("> Passcode:");
    terminal.enter(CODE);
    terminal.wait_for("Wrong passcode.");
    terminal.enter(new);
    terminal.wait_for("? Undecided 3");
}
