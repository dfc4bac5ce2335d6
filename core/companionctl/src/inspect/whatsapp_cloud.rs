//! Webhooks of the WhatsApp Cloud API and of Coexistence.

use super::{context::Context, event::members};
use companion_adapters::channel::whatsapp::inbound::{
    Authenticity, BadPayload, HistorySync, Payload, SIGNATURE_HEADER, Scope, Skipped, challenge,
    read, verify_signature,
};
use companion_domain::time::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Judges one request.
pub fn inspect(raw: &[u8], context: &Context) -> Value {
    let query = context.query();
    let get = context
        .method
        .as_deref()
        .map(|method| method.eq_ignore_ascii_case("GET"));
    if get.unwrap_or(query.iter().any(|(name, _)| name == "hub.mode")) {
        return handshake(&query, context);
    }
    let signature = context.header(SIGNATURE_HEADER);
    let authenticity = context
        .secret
        .as_ref()
        .map(|secret| verify_signature(signature, secret.as_bytes(), raw));
    let mut answer = match authenticity {
        Some(Authenticity::Missing | Authenticity::Wrong) => outcome("reject_unauthenticated"),
        Some(Authenticity::Valid) | None => body(raw, context, authenticity.is_some()),
    };
    if let Some(authenticity) = authenticity {
        let valid = authenticity == Authenticity::Valid;
        answer.insert("signature_valid".into(), valid.into());
    }
    answer.into()
}

/// A subscription check. `secret` is the verify token; without it any token will do.
fn handshake(query: &[(String, String)], context: &Context) -> Value {
    let query: Vec<_> = query
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let given = query.iter().find(|(name, _)| *name == "hub.verify_token");
    let token = context.secret.as_deref().or(given.map(|(_, token)| *token));
    match challenge(query.iter().copied(), token.unwrap_or_default()) {
        Some(challenge) => json!({"outcome": "handshake", "response": challenge}),
        None => outcome("reject_unauthenticated").into(),
    }
}

fn body(raw: &[u8], context: &Context, authentic: bool) -> Map<String, Value> {
    let received_at = Timestamp::from_seconds(context.now.unwrap_or_default());
    match read(raw, received_at) {
        Ok(payload) => understood(payload),
        Err(BadPayload::NotAWebhook) if authentic => outcome("accept"),
        Err(_) => outcome("reject_malformed"),
    }
}

fn understood(payload: Payload) -> Map<String, Value> {
    let mut answer = outcome(if !payload.rejected.is_empty() {
        "partial"
    } else if payload.events.is_empty() && !payload.denied.is_empty() {
        "deny"
    } else {
        "events"
    });
    answer.insert("scope".into(), scope(&payload.scope));
    if let Some(sync) = payload.sync {
        answer.insert("sync".into(), progress(sync));
    }
    answer.insert("events".into(), events(payload));
    answer
}

/// Everything that was found, in time order, then in the body's; what has no time stays behind what it followed.
fn events(payload: Payload) -> Value {
    let mut found = Vec::new();
    for (event, notes) in payload.events.iter().zip(payload.notes) {
        found.push((event.position, event.sent_at, members(event, notes)));
    }
    for (kind, list) in [
        ("rejected_item", payload.rejected),
        ("denied", payload.denied),
        ("ignored", payload.ignored),
    ] {
        found.extend(
            list.into_iter()
                .map(|item| (item.position, None, skipped(kind, item))),
        );
    }
    found.sort_by_key(|(position, _, _)| *position);
    let mut last = None;
    for (_, at, _) in &mut found {
        last = at.or(last);
        *at = last;
    }
    found.sort_by_key(|(_, at, _)| *at);
    found
        .into_iter()
        .map(|(_, _, event)| Value::Object(event))
        .collect()
}

fn skipped(kind: &str, item: Skipped) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("kind".into(), kind.into());
    match kind {
        "ignored" => {
            out.insert("reason".into(), item.reason.into());
            out.insert("field".into(), item.place.into());
        }
        _ => {
            let reason = format!("{}: {}", item.place, item.reason);
            out.insert("reason".into(), reason.into());
        }
    }
    if let Some(id) = item.message_id {
        out.insert("message_id".into(), id.as_str().into());
    }
    out
}

fn scope(scope: &Scope) -> Value {
    let mut out = Map::new();
    for (name, ids) in [
        ("waba_id", &scope.waba_ids),
        ("phone_number_id", &scope.phone_number_ids),
    ] {
        out.extend(one_or_many(ids).map(|ids| (name.to_owned(), ids)));
    }
    out.into()
}

/// One id as text, several as a list.
fn one_or_many(ids: &BTreeSet<String>) -> Option<Value> {
    match ids.len() {
        0 => None,
        1 => ids.first().map(|id| id.as_str().into()),
        _ => Some(json!(ids)),
    }
}

fn progress(sync: HistorySync) -> Value {
    match sync {
        HistorySync::Declined => json!({"declined": true, "error_code": "2593109"}),
        HistorySync::Progress {
            progress,
            phase,
            chunk_order,
        } => json!({
            "phase": phase, "chunk_order": chunk_order, "progress": progress, "complete": progress >= 100,
        }),
    }
}

fn outcome(word: &str) -> Map<String, Value> {
    Map::from_iter([("outcome".to_owned(), word.into())])
}
