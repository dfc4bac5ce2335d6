//! Codes, fingers and what they open.

use super::{Phone, refused, span, tries};
use crate::{CODES, HOUR, Spoil};
use companion_domain::{
    lock::{Cause, Input, lost},
    passcode::{Admission, Attempts, change_due, parse},
    reason::Code,
    watch::{Reading, Watch},
};

impl Phone {
    pub(super) fn unlock(&mut self, code: usize, killed: bool) -> String {
        if let Some(refused) = self.stands_against(&Input::Opened) {
            return refused;
        }
        if let Err(wrong) = self.check(code, killed) {
            return wrong;
        }
        match change_due(
            CODES.get(code).copied(),
            self.set,
            &self.policy,
            &self.watch,
        ) {
            Some(due) => {
                self.give(Input::Engage(Cause::Policy));
                refused(due)
            }
            None => {
                self.opened(Input::Opened);
                "opened".into()
            }
        }
    }

    /// Checks a code against the passcode slot.
    fn check(&mut self, code: usize, killed: bool) -> Result<(), String> {
        if self.asleep {
            return Err("not now".into());
        }
        if self.is(Spoil::KeyMadeAnew)
            && let Some((_, alive)) = &mut self.passcode
        {
            *alive = true;
        }
        let Some((right, true)) = self.passcode else {
            self.slot_failed();
            return Err("the slot failed".into());
        };
        let known_wrong = self.known_wrong.contains(&code) && !self.is(Spoil::KnownWrongCounts);
        match self.attempts.admit(&self.delay_watch(), known_wrong) {
            Admission::KnownWrong(wrong) => return Err(format!("known wrong {}", tries(&wrong))),
            Admission::Wait(wrong) => return Err(format!("wait {}", tries(&wrong))),
            Admission::UsedUp => return Err("used up".into()),
            Admission::Check(_) if killed && self.is(Spoil::CountedAfterTheCheck) => {}
            Admission::Check(counted) => self.attempts = counted,
        }
        self.last_try = (self.boot, self.clock_set);
        if killed {
            self.start();
            return Err("killed".into());
        }
        if code == right || self.is(Spoil::WrongCodeOpens) {
            self.attempts = Attempts::default();
            return Ok(());
        }
        self.known_wrong.insert(code);
        let wrong = self.attempts.answer(&self.watch);
        if self.is(Spoil::EleventhTry) && self.attempts.used_up() {
            self.attempts = Attempts::default();
        }
        self.slot_failed();
        Err(format!("wrong {}", tries(&wrong)))
    }

    /// The watch on which a delay is measured; a spoilt one has gone on too far.
    fn delay_watch(&self) -> Watch {
        let (boot, clock_set) = self.last_try;
        let ahead = match self.spoil {
            Some(Spoil::NoDelay) => HOUR,
            Some(Spoil::RebootEndsTheDelay) if boot != self.boot => HOUR,
            Some(Spoil::DelayByTheWallClock) => (self.clock_set - clock_set).max(0),
            _ => 0,
        };
        let reading = self.reading();
        let mut watch = self.watch.clone();
        watch.advance(Reading {
            elapsed: reading.elapsed + span(ahead),
            ..reading
        });
        watch
    }

    fn slot_failed(&mut self) {
        let ways = self.ways();
        if let Some(why) = lost(&self.state, &ways, &self.attempts) {
            self.give(Input::Lost(why));
        } else if ways.new_passcode_due() {
            self.give(Input::Engage(Cause::Policy));
        }
    }

    pub(super) fn finger(&mut self) -> String {
        if let Some(refused) = self.stands_against(&Input::Opened) {
            return refused;
        }
        match (self.asleep, self.finger) {
            (true, _) => return "not now".into(),
            (false, None) => return "no finger".into(),
            (false, Some(false)) => {
                self.finger = None;
                self.slot_failed();
                return "finger changed".into();
            }
            (false, Some(true)) => {}
        }
        if self.ways().new_passcode_due() {
            self.give(Input::Engage(Cause::Policy));
            return refused(Code::PasscodeChangeDue);
        }
        self.opened(Input::Opened);
        if self.is(Spoil::FingerForgetsTries) {
            self.attempts = Attempts::default();
        }
        "opened".into()
    }

    pub(super) fn set(&mut self, old: Option<usize>, new: usize, finger: bool) -> String {
        if let Some(refused) = self.stands_against(&Input::PasscodeSet) {
            return refused;
        }
        if self.state.word() != "no_passcode_yet" {
            match old {
                Some(old) => {
                    if let Err(wrong) = self.check(old, false) {
                        return wrong;
                    }
                }
                None if self.asleep || self.finger != Some(true) => return "no proof".into(),
                None => {}
            }
        } else if self.asleep {
            return "not now".into();
        }
        let current = self.passcode.and_then(|(code, _)| CODES.get(code).copied());
        let code = CODES.get(new).copied().unwrap_or_default();
        if let Err(refusal) = parse(code, &self.policy, |code| current == Some(code)) {
            return refused(refusal.code());
        }
        self.made(new, finger || self.finger.is_some());
        self.opened(Input::PasscodeSet);
        "set".into()
    }

    pub(super) fn recover(&mut self, new: usize) -> String {
        if !self.recovery || self.state.word() == "no_passcode_yet" {
            return "no recovery".into();
        }
        let forgotten = self.is(Spoil::CauseForgottenAtRecovery);
        match self.state.stands_against(&Input::Recovered) {
            Some(code) if !forgotten => return refused(code),
            _ if self.asleep => return "not now".into(),
            _ => {}
        }
        let code = CODES.get(new).copied().unwrap_or_default();
        if let Err(refusal) = parse(code, &self.policy, |_| false) {
            return refused(refusal.code());
        }
        self.made(new, false);
        self.opened(Input::Recovered);
        if forgotten {
            self.open();
        }
        "recovered".into()
    }

    /// All slots are made anew.
    fn made(&mut self, code: usize, finger: bool) {
        self.passcode = Some((code, true));
        self.finger = finger.then_some(true);
        self.attempts = Attempts::default();
        self.known_wrong.clear();
        self.set = self.watch.now();
    }
}
