//! A fault planted in a scenario, to see that the comparison finds it.

use super::file::{Expected, Scenario};
use serde_json::Value;

/// Changes the last value that is expected and not only given a name.
pub(super) fn plant(scenario: &mut Scenario) -> Result<(), String> {
    for step in scenario.steps.iter_mut().rev() {
        let (Expected::Answer(value) | Expected::Error(value)) = &mut step.expected else {
            continue;
        };
        if spoil(value) {
            // What is never met need not be waited for.
            step.until = false;
            return Ok(());
        }
    }
    Err(format!("{}: nothing is expected", scenario.name))
}

fn spoil(value: &mut Value) -> bool {
    match value {
        Value::Array(items) => items.iter_mut().any(spoil),
        Value::Object(members) => members.values_mut().any(spoil),
        Value::String(text) if text.starts_with('$') => false,
        Value::String(text) => {
            text.push('x');
            true
        }
        Value::Number(_) => {
            *value = Value::from(987_654_321);
            true
        }
        Value::Bool(flag) => {
            *flag = !*flag;
            true
        }
        Value::Null => {
            *value = Value::from("x");
            true
        }
    }
}
