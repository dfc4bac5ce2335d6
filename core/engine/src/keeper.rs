//! The lock of one client: the part that is stored, and the part that is only in memory.

use crate::{
    error::CompanionError,
    session::{Home, Session},
    store::{control, save},
};
use companion_crypto::{derive::keyed_hash, passcode::Passcode, secret::Key};
use companion_domain::{
    lease::{self, Countdown, Lease, LeaseState, Wish},
    lock::{self, Cause, Effect, Input, Presence, Rules, State},
    passcode::Attempts,
    policy::Policy,
    reason::{Code, Language, Reason},
    time::Timestamp,
    watch::{Moment, Watch},
};
use companion_vault::{Ticket, Write};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What is stored of it, in one value: moments mean nothing without their watch.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Guard {
    pub(crate) watch: Watch,
    pub(crate) state: State,
    pub(crate) attempts: Attempts,
    /// When the passcode was set.
    pub(crate) passcode_set: Option<Moment>,
    pub(crate) lease: Lease,
}

impl Guard {
    /// That of a new enrolment.
    pub(crate) fn new(home: &Home) -> Self {
        let watch = Watch::new(home.reading());
        Self {
            lease: Lease::new(watch.now()),
            watch,
            state: State::new(),
            attempts: Attempts::default(),
            passcode_set: None,
        }
    }
}

/// The lock of one client. It outlives the open files.
pub(crate) struct Keeper(Mutex<Inner>);

pub(crate) struct Inner {
    pub(crate) guard: Guard,
    /// `D`, for the time in which it may be used.
    pub(crate) d: Option<Key>,
    presence: Option<Presence>,
    /// Codes that this process has seen fail, by a key that nobody else has.
    wrong: BTreeSet<[u8; 16]>,
    wrong_key: Key,
    /// When the passing time was last stored.
    stored: Moment,
    /// Whether the company can give `D` back.
    pub(crate) recovery_slot: bool,
}

/// How much of the passing time a kill may cost.
const KEEP_UP: Duration = Duration::from_secs(5 * 60);

impl Keeper {
    pub(crate) fn new(home: &Home, guard: Guard, recovery_slot: bool) -> Self {
        Self(Mutex::new(Inner {
            stored: guard.watch.now(),
            recovery_slot,
            guard,
            d: None,
            presence: None,
            wrong: BTreeSet::new(),
            wrong_key: Key::random(home.surroundings.random.as_ref()),
        }))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the phone's clocks, and locks if nobody was there for too long, or the company not heard of.
    pub(crate) fn look(&self, home: &Home, session: Option<&Session>) {
        let mut inner = self.lock();
        inner.ask_presence(home, session, |one, watch, policy| {
            one.overdue(watch, policy)
        });
        inner.look_at_lease(home, session);
    }

    /// The present moment, from which a lease counts if the request that follows renews it.
    pub(crate) fn moment(&self, home: &Home) -> Moment {
        let mut inner = self.lock();
        inner.guard.watch.advance(home.reading());
        inner.guard.watch.now()
    }

    /// Hears a time that the gateway signed over what was asked at `asked`. Tells whether it renewed the lease.
    pub(crate) fn heard(
        &self,
        home: &Home,
        session: &Session,
        (asked, time): (Moment, Timestamp),
        wish: Wish,
    ) -> bool {
        let mut inner = self.lock();
        inner.guard.watch.advance(home.reading());
        let Some(server) = inner.guard.watch.hear(time) else {
            return false;
        };
        inner.guard.lease = inner.guard.lease.renewed(asked, &server, wish);
        inner.look_at_lease(home, Some(session));
        inner.keep_up(session);
        true
    }

    /// The gateway says that the enrolment is disabled.
    pub(crate) fn disabled(&self, session: &Session) -> Ticket<()> {
        let mut inner = self.lock();
        inner.guard.lease = inner.guard.lease.disabled();
        inner.store(session)
    }

    /// How long work can be read without contact to the company.
    pub(crate) fn countdown(&self, home: &Home) -> Countdown {
        let Inner { guard, .. } = &*self.lock();
        guard.lease.countdown(&guard.watch, &home.policy)
    }

    /// What the system is to show of the lease, and when.
    pub(crate) fn notices(&self, home: &Home) -> Vec<lease::Notice> {
        let Inner { guard, .. } = &*self.lock();
        guard.lease.notices(&guard.watch, &home.policy)
    }

    /// What is to be told of the lease: nothing before the first notice.
    pub(crate) fn explain_lease(&self, home: &Home, language: Language) -> Option<Reason> {
        let Inner { guard, .. } = &*self.lock();
        guard.lease.explain(&guard.watch, &home.policy, language)
    }

    /// Moves the lock; what is to be forgotten is forgotten when this returns.
    pub(crate) fn step(&self, home: &Home, session: Option<&Session>, input: &Input) {
        self.lock().step(home, session, input);
    }

    /// The employee did something. It brings back who was away.
    pub(crate) fn touched(&self, home: &Home, session: Option<&Session>) {
        self.lock().ask_presence(home, session, Presence::resumed);
    }

    /// The app goes into the background.
    pub(crate) fn left(&self, home: &Home, session: Option<&Session>) {
        self.lock().ask_presence(home, session, Presence::suspended);
    }

    /// Why work cannot be read, if it cannot.
    pub(crate) fn refusal(&self) -> Option<CompanionError> {
        let inner = self.lock();
        let strictest = inner.guard.state.locks().strictest();
        let locked = |reason| CompanionError::Locked { reason };
        match &inner.guard.state {
            State::Unlocked => None,
            State::NoPasscodeYet { .. } | State::Locked { .. } => {
                strictest.map(|lock| locked(lock.cause.code()))
            }
            State::RecoveryNeeded { why, .. } => Some(CompanionError::recovery_needed(why.code())),
            State::Wiping { .. } => Some(locked(Code::WipeRunning)),
            State::Wiped { .. } => Some(locked(Code::WipeDone)),
        }
    }

    /// Why work cannot be read, or a passcode not be entered, what is to be shown first.
    pub(crate) fn explain(&self, language: Language) -> Vec<Reason> {
        let inner = self.lock();
        let mut reasons = inner.guard.state.explain(language);
        let tries = inner.guard.attempts.explain(&inner.guard.watch, language);
        let known = |one: &Reason| reasons.iter().any(|other| other.code == one.code);
        reasons.extend(tries.filter(|one| !known(one)));
        reasons
    }

    /// The lock at a glance.
    pub(crate) fn state(&self) -> State {
        self.lock().guard.state.clone()
    }

    /// After how long to look again; `None` if nothing can run out.
    pub(crate) fn look_again_in(&self, home: &Home) -> Option<Duration> {
        let inner = self.lock();
        let presence = inner.presence.as_ref()?;
        let guard = &inner.guard;
        let idle = presence.ask_again_in(&guard.watch, &home.policy);
        match guard.lease.state(&guard.watch, &home.policy) {
            LeaseState::Running { left } => Some(idle.min(left)),
            LeaseState::Over | LeaseState::Destroyable => Some(idle),
        }
    }

    /// Writes the stored part down.
    pub(crate) fn store(&self, session: &Session) -> Ticket<()> {
        self.lock().store(session)
    }
}

impl Inner {
    /// What a lease that is over locks, one that runs again ends.
    fn look_at_lease(&mut self, home: &Home, session: Option<&Session>) {
        let guard = &self.guard;
        let over = match guard.lease.state(&guard.watch, &home.policy) {
            LeaseState::Running { .. } => false,
            LeaseState::Over | LeaseState::Destroyable => true,
        };
        let locks = guard.state.locks();
        let locked = locks.iter().any(|lock| lock.cause == Cause::Lease);
        match (over, locked) {
            (true, false) => self.step(home, session, &Input::Engage(Cause::Lease)),
            (false, true) => self.step(home, session, &Input::LeaseRenewed),
            _ => {}
        }
    }

