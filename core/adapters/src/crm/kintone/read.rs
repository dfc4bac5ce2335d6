//! Reading an app back, deleting from it, and what its errors mean.

use super::{Config, Part};
use crate::http::{self, Answer, Attempt, Method, Request};
use companion_domain::{id::Key, outcome::Outcome, record::Envelope, time::Timestamp};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// How many records kintone shows in one answer.
pub const PAGE_SIZE: usize = 500;

/// A record of the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number in the app.
    pub id: u64,
    /// The parts of it that are mapped to fields and hold text.
    pub parts: BTreeMap<Part, String>,
}

impl Row {
    /// The record's key; `None` if its field is empty.
    pub fn key(&self) -> Option<Key> {
        let key = self.parts.get(&Part::MessageKey)?;
        Some(Key::new(key)).filter(|key| !key.as_str().is_empty())
    }

    /// The whole envelope; `None` if it is not kept or was spoiled.
    pub fn envelope(&self) -> Option<Envelope> {
        serde_json::from_str(self.parts.get(&Part::Envelope)?).ok()
    }
}

impl Config {
    /// The request for up to [`PAGE_SIZE`] records whose number is greater than `after`, in order; 0 begins. The last
    /// page is the first one without a row.
    pub fn list(&self, after: u64) -> Request {
        self.get(&format!("$id > {after} order by $id asc limit {PAGE_SIZE}"))
    }

    /// The request for the records of `keys`, at most [`MAX_BATCH`](super::MAX_BATCH).
    pub fn find(&self, keys: &[Key]) -> Request {
        let quoted = |key: &Key| {
            let key = key.as_str().replace('\\', r"\\").replace('"', r#"\""#);
            format!("\"{key}\"")
        };
        let keys: Vec<String> = keys.iter().map(quoted).collect();
        let field = self.fields.key();
        self.get(&format!(
            "{field} in ({}) limit {PAGE_SIZE}",
            keys.join(",")
        ))
    }

    /// The request that deletes the records of `ids`, at most [`MAX_BATCH`](super::MAX_BATCH), all or none. It frees their keys, so
    /// [`tombstone`](crate::crm::tombstone) has to be kept first.
    pub fn delete(&self, ids: &[u64]) -> Request {
        let app = self.app;
        let ids: String = ids
            .iter()
            .enumerate()
            .map(|(at, id)| format!("&ids%5B{at}%5D={id}"))
            .collect();
        self.request(Method::Delete, &format!("?app={app}{ids}"), Vec::new())
    }

    fn get(&self, query: &str) -> Request {
        let query = format!("?app={}&query={}", self.app, percent_encoded(query));
        self.request(Method::Get, &query, Vec::new())
    }

    /// The records in the answer to [`Config::list`] or [`Config::find`], or what the attempt came to instead.
    pub fn rows(&self, attempt: &Attempt, now: Timestamp) -> Result<Vec<Row>, Outcome> {
        match attempt {
            Attempt::Answered(answer) if (200..300).contains(&answer.status) => {
                self.read(answer).ok_or(Outcome::Ambiguous {
                    code: "kintone.unreadable".into(),
                })
            }
            _ => Err(outcome(attempt, now)),
        }
    }

    fn read(&self, answer: &Answer) -> Option<Vec<Row>> {
        let page: Page = serde_json::from_slice(&answer.body).ok()?;
        let row = |record: BTreeMap<String, Field>| {
            let text = |code: &str| record.get(code)?.value.as_str().map(str::to_owned);
            let parts = self.fields.codes();
            Some(Row {
                id: text("$id")?.parse().ok()?,
                parts: parts
                    .filter_map(|(part, code)| Some((part, text(code)?)))
                    .collect(),
            })
        };
        page.records.into_iter().map(row).collect()
    }
}

#[derive(Deserialize)]
struct Page {
    records: Vec<BTreeMap<String, Field>>,
}

#[derive(Deserialize)]
struct Field {
    value: Value,
}

/// What an attempt came to that is not answered record by record. kintone translates its texts, so the code decides.
///
/// `now` is the time at which the answer arrived.
pub fn outcome(attempt: &Attempt, now: Timestamp) -> Outcome {
    let Attempt::Answered(answer) = attempt else {
        return http::outcome(attempt, now);
    };
    let code = error_code(answer);
    match (answer.status, code.as_deref()) {
        // Too many requests at once, or maintenance, which answers in HTML.
        (429 | 503, _) | (_, Some("GAIA_TO04")) => Outcome::Throttled {
            until: http::retry_after(answer, now),
        },
        // Somebody else changed the record meanwhile, so the transaction was rolled back.
        (409, _) => Outcome::NotApplied {
            code: named(code, answer),
        },
        _ => match http::outcome(attempt, now) {
            Outcome::Auth { .. } => Outcome::Auth {
                code: named(code, answer),
            },
            Outcome::Permanent { .. } => Outcome::Permanent {
                code: named(code, answer),
            },
            other => other,
        },
    }
}

fn named(code: Option<String>, answer: &Answer) -> String {
    match code {
        Some(code) => format!("kintone.{code}"),
        None => format!("http.{}", answer.status),
    }
}

/// The code of kintone's error, if the body has one that looks like one.
fn error_code(answer: &Answer) -> Option<String> {
    #[derive(Deserialize)]
    struct Error {
        code: String,
    }
    let Error { code } = serde_json::from_slice(&answer.body).ok()?;
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    (code.len() <= 32 && code.bytes().all(plain)).then_some(code)
}

/// A query's value with everything but RFC 3986's unreserved characters escaped.
fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{crm::samples::envelope, http::Token};
    use std::time::Duration;

