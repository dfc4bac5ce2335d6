//! The real machine and the model side by side, with the other side of the wire.

use super::{
    Answer, CHATS, Event, MINUTE, SECOND,
    model::{Gate, Note},
};
use companion_domain::{
    outbox::*,
    outcome::{Idempotency, Outcome},
    policy::Policy,
    time::Timestamp,
};

/// The real machine, the model and the other side.
pub struct World {
    class: Idempotency,
    policy: Policy,
    now: i64,
    entries: Vec<Entry>,
    target: Target,
    notes: Vec<Note>,
    gate: Gate,
    chats: Vec<u8>,
    wrote: [Option<i64>; CHATS],
    /// Attempts on the wire, with the time at which each began.
    wire: Vec<(usize, i64)>,
    /// How often the other side applied each entry.
    applied: Vec<u32>,
    /// First arrivals at the next hop, in order.
    arrivals: Vec<usize>,
    /// Entries that were uncertain or stuck at some time: later records may have overtaken these.
    was_parked: Vec<bool>,
    /// Entries that were shown as uncertain at some time, or of which the next hop said that it gave up.
    was_told: Vec<bool>,
    sent_again: Vec<u32>,
    /// Entries that somebody asked to take back.
    unwanted: Vec<bool>,
}

impl World {
    pub fn new(class: Idempotency) -> Self {
        Self {
            class,
            policy: Policy::default(),
            now: 1_767_323_045_000,
            entries: Vec::new(),
            target: Target::default(),
            notes: Vec::new(),
            gate: Gate::default(),
            chats: Vec::new(),
            wrote: [None; CHATS],
            wire: Vec::new(),
            applied: Vec::new(),
            arrivals: Vec::new(),
            was_parked: Vec::new(),
            was_told: Vec::new(),
            sent_again: Vec::new(),
            unwanted: Vec::new(),
        }
    }

    pub fn happen(&mut self, event: &Event) {
        let some = |pick: usize, len: usize| (len > 0).then(|| pick % len.max(1));
        match event {
            Event::Queue { lane, chat } => self.queue(*lane, *chat),
            Event::Pump => self.pump(),
            Event::Answer {
                pick,
                answer,
                jitter,
            } => {
                if let Some(at) = some(*pick, self.wire.len()) {
                    let (entry, _) = self.wire.remove(at);
                    self.answer(entry, answer, *jitter);
                }
            }
            Event::Report { pick, report } => {
                if let Some(entry) = some(*pick, self.entries.len()) {
                    self.report(entry, report);
                }
            }
            Event::Confirm { pick } => {
                if let Some(entry) = some(*pick, self.entries.len())
                    && self.applied[entry] > 0
                {
                    self.give(entry, Input::Confirmed, 0);
                }
            }
            Event::Overdue { pick } => {
                if let Some(entry) = some(*pick, self.entries.len()) {
                    self.give(entry, Input::Overdue, 0);
                }
            }
            Event::Hold { pick } => {
                if let Some(entry) = some(*pick, self.entries.len()) {
                    self.give(entry, Input::Held(Hold::OutsideHours), 0);
                }
            }
            Event::Decide { pick, decision } => {
                if let Some(entry) = some(*pick, self.entries.len()) {
                    self.decide(entry, *decision);
                }
            }
            Event::CustomerWrites { chat } => self.wrote[usize::from(*chat)] = Some(self.now),
            Event::Restart => {
                self.wire.clear();
                for entry in 0..self.entries.len() {
                    self.give(entry, Input::Restarted, 0);
                }
            }
            Event::SignIn => {
                self.target.signed_in();
                self.gate.locked_out = false;
            }
            Event::Pass { ms } => {
                self.now += ms;
                self.wire
                    .retain(|(_, began)| began + 30 * SECOND > self.now);
            }
            Event::ClockBack { ms } => {
                self.now -= ms;
                self.wire.clear();
            }
        }
    }

