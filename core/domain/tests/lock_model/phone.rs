//! The real machine, put together as an engine does, on a phone whose clocks and keys are played.

mod codes;

use super::{CODES, DAY, Event, Spoil};
use companion_domain::{
    lease::{Lease, LeaseState, Wish},
    lock::{Cause, Effect, Input, Presence, Rules, State, Way, Ways, lost, step},
    passcode::{Attempts, WrongPasscode},
    policy::Policy,
    reason::{Code, Language},
    time::Timestamp,
    watch::{Moment, Reading, Watch},
};
use std::{collections::BTreeSet, time::Duration};

pub struct Phone {
    spoil: Option<Spoil>,
    // The world.
    boot: u32,
    elapsed: i64,
    on_in_all: i64,
    clock_set: i64,
    wall: i64,
    server: i64,
    heard: Option<i64>,
    asleep: bool,
    // The slots, each with whether its hardware key lives.
    passcode: Option<(usize, bool)>,
    finger: Option<bool>,
    recovery: bool,
    // What is stored.
    policy: Policy,
    watch: Watch,
    lease: Lease,
    attempts: Attempts,
    state: State,
    set: Moment,
    // What dies with the process.
    presence: Option<Presence>,
    known_wrong: BTreeSet<usize>,
    d: bool,
    // What only a spoilt machine looks at.
    disabled: bool,
    last_try: (u32, i64),
}

impl Phone {
    pub fn new(recovery: bool, spoil: Option<Spoil>) -> Self {
        let reading = Reading {
            boot: "0".into(),
            elapsed: Duration::ZERO,
            wall: Timestamp::from_ms(1_767_323_045_000),
        };
        let watch = Watch::new(reading.clone());
        Self {
            spoil,
            boot: 0,
            elapsed: 0,
            on_in_all: 0,
            clock_set: 0,
            wall: reading.wall.ms(),
            server: reading.wall.ms(),
            heard: None,
            asleep: false,
            passcode: None,
            finger: None,
            recovery,
            policy: Policy::default(),
            lease: Lease::new(watch.now()),
            attempts: Attempts::default(),
            state: State::new(),
            set: watch.now(),
            watch,
            presence: None,
            known_wrong: BTreeSet::new(),
            d: false,
            disabled: false,
            last_try: (0, 0),
        }
    }

    /// What happens, and what is answered.
    pub fn happen(&mut self, event: &Event) -> String {
        match event {
            Event::Pass { ms } => {
                self.pass(*ms);
                return String::new();
            }
            Event::Clock { ms } => {
                self.wall += ms;
                self.clock_set += ms;
                return String::new();
            }
            Event::Reboot { off, on } => {
                self.boot += 1;
                self.elapsed = 0;
                self.wall += off;
                self.server += off;
                self.pass(*on);
                return self.start();
            }
            Event::Death => return self.start(),
            Event::Suspend | Event::Resume | Event::Touch => {
                self.look();
                self.attend(event);
                return String::new();
            }
            _ => self.look(),
        }
        let overdue = self.presence.as_ref();
        let overdue = overdue.and_then(|it| it.overdue(&self.watch, &self.policy));
        self.overdue(overdue);
        match event {
            Event::Try { code, killed } => self.unlock(*code, *killed),
            Event::Finger => self.finger(),
            Event::Set { old, new, finger } => self.set(*old, *new, *finger),
            Event::Recover { new } => self.recover(*new),
            Event::Contact { takes, prepare } => self.contact(*takes, *prepare),
            Event::Replay { older } => self.replay(*older),
            Event::Disabled { signed } => {
                if *signed {
                    self.watch.hear(Timestamp::from_ms(self.server));
                    self.heard = Some(self.server);
                }
                self.lease = self.lease.disabled();
                self.disabled = true;
                String::new()
            }
            Event::Asleep(asleep) => {
                self.asleep = *asleep;
                String::new()
            }
            Event::Lose { passcode, finger } => {
                if let Some((_, alive)) = &mut self.passcode {
                    *alive &= !passcode;
                }
                if let Some(alive) = &mut self.finger {
                    *alive &= !finger;
                }
                String::new()
            }
            Event::LockNow => self.give(Input::Engage(Cause::Host)),
            Event::Order { jti, hard: false } => self.give(Input::Engage(Cause::Order(name(*jti)))),
            Event::Order { jti, hard: true } => {
                self.give(Input::Engage(Cause::HardOrder(name(*jti))))
            }
            Event::OrderEnded { jti } if self.is(Spoil::OrderEndsAll) => {
                for jti in (0..super::ORDERS).chain([*jti]) {
                    self.give(Input::OrderEnded(name(jti)));
                }
                String::new()
            }
            Event::OrderEnded { jti } => self.give(Input::OrderEnded(name(*jti))),
            Event::Integrity { sound: true } => self.give(Input::IntegrityRestored),
            Event::Integrity { sound: false } => self.give(Input::Engage(Cause::Integrity)),
            Event::Policy { long_codes } => {
                self.policy.passcode_min_length = if *long_codes { 8 } else { 6 };
                if *long_codes {
                    String::new()
                } else {
                    self.give(Input::PolicyMet)
                }
            }
            Event::Wipe => self.give(Input::Wipe),
            Event::WipeDone => self.give(Input::WipeDone),
            _ => String::new(),
        }
    }

