//! One synchronisation: take what arrived, hand over what is queued, prove how far the chain came.

use super::{bind, checkpoint, extension, pull, push};
use crate::{
    error::CompanionError,
    gateway::{Gateway, Token},
    keeper::Keeper,
    session::{Home, Session},
    store::Cursor,
    stream::Hints,
    values::{ChangeHint, SyncOptions, SyncReport},
};
use companion_domain::{lease::Wish, outbox::Lane, time::Timestamp};
use companion_vault::Write;
use std::time::Duration;
use tokio::{sync::futures::Notified, time::Instant};

/// What one synchronisation leaves to the next, in memory: losing it costs a request.
#[derive(Default)]
pub(crate) struct Link {
    pub(crate) token: Option<Token>,
    /// How far the gateway is known to know that the inbox was committed.
    pub(crate) acknowledged: Option<Cursor>,
}

/// What one synchronisation works with. Dropping it at any await leaves each step done or not begun.
pub(crate) struct Run<'a> {
    pub(crate) home: &'a Home,
    pub(crate) session: &'a Session,
    pub(crate) gateway: Gateway<'a>,
    pub(crate) acknowledged: &'a mut Option<Cursor>,
    pub(crate) hints: &'a Hints,
    pub(crate) report: SyncReport,
    pub(crate) keeper: &'a Keeper,
    /// How long a renewal of the lease is meant to last.
    pub(crate) wish: Wish,
    /// Whether the lease was renewed.
    pub(crate) renewed: bool,
    until: Instant,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        (home, session, keeper): (&'a Home, &'a Session, &'a Keeper),
        link: &'a mut Link,
        hints: &'a Hints,
        options: &SyncOptions,
    ) -> Self {
        Self {
            home,
            session,
            gateway: Gateway {
                home,
                session,
                token: &mut link.token,
            },
            acknowledged: &mut link.acknowledged,
            hints,
            report: SyncReport::default(),
            keeper,
            wish: Wish::Ordinary,
            renewed: false,
            until: Instant::now() + home.surroundings.clock.real(options.deadline),
        }
    }

    /// Runs all steps; stops at the deadline with `complete` false. What waited too long for a decision goes first, with
    /// or without a network. What customers wrote meanwhile is read, and what was read is acknowledged, before anything
    /// is sent: it may hold an answer back, and the gateway takes a repeated message for a decision of the employee only
    /// if the outcome before it was acknowledged. Waiting for news ends once `queued` does. The second value tells whether
    /// the lease was renewed.
    pub(crate) async fn all(
        mut self,
        options: &SyncOptions,
        queued: Notified<'_>,
    ) -> Result<(SyncReport, bool), CompanionError> {
        self.expire().await?;
        self.report.received += extension::take_in(self.home, self.session, self.hints).await?;
        pull::all(&mut self, Duration::ZERO).await?;
        self.push().await?;
        if !options.wait.is_zero() {
            tokio::select! {
                biased;
                pulled = pull::all(&mut self, options.wait) => pulled?,
                () = queued => pull::all(&mut self, Duration::ZERO).await?,
            }
            self.push().await?;
        }
        checkpoint::all(&mut self).await?;
        self.report.complete = !self.late();
        Ok((self.report, self.renewed))
    }

    /// Hands over what is due, unless the company lets nothing leave a locked phone.
    async fn push(&mut self) -> Result<(), CompanionError> {
        if self.keeper.state().sends(&self.home.policy) {
            push::all(self).await?;
        }
        Ok(())
    }

    async fn expire(&self) -> Result<(), CompanionError> {
        let now = self.now();
        let job = move |write: &mut Write<'_>| bind::expire(write, now);
        if self.session.vault.write(job).await? > 0 {
            self.hints.send(ChangeHint::Undecided);
        }
        Ok(())
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.home.surroundings.clock.now()
    }

    pub(crate) fn late(&self) -> bool {
        Instant::now() >= self.until
    }

    /// What the report counts of a lane.
    pub(crate) fn counter(&mut self, lane: Lane) -> &mut u64 {
        match lane {
            Lane::Customer => &mut self.report.sent,
            Lane::Mirror => &mut self.report.handed_over,
        }
    }
}
