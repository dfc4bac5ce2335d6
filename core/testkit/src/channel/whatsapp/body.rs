//! Webhook bodies, as the channel writes and signs them.

use super::event::{Event, Number};
use companion_crypto::hash::hmac_sha256;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use std::fmt::Write;

/// The body that tells of `events`, in their order. Neighbours of one field share a change unless `apart` says so, by
/// the index of the later one.
pub(crate) fn body(number: &Number, events: &[Event], apart: impl Fn(usize) -> bool) -> String {
    let mut changes: Vec<(&str, Value)> = Vec::new();
    for (at, event) in events.iter().enumerate() {
        let (field, added) = event.change(number);
        match changes.last_mut() {
            Some((last, value)) if *last == field && !apart(at) => extend(value, added),
            _ => changes.push((field, added)),
        }
    }
    let changes: Vec<Value> = changes
        .into_iter()
        .map(|(field, members)| {
            let mut value = json!({"messaging_product": "whatsapp",
                "metadata": {"display_phone_number": number.phone, "phone_number_id": number.phone_number_id}});
            extend(&mut value, members);
            json!({"value": value, "field": field})
        })
        .collect();
    let entry = json!([{"id": number.waba_id, "changes": changes}]);
    escaped(&json!({"object": "whatsapp_business_account", "entry": entry}).to_string())
}

/// `X-Hub-Signature-256` of a body.
pub fn signature(app_secret: &str, body: &[u8]) -> String {
    let tag = hmac_sha256(app_secret.as_bytes(), body);
    format!("sha256={}", HEXLOWER.encode(&tag))
}

/// Adds members to an object; lists under one name are joined.
fn extend(object: &mut Value, added: Value) {
    let (Some(object), Value::Object(added)) = (object.as_object_mut(), added) else {
        return;
    };
    for (name, value) in added {
        match (object.get_mut(&name), value) {
            (Some(Value::Array(list)), Value::Array(more)) => list.extend(more),
            (_, value) => {
                object.insert(name, value);
            }
        }
    }
}

/// JSON with everything beyond ASCII as `\uXXXX`, in lower case as the channel writes it.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String never fails.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}
