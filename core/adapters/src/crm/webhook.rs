//! The generic webhook: Standard Webhooks 1.0 headers around one CloudEvents 1.0 event in structured mode.

use super::RequestError;
use crate::http::{self, Attempt, Method, Request};
use companion_crypto::hash::hmac_sha256;
use companion_domain::{
    outcome::{Idempotency, Outcome},
    record::Envelope,
    time::Timestamp,
};
use data_encoding::BASE64;
use std::fmt;
use thiserror::Error;
use zeroize::Zeroizing;

/// Receivers keep each `source` and `id` once, so the same request may be repeated.
pub const IDEMPOTENCY: Idempotency = Idempotency::Upsert;

/// A receiver.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where events are posted.
    pub url: String,
    /// The secret that signs.
    pub secret: SigningSecret,
    /// The secret before, while the receiver may still know only that one.
    pub previous: Option<SigningSecret>,
}

impl Config {
    /// The request that delivers `event`, stamped and signed for an attempt at `now`.
    ///
    /// # Errors
    /// [`RequestError::Unwritable`] if the event has no JSON.
    pub fn request(&self, event: &Envelope, now: Timestamp) -> Result<Request, RequestError> {
        let body = serde_json::to_vec(event)?;
        let id = event.id.as_str();
        let signatures: Vec<String> = [Some(&self.secret), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .map(|secret| secret.sign(id, now, &body))
            .collect();
        let headers = [
            ("content-type", "application/cloudevents+json".to_owned()),
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", now.seconds().to_string()),
            ("webhook-signature", signatures.join(" ")),
        ];
        Ok(Request {
            method: Method::Post,
            url: self.url.clone(),
            headers: headers.map(|(name, value)| (name.to_owned(), value)).into(),
            body,
        })
    }
}

/// What the attempt came to. Redirects are not followed; 410 stops the target until somebody sets it up again.
pub fn outcome(attempt: &Attempt, now: Timestamp) -> Outcome {
    match attempt {
        Attempt::Answered(answer) if answer.status == 410 => Outcome::Auth {
            code: "webhook.gone".into(),
        },
        _ => http::outcome(attempt, now),
    }
}

/// A symmetric secret of Standard Webhooks. It prints nothing and its memory is overwritten when it is dropped.
#[derive(Clone)]
pub struct SigningSecret(Zeroizing<Vec<u8>>);

/// The text is not a signing secret.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not whsec_ and the base64 of 24 to 64 bytes")]
pub struct BadSecret;

impl SigningSecret {
    /// Reads `whsec_<base64>` of 24 to 64 bytes.
    ///
    /// # Errors
    /// [`BadSecret`] for any other text.
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        let encoded = text.trim().strip_prefix("whsec_").ok_or(BadSecret)?;
        let bytes = BASE64.decode(encoded.as_bytes()).map(Zeroizing::new);
        match bytes {
            Ok(bytes) if (24..=64).contains(&bytes.len()) => Ok(Self(bytes)),
            _ => Err(BadSecret),
        }
    }

    /// `v1,<base64>` over the message's id, the time of the attempt and the bytes that are sent.
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let mut signed = format!("{id}.{}.", at.seconds()).into_bytes();
        signed.extend_from_slice(body);
        format!("v1,{}", BASE64.encode(&hmac_sha256(&self.0, &signed)))
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{crm::samples::envelope, http::Answer};

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn config(previous: Option<&str>) -> Config {
        Config {
            url: "https://receiver.example/hook".into(),
            secret: SigningSecret::parse(SECRET).unwrap(),
            previous: previous.map(|text| SigningSecret::parse(text).unwrap()),
        }
    }

    fn header<'a>(request: &'a Request, name: &str) -> &'a str {
        let (_, value) = request.headers.iter().find(|(n, _)| n == name).unwrap();
        value
    }

    fn answered(status: u16) -> Attempt {
        Attempt::Answered(Answer {
            status,
            headers: vec![("location".into(), "https://elsewhere.example".into())],
            body: Vec::new(),
        })
    }

    #[test]
    fn signatures_match_the_published_vectors() {
        let secret = SigningSecret::parse(SECRET).unwrap();
        let at = Timestamp::from_seconds(1_614_265_330);
        for (body, signature) in [
            (
                r#"{"test": 2432232314}"#,
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
            (
                r#"{"test":2432232314}"#,
                "v1,Vif40peJBP7Iyl0XGmu61n4MwdrcHov5CFREBpE0svs=",
            ),
        ] {
            let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
            assert_eq!(secret.sign(id, at, body.as_bytes()), signature);
        }
    }

    #[test]
    fn a_retry_keeps_the_id_and_the_body_and_is_stamped_anew() {
        let event = envelope(1, "こんにちは");
        let first = config(None)
            .request(&event, Timestamp::from_seconds(100))
            .unwrap();
        let again = config(None)
            .request(&event, Timestamp::from_seconds(900))
            .unwrap();
        assert_eq!(header(&first, "webhook-id"), event.id.as_str());
        assert_eq!(header(&again, "webhook-id"), event.id.as_str());
        assert_eq!(first.body, again.body);
        assert_eq!(header(&again, "webhook-timestamp"), "900");
        assert_ne!(
            header(&first, "webhook-signature"),
            header(&again, "webhook-signature")
        );
    }

    #[test]
    fn the_body_is_the_whole_event() {
        let event = envelope(7, "こんにちは");
        let request = config(None)
            .request(&event, Timestamp::from_seconds(100))
            .unwrap();
        assert_eq!(
            header(&request, "content-type"),
            "application/cloudevents+json"
        );
        assert_eq!(
            serde_json::from_slice::<Envelope>(&request.body).unwrap(),
            event
        );
    }

    #[test]
    fn while_secrets_rotate_both_sign() {
        let old = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let now = Timestamp::from_seconds(100);
        let request = config(Some(old)).request(&envelope(1, "a"), now).unwrap();
        let signatures: Vec<&str> = header(&request, "webhook-signature").split(' ').collect();
        let id = header(&request, "webhook-id");
        let by = |secret| {
            SigningSecret::parse(secret)
                .unwrap()
                .sign(id, now, &request.body)
        };
        assert_eq!(signatures, [by(SECRET), by(old)]);
    }

    #[test]
    fn a_receiver_that_is_gone_stops_the_target_and_a_redirect_is_not_followed() {
        let now = Timestamp::from_seconds(100);
        assert!(matches!(outcome(&answered(410), now), Outcome::Auth { .. }));
        assert!(matches!(
            outcome(&answered(307), now),
            Outcome::Permanent { .. }
        ));
        assert!(matches!(
            outcome(&answered(429), now),
            Outcome::Throttled { .. }
        ));
        assert!(matches!(outcome(&answered(204), now), Outcome::Done { .. }));
    }

    #[test]
    fn only_secrets_of_the_right_form_are_taken_and_none_is_printed() {
        let short = format!("whsec_{}", BASE64.encode(&[7; 23]));
        let long = format!("whsec_{}", BASE64.encode(&[7; 65]));
        for text in [
            "",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_%%%",
            "whpk_AAAA",
            &short,
            &long,
        ] {
            assert_eq!(SigningSecret::parse(text).unwrap_err(), BadSecret, "{text}");
        }
        let printed = format!("{:?}", config(None));
        assert!(
            printed.contains("SigningSecret(..)") && !printed.contains("MfKQ"),
            "{printed}"
        );
    }
}
