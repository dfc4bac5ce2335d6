//! HTTP as values: what to send, what came back, and what that means for the outbox.

use companion_domain::{outcome::Outcome, time::Timestamp};
use jiff::{fmt::strtime, tz::TimeZone};
use std::{fmt, time::Duration};
use zeroize::Zeroizing;

/// One request, complete with its credentials. `Debug` prints neither address, nor values of headers, nor body.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The absolute address.
    pub url: String,
    /// Headers in the order in which they are sent.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Request({} with {} bytes)",
            self.method.as_str(),
            self.body.len()
        )
    }
}

/// The methods that targets and channels need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `DELETE`
    Delete,
}

impl Method {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A complete answer. `Debug` prints the status and the body's length.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Headers as received.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header called `name`, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self
            .headers
            .iter()
            .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name))?;
        Some(value)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({} with {} bytes)", self.status, self.body.len())
    }
}

/// How one attempt to exchange a request for an answer ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The whole answer arrived.
    Answered(Answer),
    /// The request did not leave (name not found, connection refused, TLS failed): surely not applied.
    NotSent,
    /// The request may have left and no whole answer arrived (timeout, reset, cut body).
    Lost,
}

/// A token that a header carries. It prints nothing and its memory is overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// Wraps a token.
    pub fn new(token: impl Into<String>) -> Self {
        Self(Zeroizing::new(token.into()))
    }

    /// The token, for the header that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// What an attempt came to where the other side has no rule of its own. Targets look at their error codes first.
///
/// `now` is the time at which the answer arrived.
pub fn outcome(attempt: &Attempt, now: Timestamp) -> Outcome {
    let answer = match attempt {
        Attempt::Answered(answer) => answer,
        Attempt::NotSent => {
            return Outcome::NotApplied {
                code: "network.not_sent".into(),
            };
        }
        Attempt::Lost => {
            return Outcome::Ambiguous {
                code: "network.lost".into(),
            };
        }
    };
    let code = format!("http.{}", answer.status);
    let until = retry_after(answer, now);
    match answer.status {
        200..=299 => Outcome::Done { remote_id: None },
        429 => Outcome::Throttled { until },
        503 if until.is_some() => Outcome::Throttled { until },
        401 | 407 => Outcome::Auth { code },
        408 | 500..=599 => Outcome::Ambiguous { code },
        425 => Outcome::NotApplied { code },
        _ => Outcome::Permanent { code },
    }
}

/// From when on `Retry-After` allows the next attempt, in seconds or as a date (RFC 9110, 10.2.3).
///
/// `now` is the time at which the answer arrived; a date before it means `now`.
pub fn retry_after(answer: &Answer, now: Timestamp) -> Option<Timestamp> {
    let value = answer.header("retry-after")?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(now + Duration::from_secs(seconds));
    }
    Some(http_date(value)?.max(now))
}

/// The three forms that RFC 9110, 5.6.7 obliges a recipient to read.
fn http_date(text: &str) -> Option<Timestamp> {
    const FORMS: [&str; 3] = [
        "%a, %d %b %Y %H:%M:%S GMT",
        "%A, %d-%b-%y %H:%M:%S GMT",
        "%a %b %e %H:%M:%S %Y",
    ];
    FORMS.iter().find_map(|form| {
        let at = strtime::parse(form, text).ok()?.to_datetime().ok()?;
        let at = TimeZone::UTC.to_timestamp(at).ok()?;
        Some(Timestamp::from_ms(at.as_millisecond()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("1994-11-06T08:49:00Z").unwrap()
    }

    fn answer(status: u16, retry_after: Option<&str>) -> Answer {
        Answer {
            status,
            headers: retry_after
                .map(|value| ("Retry-After".to_owned(), value.to_owned()))
                .into_iter()
                .collect(),
            body: Vec::new(),
        }
    }

    #[test]
    fn retry_after_is_read_in_seconds_and_in_every_form_of_a_date() {
        let wait = |value| retry_after(&answer(429, Some(value)), now()).map(|at| at.since(now()));
        for (value, seconds) in [
            ("120", 120),
            (" 0 ", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 37),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 37),
            ("Sun Nov  6 08:49:37 1994", 37),
            ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ] {
            assert_eq!(wait(value), Some(Duration::from_secs(seconds)), "{value}");
        }
        for value in ["", "-1", "soon", "1.5", "Sun, 31 Feb 1994 08:49:37 GMT"] {
            assert_eq!(wait(value), None, "{value}");
        }
        let longest = retry_after(&answer(429, Some("18446744073709551615")), now());
        assert_eq!(longest, Some(Timestamp::from_ms(i64::MAX)));
    }

    #[test]
    fn every_status_has_its_outcome() {
        let of = |status| outcome(&Attempt::Answered(answer(status, None)), now());
        let code = |status: u16| format!("http.{status}");
        for status in [200, 201, 204, 299] {
            assert_eq!(of(status), Outcome::Done { remote_id: None });
        }
        for status in [301, 302, 307, 400, 403, 404, 409, 410, 413, 422] {
            assert_eq!(
                of(status),
                Outcome::Permanent { code: code(status) },
                "{status}"
            );
        }
        for status in [408, 500, 502, 503, 504, 521] {
            assert_eq!(
                of(status),
                Outcome::Ambiguous { code: code(status) },
                "{status}"
            );
        }
        assert_eq!(of(401), Outcome::Auth { code: code(401) });
        assert_eq!(of(425), Outcome::NotApplied { code: code(425) });
        assert_eq!(of(429), Outcome::Throttled { until: None });
    }

    #[test]
    fn a_busy_server_that_names_a_time_is_waited_for() {
        let busy = Attempt::Answered(answer(503, Some("7")));
        let until = Some(now() + Duration::from_secs(7));
        assert_eq!(outcome(&busy, now()), Outcome::Throttled { until });
    }

    #[test]
    fn only_what_surely_did_not_leave_is_not_applied() {
        assert!(matches!(
            outcome(&Attempt::NotSent, now()),
            Outcome::NotApplied { .. }
        ));
        assert!(matches!(
            outcome(&Attempt::Lost, now()),
            Outcome::Ambiguous { .. }
        ));
    }

    #[test]
    fn nothing_that_is_sent_or_received_is_printed() {
        let request = Request {
            method: Method::Post,
            url: "https://crm.example/secret-path".into(),
            headers: vec![("authorization".into(), "Bearer secret".into())],
            body: b"secret".to_vec(),
        };
        let answer = Answer {
            status: 200,
            headers: Vec::new(),
            body: b"secret".to_vec(),
        };
        let printed = format!("{request:?} {answer:?} {:?}", Token::new("secret"));
        assert_eq!(
            printed,
            "Request(POST with 6 bytes) Answer(200 with 6 bytes) Token(..)"
        );
    }
}
