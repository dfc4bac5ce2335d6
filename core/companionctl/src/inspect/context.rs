//! What the caller knows beside the bytes.

use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Every member that a reader of this tool knows; others are errors.
const MEMBERS: [&str; 20] = [
    "app_id",
    "assume_tz",
    "bot_id",
    "business_connections",
    "client_state",
    "date_order",
    "headers",
    "home_tenant",
    "jwks_file",
    "method",
    "now",
    "path_in_zip",
    "private_key_file",
    "query",
    "secret",
    "self_name",
    "self_user",
    "symmetric_key_hex",
    "tenants",
    "work_confirmed",
];

/// The members that the readers here use.
#[derive(Default, Deserialize)]
pub struct Context {
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Key of the signature, or the token of a subscription check. Without it authenticity is not judged.
    pub secret: Option<String>,
    /// Epoch seconds at which the bytes arrived.
    pub now: Option<i64>,
    query: Option<Query>,
    /// The request's method.
    pub method: Option<String>,
}

/// Parameters of a request, as text or by name.
#[derive(Deserialize)]
#[serde(untagged)]
enum Query {
    Text(String),
    Members(BTreeMap<String, Value>),
}

/// Why a context cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadContext {
    /// Not a JSON object.
    #[error("is not a JSON object")]
    NotAnObject,
    /// A member that no reader knows.
    #[error("has the unknown member {0:?}")]
    Unknown(String),
    /// A member of another type.
    #[error("has a member of the wrong type")]
    WrongType,
}

impl Context {
    /// Reads a context strictly.
    pub fn parse(json: &[u8]) -> Result<Self, BadContext> {
        let members: Map<String, Value> =
            serde_json::from_slice(json).map_err(|_| BadContext::NotAnObject)?;
        if let Some(name) = members
            .keys()
            .find(|name| !MEMBERS.contains(&name.as_str()))
        {
            return Err(BadContext::Unknown(name.clone()));
        }
        serde_json::from_value(Value::Object(members)).map_err(|_| BadContext::WrongType)
    }

    /// A header, whose name is written in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(candidate, _)| candidate.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// The parameters of the request, decoded.
    pub fn query(&self) -> Vec<(String, String)> {
        match &self.query {
            None => Vec::new(),
            Some(Query::Members(members)) => members
                .iter()
                .map(|(name, value)| (name.clone(), plain(value)))
                .collect(),
            Some(Query::Text(text)) => text
                .trim_start_matches('?')
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (decoded(name), decoded(value)))
                .collect(),
        }
    }
}

/// Text as it is, other values as JSON.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Percent-decoding of a query (application/x-www-form-urlencoded).
fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    let mut pieces = text.split('%');
    let mut out = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let escaped = piece
            .split_at_checked(2)
            .and_then(|(hex, rest)| Some((u8::from_str_radix(hex, 16).ok()?, rest)));
        match escaped {
            Some((byte, rest)) => {
                out.push(byte);
                out.extend_from_slice(rest.as_bytes());
            }
            None => out.extend([b"%", piece.as_bytes()].concat()),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_members_are_taken() {
        assert!(matches!(
            Context::parse(br#"{"secrets":"x"}"#),
            Err(BadContext::Unknown(name)) if name == "secrets"
        ));
        assert!(matches!(
            Context::parse(br#"{"secret":1}"#),
            Err(BadContext::WrongType)
        ));
        assert!(matches!(
            Context::parse(b"[]"),
            Err(BadContext::NotAnObject)
        ));
        assert!(Context::parse(br#"{"assume_tz":"Asia/Tokyo"}"#).is_ok());
    }

    #[test]
    fn queries_are_text_or_members() {
        for json in [
            r#"{"query":"?hub.mode=a+b&hub.challenge=%E5%B1%B1%"}"#,
            r#"{"query":{"hub.challenge":"山%","hub.mode":"a b"}}"#,
        ] {
            let mut query = Context::parse(json.as_bytes()).unwrap().query();
            query.sort();
            let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            assert_eq!(
                query,
                [pair("hub.challenge", "山%"), pair("hub.mode", "a b")]
            );
        }
    }
}
