//! The employee's acts on the lock.

use super::{CompanionClient, phases::Phase};
use crate::{
    error::CompanionError,
    flow::unlock::Door,
    session::Session,
    stream::CancelToken,
    values::{ChangeHint, PasscodeChange, RecoveryRequest, UnlockWith},
};
use companion_domain::{
    id::Key,
    lock::{Cause, Input},
};
use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError},
};

impl CompanionClient {
    /// Asks the company for its way to open work: after a forgotten passcode, a lost key, a hard lock. Asking again gives the
    /// same request until it was answered.
    ///
    /// # Errors
    /// `NotPermitted` with `recovery.off` if the company has no way.
    pub async fn recovery_request(&self) -> Result<RecoveryRequest, CompanionError> {
        let session = self.session()?;
        self.door(&session).recovery_request().await
    }

    /// Opens work. The passcode is checked off the caller's thread, for about half a second.
    ///
    /// # Errors
    /// `InvalidInput` at `answer` with `not_asked`, `malformed` or `refused`, or at `passcode` as
    /// [`CompanionClient::set_passcode`], where the company's answer opens; else `WrongPasscode`; `Locked` if something else keeps work locked, or the passcode must be changed; `NotPermitted` with
    /// `passcode.not_set` before there is one; `RecoveryNeeded` once only the company can help; `Unavailable` while the phone
    /// itself is locked; `Cancelled`: the try stays counted.
    pub async fn unlock(
        self: &Arc<Self>,
        with: UnlockWith,
        cancel: Arc<CancelToken>,
    ) -> Result<(), CompanionError> {
        let (client, token) = (self.clone(), cancel.clone());
        let act = async move {
            let session = client.session()?;
            let door = client.door(&session);
            match with {
                UnlockWith::Passcode { code } => door.unlock(&code, &token).await,
                UnlockWith::Recovery { answer, new } => door.recover(&answer, &new).await,
            }
        };
        self.to_its_end(&cancel, act).await
    }

    /// Sets the first passcode, or another one. Work is open afterwards, unless something else keeps it locked.
    ///
    /// # Errors
    /// `InvalidInput` at `passcode` with the code of the reason why the new one is refused, or at `old` with `missing`; those of
    /// [`CompanionClient::unlock`] for the old one.
    pub async fn set_passcode(
        self: &Arc<Self>,
        change: PasscodeChange,
        cancel: Arc<CancelToken>,
    ) -> Result<(), CompanionError> {
        let (client, token) = (self.clone(), cancel.clone());
        let act = async move {
            let session = client.session()?;
            client.door(&session).set_passcode(&change, &token).await
        };
        self.to_its_end(&cancel, act).await
    }

    /// Locks work now: the key of what is stored is gone when this returns. Messages go on arriving and leaving.
    pub fn lock(&self) {
        let session = self.open_session();
        let input = Input::Engage(Cause::Host);
        self.keeper.step(&self.home, session.as_deref(), &input);
        self.hints.send(ChangeHint::Lock);
    }

    /// The employee did something: to be called while the app is in the foreground, and when it comes back there, at most once
    /// in a few seconds.
    pub fn user_active(&self) {
        let before = self.keeper.state();
        self.keeper
            .touched(&self.home, self.open_session().as_deref());
        if self.keeper.state() != before {
            self.hints.send(ChangeHint::Lock);
        }
    }

    /// Looks whether work is still to be open, and says why if it is not.
    pub(super) fn unlocked(&self) -> Result<Arc<Session>, CompanionError> {
        let session = self.session()?;
        self.look(Some(&session));
        self.keeper.refusal().map_or(Ok(session), Err)
    }

    /// Locks if nobody was there for too long.
    pub(super) fn look(&self, session: Option<&Session>) {
        let before = self.keeper.state();
        self.keeper.look(&self.home, session);
        if self.keeper.state() != before {
            self.hints.send(ChangeHint::Lock);
        }
    }

    fn door<'a>(&'a self, session: &'a Session) -> Door<'a> {
        Door {
            home: &self.home,
            session,
            keeper: &self.keeper,
        }
    }

    fn open_session(&self) -> Option<Arc<Session>> {
        match &*self.phase.read().unwrap_or_else(PoisonError::into_inner) {
            Phase::Open(session) => Some(session.clone()),
            Phase::Suspended | Phase::Closed => None,
        }
    }

    /// Does one act on the lock after the other, each to its end even if nobody waits for it any more: slots and the keys
    /// behind them change together, or the next act would find one without the other. Who does not wait cancels it.
    async fn to_its_end(
        self: &Arc<Self>,
        cancel: &CancelToken,
        act: impl Future<Output = Result<BTreeSet<Key>, CompanionError>> + Send + 'static,
    ) -> Result<(), CompanionError> {
        let mut unheard = CancelOnDrop(Some(cancel));
        let client = self.clone();
        let acting = tokio::spawn(async move {
            let _one = client.opening.lock().await;
            let opened = act.await;
            client.lock_changed(opened)
        });
        let ended = acting.await;
        unheard.0 = None;
        ended.unwrap_or_else(|error| Err(CompanionError::internal("lock", &error.is_panic())))
    }

    /// Tells what an act on the lock changed.
    fn lock_changed(
        self: &Arc<Self>,
        opened: Result<BTreeSet<Key>, CompanionError>,
    ) -> Result<(), CompanionError> {
        self.hints.send(ChangeHint::Lock);
        let emptied = opened?;
        if !emptied.is_empty() {
            self.hints.send(ChangeHint::Inbox);
        }
        for key in emptied {
            self.hints.send(ChangeHint::Conversation { key });
        }
        self.keep_watch();
        Ok(())
    }

    pub(super) fn stop_watching(&self) {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watching) = watch.take() {
            watching.abort();
        }
    }

    /// Looks again whenever something may have run out, until work is locked.
    pub(super) fn keep_watch(self: &Arc<Self>) {
        let client = Arc::downgrade(self);
        let watching = tokio::spawn(async move {
            loop {
                let Some((wait, clock)) = client.upgrade().and_then(|client| {
                    let wait = client.keeper.look_again_in(&client.home)?;
                    Some((wait, client.home.surroundings.clock.clone()))
                }) else {
                    return;
                };
                tokio::time::sleep(clock.real(wait)).await;
                let Some(client) = client.upgrade() else {
                    return;
                };
                client.look(client.open_session().as_deref());
            }
        });
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = watch.replace(watching.abort_handle()) {
            before.abort();
        }
    }
}

/// Cancels what nobody waits for any more.
struct CancelOnDrop<'a>(Option<&'a CancelToken>);

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(token) = self.0 {
            token.cancel();
        }
    }
}
