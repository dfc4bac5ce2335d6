//! kintone's calls on records, with its limits, its forms of errors and its loss of seconds.

use super::{
    app::{self, Table, UNIQUE, Values},
    query::Query,
};
use axum::{
    Json, Router,
    extract::{Query as Parameters, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// How many records one request may write or delete.
const MAX_RECORDS: usize = 100;

/// How many requests a domain answers at once.
const MAX_CONCURRENT: usize = 100;

/// The calls on the records of app `app`, for who has `token`.
pub(super) fn routes(app: u64, token: String) -> Router {
    let domain = Arc::new(Domain {
        app,
        token,
        running: AtomicUsize::new(0),
        table: Mutex::default(),
    });
    let guard = middleware::from_fn_with_state(Arc::clone(&domain), admit);
    Router::new()
        .route("/k/v1/records.json", get(list).put(upsert).delete(delete))
        .layer(guard)
        .with_state(domain)
}

struct Domain {
    app: u64,
    token: String,
    running: AtomicUsize,
    table: Mutex<Table>,
}

impl Domain {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error as kintone words it.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    /// Where the input is wrong, for `CB_VA01`.
    place: Option<String>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str) -> Self {
        Self {
            status,
            code,
            place: None,
        }
    }

    fn invalid(place: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: "CB_VA01",
            place: Some(place.into()),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body =
            json!({"code": self.code, "id": "sandbox", "message": "入力内容が正しくありません。"});
        if let (Some(place), Some(body)) = (self.place, body.as_object_mut()) {
            let errors = json!({ place: { "messages": ["必須です。"] } });
            body.insert("errors".into(), errors);
        }
        (self.status, Json(body)).into_response()
    }
}

/// Checks the token and how much runs at once, and says both limits on every answer.
async fn admit(State(domain): State<Arc<Domain>>, request: Request, next: Next) -> Response {
    let running = domain.running.fetch_add(1, Ordering::SeqCst) + 1;
    let mut answer = match refusal(&domain, request.headers(), running) {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    };
    domain.running.fetch_sub(1, Ordering::SeqCst);
    for (name, value) in [
        ("x-concurrencylimit-limit", MAX_CONCURRENT),
        ("x-concurrencylimit-running", running),
    ] {
        answer.headers_mut().insert(name, HeaderValue::from(value));
    }
    answer
}

fn refusal(domain: &Domain, headers: &HeaderMap, running: usize) -> Option<Refusal> {
    if running > MAX_CONCURRENT {
        return Some(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "GAIA_TO04"));
    }
    match headers.get("x-cybozu-api-token") {
        None => Some(Refusal::new(StatusCode::UNAUTHORIZED, "CB_AU01")),
        Some(token) if token != domain.token.as_str() => {
            Some(Refusal::new(StatusCode::UNAUTHORIZED, "CB_WA01"))
        }
        Some(_) => None,
    }
}

#[derive(Deserialize)]
struct Upsert {
    app: u64,
    #[serde(default)]
    upsert: bool,
    records: Vec<UpsertRecord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpsertRecord {
    update_key: UpdateKey,
    #[serde(default)]
    record: BTreeMap<String, Written>,
}

#[derive(Deserialize)]
struct UpdateKey {
    field: String,
    value: String,
}

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    value: Value,
}

