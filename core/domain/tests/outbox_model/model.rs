//! What the outbox should do, written down a second time: by what is heard instead of by state.

use super::{DAY, MINUTE, SECOND};
use companion_domain::{outbox::*, outcome::Outcome, time::Timestamp};

/// What the model knows of one entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    customer: bool,
    chat: u8,
    word: String,
    failures: i64,
    due: i64,
    wanted: i64,
    with_next_hop: bool,
    /// The other side may have it, but nobody knows.
    doubt: bool,
    /// Somebody took it as delivered on their own word.
    pub believed: bool,
}

impl Note {
    pub fn new(customer: bool, chat: u8, now: i64) -> Self {
        Self {
            customer,
            chat,
            word: "queued".into(),
            failures: 0,
            due: now,
            wanted: now,
            with_next_hop: false,
            doubt: false,
            believed: false,
        }
    }

    /// The real entry in the model's words; what only the model knows is taken from `note`.
    pub fn of(entry: &Entry, note: &Self) -> Self {
        Self {
            word: match &entry.state {
                State::Queued => "queued".into(),
                State::Sending => "sending".into(),
                State::Uncertain => "uncertain".into(),
                State::Held(hold) => format!("held {hold:?}"),
                State::Delivered => "delivered".into(),
                State::Stuck(code) => format!("stuck {code}"),
                State::Discarded => "discarded".into(),
            },
            failures: entry.attempts.into(),
            due: entry.due.ms(),
            wanted: entry.vouched_at.ms(),
            with_next_hop: entry.handed_over,
            doubt: entry.in_doubt,
            ..note.clone()
        }
    }

    fn is(&self, word: &str) -> bool {
        self.word.split(' ').next() == Some(word)
    }

    pub fn hear(&mut self, input: &Input, repeatable: bool, now: i64, jitter: i64) {
        if self.is("delivered") {
            return;
        }
        if let Input::Confirmed
        | Input::Outcome(Outcome::Done { .. } | Outcome::AlreadyThere { .. })
        | Input::Reported(Outcome::Done { .. } | Outcome::AlreadyThere { .. }) = input
        {
            self.word = "delivered".into();
            return;
        }
        if self.is("discarded") {
            return;
        }
        match input {
            Input::Claimed if self.is("queued") => {
                self.word = "sending".into();
                self.due = now + MINUTE;
            }
            Input::Held(hold) if self.is("queued") && self.customer && !self.with_next_hop => {
                self.word = format!("held {hold:?}");
            }
            Input::Accepted if self.is("sending") => {
                self.with_next_hop = true;
                self.doubt = false;
                self.failures = 0;
                self.due = now + 15 * MINUTE;
            }
            Input::Outcome(outcome) if self.is("sending") => match outcome {
                Outcome::NotApplied { .. } => self.fail(now, jitter),
                Outcome::Ambiguous { .. } if repeatable => {
                    self.doubt = true;
                    self.fail(now, jitter);
                }
                Outcome::Ambiguous { .. } => self.give_up("uncertain"),
                Outcome::Permanent { code } => self.give_up(&format!("stuck {code}")),
                _ => self.queue(now),
            },
            Input::Reported(Outcome::Permanent { code }) => {
                self.doubt = false;
                self.give_up(&format!("stuck {code}"));
            }
            Input::Reported(Outcome::Ambiguous { .. }) => self.give_up("uncertain"),
            Input::Restarted if self.is("sending") && !self.with_next_hop => {
                self.forget(repeatable, now)
            }
            Input::Overdue if self.is("sending") && self.ripe(now) => self.forget(repeatable, now),
            Input::Decided(decision) => self.obey(*decision, now),
            _ => {}
        }
    }

    fn obey(&mut self, decision: Decision, now: i64) {
        let open = !self.is("sending") && !self.is("uncertain");
        let send = match decision {
            Decision::SendNow => open,
            Decision::SendAgain => self.is("uncertain"),
            Decision::MarkDelivered if self.is("uncertain") => {
                self.word = "delivered".into();
                self.believed = true;
                return;
            }
            Decision::Discard if self.customer && !self.is("sending") && !self.with_next_hop => {
                let untold = self.doubt && !self.is("uncertain");
                self.word = if untold { "uncertain" } else { "discarded" }.into();
                return;
            }
            _ => false,
        };
        if send {
            self.failures = 0;
            self.wanted = now;
            self.queue(now);
        }
    }