    /// Stores what only the passing time changed, now and then: what is lost of it is a little of the lease.
    fn keep_up(&mut self, session: &Session) {
        let now = self.guard.watch.now();
        if self.guard.watch.since(self.stored).charged() >= KEEP_UP {
            self.stored = now;
            drop(self.store(session));
        }
    }

    /// Asks by the present clocks whether nobody was there for too long, and locks if so.
    fn ask_presence(
        &mut self,
        home: &Home,
        session: Option<&Session>,
        overdue: impl FnOnce(&mut Presence, &Watch, &Policy) -> Option<Cause>,
    ) {
        self.guard.watch.advance(home.reading());
        let Self {
            guard, presence, ..
        } = self;
        let presence = presence.as_mut();
        let cause = presence.and_then(|one| overdue(one, &guard.watch, &home.policy));
        if let Some(cause) = cause {
            self.step(home, session, &Input::Engage(cause));
        }
    }

    pub(crate) fn step(&mut self, home: &Home, session: Option<&Session>, input: &Input) {
        let rules = Rules {
            recovery_slot: self.recovery_slot,
        };
        let now = home.surroundings.clock.now();
        let step = lock::step(&self.guard.state, input, rules, now);
        if step.effects.contains(&Effect::DropD) {
            self.d = None;
            self.presence = None;
            if let Some(session) = session {
                session.vault.lock();
            }
        }
        let moved = self.guard.state != step.state;
        self.guard.state = step.state;
        if let Some(session) = session.filter(|_| moved) {
            // The next start locks anyway, so nobody waits for it.
            drop(self.store(session));
        }
    }

    /// `d` is at hand and opens work from here on.
    pub(crate) fn opened(&mut self, d: Key) {
        self.d = Some(d);
        self.presence = Some(Presence::new(self.guard.watch.now()));
        self.wrong.clear();
    }

    pub(crate) fn store(&self, session: &Session) -> Ticket<()> {
        let guard = self.guard.clone();
        let job = move |write: &mut Write<'_>| save(write, control::GUARD, &guard);
        session.vault.write(job)
    }

    /// What stands for a code in memory.
    pub(crate) fn mark(&self, code: &Passcode) -> [u8; 16] {
        keyed_hash(&self.wrong_key, "wrong", code.expose().as_bytes())
    }

    pub(crate) fn is_known_wrong(&self, mark: &[u8; 16]) -> bool {
        self.wrong.contains(mark)
    }

    pub(crate) fn note_wrong(&mut self, mark: [u8; 16]) {
        self.wrong.insert(mark);
    }
}