async fn upsert(State(domain): State<Arc<Domain>>, body: String) -> Result<Json<Value>, Refusal> {
    let request: Upsert = serde_json::from_str(&body)
        .map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "CB_IJ01"))?;
    known_app(&domain, request.app)?;
    if request.records.is_empty() || request.records.len() > MAX_RECORDS {
        return Err(Refusal::invalid("records"));
    }
    let mut table = domain.table();
    let mut checked: Vec<(String, Values)> = Vec::new();
    for (at, record) in request.records.into_iter().enumerate() {
        let invalid = |place: &str| Refusal::invalid(format!("records[{at}].{place}"));
        let UpdateKey { field, value: key } = record.update_key;
        if field != UNIQUE {
            return Err(invalid("updateKey.field"));
        }
        let written = record.record.into_iter();
        let written = written.map(|(code, field)| (code, field.value)).collect();
        let values = app::check(&key, &written).map_err(|place| invalid(&place))?;
        if checked.iter().any(|(other, _)| *other == key) {
            return Err(invalid("updateKey.value"));
        }
        if !request.upsert && !table.knows(&key) {
            return Err(Refusal::new(StatusCode::NOT_FOUND, "GAIA_RE01"));
        }
        checked.push((key, values));
    }
    let results: Vec<Value> = checked
        .into_iter()
        .map(|(key, values)| table.write(key, values))
        .collect();
    Ok(Json(json!({ "records": results })))
}

async fn list(
    State(domain): State<Arc<Domain>>,
    Parameters(parameters): Parameters<Vec<(String, String)>>,
) -> Result<Json<Value>, Refusal> {
    known_app(&domain, number(&parameters, "app")?)?;
    let query = parameters.iter().find(|(name, _)| name == "query");
    let query = query.map_or("", |(_, text)| text);
    let query = Query::parse(query).ok_or_else(|| Refusal::invalid("query"))?;
    let table = domain.table();
    let fitting = table.rows.iter().filter(|(id, row)| query.fits(**id, row));
    let records: Vec<Value> = fitting
        .take(query.limit)
        .map(|(id, row)| row.shown(*id))
        .collect();
    Ok(Json(json!({"records": records, "totalCount": null})))
}

async fn delete(
    State(domain): State<Arc<Domain>>,
    Parameters(parameters): Parameters<Vec<(String, String)>>,
) -> Result<Json<Value>, Refusal> {
    known_app(&domain, number(&parameters, "app")?)?;
    let ids = parameters
        .iter()
        .filter(|(name, _)| name.starts_with("ids["));
    let ids: Vec<u64> = ids
        .map(|(_, id)| id.parse().map_err(|_| Refusal::invalid("ids")))
        .collect::<Result<_, _>>()?;
    if ids.is_empty() || ids.len() > MAX_RECORDS {
        return Err(Refusal::invalid("ids"));
    }
    let mut table = domain.table();
    if !ids.iter().all(|id| table.rows.contains_key(id)) {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "GAIA_RE01"));
    }
    for id in ids {
        table.remove(id);
    }
    Ok(Json(json!({})))
}

fn known_app(domain: &Domain, app: u64) -> Result<(), Refusal> {
    if app == domain.app {
        Ok(())
    } else {
        Err(Refusal::new(StatusCode::NOT_FOUND, "GAIA_AP01"))
    }
}

fn number(parameters: &[(String, String)], name: &str) -> Result<u64, Refusal> {
    let found = parameters.iter().find(|(known, _)| known == name);
    let number = found.and_then(|(_, value)| value.parse().ok());
    number.ok_or_else(|| Refusal::invalid(name))
}

#[cfg(test)]
mod tests {
    use crate::sandbox::tests::{Crm, TOKEN, crm, envelope, now};
    use companion_adapters::{
        crm::kintone::{self, Part},
        http::{Attempt, Request, Token},
    };
    use companion_domain::{outcome::Outcome, record::Envelope};

    fn target(crm: &Crm, token: &str) -> kintone::Config {
        kintone::Config {
            base_url: format!("{}/k/v1", crm.handle.url()),
            app: 12,
            token: Token::new(token),
            fields: kintone::Fields::default(),
        }
    }

    async fn upsert(crm: &Crm, batch: &[Envelope]) -> Vec<Outcome> {
        let request = target(crm, TOKEN).upsert(batch).unwrap();
        kintone::outcomes(&crm.send(request).await, batch.len(), now())
    }

    async fn rows(crm: &Crm, request: Request) -> Vec<kintone::Row> {
        target(crm, TOKEN)
            .rows(&crm.send(request).await, now())
            .unwrap()
    }

