//! From the employee's passcode to `D`, and from a new passcode to new slots. No port is called inside a job of the vault.

use super::{
    letterbox,
    slots::{self, Checked, Recovery},
};
use crate::{
    error::CompanionError,
    keeper::Keeper,
    session::{Home, Session},
    stream::CancelToken,
    values::PasscodeChange,
};
use companion_crypto::{
    passcode::{Cost, Passcode},
    secret::Key,
};
use companion_domain::{
    id as conversation,
    lock::{Cause, Input, State, Why},
    passcode::{self, Admission, WrongPasscode},
    policy::Policy,
    reason::Code,
};
use companion_vault::{
    VaultError, Write,
    slots::{Guarded, Kind, Slots},
};
use std::collections::BTreeSet;

/// What an act of the employee on the lock works with.
pub(crate) struct Door<'a> {
    pub(crate) home: &'a Home,
    pub(crate) session: &'a Session,
    pub(crate) keeper: &'a Keeper,
}

/// `D`, and the slots with the try that it cost.
struct Opened {
    d: Key,
    slots: Slots,
    guarded: Guarded,
    dearer: Option<Cost>,
}

impl Door<'_> {
    /// Opens work with the passcode; the conversations that took something in are in the answer.
    pub(crate) async fn unlock(
        &self,
        typed: &str,
        cancel: &CancelToken,
    ) -> Result<BTreeSet<conversation::Key>, CompanionError> {
        self.admit(&Input::Opened)?;
        let code = Passcode::new(typed);
        let opened = self.check(&code, cancel).await?;
        self.forgive(&code, &opened).await?;
        if let Some(due) = self.change_due(&code) {
            self.keeper
                .step(self.home, Some(self.session), &Input::Engage(Cause::Policy));
            return Err(CompanionError::Locked { reason: due });
        }
        self.open(opened.d, &Input::Opened, None).await
    }

    /// Sets the first passcode, or another one by who shows the old one.
    pub(crate) async fn set_passcode(
        &self,
        change: &PasscodeChange,
        cancel: &CancelToken,
    ) -> Result<BTreeSet<conversation::Key>, CompanionError> {
        let (new, policy) = (Passcode::new(&change.new), &self.home.policy);
        // What can be said without the old one is said before a try is paid for.
        parse(&new, policy, |_| false)?;
        self.admit(&Input::PasscodeSet)?;
        let first = matches!(self.keeper.state(), State::NoPasscodeYet { .. });
        let (d, slots) = if first {
            let slots = slots::load(self.home)?;
            slots::sweep(self.home, &slots).await?;
            let d = slots::device(self.home, &slots).await?;
            (d, slots)
        } else {
            let old = change.old.as_deref();
            let old = old.ok_or_else(|| CompanionError::invalid("old", "missing"))?;
            let old = Passcode::new(old);
            let opened = self.check(&old, cancel).await?;
            self.forgive(&old, &opened).await?;
            let used = self.was_used(&opened.d, &new).await?;
            parse(&new, policy, |code| code == old.expose() || used)?;
            (opened.d, slots::load(self.home)?)
        };
        let recovery = Recovery::by_policy(self.home, self.session, &slots, &d)?;
        self.renew(slots, &new, &d, recovery).await?;
        self.open(d, &Input::PasscodeSet, Some(new)).await
    }

    /// Makes `new` the passcode, by slots that begin anew.
    pub(super) async fn renew(
        &self,
        slots: Slots,
        new: &Passcode,
        d: &Key,
        recovery: Recovery,
    ) -> Result<(), CompanionError> {
        let parts = (self.home.surroundings.guess(), recovery);
        let slots = slots::set_passcode(self.home, slots, new.clone(), d, parts).await?;
        let mut inner = self.keeper.lock();
        inner.guard.passcode_set = Some(inner.guard.watch.now());
        inner.guard.attempts = passcode::Attempts::default();
        inner.recovery_slot = slots.find(&Kind::Recovery).is_some();
        Ok(())
    }

    /// Refuses what could not open anything, before a try is counted or a key is asked for.
    pub(super) fn admit(&self, input: &Input) -> Result<(), CompanionError> {
        self.keeper.look(self.home, Some(self.session));
        let state = self.keeper.state();
        let Some(reason) = state.stands_against(input) else {
            return Ok(());
        };
        Err(match state {
            State::NoPasscodeYet { .. } if reason == Code::PasscodeNotSet => {
                CompanionError::NotPermitted { reason }
            }
            State::RecoveryNeeded { .. } => CompanionError::recovery_needed(reason),
            _ => CompanionError::Locked { reason },
        })
    }

    /// Pays for a try, and makes it.
    async fn check(&self, code: &Passcode, cancel: &CancelToken) -> Result<Opened, CompanionError> {
        let slots = slots::load(self.home)?;
        slots::sweep(self.home, &slots).await?;
        let slot = slots.find(&Kind::Passcode);
        let slot = slot.ok_or_else(|| self.lost(Why::SlotsMissing))?;
        let guarded = match slots::guarded(self.home, slot).await {
            Err(CompanionError::RecoveryNeeded {
                reason: Code::KeystoreGone,
            }) => return Err(self.lost(Why::KeystoreGone)),
            guarded => guarded?,
        };
        self.pay(code, guarded.tries).await?;
        let guarded = guarded.tried();
        let slots = slots::rewrap(self.home, slots, &guarded).await?;
        self.home.surroundings.faults.reach("engine.unlock.paid");
        let slot = slots.find(&Kind::Passcode);
        let slot = slot.ok_or_else(|| self.lost(Why::SlotsMissing))?;
        let checked = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(CompanionError::Cancelled),
            checked = slots::check(self.home, slot, code, &guarded) => checked?,
        };
        match checked {
            Checked::Wrong => Err(self.refuse(code)),
            Checked::Right(d, dearer) => Ok(Opened {
                d,
                slots,
                guarded,
                dearer,
            }),
        }
    }

    /// Counts the try, durably, before anything tells whether the code is right.
    async fn pay(&self, code: &Passcode, tries: u32) -> Result<(), CompanionError> {
        let counted = {
            let mut inner = self.keeper.lock();
            let mark = inner.mark(code);
            let known_wrong = inner.is_known_wrong(&mark);
            let guard = &mut inner.guard;
            let attempts = guard.attempts.at_least(tries, &guard.watch);
            match attempts.admit(&guard.watch, known_wrong) {
                Admission::Check(paid) => guard.attempts = paid,
                Admission::KnownWrong(answer) | Admission::Wait(answer) => {
                    return Err(wrong(answer));
                }
                Admission::UsedUp => {
                    drop(inner);
                    return Err(self.lost(Why::TriesUsedUp));
                }
            }
            inner.store(self.session)
        };
        Ok(counted.await?)
    }

    fn refuse(&self, code: &Passcode) -> CompanionError {
        let mut inner = self.keeper.lock();
        let mark = inner.mark(code);
        inner.note_wrong(mark);
        if inner.guard.attempts.used_up() {
            drop(inner);
            return self.lost(Why::TriesUsedUp);
        }
        wrong(inner.guard.attempts.answer(&inner.guard.watch))
    }

    pub(super) fn lost(&self, why: Why) -> CompanionError {
        self.keeper
            .step(self.home, Some(self.session), &Input::Lost(why));
        CompanionError::recovery_needed(why.code())
    }

    /// Forgets the wrong tries; makes the slot anew where a guess was too cheap for this phone.
    async fn forgive(&self, code: &Passcode, opened: &Opened) -> Result<(), CompanionError> {
        let slots = opened.slots.clone();
        match opened.dearer {
            Some(cost) => {
                let parts = (cost, Recovery::Kept);
                slots::set_passcode(self.home, slots, code.clone(), &opened.d, parts).await?
            }
            None => {
                let guarded = opened.guarded.clone().forgiven();
                slots::rewrap(self.home, slots, &guarded).await?
            }
        };
        let forgiven = {
            let mut inner = self.keeper.lock();
            inner.guard.attempts = passcode::Attempts::default();
            inner.store(self.session)
        };
        Ok(forgiven.await?)
    }

    fn change_due(&self, code: &Passcode) -> Option<Code> {
        let inner = self.keeper.lock();
        let guard = &inner.guard;
        let set = guard.passcode_set.unwrap_or(guard.watch.now());
        passcode::change_due(Some(code.expose()), set, &self.home.policy, &guard.watch)
    }

    /// Whether a code is one of the last ones.
    async fn was_used(&self, d: &Key, code: &Passcode) -> Result<bool, CompanionError> {
        let (code, history) = (code.clone(), self.home.policy.passcode_history);
        self.under(d, move |write| {
            write.passcode_used(code.expose().as_bytes(), history)
        })
        .await
    }

    /// Asks the store something that only `d` can tell, before the lock is moved: the store is locked again if it was. That it
    /// is the store's key is proven by this, too.
    pub(super) async fn under<R: Send + 'static>(
        &self,
        d: &Key,
        job: impl FnOnce(&mut Write<'_>) -> Result<R, VaultError> + Send + 'static,
    ) -> Result<R, CompanionError> {
        let (d, locked) = (d.clone(), self.session.vault.is_locked());
        let asking = move |write: &mut Write<'_>| {
            write.unlock(&d)?;
            job(write)
        };
        let answer = self.session.vault.write(asking).await;
        if locked {
            self.session.vault.lock();
        }
        match answer {
            Err(VaultError::WrongKey) => Err(self.lost(Why::VaultWrongKey)),
            answer => Ok(answer?),
        }
    }

    /// Opens the store, takes in what waited for that, and moves the lock. `new` is the passcode if it is a new one.
    pub(crate) async fn open(
        &self,
        d: Key,
        input: &Input,
        new: Option<Passcode>,
    ) -> Result<BTreeSet<conversation::Key>, CompanionError> {
        let new = new.map(|code| (code, self.home.policy.passcode_history));
        let emptied = match open_store(self.session, &d, new).await {
            Ok(emptied) => emptied,
            Err(VaultError::WrongKey) => return Err(self.lost(Why::VaultWrongKey)),
            Err(error) => {
                self.session.vault.lock();
                return Err(error.into());
            }
        };
        let stored = {
            let mut inner = self.keeper.lock();
            if self.session.vault.is_locked() {
                // Somebody locked it meanwhile.
                drop(inner);
                return Err(self.keeper.refusal().unwrap_or(CompanionError::Cancelled));
            }
            inner.opened(d);
            inner.step(self.home, Some(self.session), input);
            inner.store(self.session)
        };
        stored.await?;
        self.keeper.refusal().map_or(Ok(emptied), Err)
    }
}