    /// All that can be seen.
    pub fn report(&self) -> String {
        let mut told: Vec<_> = self.state.explain(Language::En);
        if self.is(Spoil::LenientShownFirst) {
            told.reverse();
        }
        let told: Vec<&str> = told.iter().map(|reason| reason.code.as_str()).collect();
        let lease = match self.lease_state() {
            LeaseState::Running { left } => left.as_millis().to_string(),
            LeaseState::Over => "over".into(),
            LeaseState::Destroyable => "destroyable".into(),
        };
        let notices = self.lease.notices(&self.watch, &self.policy).len();
        format!(
            "{} {told:?} D {} lease {lease} notices {notices} {} passcode {} finger {} sends {}",
            self.state.word(),
            self.d,
            tries(&self.attempts.answer(&self.watch)),
            self.passcode.is_some(),
            self.finger.is_some(),
            self.state.sends(&self.policy),
        )
    }

    /// What entering the right code now comes to.
    pub fn right_code(&mut self) -> String {
        let code = self.passcode.map_or(CODES.len(), |(code, _)| code);
        self.happen(&Event::Try {
            code,
            killed: false,
        })
    }

    fn is(&self, spoil: Spoil) -> bool {
        self.spoil == Some(spoil)
    }

    fn pass(&mut self, ms: i64) {
        self.elapsed += ms;
        self.on_in_all += ms;
        self.wall += ms;
        self.server += ms;
    }

    fn reading(&self) -> Reading {
        let (boot, elapsed) = if self.is(Spoil::RebootIsFree) {
            (0, self.on_in_all)
        } else if self.is(Spoil::WallClockCounts) {
            (self.boot, self.elapsed + self.clock_set)
        } else {
            (self.boot, self.elapsed)
        };
        Reading {
            boot: boot.to_string(),
            elapsed: span(elapsed),
            wall: Timestamp::from_ms(self.wall),
        }
    }

    fn look(&mut self) {
        self.watch.advance(self.reading());
        if !matches!(self.lease_state(), LeaseState::Running { .. }) {
            self.give(Input::Engage(Cause::Lease));
        }
    }

    fn lease_state(&self) -> LeaseState {
        let state = self.lease.state(&self.watch, &self.policy);
        let early = self.is(Spoil::DestroyedWhileEnrolled)
            || self.is(Spoil::DestroyedAtOnce) && self.disabled;
        match state {
            LeaseState::Over if early => LeaseState::Destroyable,
            state => state,
        }
    }

    fn start(&mut self) -> String {
        let was_open = std::mem::take(&mut self.d);
        self.presence = None;
        self.known_wrong.clear();
        self.look();
        if was_open && self.is(Spoil::StartOpens) {
            self.open();
        } else {
            let lost = lost(&self.state, &self.ways(), &self.attempts);
            self.give(Input::Started { lost });
        }
        if self.lease_state() == LeaseState::Destroyable {
            self.give(Input::Wipe);
        }
        String::new()
    }

    fn attend(&mut self, event: &Event) {
        let (watch, policy) = (&self.watch, &self.policy);
        let touched_first = self.spoil == Some(Spoil::TouchComesFirst);
        let Some(presence) = &mut self.presence else {
            return;
        };
        let overdue = match event {
            Event::Suspend => presence.suspended(watch, policy),
            Event::Resume => presence.resumed(watch, policy),
            _ if touched_first => {
                *presence = Presence::new(watch.now());
                None
            }
            _ => presence.user_active(watch, policy),
        };
        self.overdue(overdue);
    }

