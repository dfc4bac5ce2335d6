//! The gateway's API as the phone calls it (formats.md 9): requests built, answers read, failures named.

use crate::{
    error::CompanionError,
    ports::{Answer, Attempt, Method, Request, Transport},
};
use companion_adapters::http::retry_after;
use companion_domain::time::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::time::Duration;

/// How long one exchange may take (design.md 7), beside the time that a long poll asks for.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Why a call did not come to an answer that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Blocked {
    /// The network or the gateway is away; every call of ours may be repeated.
    Offline,
    /// The gateway is there and does not work.
    Faulty,
    /// The gateway asks for patience.
    Throttled(Timestamp),
    /// The bearer token is no longer good.
    TokenExpired,
    /// The gateway no longer knows this enrolment.
    Refused { code: String },
    /// The gateway answers in a way this version does not read.
    Unreadable,
}

impl From<Blocked> for CompanionError {
    fn from(blocked: Blocked) -> Self {
        match blocked {
            Blocked::Offline => Self::Offline,
            Blocked::Throttled(_) | Blocked::Faulty => Self::Unavailable {
                reason: "gateway.busy".into(),
            },
            Blocked::TokenExpired => Self::SignInNeeded {
                reason: "gateway.token".into(),
            },
            Blocked::Refused { code } => Self::SignInNeeded { reason: code },
            Blocked::Unreadable => Self::Unavailable {
                reason: "gateway.unreadable".into(),
            },
        }
    }
}

/// One page of the inbox.
#[derive(Deserialize)]
pub(crate) struct SyncPage {
    pub(crate) inbox: String,
    pub(crate) items: Vec<SyncItem>,
    pub(crate) more: bool,
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
#[derive(Serialize)]
pub(crate) struct Rejected {
    pub(crate) seq: u64,
    pub(crate) reason: &'static str,
}

/// A bearer token and its end.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) bearer: String,
    pub(crate) until: Timestamp,
}

/// The gateway, reached through the phone's transport.
pub(crate) struct Gateway<'a> {
    pub(crate) base: &'a str,
    pub(crate) transport: &'a dyn Transport,
    pub(crate) now: Timestamp,
}

impl Gateway<'_> {
    /// Exchanges a signed assertion for a token (RFC 7523).
    pub(crate) async fn token(&self, assertion: &str) -> Result<Token, Blocked> {
        let body = format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}"
        );
        let kind = "application/x-www-form-urlencoded";
        let request = self.request(Method::Post, "/v1/token", None, kind, body.into_bytes());
        let answer: TokenAnswer = read(&self.exchange(request, TIMEOUT).await?)?;
        // A minute of slack, so that no request starts with a token that ends under way.
        let life = Duration::from_secs(answer.expires_in.saturating_sub(60));
        Ok(Token {
            bearer: answer.access_token,
            until: self.now + life,
        })
    }

    /// Reads the inbox after `after`, waiting up to `wait` for something new.
    pub(crate) async fn sync(
        &self,
        token: &Token,
        inbox: &str,
        after: u64,
        nonce: &str,
        wait: Duration,
    ) -> Result<SyncPage, Blocked> {
        let path = format!(
            "/v1/sync?inbox={inbox}&after={after}&nonce={nonce}&limit=100&wait={}",
            wait.as_secs()
        );
        let request = self.request(
            Method::Get,
            &path,
            Some(token),
            "application/json",
            Vec::new(),
        );
        read(&self.exchange(request, TIMEOUT + wait).await?)
    }

    /// Acknowledges everything up to `through`.
    pub(crate) async fn ack(
        &self,
        token: &Token,
        inbox: &str,
        through: u64,
        rejected: &[Rejected],
    ) -> Result<(), Blocked> {
        let body = serde_json::json!({"inbox": inbox, "through": through, "rejected": rejected});
        self.post(token, "/v1/ack", body.to_string().into_bytes())
            .await
            .map(|_| ())
    }

    /// Hands records over; `events` are envelopes as JSON text.
    pub(crate) async fn records(
        &self,
        token: &Token,
        events: &[String],
    ) -> Result<Vec<ItemAnswer>, Blocked> {
        let items: Vec<String> = events
            .iter()
            .map(|event| format!("{{\"event\":{event},\"blobs\":{{}}}}"))
            .collect();
        let body = format!("{{\"records\":[{}]}}", items.join(","));
        self.items(token, "/v1/records", body).await
    }

    /// Hands customer messages over; each is an `OutboundMessage` as JSON text.
    pub(crate) async fn messages(
        &self,
        token: &Token,
        messages: &[String],
    ) -> Result<Vec<ItemAnswer>, Blocked> {
        let body = format!("{{\"messages\":[{}]}}", messages.join(","));
        self.items(token, "/v1/messages", body).await
    }

    /// Hands a signed checkpoint or receipt over.
    pub(crate) async fn receipt(&self, token: &Token, document: &str) -> Result<(), Blocked> {
        self.post(token, "/v1/receipts", document.as_bytes().to_vec())
            .await
            .map(|_| ())
    }

    async fn items(
        &self,
        token: &Token,
        path: &str,
        body: String,
    ) -> Result<Vec<ItemAnswer>, Blocked> {
        let answers: ItemAnswers = read(&self.post(token, path, body.into_bytes()).await?)?;
        Ok(answers.results)
    }

    async fn post(&self, token: &Token, path: &str, body: Vec<u8>) -> Result<Answer, Blocked> {
        let request = self.request(Method::Post, path, Some(token), "application/json", body);
        self.exchange(request, TIMEOUT).await
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        token: Option<&Token>,
        kind: &str,
        body: Vec<u8>,
    ) -> Request {
        let mut headers = vec![("content-type".to_owned(), kind.to_owned())];
        if let Some(token) = token {
            headers.push((
                "authorization".to_owned(),
                format!("Bearer {}", token.bearer),
            ));
        }
        Request {
            method,
            url: format!("{}{path}", self.base.trim_end_matches('/')),
            headers,
            body,
        }
    }

    async fn exchange(&self, request: Request, timeout: Duration) -> Result<Answer, Blocked> {
        let answer = match self.transport.exchange(request, timeout).await {
            Attempt::Answered(answer) => answer,
            Attempt::NotSent | Attempt::Lost => return Err(Blocked::Offline),
        };
        match answer.status {
            200..=299 => Ok(answer),
            401 => Err(Blocked::TokenExpired),
            403 => Err(Blocked::Refused {
                code: problem_code(&answer),
            }),
            429 | 503 => Err(match retry_after(&answer, self.now) {
                Some(until) => Blocked::Throttled(until),
                None => Blocked::Faulty,
            }),
            408 | 500..=599 => Err(Blocked::Faulty),
            _ => Err(Blocked::Unreadable),
        }
    }
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, Blocked> {
    serde_json::from_slice(&answer.body).map_err(|_| Blocked::Unreadable)
}

fn problem_code(answer: &Answer) -> String {
    #[derive(Deserialize)]
    struct Problem {
        code: String,
    }
    serde_json::from_slice::<Problem>(&answer.body)
        .map_or_else(|_| "gateway.refused".into(), |problem| problem.code)
}