    fn queue(&mut self, lane: Lane, chat: u8) {
        self.entries.push(Entry::new(lane, self.at(0)));
        self.notes
            .push(Note::new(lane == Lane::Customer, chat, self.now));
        self.chats.push(chat);
        self.applied.push(0);
        self.was_parked.push(false);
        self.was_told.push(false);
        self.sent_again.push(0);
        self.unwanted.push(false);
    }

    /// Claims what may go; holds what must ask first; puts the rest on the wire.
    fn pump(&mut self) {
        let now = self.at(0);
        let rows = self.chats.iter().enumerate().zip(&self.entries);
        let rows = rows.map(|((entry, chat), state)| (*chat, entry, state));
        let claims = next_claims(rows, &self.target, 1, &self.policy, now);
        assert_eq!(claims, self.gate.claims(&self.notes, self.now));
        for entry in claims {
            assert_eq!(
                self.entries[entry].state,
                State::Queued,
                "only what is queued goes"
            );
            let chat = Chat {
                last_arrival: self.wrote[usize::from(self.chats[entry])].map(Timestamp::from_ms),
                ..Chat::default()
            };
            let hold = hold_before_send(&self.entries[entry], &chat, &self.policy, now);
            let wrote = self.wrote[usize::from(self.chats[entry])];
            assert_eq!(hold, self.notes[entry].hold(wrote, self.now));
            match hold {
                Some(hold) => self.give(entry, Input::Held(hold), 0),
                None => {
                    self.give(entry, Input::Claimed, 0);
                    assert_eq!(self.entries[entry].state, State::Sending);
                    self.wire.push((entry, self.now));
                }
            }
        }
    }

    fn answer(&mut self, entry: usize, answer: &Answer, jitter: u16) {
        let code = || "code".to_owned();
        let outcome = match answer {
            Answer::Done => {
                self.apply(entry);
                Outcome::Done { remote_id: None }
            }
            Answer::AppliedButLost => {
                self.apply(entry);
                Outcome::Ambiguous { code: code() }
            }
            Answer::NeverThereAndLost => Outcome::Ambiguous { code: code() },
            Answer::NotApplied => Outcome::NotApplied { code: code() },
            Answer::Accepted => {
                self.arrive(entry);
                return self.give(entry, Input::Accepted, jitter);
            }
            Answer::Throttled { ms } => Outcome::Throttled {
                until: ms.map(|ms| self.at(ms)),
            },
            Answer::Auth => Outcome::Auth { code: code() },
            Answer::Permanent => Outcome::Permanent { code: code() },
        };
        self.give(entry, Input::Outcome(outcome), jitter);
    }

    /// The next hop reports only on what it has.
    fn report(&mut self, entry: usize, report: &Outcome) {
        if self.entries[entry].handed_over {
            let done = matches!(report, Outcome::Done { .. } | Outcome::AlreadyThere { .. });
            if done && self.applied[entry] == 0 {
                self.apply(entry);
            }
            self.wire.retain(|(flying, _)| *flying != entry);
            self.give(entry, Input::Reported(report.clone()), 0);
        }
    }

    fn decide(&mut self, entry: usize, decision: Decision) {
        let again =
            decision == Decision::SendAgain && self.entries[entry].state == State::Uncertain;
        self.sent_again[entry] += u32::from(again);
        self.unwanted[entry] |= decision == Decision::Discard;
        self.give(entry, Input::Decided(decision), 0);
    }

    /// Gives one input to both machines.
    fn give(&mut self, entry: usize, input: Input, jitter: u16) {
        let rules = Rules {
            policy: &self.policy,
            idempotency: self.class,
        };
        let step = step(&self.entries[entry], &input, &rules, self.at(0), jitter);
        self.target
            .apply(&step.target, &self.policy, self.at(0), jitter);
        self.entries[entry] = step.entry;
        let repeatable = self.class != Idempotency::LookFirst;
        self.notes[entry].hear(&input, repeatable, self.now, jitter.into());
        self.gate.hear(&input, self.now, jitter.into());
        let parked = matches!(
            self.entries[entry].state,
            State::Stuck(_) | State::Uncertain
        );
        self.was_parked[entry] |= parked;
        self.was_told[entry] |= self.entries[entry].state == State::Uncertain
            || matches!(input, Input::Reported(Outcome::Permanent { .. }));
    }

