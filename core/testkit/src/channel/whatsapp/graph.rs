//! The Graph API's side of a number: takes messages, answers their ids, and tells by webhook how far they came.

use super::{
    event::{Customer, Event, What},
    hooks::Hooks,
};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use companion_domain::{event::DeliveryState, time::Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// A message that the API took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// The id it was given.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// The request's body.
    pub message: Value,
}

impl Sent {
    /// What the sender gave to hand back in statuses.
    pub fn opaque(&self) -> Option<&str> {
        self.message.get("biz_opaque_callback_data")?.as_str()
    }

    /// Whom it was sent to: `to` holds a number, `recipient` a user id.
    pub fn to(&self) -> Option<Customer> {
        let text = |name| Some(self.message.get(name)?.as_str()?.to_owned());
        let (phone, user_id) = (text("to"), text("recipient"));
        (phone.is_some() || user_id.is_some()).then_some(Customer {
            phone,
            user_id,
            name: String::new(),
        })
    }
}

pub(super) struct Graph {
    pub(super) token: String,
    pub(super) hooks: Arc<Hooks>,
    /// Beginning of the ids that are given; differs between two numbers of one test.
    pub(super) prefix: String,
    sent: Mutex<Vec<Sent>>,
}

impl Graph {
    pub(super) fn new(token: String, prefix: String, hooks: Arc<Hooks>) -> Self {
        Self {
            token,
            hooks,
            prefix,
            sent: Mutex::default(),
        }
    }

    pub(super) fn sent(&self) -> MutexGuard<'_, Vec<Sent>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn routes(graph: Arc<Graph>) -> Router {
    Router::new()
        .route("/{version}/{number}/messages", post(send))
        .with_state(graph)
}

/// An error as the API words it.
fn error(status: StatusCode, code: u32, message: &str) -> (StatusCode, Json<Value>) {
    let error = json!({"message": message, "type": "OAuthException", "code": code});
    (status, Json(json!({ "error": error })))
}

async fn send(
    State(graph): State<Arc<Graph>>,
    Path((_, number)): Path<(String, String)>,
    headers: HeaderMap,
    Json(message): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let bearer = format!("Bearer {}", graph.token);
    if headers
        .get("authorization")
        .is_none_or(|given| given != bearer.as_str())
    {
        return error(StatusCode::UNAUTHORIZED, 190, "Invalid OAuth access token");
    }
    if number != graph.hooks.number.phone_number_id {
        return error(StatusCode::BAD_REQUEST, 100, "Unsupported post request");
    }
    if message.get("status").is_some_and(|status| status == "read") {
        return (StatusCode::OK, Json(json!({"success": true})));
    }
    let mut sent = graph.sent();
    let sending = Sent {
        id: format!("wamid.{}{}", graph.prefix, sent.len() + 1),
        at: graph.hooks.clock.now(),
        message,
    };
    let Some(to) = sending.to() else {
        return error(
            StatusCode::BAD_REQUEST,
            131_008,
            "Required parameter is missing",
        );
    };
    let input = to.phone.as_ref().or(to.user_id.as_ref());
    let contact = json!({"input": input, "wa_id": to.phone, "user_id": to.user_id});
    let answer = json!({"messaging_product": "whatsapp", "contacts": [contact],
        "messages": [{"id": sending.id}]});
    graph.hooks.emit(progress(&sending, &to));
    sent.push(sending);
    (StatusCode::OK, Json(answer))
}

/// The statuses of a message that arrives and is read.
fn progress(sent: &Sent, to: &Customer) -> Vec<Event> {
    [
        (DeliveryState::Sent, 0),
        (DeliveryState::Delivered, 1),
        (DeliveryState::Read, 2),
    ]
    .map(|(state, seconds)| Event {
        at: sent.at + Duration::from_secs(seconds),
        what: What::Status {
            to: to.clone(),
            id: sent.id.clone(),
            state,
            opaque: sent.opaque().map(str::to_owned),
        },
    })
    .into()
}
