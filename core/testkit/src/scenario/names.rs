//! The names that a scenario gives to values, and the comparison that gives them.

use serde_json::Value;
use std::collections::BTreeMap;

/// Values by their names, without the `$` with which they are written.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(BTreeMap<String, Value>);

impl Names {
    /// Gives a name to a value.
    pub(super) fn give(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// `value` with every name in it replaced: a text that is `$name` by the value, `$name` within a text by its text.
    ///
    /// # Errors
    /// The name that stands for nothing.
    pub(super) fn fill(&self, value: &Value) -> Result<Value, String> {
        let filled = self.fill_known(value);
        match first_name(&filled) {
            Some(name) => Err(format!("${name} stands for nothing yet")),
            None => Ok(filled),
        }
    }

    /// As [`Names::fill`]; a name that stands for nothing yet stays.
    pub(super) fn fill_known(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.fill_text(text),
            Value::Array(items) => items.iter().map(|item| self.fill_known(item)).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), self.fill_known(value)))
                .collect(),
            other => other.clone(),
        }
    }

    /// Whether `actual` is what is `expected`: an object by the members that are expected, a list item by item. A name
    /// that stands for nothing yet takes what it meets, which is never `null`.
    pub(super) fn meet(&mut self, expected: &Value, actual: &Value) -> bool {
        match (expected, actual) {
            (Value::Object(members), Value::Object(_)) => members.iter().all(|(name, value)| {
                let actual = actual.get(name).unwrap_or(&Value::Null);
                self.meet(value, actual)
            }),
            (Value::Array(expected), Value::Array(actual)) => {
                let mut pairs = expected.iter().zip(actual);
                expected.len() == actual.len() && pairs.all(|(one, other)| self.meet(one, other))
            }
            (Value::String(text), actual) => {
                match text.strip_prefix('$').filter(|rest| is_name(rest)) {
                    Some(name) if !self.0.contains_key(name) => {
                        self.give(name, actual.clone());
                        !actual.is_null()
                    }
                    _ => self.fill_text(text) == *actual,
                }
            }
            _ => expected == actual,
        }
    }

    fn fill_text(&self, text: &str) -> Value {
        if let Some(value) = text.strip_prefix('$').and_then(|name| self.0.get(name)) {
            return value.clone();
        }
        let Some((before, rest)) = text.split_once('$') else {
            return text.into();
        };
        let mut filled = before.to_owned();
        for part in rest.split('$') {
            let end = part.find(|c| !is_name_char(c)).unwrap_or(part.len());
            let (name, after) = part.split_at(end);
            match self.0.get(name) {
                Some(Value::String(value)) => filled.push_str(value),
                Some(value) => filled.push_str(&value.to_string()),
                None => {
                    filled.push('$');
                    filled.push_str(name);
                }
            }
            filled.push_str(after);
        }
        filled.into()
    }
}

/// What of `actual` was asked for, for whoever reads why it is not what was expected.
pub(super) fn asked_for(expected: &Value, actual: &Value) -> Value {
    match (expected, actual) {
        (Value::Object(members), Value::Object(actual)) => members
            .iter()
            .map(|(name, value)| {
                let actual = actual.get(name).unwrap_or(&Value::Null);
                (name.clone(), asked_for(value, actual))
            })
            .collect(),
        (Value::Array(expected), Value::Array(actual)) => {
            let like = |at: usize| expected.get(at).or(expected.last());
            let shown = actual.iter().enumerate().map(|(at, actual)| {
                like(at).map_or_else(|| actual.clone(), |like| asked_for(like, actual))
            });
            shown.collect()
        }
        _ => actual.clone(),
    }
}

/// The first name that is left in `value`.
fn first_name(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let (_, rest) = text.split_once('$')?;
            let name: String = rest.chars().take_while(|c| is_name_char(*c)).collect();
            (!name.is_empty()).then_some(name)
        }
        Value::Array(items) => items.iter().find_map(first_name),
        Value::Object(members) => members.values().find_map(first_name),
        _ => None,
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_name_char)
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_takes_the_first_value_and_means_it_from_then_on() {
        let mut names = Names::default();
        let actual = json!([{"key": "c1a", "id": 7, "more": true}]);
        assert!(names.meet(&json!([{"key": "$chat", "id": "$entry"}]), &actual));
        assert!(names.meet(&json!([{"key": "$chat"}]), &actual));
        assert!(!names.meet(&json!([{"key": "$chat"}]), &json!([{"key": "c1b"}])));
        let filled = names.fill(&json!({"id": "$entry", "subject": "queue:$entry in $chat"}));
        assert_eq!(filled, Ok(json!({"id": 7, "subject": "queue:7 in c1a"})));
        assert!(names.fill(&json!(["$other"])).is_err());
    }

    #[test]
    fn a_list_is_met_item_by_item_and_nothing_is_null() {
        let mut names = Names::default();
        assert!(!names.meet(&json!([1]), &json!([1, 2])));
        assert!(!names.meet(&json!([1, 2]), &json!([2, 1])));
        assert!(names.meet(&json!({"reason": null}), &json!({})));
        assert!(!names.meet(&json!({"reason": "$why"}), &json!({})));
        assert!(!names.meet(&json!({"a": 1}), &json!([])));
    }
}
