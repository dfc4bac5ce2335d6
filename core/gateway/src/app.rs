//! What every request handler shares, and how a phone is recognised.

use crate::{
    config::Config, counters::Counters, item::ItemMaker, keys::Keys, problem::Problem, store,
    store::Store, wakes::Wakes,
};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{StatusCode, header, request::Parts},
    response::IntoResponse,
};
use companion_crypto::{hash::sha256, random::Random};
use companion_domain::{fault::FaultPoints, id::EnrolmentId, time::Clock};
use serde::de::DeserializeOwned;
use std::{sync::Arc, time::Duration};
use tokio::sync::{Notify, watch};

/// The state of a running gateway.
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) keys: Keys,
    pub(crate) store: Arc<Store>,
    pub(crate) maker: ItemMaker,
    pub(crate) clock: Clock,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) faults: FaultPoints,
    pub(crate) wakes: Wakes,
    /// Tells the poster that something new waits.
    pub(crate) posts: Notify,
    pub(crate) counters: Counters,
    pub(crate) shutdown: watch::Receiver<bool>,
}

/// A running gateway, as handlers hold it.
pub(crate) type Shared = Arc<App>;

impl App {
    /// Ends when the gateway is to stop; a sender that is gone asks for the same.
    pub(crate) async fn stopping(&self) {
        let mut shutdown = self.shutdown.clone();
        let _ = shutdown.wait_for(|stop| *stop).await;
    }
}

/// The enrolment whose bearer token a request carries.
pub(crate) struct Caller(pub(crate) EnrolmentId);

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        let header = parts.headers.get(header::AUTHORIZATION);
        let token = header
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or(Problem::UNAUTHENTICATED)?;
        let hash = sha256(token.as_bytes());
        let now = app.clock.now();
        let holder = app
            .store
            .read(move |store| store::holder(store, &hash, now))
            .await?;
        holder.map(Self).ok_or(Problem::UNAUTHENTICATED)
    }
}

/// A whole request body, within the size and the time that its route allows.
pub(crate) struct Body(pub(crate) Bytes);

impl FromRequest<Shared> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Problem> {
        /// How long a client may take to send a body, in real time.
        const PATIENCE: Duration = Duration::from_secs(30);
        let body = tokio::time::timeout(PATIENCE, Bytes::from_request(request, app)).await;
        match body.map_err(|_| Problem::TIMEOUT)? {
            Ok(body) => Ok(Self(body)),
            Err(refused) => Err(match refused.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => Problem::TOO_LARGE,
                _ => Problem::MALFORMED,
            }),
        }
    }
}

impl Body {
    /// Reads it as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.0).map_err(|_| Problem::MALFORMED)
    }
}