    fn queue(&mut self, due: i64) {
        self.word = "queued".into();
        self.due = due;
    }

    fn fail(&mut self, now: i64, jitter: i64) {
        self.failures += 1;
        self.queue(now + wait(self.failures, jitter));
    }

    fn forget(&mut self, repeatable: bool, now: i64) {
        if repeatable {
            self.doubt = true;
            self.queue(now);
        } else {
            self.give_up("uncertain");
        }
    }

    fn give_up(&mut self, word: &str) {
        self.word = word.into();
        self.doubt |= word == "uncertain";
        self.with_next_hop = false;
    }

    fn ripe(&self, now: i64) -> bool {
        self.due <= now || self.due > now + 15 * MINUTE
    }

    pub fn hold(&self, customer_wrote: Option<i64>, now: i64) -> Option<Hold> {
        if !self.customer || self.with_next_hop {
            None
        } else if customer_wrote > Some(self.wanted) {
            Some(Hold::NewerCustomerMessage)
        } else {
            (now - self.wanted >= 30 * MINUTE).then_some(Hold::Stale)
        }
    }

    /// Whether `later` must wait for this one.
    fn stands_before(&self, later: &Self) -> bool {
        let done = self.is("delivered") || self.is("discarded");
        let parked = self.is("stuck") || self.is("uncertain");
        let passed = done || !self.customer && (parked || self.with_next_hop);
        self.customer == later.customer && self.chat == later.chat && !passed
    }
}

/// What the model knows of the target.
#[derive(Default)]
pub struct Gate {
    quiet_until: i64,
    throttles: i64,
    pub locked_out: bool,
}

impl Gate {
    pub fn hear(&mut self, input: &Input, now: i64, jitter: i64) {
        match input {
            Input::Outcome(Outcome::Throttled { until }) => {
                self.throttles += 1;
                let told = until.map_or(0, Timestamp::ms);
                let until = if told > now {
                    told
                } else {
                    now + wait(self.throttles, jitter)
                };
                self.quiet_until = self.quiet(now).max(until.min(now + DAY));
            }
            Input::Outcome(Outcome::Auth { .. }) => self.locked_out = true,
            Input::Outcome(Outcome::NotApplied { .. } | Outcome::Ambiguous { .. }) => {}
            Input::Outcome(_) | Input::Accepted => self.throttles = 0,
            _ => {}
        }
    }

    /// Until when nobody calls; now if anybody may. Nobody is quiet for more than a day, so a later time is a clock's fault.
    pub fn quiet(&self, now: i64) -> i64 {
        if (now..=now + DAY).contains(&self.quiet_until) {
            self.quiet_until
        } else {
            now
        }
    }

    pub fn is_open(&self, now: i64) -> bool {
        !self.locked_out && self.quiet(now) == now
    }

    pub fn claims(&self, notes: &[Note], now: i64) -> Vec<usize> {
        let ready = |note: &Note| note.is("queued") && note.ripe(now);
        let claimed = |entry: &usize| {
            let note = &notes[*entry];
            // A record in the next hop's hands blocks nobody, but two of one conversation never go at once.
            let earlier = &notes[..*entry];
            let rival = |other: &Note| {
                other.customer == note.customer && other.chat == note.chat && ready(other)
            };
            ready(note)
                && !earlier
                    .iter()
                    .any(|other| other.stands_before(note) || rival(other))
        };
        let all = 0..notes.len();
        all.filter(|entry| self.is_open(now) && claimed(entry))
            .collect()
    }
}

/// Milliseconds to wait after so many failures in a row.
fn wait(failures: i64, jitter: i64) -> i64 {
    let mut span = 2 * SECOND;
    for _ in 0..failures {
        span = (2 * span).min(15 * MINUTE);
    }
    span / 2 + span / 2 * jitter / 1000
}