    fn apply(&mut self, entry: usize) {
        self.applied[entry] += 1;
        self.arrive(entry);
    }

    fn arrive(&mut self, entry: usize) {
        if !self.arrivals.contains(&entry) {
            self.arrivals.push(entry);
        }
    }

    pub fn check(&self) {
        for (entry, note) in self.entries.iter().zip(&self.notes) {
            assert_eq!(Note::of(entry, note), *note);
        }
        let held = self.target.held_until(self.at(0));
        assert_eq!(
            held.map_or(self.now, Timestamp::ms),
            self.gate.quiet(self.now)
        );
        assert_eq!(self.target.is_open(self.at(0)), self.gate.is_open(self.now));
        self.check_order();
        self.check_doubles();
        self.check_decisions();
        self.check_taken_back();
    }

    fn check_decisions(&self) {
        let rules = Rules {
            policy: &self.policy,
            idempotency: self.class,
        };
        for entry in &self.entries {
            for decision in entry.decisions() {
                let input = Input::Decided(decision);
                let moved = step(entry, &input, &rules, self.at(0), 0).entry;
                assert_ne!(
                    moved.state, entry.state,
                    "{decision:?} is offered for nothing"
                );
            }
        }
    }

    /// Messages arrive as queued; records arrive as queued but for those that were parked.
    fn check_order(&self) {
        for (later, entry) in self.arrivals.iter().enumerate() {
            for before in &self.arrivals[..later] {
                let same = self.chats[*before] == self.chats[*entry]
                    && self.entries[*before].lane == self.entries[*entry].lane;
                let excused = self.entries[*entry].lane == Lane::Mirror && self.was_parked[*entry];
                assert!(
                    !same || before < entry || excused,
                    "{entry} arrived after {before}"
                );
            }
        }
    }

    /// Where nothing protects against doubling, only the employee's word sends twice.
    fn check_doubles(&self) {
        if self.class == Idempotency::LookFirst {
            for (applied, again) in self.applied.iter().zip(&self.sent_again) {
                assert!(
                    *applied <= 1 + again,
                    "applied {applied} times, {again} asked for"
                );
            }
        }
    }

    /// What was taken back is not there, unless the employee was told that it may be or the next hop that it is not.
    fn check_taken_back(&self) {
        for (entry, state) in self.entries.iter().enumerate() {
            let untrue = state.state == State::Discarded && self.applied[entry] > 0;
            assert!(!untrue || self.was_told[entry], "{entry} is there");
        }
    }

    /// Everything works again and whoever is asked says yes: then everything that was not taken back arrives.
    pub fn heal(&mut self) {
        self.happen(&Event::SignIn);
        for _ in 0..6 * self.entries.len() + 6 {
            self.now += 26 * 60 * MINUTE;
            self.wire.clear();
            for entry in 0..self.entries.len() {
                let state = self.entries[entry].state.clone();
                match state {
                    State::Sending => self.give(entry, Input::Overdue, 0),
                    State::Held(_) | State::Stuck(_) | State::Queued => {
                        self.decide(entry, Decision::SendNow)
                    }
                    State::Uncertain => self.decide(entry, Decision::SendAgain),
                    State::Delivered | State::Discarded => {}
                }
            }
            self.pump();
            for (entry, _) in std::mem::take(&mut self.wire) {
                self.answer(entry, &Answer::Done, 0);
            }
            self.check();
        }
        for (entry, state) in self.entries.iter().enumerate() {
            assert!(state.is_finished(), "{entry} is left behind: {state:?}");
            let gone = state.state == State::Discarded && self.unwanted[entry];
            let there = self.applied[entry] > 0 || self.notes[entry].believed;
            assert!(there || gone, "{entry} is lost");
        }
    }

    fn at(&self, ms: i64) -> Timestamp {
        Timestamp::from_ms(self.now + ms)
    }
}
