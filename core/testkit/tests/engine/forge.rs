//! A gateway that lives in the transport: what it answers is the test's, from honest to hostile.

use crate::phone::{ACCOUNT, ENROLMENT, Phone, TENANT, Time, tenant};
use async_trait::async_trait;
use companion_crypto::{
    document,
    hash::jcs,
    hpke::{self, PublicKey, Purpose},
    random::SystemRandom,
    sign::{Algorithm, SigningKey},
};
use companion_domain::{grant::Mode, record::Envelope, time::Timestamp};
use companion_engine::ports::{Answer, Attempt, Request, Transport};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

/// What the forged gateway holds and how it behaves.
#[derive(Default)]
pub struct State {
    /// The name of the inbox.
    pub inbox: String,
    /// The queue as it is sent: an item's number is in it.
    pub items: Vec<Value>,
    pub acked: u64,
    pub rejected: Vec<Value>,
    /// Records by id, each with how often it was taken as new.
    pub records: BTreeMap<String, Envelope>,
    /// The order in which records first came.
    pub arrivals: Vec<String>,
    /// Customer messages by id with their JSON.
    pub messages: BTreeMap<String, Value>,
    pub checkpoints: Vec<String>,
    pub tokens: u32,
    /// How many requests with a token are refused with 401.
    pub unauthorized: u32,
    /// A word; a batch that holds it is refused as a whole.
    pub indigestible: Option<String>,
    /// Tells this time instead of its own.
    pub tells: Option<String>,
    /// Whether a request that may wait for news is held for good.
    pub holds: bool,
    /// Answers this to every request, if set.
    pub always: Option<(u16, String)>,
    /// Every request: its path and its body.
    pub requests: Vec<(String, String)>,
}

/// The gateway's side.
pub struct Forge {
    pub ingress: SigningKey,
    inbox_key: Mutex<Option<PublicKey>>,
    state: Mutex<State>,
    time: Time,
}

/// What is signed into an item; a test changes one member at a time.
pub fn item(seq: u64, kind: &str, raw: &[u8]) -> Value {
    json!({
        "v": 1, "aud": ENROLMENT, "inbox": "in-1", "seq": seq, "id": format!("item-{seq}"),
        "kind": kind, "exp": 1_999_999_999, "channel": "whatsapp", "account": ACCOUNT,
        "verified": "signature", "raw": BASE64URL_NOPAD.encode(raw),
    })
}

impl Forge {
    /// A forge and a phone that joined it and accepted the mixed account.
    pub async fn with_phone(time: &Time) -> (Arc<Self>, Phone) {
        let (forge, phone) = Self::joined(time, Mode::Mixed).await;
        phone.accept().await;
        (forge, phone)
    }

