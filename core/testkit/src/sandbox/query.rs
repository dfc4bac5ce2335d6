//! The part of kintone's query language that reading an app back needs.

use super::app::Row;

/// How many records an answer holds if the query does not say.
const DEFAULT_LIMIT: usize = 100;

/// The most that a query may ask for.
const MAX_LIMIT: usize = 500;

/// `CONDITION [and CONDITION]… [order by $id asc] [limit N]`, each condition `$id > N`, `FIELD = "text"` or
/// `FIELD in ("text",…)`. Answers are in the order of ids either way.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    conditions: Vec<Condition>,
    /// The most records to answer.
    pub(super) limit: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum Condition {
    After(u64),
    In { field: String, values: Vec<String> },
}

impl Query {
    /// Reads a query; `None` if it is not of the form above or asks for too much.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (rest, limit) = match text.rsplit_once("limit ") {
            Some((rest, limit)) => (rest, limit.trim().parse().ok()?),
            None => (text, DEFAULT_LIMIT),
        };
        let rest = rest.trim();
        let rest = rest.strip_suffix("order by $id asc").unwrap_or(rest).trim();
        let conditions = match rest {
            "" => Vec::new(),
            _ => rest
                .split(" and ")
                .map(Condition::parse)
                .collect::<Option<_>>()?,
        };
        (limit <= MAX_LIMIT).then_some(Self { conditions, limit })
    }

    /// Whether the record belongs to the answer.
    pub(super) fn fits(&self, id: u64, row: &Row) -> bool {
        self.conditions.iter().all(|condition| match condition {
            Condition::After(after) => id > *after,
            Condition::In { field, values } => {
                row.value(field).is_some_and(|value| values.contains(value))
            }
        })
    }
}

impl Condition {
    fn parse(text: &str) -> Option<Self> {
        if let Some(after) = text.strip_prefix("$id > ") {
            return Some(Self::After(after.trim().parse().ok()?));
        }
        let (field, values) = match text.split_once(" in ") {
            Some((field, list)) => (field, list.trim().strip_prefix('(')?.strip_suffix(')')?),
            None => text.split_once(" = ")?,
        };
        // A list of quoted texts is one of JSON without its brackets, with the same two escapes.
        let values = serde_json::from_str(&format!("[{values}]")).ok()?;
        Some(Self::In {
            field: field.trim().to_owned(),
            values,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queries_of_the_target_are_understood() {
        let page = Query::parse("$id > 500 order by $id asc limit 500").unwrap();
        assert_eq!(
            (page.conditions, page.limit),
            (vec![Condition::After(500)], 500)
        );
        let keys = Query::parse(r#"message_key in ("m1a","m1\"b") limit 500"#).unwrap();
        let values = ["m1a", "m1\"b"].map(str::to_owned).into();
        let field = "message_key".into();
        assert_eq!(keys.conditions, [Condition::In { field, values }]);
        assert_eq!(Query::parse("").unwrap().limit, DEFAULT_LIMIT);
    }

    #[test]
    fn what_kintone_would_refuse_is_refused() {
        for text in [
            "limit 501",
            "$id > x",
            "message_key in m1a",
            "message_key",
            "a in (b)",
        ] {
            assert_eq!(Query::parse(text), None, "{text}");
        }
    }
}
