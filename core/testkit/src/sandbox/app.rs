//! The one app of the sandbox: its fields, what they take, and its records.

use companion_domain::time::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The longest text of a unique field, in characters.
const MAX_UNIQUE: usize = 64;

/// The field that the app keeps unique.
pub(super) const UNIQUE: &str = "message_key";

/// The fields of the app with their types.
const FIELDS: [(&str, Type); 14] = [
    (UNIQUE, Type::SingleLine),
    ("conversation_key", Type::SingleLine),
    ("contact_key", Type::SingleLine),
    ("sent_at", Type::DateTime),
    ("sent_at_ms", Type::Number),
    ("direction", Type::SingleLine),
    ("body", Type::MultiLine),
    ("kind", Type::SingleLine),
    ("change", Type::SingleLine),
    ("digest", Type::SingleLine),
    ("conversation_seq", Type::Number),
    ("seq", Type::Number),
    ("writer", Type::SingleLine),
    ("envelope", Type::MultiLine),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    SingleLine,
    MultiLine,
    Number,
    DateTime,
}

impl Type {
    fn as_str(self) -> &'static str {
        match self {
            Self::SingleLine => "SINGLE_LINE_TEXT",
            Self::MultiLine => "MULTI_LINE_TEXT",
            Self::Number => "NUMBER",
            Self::DateTime => "DATETIME",
        }
    }

    /// The value as the app keeps it; `None` if it does not fit.
    fn keep(self, value: &Value) -> Option<String> {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) if self == Self::Number => number.to_string(),
            Value::Null => String::new(),
            _ => return None,
        };
        match self {
            _ if text.is_empty() => Some(text),
            Self::SingleLine => (!text.contains('\n')).then_some(text),
            Self::MultiLine => Some(text),
            Self::Number => text.parse::<f64>().is_ok().then_some(text),
            Self::DateTime => {
                let at = Timestamp::parse(&text)?;
                let minute = Timestamp::from_seconds(at.seconds().div_euclid(60) * 60);
                Some(minute.to_string().replace(".000Z", "Z"))
            }
        }
    }
}

/// Values by field code.
pub(super) type Values = BTreeMap<&'static str, String>;

/// A record of the app.
#[derive(Default)]
pub(super) struct Row {
    revision: u64,
    values: Values,
}

impl Row {
    /// The value of a field, if it was ever written.
    pub(super) fn value(&self, field: &str) -> Option<&String> {
        self.values.get(field)
    }

    /// The record as an answer shows it.
    pub(super) fn shown(&self, id: u64) -> Value {
        let field = |kind: &str, value: &str| json!({"type": kind, "value": value});
        let mut shown: serde_json::Map<String, Value> = FIELDS
            .iter()
            .map(|(code, kind)| {
                let value = self.values.get(code).map_or("", String::as_str);
                ((*code).to_owned(), field(kind.as_str(), value))
            })
            .collect();
        shown.insert("$id".into(), field("__ID__", &id.to_string()));
        shown.insert(
            "$revision".into(),
            field("__REVISION__", &self.revision.to_string()),
        );
        shown.into()
    }
}

/// The records of the app.
#[derive(Default)]
pub(super) struct Table {
    last_id: u64,
    pub(super) rows: BTreeMap<u64, Row>,
    by_key: BTreeMap<String, u64>,
}

impl Table {
    /// Whether a record has this key.
    pub(super) fn knows(&self, key: &str) -> bool {
        self.by_key.contains_key(key)
    }

    /// Inserts or updates the record of `key`; says which, as an answer does.
    pub(super) fn write(&mut self, key: String, values: Values) -> Value {
        let (id, operation) = match self.by_key.get(&key) {
            Some(id) => (*id, "UPDATE"),
            None => {
                self.last_id += 1;
                self.by_key.insert(key, self.last_id);
                (self.last_id, "INSERT")
            }
        };
        let row = self.rows.entry(id).or_default();
        row.revision += 1;
        row.values.extend(values);
        let revision = row.revision.to_string();
        json!({"id": id.to_string(), "revision": revision, "operation": operation})
    }

    /// Forgets a record and frees its key.
    pub(super) fn remove(&mut self, id: u64) {
        let row = self.rows.remove(&id).unwrap_or_default();
        if let Some(key) = row.values.get(UNIQUE) {
            self.by_key.remove(key);
        }
    }
}

/// The values to keep of a record that is written, or the place of the first that does not fit.
pub(super) fn check(key: &str, written: &BTreeMap<String, Value>) -> Result<Values, String> {
    if key.is_empty() || key.chars().count() > MAX_UNIQUE {
        return Err("updateKey.value".into());
    }
    let mut values = Values::from([(UNIQUE, key.to_owned())]);
    for (code, kind) in FIELDS {
        let Some(value) = written.get(code) else {
            continue;
        };
        let kept = kind.keep(value).filter(|_| code != UNIQUE);
        values.insert(code, kept.ok_or_else(|| format!("record.{code}.value"))?);
    }
    Ok(values)
}