    fn now() -> Timestamp {
        Timestamp::from_seconds(1_767_323_045)
    }

    fn config() -> Config {
        Config {
            base_url: "https://acme.cybozu.com/k/v1".into(),
            app: 12,
            token: Token::new("secret-token"),
            fields: super::super::Fields::default(),
        }
    }

    fn answered(status: u16, body: &str) -> Attempt {
        Attempt::Answered(Answer {
            status,
            headers: vec![("Retry-After".into(), "3".into())],
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn reading_and_deleting_name_the_app_and_carry_the_token() {
        let keys = [Key::new("m1a"), Key::new("m1\"b")];
        for (request, method, query) in [
            (
                config().list(500),
                Method::Get,
                "query=%24id%20%3E%20500%20order%20by%20%24id%20asc%20limit%20500",
            ),
            (
                config().find(&keys),
                Method::Get,
                "query=message_key%20in%20%28%22m1a%22%2C%22m1%5C%22b%22%29%20limit%20500",
            ),
            (
                config().delete(&[7, 9]),
                Method::Delete,
                "ids%5B0%5D=7&ids%5B1%5D=9",
            ),
        ] {
            let base = "https://acme.cybozu.com/k/v1/records.json?app=12";
            assert_eq!(request.method, method);
            assert_eq!(request.url, format!("{base}&{query}"));
            let token = ("x-cybozu-api-token".to_owned(), "secret-token".to_owned());
            assert!(request.headers.contains(&token));
        }
    }

    #[test]
    fn what_was_written_is_read_back() {
        let event = envelope(3, "見積をお願いします");
        let mut record = serde_json::to_value(config().fields.values(&event).unwrap()).unwrap();
        record["$id"] = serde_json::json!({"type": "__ID__", "value": "41"});
        record["message_key"] = serde_json::json!({"value": event.id});
        record["files"] = serde_json::json!({"type": "FILE", "value": []});
        let body = serde_json::json!({"records": [record], "totalCount": null}).to_string();
        let rows = config().rows(&answered(200, &body), now()).unwrap();
        let [row] = rows.as_slice() else {
            panic!("{} rows", rows.len());
        };
        assert_eq!((row.id, row.key()), (41, Some(event.id.clone())));
        assert_eq!(row.parts[&Part::Body], "見積をお願いします");
        assert_eq!(row.envelope(), Some(event));
    }

    #[test]
    fn an_answer_that_is_cut_gives_no_rows() {
        for body in [
            "",
            r#"{"records":[{"$id":{"value":"1"}"#,
            r#"{"records":[{}]}"#,
        ] {
            let rows = config().rows(&answered(200, body), now());
            assert!(matches!(rows, Err(Outcome::Ambiguous { .. })), "{body}");
        }
    }

    #[test]
    fn errors_are_told_by_their_code() {
        let error = |code: &str| format!(r#"{{"code":"{code}","id":"x","message":"山田"}}"#);
        let named = |code: &str| format!("kintone.{code}");
        let wait = Outcome::Throttled {
            until: Some(now() + Duration::from_secs(3)),
        };
        for (status, code, outcome_) in [
            (429, "GAIA_TO04", wait.clone()),
            (520, "GAIA_TO04", wait),
            (
                401,
                "CB_WA01",
                Outcome::Auth {
                    code: named("CB_WA01"),
                },
            ),
            (
                403,
                "CB_NO02",
                Outcome::Permanent {
                    code: named("CB_NO02"),
                },
            ),
            (
                404,
                "GAIA_AP01",
                Outcome::Permanent {
                    code: named("GAIA_AP01"),
                },
            ),
            (
                409,
                "GAIA_CO02",
                Outcome::NotApplied {
                    code: named("GAIA_CO02"),
                },
            ),
            (
                400,
                "CB_VA01",
                Outcome::Permanent {
                    code: named("CB_VA01"),
                },
            ),
            (
                400,
                "山田",
                Outcome::Permanent {
                    code: "http.400".into(),
                },
            ),
        ] {
            let attempt = answered(status, &error(code));
            assert_eq!(outcome(&attempt, now()), outcome_, "{status} {code}");
        }
    }

    #[test]
    fn maintenance_in_html_makes_the_target_wait() {
        let page = answered(503, "<html><body>メンテナンス中</body></html>");
        assert!(matches!(outcome(&page, now()), Outcome::Throttled { .. }));
    }
}
