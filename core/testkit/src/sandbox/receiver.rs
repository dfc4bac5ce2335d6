//! A receiver of Standard Webhooks.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use companion_adapters::crm::webhook::SigningSecret;
use companion_domain::time::{Clock, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How far an attempt's time may lie from the receiver's.
const TOLERANCE: Duration = Duration::from_secs(300);

/// One authentic delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its `webhook-id`.
    pub id: String,
    /// Whether it is the first of its id, which a receiver keeps; it drops the others.
    pub first: bool,
    /// When it arrived.
    pub at: Timestamp,
    /// Its body.
    pub event: Value,
}

/// The receiver at `/webhook`, and for the control address the list of its deliveries, which can be replaced there.
pub(super) fn routes(secrets: Vec<SigningSecret>, clock: Clock) -> (Router, Router) {
    let receiver = Arc::new(Receiver {
        secrets,
        clock,
        deliveries: Mutex::default(),
    });
    let traffic = Router::new()
        .route("/webhook", post(receive))
        .with_state(Arc::clone(&receiver));
    let control = Router::new()
        .route("/_deliveries", get(list).put(replace))
        .with_state(receiver);
    (traffic, control)
}

struct Receiver {
    secrets: Vec<SigningSecret>,
    clock: Clock,
    deliveries: Mutex<Vec<Delivery>>,
}

impl Receiver {
    fn deliveries(&self) -> MutexGuard<'_, Vec<Delivery>> {
        self.deliveries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The id of a delivery that one of the secrets signed for about now.
    fn authentic_id(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Option<String> {
        let header = |name| headers.get(name)?.to_str().ok();
        let id = header("webhook-id")?;
        let at = Timestamp::from_seconds(header("webhook-timestamp")?.parse().ok()?);
        let mut given = header("webhook-signature")?.split(' ');
        let signed = |given: &str| {
            let mut secrets = self.secrets.iter();
            secrets.any(|secret| secret.sign(id, at, body) == given)
        };
        let near = now.since(at).max(at.since(now)) <= TOLERANCE;
        (near && given.any(signed)).then(|| id.to_owned())
    }
}

async fn receive(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let now = receiver.clock.now();
    let Some(id) = receiver.authentic_id(&headers, &body, now) else {
        return StatusCode::UNAUTHORIZED;
    };
    let Ok(event) = serde_json::from_slice(&body) else {
        return StatusCode::BAD_REQUEST;
    };
    let mut deliveries = receiver.deliveries();
    let first = deliveries.iter().all(|known| known.id != id);
    deliveries.push(Delivery {
        id,
        first,
        at: now,
        event,
    });
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    after: usize,
}

/// Spoils what was delivered, as somebody with access to the receiver's database could.
async fn replace(State(receiver): State<Arc<Receiver>>, Json(spoiled): Json<Vec<Delivery>>) {
    *receiver.deliveries() = spoiled;
}

async fn list(
    State(receiver): State<Arc<Receiver>>,
    Query(page): Query<Page>,
) -> Json<Vec<Delivery>> {
    Json(
        receiver
            .deliveries()
            .iter()
            .skip(page.after)
            .cloned()
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::tests::{Crm, OLD_SECRET, SECRET, crm, envelope, now};
    use companion_adapters::{
        crm::webhook::{self, Config},
        http::{Attempt, Request},
    };
    use companion_domain::outcome::Outcome;

    fn request(crm: &Crm, secret: &str, seq: u64, at: Timestamp) -> Request {
        let config = Config {
            url: format!("{}/webhook", crm.handle.url()),
            secret: SigningSecret::parse(secret).unwrap(),
            previous: None,
        };
        config.request(&envelope(seq, "見積"), at).unwrap()
    }

    async fn status(crm: &Crm, request: Request) -> u16 {
        match crm.send(request).await {
            Attempt::Answered(answer) => answer.status,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn it_keeps_the_first_of_each_id_and_tells_of_all() {
        let crm = crm().await;
        for seq in [1, 2, 1] {
            let attempt = crm.send(request(&crm, SECRET, seq, now())).await;
            assert!(matches!(
                webhook::outcome(&attempt, now()),
                Outcome::Done { .. }
            ));
        }
        let deliveries: Vec<Delivery> = crm.control("/_deliveries").await;
        let told: Vec<_> = deliveries
            .iter()
            .map(|one| (one.id.as_str(), one.first))
            .collect();
        let ids = [envelope(1, "").id, envelope(2, "").id];
        let [one, two] = ids.each_ref().map(|id| id.as_str());
        assert_eq!(told, [(one, true), (two, true), (one, false)]);
        assert_eq!(deliveries[0].event["id"], one);
        let rest: Vec<Delivery> = crm.control("/_deliveries?after=2").await;
        assert_eq!(rest, deliveries[2..]);
    }

    #[tokio::test]
    async fn only_what_a_known_secret_signed_for_now_is_taken() {
        let crm = crm().await;
        let good = request(&crm, OLD_SECRET, 1, now());
        let stranger = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let changed = Request {
            body: b"{}".to_vec(),
            ..good.clone()
        };
        let unsigned = Request {
            headers: Vec::new(),
            ..good.clone()
        };
        for (request, answer) in [
            (good, 204),
            (changed, 401),
            (unsigned, 401),
            (request(&crm, stranger, 1, now()), 401),
            (request(&crm, SECRET, 1, now() - TOLERANCE), 204),
            (request(&crm, SECRET, 1, now() - TOLERANCE * 2), 401),
            (request(&crm, SECRET, 1, now() + TOLERANCE * 2), 401),
        ] {
            assert_eq!(status(&crm, request).await, answer);
        }
    }
}
