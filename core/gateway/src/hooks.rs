//! Webhooks: checked on the raw bytes, cut by account, sealed to the bound phones, durable before the answer.

use crate::{
    app::{Body, Shared},
    config::Hook,
    problem::Problem,
    store::{StoreError, Taken, TakenEvent},
};
use axum::{
    extract::{
        Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode},
};
use companion_adapters::channel::whatsapp::inbound::{self, Authenticity, Part};
use companion_crypto::hash::sha256;
use companion_domain::id::{AccountId, ChannelId};
use data_encoding::BASE64URL_NOPAD;

/// The largest delivery: Meta sends up to 3 MB.
pub(crate) const MAX_BODY: usize = 4 * 1024 * 1024;

/// How an event's authenticity was established, as items say it.
const VERIFIED: &str = "hmac-sha256";

/// Channel and name of a hook.
type HookPath = Path<(String, String)>;

/// `GET /hooks/{channel}/{hook}`: the subscription check.
pub(crate) async fn check(
    State(app): State<Shared>,
    path: Result<HookPath, PathRejection>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<String, Problem> {
    let (_, hook) = find(&app, path)?;
    let Query(query) = query.map_err(|_| Problem::MALFORMED)?;
    let query = query
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    inbound::challenge(query, hook.verify_token.expose())
        .map(str::to_owned)
        .ok_or(Problem::REFUSED)
}

/// `POST /hooks/{channel}/{hook}`: a delivery. 200 means that everything in it that is ours is durable.
pub(crate) async fn take(
    State(app): State<Shared>,
    path: Result<HookPath, PathRejection>,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<StatusCode, Problem> {
    let (channel, hook) = find(&app, path)?;
    let signature = headers
        .get(inbound::SIGNATURE_HEADER)
        .and_then(|value| value.to_str().ok());
    let secret = hook.secret.expose().as_bytes();
    if inbound::verify_signature(signature, secret, &body) != Authenticity::Valid {
        app.counters.add("hooks_bad_signature", 1);
        return Err(Problem::BAD_SIGNATURE);
    }
    let parts = inbound::split(&body).map_err(|_| {
        app.counters.add("hooks_malformed", 1);
        Problem::MALFORMED
    })?;
    let mut events = Vec::new();
    for part in &parts {
        let accounts = app.config.accounts_of(&channel, &part.account);
        if accounts.is_empty() {
            app.counters.add("events_unknown_account", 1);
        }
        events.extend(accounts.into_iter().map(|id| event(&channel, id, part)));
    }
    if events.is_empty() {
        return Ok(StatusCode::OK);
    }
    let taken = store(&app, events).await?;
    app.faults.reach("gateway.hook.taken");
    for event in &taken {
        app.wakes.wake(&event.enrolments);
        count(&app, event);
    }
    Ok(StatusCode::OK)
}

async fn store(app: &Shared, events: Vec<TakenEvent>) -> Result<Vec<Taken>, StoreError> {
    let now = app.clock.now();
    let maker = app.maker.clone();
    app.store
        .write(move |store| {
            events
                .iter()
                .map(|event| event.take(store, &maker, now))
                .collect()
        })
        .await
}

fn find(
    app: &Shared,
    path: Result<HookPath, PathRejection>,
) -> Result<(ChannelId, &Hook), Problem> {
    let Path((channel, name)) = path.map_err(|_| Problem::NOT_FOUND)?;
    let key = (ChannelId::new(channel), name);
    let hook = app.config.hooks.get(&key).ok_or(Problem::NOT_FOUND)?;
    Ok((key.0, hook))
}

fn event(channel: &ChannelId, account: &AccountId, part: &Part) -> TakenEvent {
    let name = [
        channel.as_str().as_bytes(),
        &[0],
        account.as_str().as_bytes(),
        &[0],
        &part.event_key,
    ]
    .concat();
    TakenEvent {
        channel: channel.clone(),
        account: account.clone(),
        key: part.event_key,
        id: BASE64URL_NOPAD.encode(&sha256(&name)),
        verified: VERIFIED,
        raw: part.in_name_of(account),
    }
}

fn count(app: &Shared, event: &Taken) {
    let name = if event.duplicate {
        "events_duplicate"
    } else if event.unbound {
        "events_unbound"
    } else if event.oversize {
        tracing::warn!("an event was too large for an item");
        "events_oversize"
    } else {
        "events_taken"
    };
    app.counters.add(name, 1);
    app.counters.add("items_without_room", event.no_room);
}
