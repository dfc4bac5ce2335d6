//! The other side of the poster: a kintone and a WhatsApp API that answer as a test says.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{post, put},
};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

/// How the next request is answered.
pub enum Answer {
    /// With this status, `Retry-After` and body, without applying anything.
    Refuse(u16, Option<&'static str>, &'static str),
    /// After half a second.
    Late,
    /// Not at all in time, after applying it.
    Silence,
    /// With the end of the connection, after applying it.
    Hangup,
}

#[derive(Clone, Default)]
pub struct Sandbox(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    script: VecDeque<Answer>,
    /// Keys that kintone refuses.
    bad: Vec<String>,
    /// What was applied, in order.
    applied: Vec<Value>,
    requests: usize,
}

impl Sandbox {
    /// Listens; answers its address too.
    pub async fn start() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        (Self::start_on(listener), address)
    }

    pub fn start_on(listener: TcpListener) -> Self {
        let sandbox = Self::default();
        let routes = Router::new()
            .route("/k/v1/records.json", put(upsert))
            .route("/v23.0/{number}/messages", post(send))
            .route("/events", post(event))
            .with_state(sandbox.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        sandbox
    }

    pub fn next(&self, answer: Answer) {
        self.0.lock().unwrap().script.push_back(answer);
    }

    pub fn refuse_key(&self, key: &str) {
        self.0.lock().unwrap().bad.push(key.to_owned());
    }

    /// The bodies that were applied, one by one.
    pub fn applied(&self) -> Vec<Value> {
        self.0.lock().unwrap().applied.clone()
    }

    /// The keys of applied records, in order.
    pub fn keys(&self) -> Vec<String> {
        let key = |record: &Value| record["updateKey"]["value"].as_str().unwrap().to_owned();
        self.applied().iter().map(key).collect()
    }

    pub fn requests(&self) -> usize {
        self.0.lock().unwrap().requests
    }

    fn scripted(&self) -> Option<Answer> {
        let mut inner = self.0.lock().unwrap();
        inner.requests += 1;
        inner.script.pop_front()
    }
}

async fn upsert(State(sandbox): State<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    assert_eq!(headers["x-cybozu-api-token"], "kintone-token");
    let scripted = sandbox.scripted();
    if let Some(Answer::Refuse(status, retry_after, body)) = scripted {
        return refusal(status, retry_after, body);
    }
    let body: Value = serde_json::from_slice(&body).unwrap();
    let records = body["records"].as_array().unwrap().clone();
    let answer: Vec<Value> = {
        let mut inner = sandbox.0.lock().unwrap();
        let bad = |record: &Value| {
            inner
                .bad
                .iter()
                .any(|bad| record["updateKey"]["value"] == **bad)
        };
        if records.iter().any(bad) {
            return refusal(400, None, r#"{"code":"CB_VA01","id":"x","message":"no"}"#);
        }
        records
            .into_iter()
            .map(|record| {
                let key = |other: &Value| other["updateKey"] == record["updateKey"];
                let known = inner.applied.iter().any(key);
                let operation = if known { "UPDATE" } else { "INSERT" };
                if !known {
                    inner.applied.push(record);
                }
                json!({"id": inner.applied.len().to_string(), "revision": "1", "operation": operation})
            })
            .collect()
    };
    pause(scripted.as_ref()).await;
    axum::Json(json!({"records": answer})).into_response()
}

async fn send(State(sandbox): State<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    assert_eq!(headers["authorization"], "Bearer whatsapp-token");
    let scripted = sandbox.scripted();
    if let Some(Answer::Refuse(status, retry_after, body)) = scripted {
        return refusal(status, retry_after, body);
    }
    let count = {
        let mut inner = sandbox.0.lock().unwrap();
        inner.applied.push(serde_json::from_slice(&body).unwrap());
        inner.applied.len()
    };
    pause(scripted.as_ref()).await;
    if matches!(scripted, Some(Answer::Hangup)) {
        // Ends the connection's task without a word on standard error.
        std::panic::resume_unwind(Box::new(()));
    }
    axum::Json(json!({"messages": [{"id": format!("wamid.sent{count}")}]})).into_response()
}

async fn event(State(sandbox): State<Sandbox>, body: Bytes) {
    let event = serde_json::from_slice(&body).unwrap();
    sandbox.0.lock().unwrap().applied.push(event);
}

async fn pause(scripted: Option<&Answer>) {
    let pause = match scripted {
        Some(Answer::Late) => Duration::from_millis(500),
        Some(Answer::Silence) => Duration::from_secs(60),
        _ => return,
    };
    tokio::time::sleep(pause).await;
}

fn refusal(status: u16, retry_after: Option<&str>, body: &'static str) -> Response {
    let mut answer = (StatusCode::from_u16(status).unwrap(), body).into_response();
    if let Some(value) = retry_after {
        answer
            .headers_mut()
            .insert("retry-after", value.parse().unwrap());
    }
    answer
}