    /// A forge and a phone that joined it and accepted nothing yet.
    pub async fn joined(time: &Time, mode: Mode) -> (Arc<Self>, Phone) {
        let forge = Arc::new(Self {
            ingress: SigningKey::generate(&SystemRandom, Algorithm::Ed25519).unwrap(),
            inbox_key: Mutex::default(),
            time: time.clone(),
            state: Mutex::new(State {
                inbox: "in-1".into(),
                ..State::default()
            }),
        });
        let grants = tempfile::tempdir().unwrap();
        let tenant = tenant(forge.ingress.public().clone(), mode, time);
        let url = "https://gateway.example".to_owned();
        let learn = |offer: &companion_engine::JoinOffer| {
            *forge.inbox_key.lock().unwrap() = Some(offer.inbox_key);
        };
        let phone = Phone::joined(&tenant, grants.path(), url, forge.clone(), time, learn).await;
        (forge, phone)
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Whether the phone acknowledged all that there is.
    pub fn all_acknowledged(&self) -> bool {
        let state = self.state();
        state.acked == state.items.len() as u64
    }

    /// Queues an honest item; answers its number.
    pub fn put(&self, kind: &str, raw: &str) -> u64 {
        let seq = self.state().items.len() as u64 + 1;
        let mut item = item(seq, kind, raw.as_bytes());
        item["inbox"] = self.state().inbox.clone().into();
        self.put_signed(&item, &self.ingress);
        seq
    }

    /// Queues what `by` signs, under the number and id that it says.
    pub fn put_signed(&self, item: &Value, by: &SigningKey) {
        let key = (*self.inbox_key.lock().unwrap()).unwrap();
        self.put_sealed(item, by, &key);
    }

    /// As [`Forge::put_signed`], sealed to the inbox key `to`.
    pub fn put_sealed(&self, item: &Value, by: &SigningKey, to: &PublicKey) {
        let (seq, id) = (&item["seq"], item["id"].as_str().unwrap());
        let jws = document::sign("companion-item+jws", jcs(item).unwrap(), &[by]).unwrap();
        let about = hpke::Envelope {
            purpose: Purpose::Inbox,
            tenant: TENANT,
            enrolment: ENROLMENT,
            item: id.as_bytes(),
        };
        let sealed = hpke::seal_to(&SystemRandom, to, &about, jws.as_bytes()).unwrap();
        let sealed = BASE64URL_NOPAD.encode(&sealed);
        let hint = json!({"seq": seq, "id": id, "sealed": sealed});
        self.state().items.push(hint);
    }

    /// Puts a tombstone in the place of the next item.
    pub fn put_tombstone(&self, gone_at: i64) {
        let seq = self.state().items.len() as u64 + 1;
        let id = format!("item-{seq}");
        let tombstone = json!({"v": 1, "aud": ENROLMENT, "inbox": "in-1", "seq": seq, "id": id,
            "kind": "tombstone", "nbf": gone_at});
        let jws = document::sign(
            "companion-item+jws",
            jcs(&tombstone).unwrap(),
            &[&self.ingress],
        );
        let hint = json!({"seq": seq, "id": id, "tombstone": jws.unwrap()});
        self.state().items.push(hint);
    }

    /// Tells the phone how a record or message ended.
    pub fn put_outcome(&self, id: &str, outcome: &str, more: Value) {
        let mut raw = json!({"id": id, "outcome": outcome, "at": "2026-01-02T03:04:05.000Z"});
        for (name, value) in more.as_object().unwrap() {
            raw[name] = value.clone();
        }
        self.put("outcome", &raw.to_string());
    }

    /// Confirms every record that was handed over.
    pub fn confirm_records(&self) {
        let ids: Vec<String> = self.state().records.keys().cloned().collect();
        for id in ids {
            self.put_outcome(&id, "done", json!({}));
        }
    }

    /// The records of one kind, in their order of arrival.
    pub fn records(&self, kind: &str) -> Vec<Envelope> {
        let state = self.state();
        let records = state.arrivals.iter().map(|id| state.records[id].clone());
        records.filter(|one| one.data.record.kind == kind).collect()
    }

    /// The time `at`, signed over a nonce.
    pub fn time_over(&self, nonce: &str, at: Timestamp) -> String {
        let time = json!({"v": 1, "aud": ENROLMENT, "time": at, "nonce": nonce});
        document::sign("companion-time+jws", jcs(&time).unwrap(), &[&self.ingress]).unwrap()
    }

    fn answer(&self, path: &str, body: &str) -> (u16, Value) {
        let mut state = self.state();
        state.requests.push((path.to_owned(), body.to_owned()));
        if let Some((status, body)) = &state.always {
            return (*status, serde_json::from_str(body).unwrap_or(Value::Null));
        }
        if path == "/v1/token" {
            state.tokens += 1;
            return (
                200,
                json!({"access_token": "t", "token_type": "Bearer", "expires_in": 900}),
            );
        }
        if state.unauthorized > 0 {
            state.unauthorized -= 1;
            return (401, json!({"code": "invalid_token"}));
        }
        let indigestible = state.indigestible.as_ref();
        if indigestible.is_some_and(|word| body.contains(word)) {
            return (400, json!({"code": "malformed"}));
        }
        let parsed: Value = serde_json::from_str(body).unwrap_or(Value::Null);
        match path.split('?').next().unwrap() {
            "/v1/sync" => {
                let mut page = sync(&state, path);
                page["time"] = match &state.tells {
                    Some(told) => told.clone().into(),
                    None => self
                        .time_over(&given(path, "nonce"), self.time.now())
                        .into(),
                };
                (200, page)
            }
            "/v1/ack" => {
                let through = parsed["through"].as_u64().unwrap();
                if through > state.items.len() as u64 {
                    return (409, json!({"code": "ack_beyond_end"}));
                }
                state.acked = state.acked.max(through);
                let rejected = parsed["rejected"].as_array().unwrap().clone();
                state.rejected.extend(rejected);
                (200, json!({"acked": state.acked}))
            }
            "/v1/records" => {
                let taken = parsed["records"].as_array().unwrap().iter();
                let results = taken.map(|one| take_record(&mut state, &one["event"]));
                (200, json!({"results": results.collect::<Vec<_>>()}))
            }
            "/v1/messages" => {
                let taken = parsed["messages"].as_array().unwrap().iter();
                let results = taken.map(|one| {
                    let id = one["client_message_id"].as_str().unwrap().to_owned();
                    let new = state.messages.insert(id.clone(), one.clone()).is_none();
                    json!({"id": id, "result": if new { "accepted" } else { "duplicate" }})
                });
                (200, json!({"results": results.collect::<Vec<_>>()}))
            }
            "/v1/receipts" => {
                state.checkpoints.push(body.to_owned());
                (200, json!({}))
            }
            _ => (404, json!({"code": "not_found"})),
        }
    }
}

/// What a query says.
fn given(path: &str, name: &str) -> String {
    let (_, value) = path
        .split(['?', '&'])
        .filter_map(|part| part.split_once('='))
        .find(|(key, _)| *key == name)
        .unwrap();
    value.to_owned()
}

/// At most ten items, so that pages follow each other.
fn sync(state: &State, path: &str) -> Value {
    let after: u64 = match given(path, "inbox") == state.inbox {
        true => given(path, "after").parse().unwrap(),
        false => 0,
    };
    let left: Vec<&Value> = state
        .items
        .iter()
        .filter(|item| item["seq"].as_u64().unwrap() > after)
        .collect();
    let page: Vec<&Value> = left.iter().take(10).copied().collect();
    json!({"inbox": state.inbox, "items": page, "more": left.len() > page.len()})
}

fn take_record(state: &mut State, event: &Value) -> Value {
    let envelope: Envelope = serde_json::from_value(event.clone()).unwrap();
    let id = envelope.id.as_str().to_owned();
    let result = match state.records.get(&id) {
        Some(known) if *known == envelope => "duplicate",
        Some(_) => "conflict",
        None => {
            state.arrivals.push(id.clone());
            state.records.insert(id.clone(), envelope);
            "accepted"
        }
    };
    json!({"id": id, "result": result})
}

#[async_trait]
impl Transport for Forge {
    /// Yields before and after it applies the request, so that a caller can be dropped on either side.
    async fn exchange(&self, request: Request, _: Duration) -> Attempt {
        tokio::task::yield_now().await;
        let path = request.url.trim_start_matches("https://gateway.example");
        if path.contains("&wait=") && !path.ends_with("&wait=0") && self.state().holds {
            self.state().requests.push((path.to_owned(), String::new()));
            std::future::pending::<()>().await;
        }
        let body = String::from_utf8(request.body).unwrap();
        let (status, answer) = self.answer(path, &body);
        tokio::task::yield_now().await;
        Attempt::Answered(Answer {
            status,
            headers: Vec::new(),
            body: answer.to_string().into_bytes(),
        })
    }
}

/// A customer's text, as the gateway puts it into an item.
pub fn text(from: &str, id: &str, text: &str) -> String {
    text_to(ACCOUNT, from, id, text)
}

/// As [`text`], to another number.
pub fn text_to(account: &str, from: &str, id: &str, text: &str) -> String {
    let message = json!({"from": from, "id": id, "timestamp": "1767323045", "type": "text",
        "text": {"body": text}});
    hook(
        "messages",
        account,
        json!({"contacts": [{"profile": {"name": "山田"}, "wa_id": from}], "messages": [message]}),
    )
}

/// What the employee wrote in the channel's own app.
pub fn echo(to: &str, id: &str, text: &str) -> String {
    let message = json!({"from": "815012345678", "to": to, "id": id, "timestamp": "1767323050",
        "type": "text", "text": {"body": text}});
    hook(
        "smb_message_echoes",
        ACCOUNT,
        json!({"message_echoes": [message]}),
    )
}

/// A part of the history with one message of the customer's, written `at` seconds since 1970.
pub fn history(from: &str, id: &str, at: i64) -> String {
    let message = json!({"from": from, "id": id, "timestamp": at.to_string(), "type": "text",
        "text": {"body": "前回の件"}, "history_context": {"status": "READ"}});
    let thread = json!({"id": from, "messages": [message]});
    let part = json!({"metadata": {"phase": 0, "chunk_order": 1, "progress": 100},
        "threads": [thread]});
    hook("history", ACCOUNT, json!({"history": [part]}))
}

/// A step in the delivery of a message of ours.
pub fn status(to: &str, id: &str, state: &str, opaque: &str) -> String {
    let status = json!({"id": id, "status": state, "timestamp": "1767323060", "recipient_id": to,
        "biz_opaque_callback_data": opaque});
    hook("messages", ACCOUNT, json!({"statuses": [status]}))
}

/// A webhook body with one change.
pub fn hook(field: &str, account: &str, members: Value) -> String {
    let mut value = json!({"messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "815012345678", "phone_number_id": account}});
    for (name, member) in members.as_object().unwrap() {
        value[name] = member.clone();
    }
    json!({"object": "whatsapp_business_account",
        "entry": [{"id": "102290129340398", "changes": [{"field": field, "value": value}]}]})
    .to_string()
}

/// News of the business account above the number.
pub fn account_update(event: &str, time: i64) -> String {
    json!({"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "time": time,
        "changes": [{"field": "account_update", "value": {"event": event}}]}]})
    .to_string()
}
