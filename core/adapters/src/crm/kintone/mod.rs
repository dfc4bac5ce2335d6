//! kintone: one app holds the records, one record per key, written by upsert on a unique field.

mod fields;
#[cfg(test)]
mod openapi;
mod read;

pub use fields::{BadFields, Fields, Part};
pub use read::{PAGE_SIZE, Row, outcome};

use super::RequestError;
use crate::http::{Answer, Attempt, Method, Request, Token};
use companion_domain::{
    outcome::{Idempotency, Outcome},
    record::Envelope,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, ops::Range};

/// The unique field makes an upsert repeatable.
pub const IDEMPOTENCY: Idempotency = Idempotency::Upsert;

/// How many records kintone takes or deletes in one request.
pub const MAX_BATCH: usize = 100;

/// An app that holds records.
#[derive(Clone, Debug)]
pub struct Config {
    /// The API's address up to its version, `https://acme.cybozu.com/k/v1` or `…/k/guest/3/v1`.
    pub base_url: String,
    /// The app's number.
    pub app: u64,
    /// An API token of the app that may view, add, edit and, for erasures, delete.
    pub token: Token,
    /// Which part of a record goes into which field.
    pub fields: Fields,
}

impl Config {
    /// The request that writes `batch`, 1 to [`MAX_BATCH`] records of different keys, all or none.
    ///
    /// # Errors
    /// [`RequestError::Unwritable`] if a record has no JSON.
    pub fn upsert(&self, batch: &[Envelope]) -> Result<Request, RequestError> {
        let records: Vec<UpsertRecord> = batch
            .iter()
            .map(|event| {
                Ok(UpsertRecord {
                    update_key: UpdateKey {
                        field: self.fields.key(),
                        value: event.id.as_str(),
                    },
                    record: self.fields.values(event)?,
                })
            })
            .collect::<Result<_, RequestError>>()?;
        let body = serde_json::to_vec(&Upsert {
            app: self.app,
            upsert: true,
            records,
        })?;
        let mut request = self.request(Method::Put, "", body);
        let json = ("content-type".to_owned(), "application/json".to_owned());
        request.headers.push(json);
        Ok(request)
    }

    fn request(&self, method: Method, query: &str, body: Vec<u8>) -> Request {
        let token = self.token.expose().to_owned();
        Request {
            method,
            url: format!("{}/records.json{query}", self.base_url),
            headers: vec![("x-cybozu-api-token".into(), token)],
            body,
        }
    }
}

#[derive(Serialize)]
struct Upsert<'a> {
    app: u64,
    upsert: bool,
    records: Vec<UpsertRecord<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UpsertRecord<'a> {
    update_key: UpdateKey<'a>,
    record: BTreeMap<&'a str, fields::Value>,
}

#[derive(Serialize)]
struct UpdateKey<'a> {
    field: &'a str,
    value: &'a str,
}

/// What an upsert of `count` records came to for each, in order. `now` is the time at which the answer arrived.
pub fn outcomes(attempt: &Attempt, count: usize, now: Timestamp) -> Vec<Outcome> {
    match attempt {
        Attempt::Answered(answer) if (200..300).contains(&answer.status) => written(answer, count),
        _ if !split(attempt, count).is_empty() => {
            let code = "kintone.rolled_back".to_owned();
            vec![Outcome::NotApplied { code }; count]
        }
        _ => vec![outcome(attempt, now); count],
    }
}

/// The halves to try next, after kintone refused a batch of `count` records for what one of them holds; empty where
/// the outcomes are final.
pub fn split(attempt: &Attempt, count: usize) -> Vec<Range<usize>> {
    match attempt {
        Attempt::Answered(answer) if matches!(answer.status, 400 | 413) && count > 1 => {
            let half = count.div_ceil(2);
            vec![0..half, half..count]
        }
        _ => Vec::new(),
    }
}

/// The outcomes by the answer's own words. An answer that does not name every record proves nothing.
fn written(answer: &Answer, count: usize) -> Vec<Outcome> {
    match serde_json::from_slice::<Written>(&answer.body) {
        Ok(written) if written.records.len() == count => {
            let outcome = |record: WrittenRecord| {
                let remote_id = Some(record.id.into_text());
                match record.operation {
                    Operation::Insert => Outcome::Done { remote_id },
                    Operation::Update => Outcome::AlreadyThere { remote_id },
                }
            };
            written.records.into_iter().map(outcome).collect()
        }
        _ => {
            let code = "kintone.unreadable".to_owned();
            vec![Outcome::Ambiguous { code }; count]
        }
    }
}

#[derive(Deserialize)]
struct Written {
    records: Vec<WrittenRecord>,
}

#[derive(Deserialize)]
struct WrittenRecord {
    id: Id,
    operation: Operation,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Operation {
    Insert,
    Update,
}

/// A record's number: text from live servers, a number by the published description.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(u64),
}

impl Id {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::{Target, samples::envelope};
    use proptest::prelude::*;

    fn now() -> Timestamp {
        Timestamp::from_seconds(1_767_323_045)
    }

    fn target() -> Target {
        Target::Kintone(Config {
            base_url: "https://acme.cybozu.com/k/v1".into(),
            app: 12,
            token: Token::new("secret-token"),
            fields: Fields::default(),
        })
    }

