//! One synchronisation: take what arrived, hand over what is queued, prove how far the chain came.

use super::{checkpoint, pull, push};
use crate::{
    error::CompanionError,
    gateway::{Blocked, Gateway, Token},
    session::{DEVICE_KEY, Home, Session},
    values::{ChangeHint, SyncOptions, SyncReport},
};
use companion_crypto::document;
use companion_domain::{outbox::Lane, time::Timestamp};
use data_encoding::BASE64URL_NOPAD;
use std::time::Duration;
use tokio::sync::broadcast;

/// How long an assertion is good for (at most 5 minutes, formats.md 9).
const ASSERTION_LIFE: Duration = Duration::from_secs(120);

/// What one synchronisation works with. Dropping it at any await leaves each step done or not begun.
pub(crate) struct Run<'a> {
    pub(crate) home: &'a Home,
    pub(crate) session: &'a Session,
    pub(crate) token: &'a mut Option<Token>,
    pub(crate) hints: &'a broadcast::Sender<ChangeHint>,
    pub(crate) report: SyncReport,
    until: Timestamp,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        home: &'a Home,
        session: &'a Session,
        token: &'a mut Option<Token>,
        hints: &'a broadcast::Sender<ChangeHint>,
        options: &SyncOptions,
    ) -> Self {
        let until = home.surroundings.clock.now() + options.deadline;
        Self {
            home,
            session,
            token,
            hints,
            report: SyncReport::default(),
            until,
        }
    }

    /// Runs all steps; stops at the deadline with `complete` false. What customers wrote meanwhile is read before anything
    /// is sent to them, since it may hold an answer back.
    pub(crate) async fn all(mut self, options: &SyncOptions) -> Result<SyncReport, CompanionError> {
        pull::all(&mut self, Duration::ZERO).await?;
        push::all(&mut self).await?;
        if !options.wait.is_zero() {
            pull::all(&mut self, options.wait).await?;
            push::all(&mut self).await?;
        }
        checkpoint::all(&mut self).await?;
        self.report.complete = !self.late();
        Ok(self.report)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.home.surroundings.clock.now()
    }

    pub(crate) fn late(&self) -> bool {
        self.now() >= self.until
    }

    pub(crate) fn gateway(&self) -> Gateway<'a> {
        Gateway {
            base: &self.session.gateway,
            transport: self.home.ports.transport.as_ref(),
            now: self.now(),
        }
    }

    /// The bearer token, fetched with a fresh assertion when there is none or it has ended.
    pub(crate) async fn token(&mut self) -> Result<Token, CompanionError> {
        if let Some(token) = self.token.as_ref().filter(|token| token.until > self.now()) {
            return Ok(token.clone());
        }
        let assertion = assertion(self.home, self.session, self.now()).await?;
        let token = self.gateway().token(&assertion).await?;
        *self.token = Some(token.clone());
        Ok(token)
    }

    /// What the report counts of a lane.
    pub(crate) fn counter(&mut self, lane: Lane) -> &mut u64 {
        match lane {
            Lane::Customer => &mut self.report.sent,
            Lane::Mirror => &mut self.report.handed_over,
        }
    }

    /// Forgets a token that the gateway no longer takes; the next step fetches another.
    pub(crate) fn refused(&mut self, blocked: &Blocked) {
        if *blocked == Blocked::TokenExpired {
            *self.token = None;
        }
    }

    pub(crate) fn hint(&self, hint: ChangeHint) {
        // Nobody listening is fine: hints are not the truth.
        let _ = self.hints.send(hint);
    }
}

/// A `companion-assertion+jwt` by the device key (RFC 7523).
async fn assertion(
    home: &Home,
    session: &Session,
    now: Timestamp,
) -> Result<String, CompanionError> {
    let mut jti = [0u8; 16];
    home.surroundings.random.fill(&mut jti);
    let claims = serde_json::json!({
        "iss": home.enrolment.as_str(),
        "sub": home.enrolment.as_str(),
        "aud": session.gateway,
        "iat": now.seconds(),
        "exp": (now + ASSERTION_LIFE).seconds(),
        "jti": BASE64URL_NOPAD.encode(&jti),
    });
    let payload = claims.to_string().into_bytes();
    let draft =
        document::CompactDraft::new("companion-assertion+jwt", &payload, &session.device_key);
    let signature = home.ports.keys.sign(DEVICE_KEY, draft.input()).await?;
    Ok(draft.finish(&signature))
}