/// Unlocks the store and, before anything else can come, empties the letterboxes. If one of them is damaged, all stay as
/// they are and keep nobody out. `new` is a new passcode, and how many are remembered.
pub(crate) async fn open_store(
    session: &Session,
    d: &Key,
    new: Option<(Passcode, usize)>,
) -> Result<BTreeSet<conversation::Key>, VaultError> {
    let opening = |emptying: bool| {
        let (d, new, rules) = (d.clone(), new.clone(), session.rules.clone());
        move |write: &mut Write<'_>| {
            write.unlock(&d)?;
            if let Some((code, history)) = new {
                write.note_passcode(code.expose().as_bytes(), history)?;
            }
            if emptying {
                return letterbox::empty(write, &rules);
            }
            Ok(BTreeSet::new())
        }
    };
    match session.vault.write(opening(true)).await {
        Err(VaultError::Corrupt { place }) => {
            tracing::error!(place, "what arrived while locked stays where it is");
            session.vault.write(opening(false)).await
        }
        opened => opened,
    }
}

pub(super) fn parse(
    code: &Passcode,
    policy: &Policy,
    recent: impl FnOnce(&str) -> bool,
) -> Result<(), CompanionError> {
    let parsed = passcode::parse(code.expose(), policy, recent);
    parsed
        .map(drop)
        .map_err(|refusal| CompanionError::invalid("passcode", refusal.code().as_str()))
}

fn wrong(answer: WrongPasscode) -> CompanionError {
    CompanionError::WrongPasscode {
        tries_left: answer.tries_left,
        retry_at: answer.retry_at,
    }
}