    fn batch(count: u64) -> Vec<Envelope> {
        (1..=count).map(|seq| envelope(seq, "見積")).collect()
    }

    fn answered(status: u16, body: &str) -> Attempt {
        Attempt::Answered(Answer {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn an_upsert_names_each_record_by_its_key() {
        let batch = batch(2);
        let request = target().request(&batch, now()).unwrap();
        assert_eq!(request.method, Method::Put);
        assert_eq!(request.url, "https://acme.cybozu.com/k/v1/records.json");
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body["app"], 12);
        assert_eq!(body["upsert"], true);
        for (record, event) in body["records"].as_array().unwrap().iter().zip(&batch) {
            assert_eq!(record["updateKey"]["field"], "message_key");
            assert_eq!(record["updateKey"]["value"], event.id.as_str());
            assert!(
                record.get("id").is_none(),
                "an id would make a second record"
            );
        }
    }

    #[test]
    fn a_batch_that_kintone_would_refuse_is_not_made() {
        for count in [0, 101] {
            let refused = target().request(&batch(count), now());
            assert_eq!(refused, Err(RequestError::BatchSize(count as usize)));
        }
        assert!(target().request(&batch(100), now()).is_ok());
    }

    #[test]
    fn ids_are_taken_as_text_and_as_numbers() {
        let body = r#"{"records":[{"id":"41","revision":"1","operation":"INSERT"},
            {"id":42,"revision":2,"operation":"UPDATE"}]}"#;
        let outcomes = target().outcomes(&answered(200, body), &batch(2), now());
        let id = |text: &str| Some(text.to_owned());
        assert_eq!(
            outcomes,
            [
                Outcome::Done {
                    remote_id: id("41")
                },
                Outcome::AlreadyThere {
                    remote_id: id("42")
                },
            ]
        );
    }

    #[test]
    fn a_success_that_does_not_name_every_record_is_ambiguous() {
        let one = r#"{"records":[{"id":"41","revision":"1","operation":"INSERT"}]}"#;
        for body in ["", "{}", "<html>", one] {
            for outcome in target().outcomes(&answered(200, body), &batch(2), now()) {
                assert!(matches!(outcome, Outcome::Ambiguous { .. }), "{body}");
            }
        }
    }

    /// Delivers a batch as a poster does, to a server that refuses some records, and returns what became of each.
    fn deliver(batch: &[Envelope], bad: &[u64]) -> (Vec<Outcome>, usize) {
        let mut outcomes = vec![None; batch.len()];
        let whole = 0..batch.len();
        let mut open = vec![whole];
        let mut requests = 0;
        while let Some(range) = open.pop() {
            requests += 1;
            let part = &batch[range.clone()];
            let attempt = if part.iter().any(|event| bad.contains(&event.data.seq)) {
                answered(400, r#"{"code":"CB_VA01","id":"x","message":"…"}"#)
            } else {
                let record = |_| r#"{"id":"1","revision":"1","operation":"INSERT"}"#;
                let records: Vec<&str> = part.iter().map(record).collect();
                answered(200, &format!(r#"{{"records":[{}]}}"#, records.join(",")))
            };
            let halves = target().split(&attempt, part);
            for half in &halves {
                open.push(range.start + half.start..range.start + half.end);
            }
            if halves.is_empty() {
                for (at, outcome) in range.zip(target().outcomes(&attempt, part, now())) {
                    assert_eq!(outcomes[at].replace(outcome), None, "settled twice");
                }
            }
        }
        (outcomes.into_iter().map(Option::unwrap).collect(), requests)
    }

    #[test]
    fn splitting_parks_the_bad_records_and_delivers_all_others() {
        let bad = [1, 64, 100];
        let (outcomes, requests) = deliver(&batch(100), &bad);
        for (seq, outcome) in (1..).zip(&outcomes) {
            let parked = Outcome::Permanent {
                code: "kintone.CB_VA01".into(),
            };
            assert_eq!(
                *outcome == parked,
                bad.contains(&seq),
                "record {seq}: {outcome:?}"
            );
        }
        assert!(requests < 50, "{requests} requests for three bad records");
    }

    /// What answers are made of, and more.
    const WORDS: [&str; 12] = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "1",
        "\"records\"",
        "\"id\"",
        "\"code\"",
        "\"INSERT\"",
        "\u{0}é",
    ];

    proptest! {
        #[test]
        fn no_answer_makes_a_record_delivered_that_it_does_not_name(
            status in 100_u16..600,
            words in prop::collection::vec(prop::sample::select(&WORDS), 0..20),
            count in 1_usize..5,
        ) {
            let outcomes = outcomes(&answered(status, &words.concat()), count, now());
            prop_assert_eq!(outcomes.len(), count);
            for outcome in outcomes {
                let delivered = matches!(outcome, Outcome::Done { .. } | Outcome::AlreadyThere { .. });
                prop_assert!(!delivered);
            }
        }
    }

    #[test]
    fn while_a_batch_is_split_nothing_is_parked() {
        let refused = answered(400, r#"{"code":"CB_VA01","id":"x","message":"…"}"#);
        for outcome in target().outcomes(&refused, &batch(3), now()) {
            assert!(matches!(outcome, Outcome::NotApplied { .. }));
        }
        assert!(target().split(&answered(429, "{}"), &batch(3)).is_empty());
    }
}
