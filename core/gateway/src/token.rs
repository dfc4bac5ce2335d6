//! `POST /v1/token`: a device proves its key and gets a bearer token (RFC 7523).

use crate::{
    app::Shared,
    problem::Problem,
    store::{Enrolment, NewToken},
};
use axum::{Form, Json, extract::State, extract::rejection::FormRejection};
use companion_crypto::{document, hash::sha256};
use companion_domain::time::Timestamp;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const TYP: &str = "companion-assertion+jwt";
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// How long a token is valid.
const TOKEN_LIFE: Duration = Duration::from_secs(900);
/// How far ahead an assertion may expire.
const ASSERTION_LIFE: Duration = Duration::from_secs(300);
/// How far the phone's clock may be off.
const SKEW: Duration = Duration::from_secs(60);

/// The request's form.
#[derive(Deserialize)]
pub(crate) struct Request {
    grant_type: String,
    assertion: String,
}

/// The answer of RFC 6749, 5.1.
#[derive(Serialize)]
pub(crate) struct Answer {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    iat: i64,
    exp: i64,
    jti: String,
}

/// Issues a token for an assertion that was not shown before.
pub(crate) async fn issue(
    State(app): State<Shared>,
    form: Result<Form<Request>, FormRejection>,
) -> Result<Json<Answer>, Problem> {
    let Form(request) = form.map_err(|_| Problem::MALFORMED)?;
    if request.grant_type != GRANT_TYPE {
        return Err(Problem::UNSUPPORTED_GRANT);
    }
    let (enrolment, claims) = verify(&app, &request.assertion).await.inspect_err(|_| {
        app.counters.add("tokens_refused", 1);
    })?;
    let mut token = [0; 32];
    app.random.fill(&mut token);
    let token = BASE64URL_NOPAD.encode(&token);
    let new = NewToken {
        enrolment: enrolment.id,
        jti: sha256(claims.jti.as_bytes()),
        assertion_exp: Timestamp::from_seconds(claims.exp) + SKEW,
        hash: sha256(token.as_bytes()),
        exp: app.clock.now() + TOKEN_LIFE,
    };
    let fresh = app.store.write(move |store| new.issue(store)).await?;
    app.faults.reach("gateway.token.issued");
    if !fresh {
        app.counters.add("tokens_refused", 1);
        return Err(Problem::INVALID_GRANT);
    }
    Ok(Json(Answer {
        access_token: token,
        token_type: "Bearer",
        expires_in: TOKEN_LIFE.as_secs(),
    }))
}

async fn verify(app: &Shared, assertion: &str) -> Result<(Enrolment, Claims), Problem> {
    let issuer = claimed_issuer(assertion).ok_or(Problem::INVALID_GRANT)?;
    let enrolment = app
        .store
        .read(move |store| Enrolment::find(store, &issuer))
        .await?
        .ok_or(Problem::INVALID_GRANT)?;
    let claims: Claims = document::verify_compact(assertion, TYP, &[&enrolment.device])
        .and_then(|verified| verified.parse())
        .map_err(|_| Problem::INVALID_GRANT)?;
    let now = app.clock.now();
    let (iat, exp) = (
        Timestamp::from_seconds(claims.iat),
        Timestamp::from_seconds(claims.exp),
    );
    let valid = claims.iss == enrolment.id.as_str()
        && claims.sub == claims.iss
        && claims.aud == app.config.public_url
        && !claims.jti.is_empty()
        && iat <= now + SKEW
        && now < exp + SKEW
        && exp <= iat.min(now) + ASSERTION_LIFE + SKEW;
    if !valid {
        return Err(Problem::INVALID_GRANT);
    }
    if !enrolment.active {
        return Err(Problem::DISABLED);
    }
    Ok((enrolment, claims))
}

/// Whose key to verify with; trusted only after that.
fn claimed_issuer(assertion: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Issuer {
        iss: String,
    }
    let payload = assertion.split('.').nth(1)?;
    let payload = BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?;
    Some(serde_json::from_slice::<Issuer>(&payload).ok()?.iss)
}
