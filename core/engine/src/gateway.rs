//! The gateway's API as the phone calls it (formats.md 9): requests built, answers read, failures named.

use crate::{
    error::CompanionError,
    ports::{Answer, Attempt, Method, Request},
    session::{HardwareKey, Home, Session},
};
use companion_adapters::http::retry_after;
use companion_crypto::document;
use companion_domain::{reason::Code, time::Timestamp};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::time::Duration;

/// How long one exchange may take (design.md 7), beside the time that a long poll asks for.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How long an assertion is good for (at most 5 minutes, formats.md 9).
const ASSERTION_LIFE: Duration = Duration::from_secs(120);

/// Why a call did not come to an answer that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Blocked {
    /// The network or the gateway is away; every call of ours may be repeated.
    Offline,
    /// The gateway is there and does not work.
    Faulty,
    /// The gateway asks for patience.
    Throttled(Timestamp),
    /// The gateway does not let this enrolment in.
    Shut(Code),
    /// The gateway itself says that it does not take this request, however often it comes.
    Refused,
    /// The gateway answers in a way this version does not read.
    Unreadable,
    /// The phone itself could not ask.
    Here(CompanionError),
}

impl From<Blocked> for CompanionError {
    fn from(blocked: Blocked) -> Self {
        match blocked {
            Blocked::Offline => Self::Offline,
            Blocked::Throttled(_) | Blocked::Faulty => Self::unavailable(Code::GatewayBusy),
            Blocked::Shut(reason) => Self::SignInNeeded { reason },
            Blocked::Refused => Self::unavailable(Code::GatewayRefused),
            Blocked::Unreadable => Self::unavailable(Code::GatewayUnreadable),
            Blocked::Here(error) => error,
        }
    }
}

/// One page of the inbox.
#[derive(Deserialize)]
pub(crate) struct SyncPage {
    pub(crate) inbox: String,
    pub(crate) items: Vec<SyncItem>,
    pub(crate) more: bool,
    /// The gateway's time, signed over the nonce of the request.
    pub(crate) time: Option<String>,
}

/// One item of a page; what is clear here is a hint, the truth stands in the signed item.
#[derive(Deserialize)]
pub(crate) struct SyncItem {
    pub(crate) seq: u64,
    pub(crate) id: String,
    pub(crate) sealed: Option<String>,
    pub(crate) tombstone: Option<String>,
}

/// The gateway's answer for one record or message.
#[derive(Deserialize)]
pub(crate) struct ItemAnswer {
    pub(crate) id: String,
    pub(crate) result: String,
    #[serde(default)]
    pub(crate) reason: Option<String>,
}

#[derive(Deserialize)]
struct ItemAnswers {
    results: Vec<ItemAnswer>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    expires_in: u64,
}

/// An item that could not be opened.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rejected {
    pub(crate) seq: u64,
    pub(crate) reason: String,
}

/// A bearer token and its end.
#[derive(Clone)]
pub(crate) struct Token {
    bearer: String,
    until: Timestamp,
}

/// The gateway, reached through the phone's transport.
pub(crate) struct Gateway<'a> {
    pub(crate) home: &'a Home,
    pub(crate) session: &'a Session,
    pub(crate) token: &'a mut Option<Token>,
}

/// One request before it gets its token.
struct Call {
    method: Method,
    path: String,
    body: Vec<u8>,
    timeout: Duration,
}

