//! `GET /v1/sync` and `POST /v1/ack`: a phone reads its queue and says how far it holds it.

use crate::{
    app::{Body, Caller, Shared},
    problem::Problem,
    store::{self, Ack, Connection, Page, Row, RowBody},
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use companion_crypto::{document, hash::jcs};
use companion_domain::{id::EnrolmentId, time::Timestamp};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::Instant;

const TIME_TYP: &str = "companion-time+jws";
/// How many items one answer carries.
const MAX_LIMIT: u32 = 100;
/// How long a poll waits at most: below the idle limit of mobile networks.
const MAX_WAIT: u64 = 25;
/// After how long a waiting poll looks again by itself, in case another process stored something.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The parameters of a poll.
#[derive(Deserialize)]
pub(crate) struct Poll {
    inbox: Option<String>,
    #[serde(default)]
    after: u64,
    /// 16 bytes that the signed time repeats.
    nonce: String,
    limit: Option<u32>,
    #[serde(default)]
    wait: u64,
}

/// The answer to a poll. `documents` holds no documents: those come with the grant.
#[derive(Serialize)]
pub(crate) struct Answer {
    inbox: String,
    documents: [&'static str; 0],
    items: Vec<Item>,
    next: u64,
    more: bool,
    time: String,
}

#[derive(Serialize)]
struct Item {
    seq: u64,
    id: String,
    kind: String,
    exp: i64,
    size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tombstone: Option<String>,
}

#[derive(Serialize)]
struct SignedTime<'a> {
    v: u32,
    aud: &'a str,
    time: Timestamp,
    nonce: &'a str,
}

/// `GET /v1/sync`: waits until there is something after `after`, at most `wait` seconds.
pub(crate) async fn sync(
    State(app): State<Shared>,
    Caller(enrolment): Caller,
    poll: Result<Query<Poll>, QueryRejection>,
) -> Result<Json<Answer>, Problem> {
    let Query(poll) = poll.map_err(|_| Problem::MALFORMED)?;
    let nonce = BASE64URL_NOPAD.decode(poll.nonce.as_bytes());
    if !nonce.is_ok_and(|nonce| nonce.len() == 16) {
        return Err(Problem::MALFORMED);
    }
    let wait = Duration::from_secs(poll.wait.min(MAX_WAIT));
    let deadline = Instant::now() + app.clock.real(wait);
    let wake = app.wakes.of(&enrolment);
    let mut last_look = false;
    let page = loop {
        let mut woken = std::pin::pin!(wake.notified());
        woken.as_mut().enable();
        let page = read(&app, &enrolment, &poll).await?;
        if !page.rows.is_empty() || last_look || Instant::now() >= deadline {
            break page;
        }
        last_look = tokio::select! {
            () = woken => false,
            () = app.stopping() => true,
            () = tokio::time::sleep_until(deadline.min(Instant::now() + LOOK_AGAIN)) => false,
        };
    };
    let time = sign_time(&app, &enrolment, &poll.nonce)?;
    Ok(Json(Answer {
        inbox: page.inbox,
        documents: [],
        items: page.rows.into_iter().map(Item::from).collect(),
        next: page.next,
        more: page.more,
        time,
    }))
}

async fn read(app: &Shared, enrolment: &EnrolmentId, poll: &Poll) -> Result<Page, Problem> {
    let now = app.clock.now();
    let read = {
        let (enrolment, inbox, after) = (enrolment.clone(), poll.inbox.clone(), poll.after);
        let limit = poll.limit.unwrap_or(MAX_LIMIT).clamp(1, MAX_LIMIT);
        move |store: &Connection| Page::read(store, &enrolment, inbox.as_deref(), after, limit, now)
    };
    let page = app.store.read(read.clone()).await?;
    if !page.behind {
        return Ok(page);
    }
    let (enrolment, maker) = (enrolment.clone(), app.maker.clone());
    let renewed = app.store.write(move |store| {
        // Another poll may have begun the queue anew since.
        let still_behind = read(store)?.behind;
        if still_behind {
            store::renew(store, &maker, now, &enrolment)?;
        }
        Ok((read(store)?, still_behind))
    });
    let (page, renewed) = renewed.await?;
    if renewed {
        tracing::error!(
            "a phone is ahead of this store: its queue begins anew, with a declared gap"
        );
        app.counters.add("inboxes_renewed", 1);
    }
    Ok(page)
}

fn sign_time(app: &Shared, enrolment: &EnrolmentId, nonce: &str) -> Result<String, Problem> {
    let time = SignedTime {
        v: 1,
        aud: enrolment.as_str(),
        time: app.clock.now(),
        nonce,
    };
    jcs(&time)
        .and_then(|payload| document::sign(TIME_TYP, payload, &[app.keys.ingress()]))
        .map_err(|error| {
            tracing::error!(%error, "the time could not be signed");
            Problem::UNAVAILABLE
        })
}

impl From<Row> for Item {
    fn from(row: Row) -> Self {
        let size = row.size();
        let (sealed, tombstone) = match row.body {
            RowBody::Sealed(sealed) => (Some(BASE64URL_NOPAD.encode(&sealed)), None),
            RowBody::Tombstone(text) => (None, Some(text)),
        };
        Self {
            seq: row.seq,
            id: row.id,
            kind: row.kind,
            exp: row.exp,
            size,
            sealed,
            tombstone,
        }
    }
}

#[derive(Deserialize)]
struct AckRequest {
    inbox: String,
    through: u64,
    #[serde(default)]
    rejected: Vec<Rejected>,
}

#[derive(Deserialize)]
struct Rejected {
    seq: u64,
    reason: String,
}

/// The answer to an acknowledgement.
#[derive(Serialize)]
pub(crate) struct Acked {
    acked: u64,
}

/// `POST /v1/ack`: the phone has committed everything up to `through`.
pub(crate) async fn ack(
    State(app): State<Shared>,
    Caller(enrolment): Caller,
    body: Body,
) -> Result<Json<Acked>, Problem> {
    let request: AckRequest = body.json()?;
    let rejected: Vec<(u64, String)> = request
        .rejected
        .into_iter()
        .map(|rejected| (rejected.seq, reason_code(rejected.reason)))
        .collect();
    if !rejected.is_empty() {
        tracing::warn!(items = rejected.len(), "a phone refused items");
        app.counters.add("items_rejected", rejected.len());
    }
    let now = app.clock.now();
    let maker = app.maker.clone();
    let ack = app.store.write(move |store| {
        let through = (request.inbox.as_str(), request.through);
        Ack::take(store, &maker, now, &enrolment, through, &rejected)
    });
    let ack = ack.await?;
    app.faults.reach("gateway.ack.taken");
    match ack {
        Ack::Through(acked) => Ok(Json(Acked { acked })),
        Ack::OtherInbox => Err(Problem::OTHER_INBOX),
        Ack::BeyondEnd => Err(Problem::BEYOND_END),
    }
}

/// A phone's reason is a code; anything longer or stranger could be content.
fn reason_code(reason: String) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if reason.len() <= 64 && reason.bytes().all(plain) {
        reason
    } else {
        "other".into()
    }
}