    fn overdue(&mut self, cause: Option<Cause>) {
        let ignored = match cause {
            Some(Cause::Background) => self.is(Spoil::BackgroundIgnored),
            _ => self.is(Spoil::IdleIgnored),
        };
        if let Some(cause) = cause.filter(|_| !ignored) {
            self.give(Input::Engage(cause));
        }
    }

    fn ways(&self) -> Ways {
        let way = |alive: Option<bool>| match alive {
            None => Way::Absent,
            Some(_) if self.asleep && self.is(Spoil::NotNowIsGone) => Way::Gone,
            Some(_) if self.asleep => Way::NotNow,
            Some(true) => Way::Alive,
            Some(false) => Way::Gone,
        };
        Ways {
            passcode: way(self.passcode.map(|(_, alive)| alive)),
            biometric: way(self.finger),
        }
    }

    fn give(&mut self, input: Input) -> String {
        let rules = Rules {
            recovery_slot: self.recovery || self.is(Spoil::RecoverySlotIgnored),
        };
        let step = step(&self.state, &input, rules, Timestamp::from_ms(self.wall));
        self.state = step.state;
        for effect in step.effects {
            match effect {
                Effect::DropD => {
                    self.d = false;
                    self.presence = None;
                }
                Effect::DropSlots if self.is(Spoil::HardLockKeepsSlots) => {}
                Effect::DropSlots | Effect::Destroy => {
                    self.passcode = None;
                    self.finger = None;
                }
            }
        }
        let lifted = self.state.locks().strictest();
        let lifted = lifted.is_some_and(|lock| lock.cause == Cause::Lifted);
        if lifted && self.is(Spoil::LiftedOpens) {
            self.open();
        }
        step.refused.map_or(String::new(), refused)
    }

    fn open(&mut self) {
        self.state = State::Unlocked;
        self.d = true;
        self.presence = Some(Presence::new(self.watch.now()));
    }

    /// `D` is at hand.
    fn opened(&mut self, input: Input) {
        self.give(input);
        if self.state == State::Unlocked || self.is(Spoil::UnlockEndsAll) {
            self.open();
        }
    }

    fn stands_against(&self, input: &Input) -> Option<String> {
        let against = self.state.stands_against(input);
        let locked = self.state.word() == "locked" && self.is(Spoil::UnlockEndsAll);
        against.filter(|_| !locked).map(refused)
    }

    fn contact(&mut self, takes: i64, prepare: Option<i64>) -> String {
        let asked = self.watch.now();
        self.pass(takes / 2);
        let time = Timestamp::from_ms(self.server);
        self.pass(takes - takes / 2);
        self.look();
        let asked = if self.is(Spoil::LeaseBeginsAtTheAnswer) {
            self.watch.now()
        } else {
            asked
        };
        if self.is(Spoil::PreparedForGood) {
            self.policy.lease_prepare_max = span(365 * DAY);
        }
        let wish = prepare.map_or(Wish::Ordinary, |ms| Wish::Offline(span(ms)));
        let Some(server) = self.watch.hear(time) else {
            return "not heard".into();
        };
        self.heard = Some(time.ms());
        self.lease = self.lease.renewed(asked, &server, wish);
        self.disabled = false;
        self.renewed()
    }

    fn replay(&mut self, older: i64) -> String {
        let Some(newest) = self.heard else {
            return "not heard".into();
        };
        if self.is(Spoil::ReplayRenews) {
            self.lease = Lease::new(self.watch.now());
            return self.renewed();
        }
        let heard = self.watch.hear(Timestamp::from_ms(newest - older));
        heard.map_or("not heard", |_| "heard").into()
    }

    fn renewed(&mut self) -> String {
        if let LeaseState::Running { .. } = self.lease_state() {
            self.give(Input::LeaseRenewed);
        }
        "renewed".into()
    }
}

fn name(jti: usize) -> String {
    format!("jti {jti}")
}

fn refused(code: Code) -> String {
    format!("refused {code}")
}

fn tries(wrong: &WrongPasscode) -> String {
    format!("tries {} wait {}", wrong.tries_left, wrong.wait.as_millis())
}

fn span(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