impl Gateway<'_> {
    /// Reads the inbox after `after`, waiting up to `wait` for something new. `nonce` is a fresh [`Gateway::random_text`].
    pub(crate) async fn sync(
        &mut self,
        inbox: &str,
        after: u64,
        wait: Duration,
        nonce: &str,
    ) -> Result<SyncPage, Blocked> {
        let wait_s = wait.as_secs();
        let path =
            format!("/v1/sync?inbox={inbox}&after={after}&nonce={nonce}&limit=100&wait={wait_s}");
        let call = Call {
            method: Method::Get,
            path,
            body: Vec::new(),
            timeout: TIMEOUT + wait,
        };
        read(&self.call(call).await?)
    }

    /// Acknowledges everything up to `through`.
    pub(crate) async fn ack(
        &mut self,
        inbox: &str,
        through: u64,
        rejected: &[Rejected],
    ) -> Result<(), Blocked> {
        let body = serde_json::json!({"inbox": inbox, "through": through, "rejected": rejected});
        self.post("/v1/ack", body.to_string()).await.map(drop)
    }

    /// Hands records over; `events` are envelopes as JSON text.
    pub(crate) async fn records(&mut self, events: &[String]) -> Result<Vec<ItemAnswer>, Blocked> {
        let items: Vec<String> = events
            .iter()
            .map(|event| format!("{{\"event\":{event},\"blobs\":{{}}}}"))
            .collect();
        let body = format!("{{\"records\":[{}]}}", items.join(","));
        self.items("/v1/records", body).await
    }

    /// Hands customer messages over; each is an `OutboundMessage` as JSON text.
    pub(crate) async fn messages(
        &mut self,
        messages: &[String],
    ) -> Result<Vec<ItemAnswer>, Blocked> {
        let body = format!("{{\"messages\":[{}]}}", messages.join(","));
        self.items("/v1/messages", body).await
    }

    /// Hands a signed checkpoint or receipt over.
    pub(crate) async fn receipt(&mut self, document: &str) -> Result<(), Blocked> {
        self.post("/v1/receipts", document.to_owned())
            .await
            .map(drop)
    }

    async fn items(&mut self, path: &str, body: String) -> Result<Vec<ItemAnswer>, Blocked> {
        let answers: ItemAnswers = read(&self.post(path, body).await?)?;
        Ok(answers.results)
    }

    async fn post(&mut self, path: &str, body: String) -> Result<Answer, Blocked> {
        self.call(Call {
            method: Method::Post,
            path: path.to_owned(),
            body: body.into_bytes(),
            timeout: TIMEOUT,
        })
        .await
    }

    /// Sends a call with the bearer token. A token that was good before may have ended at the gateway, so a refused one
    /// is exchanged once; only a fresh one that is refused, too, needs somebody.
    async fn call(&mut self, call: Call) -> Result<Answer, Blocked> {
        let cached = self.token.clone().filter(|token| token.until > self.now());
        if let Some(token) = cached {
            let answer = self
                .exchange(call.request(self, &token), call.timeout)
                .await?;
            if answer.status != 401 {
                return self.judge(answer);
            }
        }
        let token = self.fresh_token().await?;
        let answer = self
            .exchange(call.request(self, &token), call.timeout)
            .await?;
        match answer.status {
            401 => {
                *self.token = None;
                Err(Blocked::Shut(Code::GatewayToken))
            }
            _ => self.judge(answer),
        }
    }

    /// Exchanges a signed assertion for a token (RFC 7523) and keeps it.
    async fn fresh_token(&mut self) -> Result<Token, Blocked> {
        *self.token = None;
        let assertion = self.assertion().await.map_err(Blocked::Here)?;
        let kind = "application/x-www-form-urlencoded";
        let request = Request {
            method: Method::Post,
            url: self.url("/v1/token"),
            headers: vec![("content-type".into(), kind.into())],
            body: format!(
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}"
            )
            .into_bytes(),
        };
        let answer = self.exchange(request, TIMEOUT).await?;
        if matches!(answer.status, 400 | 401) {
            return Err(Blocked::Shut(Code::GatewayToken));
        }
        let answer: TokenAnswer = read(&self.judge(answer)?)?;
        // A minute of slack, so that no request starts with a token that ends under way.
        let life = Duration::from_secs(answer.expires_in.saturating_sub(60));
        let token = Token {
            bearer: answer.access_token,
            until: self.now() + life,
        };
        *self.token = Some(token.clone());
        Ok(token)
    }

    /// A `companion-assertion+jwt` by the device key.
    async fn assertion(&self) -> Result<String, CompanionError> {
        let (now, enrolment) = (self.now(), self.home.enrolment.as_str());
        let claims = serde_json::json!({
            "iss": enrolment,
            "sub": enrolment,
            "aud": self.session.gateway,
            "iat": now.seconds(),
            "exp": (now + ASSERTION_LIFE).seconds(),
            "jti": self.random_text(),
        });
        let payload = claims.to_string().into_bytes();
        let key = &self.session.device_key;
        let draft = document::CompactDraft::new("companion-assertion+jwt", &payload, key);
        let keys = &self.home.ports.keys;
        let signature = keys
            .sign(&self.home.key_name(HardwareKey::Device), draft.input())
            .await?;
        Ok(draft.finish(&signature))
    }

    async fn exchange(&self, request: Request, timeout: Duration) -> Result<Answer, Blocked> {
        match self.home.ports.transport.exchange(request, timeout).await {
            Attempt::Answered(answer) => Ok(answer),
            Attempt::NotSent | Attempt::Lost => Err(Blocked::Offline),
        }
    }

    fn judge(&self, answer: Answer) -> Result<Answer, Blocked> {
        match answer.status {
            200..=299 => Ok(answer),
            400 | 409 | 413 | 422 if problem(&answer).is_some() => Err(Blocked::Refused),
            403 if problem(&answer).as_deref() == Some("enrolment_disabled") => {
                Err(Blocked::Shut(Code::GatewayEnrolmentDisabled))
            }
            429 | 503 => Err(match retry_after(&answer, self.now()) {
                Some(until) => Blocked::Throttled(until),
                None => Blocked::Faulty,
            }),
            408 | 500..=599 => Err(Blocked::Faulty),
            _ => Err(Blocked::Unreadable),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.session.gateway.trim_end_matches('/'))
    }

    fn now(&self) -> Timestamp {
        self.home.surroundings.clock.now()
    }

    /// 16 random bytes as text.
    pub(crate) fn random_text(&self) -> String {
        let mut bytes = [0u8; 16];
        self.home.surroundings.random.fill(&mut bytes);
        BASE64URL_NOPAD.encode(&bytes)
    }
}

impl Call {
    fn request(&self, gateway: &Gateway<'_>, token: &Token) -> Request {
        Request {
            method: self.method,
            url: gateway.url(&self.path),
            headers: vec![
                ("content-type".into(), "application/json".into()),
                ("authorization".into(), format!("Bearer {}", token.bearer)),
            ],
            body: self.body.clone(),
        }
    }
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, Blocked> {
    serde_json::from_slice(&answer.body).map_err(|_| Blocked::Unreadable)
}

/// The code of the gateway's own refusals (RFC 9457). A proxy or a captive portal in between has none, and decides
/// nothing.
fn problem(answer: &Answer) -> Option<String> {
    #[derive(Deserialize)]
    struct Problem {
        code: String,
    }
    let problem: Problem = serde_json::from_slice(&answer.body).ok()?;
    Some(problem.code)
}
