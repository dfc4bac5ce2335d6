//! From opening to closing: the phases of a client, and the files that are open in one of them alone.

use super::CompanionClient;
use crate::{
    error::CompanionError,
    flow::{checkpoint, extension, open, unlock},
    ports::Ports,
    session::{Home, Session, Surroundings, blocking},
    stream::Hints,
    values::{EnrolmentSummary, OpenOptions},
};
use companion_domain::reason::Code;
use std::{
    mem,
    path::Path,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};
use tokio::sync::{Mutex, Notify};

pub(super) enum Phase {
    Open(Arc<Session>),
    Suspended,
    Closed,
}

impl CompanionClient {
    /// The enrolments under `root`.
    ///
    /// # Errors
    /// `Internal` if the folder cannot be read; a missing one holds none.
    pub fn list(root: &Path) -> Result<Vec<EnrolmentSummary>, CompanionError> {
        open::list(root)
    }

    /// Opens the enrolment that lies in its folder.
    ///
    /// # Errors
    /// `NotEnrolled`, `Unavailable` before the first unlock or while another client has it open, `RecoveryNeeded` if the
    /// keys do not fit (nothing is changed then), `UpdateNeeded` if a newer version wrote it.
    pub async fn open(options: OpenOptions, ports: Ports) -> Result<Arc<Self>, CompanionError> {
        Self::open_with(options, ports, Surroundings::system()).await
    }

    /// As [`CompanionClient::open`], with a clock, randomness and fault points of the caller's.
    ///
    /// # Errors
    /// As [`CompanionClient::open`].
    pub async fn open_with(
        options: OpenOptions,
        ports: Ports,
        surroundings: Surroundings,
    ) -> Result<Arc<Self>, CompanionError> {
        Self::open_home(Home::new(options, ports, surroundings)).await
    }

    pub(crate) async fn open_home(home: Home) -> Result<Arc<Self>, CompanionError> {
        let session = Arc::new(open::session(&home).await?);
        let keeper = open::keeper(&home, &session).await?;
        extension::at_opening(&home, &session).await;
        let client = Arc::new(Self {
            home,
            keeper,
            opening: Mutex::default(),
            watch: std::sync::Mutex::default(),
            phase: RwLock::new(Phase::Open(session)),
            link: Mutex::default(),
            resuming: Mutex::default(),
            hints: Hints::new(),
            leaving: Notify::new(),
            queued: Notify::new(),
        });
        client.keep_watch();
        Ok(client)
    }

    /// Closes every file, so that a frozen process holds none. Reading and writing answer `Unavailable` until
    /// [`CompanionClient::resume`].
    ///
    /// # Errors
    /// `Closed` if the client is closed; `Unavailable` with `client.busy` if a call that nobody polls keeps the files open:
    /// they close when it is dropped.
    pub async fn suspend(&self) -> Result<(), CompanionError> {
        if let Ok(session) = self.session() {
            self.keeper.left(&self.home, Some(&session));
        }
        self.sign_off().await;
        self.leave(Phase::Suspended).await
    }

    /// Opens the files again, for the foreground or for a task in the background: that somebody is there says
    /// [`CompanionClient::user_active`] alone. Work is open afterwards if it was and nobody was away for too long.
    ///
    /// # Errors
    /// As [`CompanionClient::open`], and `Closed` if the client is closed.
    pub async fn resume(&self) -> Result<(), CompanionError> {
        let _one = self.resuming.lock().await;
        match &*self.phase() {
            Phase::Open(_) => return Ok(()),
            Phase::Closed => return Err(CompanionError::Closed),
            Phase::Suspended => {}
        }
        let session = Arc::new(open::session(&self.home).await?);
        self.look(Some(&session));
        let d = self.keeper.lock().d.clone();
        if let Some(d) = d {
            unlock::open_store(&session, &d, None).await?;
        }
        let arrived = extension::at_opening(&self.home, &session).await;
        let mut phase = self.phase.write().unwrap_or_else(PoisonError::into_inner);
        match *phase {
            Phase::Suspended => *phase = Phase::Open(session.clone()),
            Phase::Open(_) => {}
            Phase::Closed => return Err(CompanionError::Closed),
        }
        if self.keeper.lock().d.is_none() {
            // It was locked meanwhile.
            session.vault.lock();
        }
        drop(phase);
        arrived.tell(&self.hints);
        Ok(())
    }

    /// Ends the client and its change streams; what is stored stays. Later calls answer `Closed`.
    ///
    /// # Errors
    /// `Unavailable` as [`CompanionClient::suspend`]; closing twice is fine.
    pub async fn close(&self) -> Result<(), CompanionError> {
        match self.leave(Phase::Closed).await {
            Err(CompanionError::Closed) => Ok(()),
            other => other,
        }
    }

    pub(super) fn phase(&self) -> RwLockReadGuard<'_, Phase> {
        self.phase.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn session(&self) -> Result<Arc<Session>, CompanionError> {
        match &*self.phase() {
            Phase::Open(session) => Ok(session.clone()),
            Phase::Suspended => Err(CompanionError::unavailable(Code::ClientSuspended)),
            Phase::Closed => Err(CompanionError::Closed),
        }
    }

    /// Signs how far the chain came. Leaving does not wait for a key store that cannot sign now: the next one covers it.
    async fn sign_off(&self) {
        let Ok(session) = self.session() else { return };
        if let Err(error) = checkpoint::at_leaving(&self.home, &session).await {
            tracing::warn!(%error, "no checkpoint at leaving");
        }
    }

    /// Leaves the open phase, ends a running synchronisation and waits until the files are closed, which they are once the
    /// last call that uses them has ended.
    async fn leave(&self, next: Phase) -> Result<(), CompanionError> {
        let closing = matches!(next, Phase::Closed);
        let before = {
            let mut phase = self.phase.write().unwrap_or_else(PoisonError::into_inner);
            if matches!(*phase, Phase::Closed) {
                return Err(CompanionError::Closed);
            }
            mem::replace(&mut *phase, next)
        };
        if closing {
            self.stop_watching();
            // Not earlier: whoever hears the end of the hints is to find the client closed.
            self.hints.close();
        }
        self.leaving.notify_waiters();
        blocking("close", move || drop(before)).await?;
        self.home.take_folder().await.map(drop)
    }
}