    fn id(id: &str) -> Option<String> {
        Some(id.to_owned())
    }

    #[tokio::test]
    async fn an_upsert_keeps_each_key_once_and_is_read_back_whole() {
        let crm = crm().await;
        let batch = [envelope(1, "見積"), envelope(2, "お願いします\n以上")];
        let inserted = [
            Outcome::Done { remote_id: id("1") },
            Outcome::Done { remote_id: id("2") },
        ];
        assert_eq!(upsert(&crm, &batch).await, inserted);
        let again = Outcome::AlreadyThere { remote_id: id("2") };
        assert_eq!(upsert(&crm, &batch[1..]).await, [again]);
        let config = target(&crm, TOKEN);
        let kept = rows(&crm, config.list(0)).await;
        let envelopes: Vec<_> = kept.iter().filter_map(kintone::Row::envelope).collect();
        assert_eq!(envelopes, batch);
        assert_eq!(
            kept[0].parts[&Part::SentAt],
            "2026-01-02T03:04:00Z",
            "seconds are lost"
        );
        assert_eq!(kept[0].parts[&Part::SentAtMs], "1767323045678");
        let second = rows(&crm, config.list(1)).await;
        assert_eq!(second.iter().map(|row| row.id).collect::<Vec<_>>(), [2]);
    }

    #[tokio::test]
    async fn one_bad_record_rolls_all_back() {
        let crm = crm().await;
        let mut bad = envelope(2, "b");
        bad.id = companion_domain::id::Key::new("m1".repeat(33));
        let outcomes = upsert(&crm, &[envelope(1, "a"), bad.clone()]).await;
        assert!(
            outcomes
                .iter()
                .all(|outcome| matches!(outcome, Outcome::NotApplied { .. }))
        );
        assert!(rows(&crm, target(&crm, TOKEN).list(0)).await.is_empty());
        let code = "kintone.CB_VA01".to_owned();
        assert_eq!(upsert(&crm, &[bad]).await, [Outcome::Permanent { code }]);
    }

    #[tokio::test]
    async fn an_erasure_finds_and_deletes_and_frees_the_key() {
        let crm = crm().await;
        let batch = [envelope(1, "a"), envelope(2, "b"), envelope(3, "c")];
        upsert(&crm, &batch).await;
        let config = target(&crm, TOKEN);
        let keys = [batch[0].id.clone(), batch[2].id.clone()];
        let found = rows(&crm, config.find(&keys)).await;
        let ids: Vec<u64> = found.iter().map(|row| row.id).collect();
        assert_eq!(ids, [1, 3]);
        let deleted = crm.send(config.delete(&ids)).await;
        assert!(matches!(
            kintone::outcome(&deleted, now()),
            Outcome::Done { .. }
        ));
        assert_eq!(rows(&crm, config.list(0)).await.len(), 1);
        let twice = kintone::outcome(&crm.send(config.delete(&ids)).await, now());
        assert_eq!(
            twice,
            Outcome::Permanent {
                code: "kintone.GAIA_RE01".into()
            }
        );
        let late = Outcome::Done { remote_id: id("4") };
        assert_eq!(
            upsert(&crm, &batch[..1]).await,
            [late],
            "why tombstones are kept"
        );
    }

    #[tokio::test]
    async fn a_wrong_token_stops_the_target_and_limits_are_on_every_answer() {
        let crm = crm().await;
        let Attempt::Answered(answer) = crm.send(target(&crm, "other").list(0)).await else {
            panic!("no answer");
        };
        assert_eq!(answer.header("X-ConcurrencyLimit-Limit"), Some("100"));
        assert_eq!(answer.header("X-ConcurrencyLimit-Running"), Some("1"));
        let outcome = kintone::outcome(&Attempt::Answered(answer), now());
        assert_eq!(
            outcome,
            Outcome::Auth {
                code: "kintone.CB_WA01".into()
            }
        );
    }
}
