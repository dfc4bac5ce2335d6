//! The requests of the kintone target against the published description of its API, where that is at hand.
//! `COMPANION_PYTHON` names an interpreter that reads YAML.
#![expect(
    clippy::disallowed_methods,
    reason = "a test is told its interpreter by its runner"
)]

use super::{Config, Fields};
use crate::{
    crm::samples::envelope,
    http::{Request, Token},
};
use companion_domain::id::Key;
use serde_json::{Value, json};
use std::{io::Write, path::Path, process::Command, sync::OnceLock};

const DESCRIPTION: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/specs/crm/kintone.openapi.yaml"
);

#[test]
fn every_request_fits_the_published_description() {
    let Some(description) = description() else {
        return;
    };
    let config = config();
    for request in [
        config
            .upsert(&[envelope(1, "見積"), envelope(2, "見積")])
            .unwrap(),
        config.list(0),
        config.find(&[Key::new("m1a"), Key::new("m1b")]),
        config.delete(&[1, 2]),
    ] {
        assert_eq!(violations(description, &request), Vec::<String>::new());
    }
}

#[test]
fn the_check_refuses_requests_that_do_not_fit() {
    let Some(description) = description() else {
        return;
    };
    let good = config().upsert(&[envelope(1, "見積")]).unwrap();
    let spoil = |change: fn(&mut Value)| {
        let mut body = serde_json::from_slice(&good.body).unwrap();
        change(&mut body);
        let spoiled = Request {
            body: body.to_string().into_bytes(),
            ..good.clone()
        };
        violations(description, &spoiled)
    };
    let change: [fn(&mut Value); 5] = [
        |body| *body = json!("text"),
        |body| body["records"] = json!("text"),
        |body| body["records"][0]["updateKey"] = json!({"field": "message_key"}),
        |body| body["records"][0]["updateKey"]["value"] = json!("x".repeat(65)),
        |body| body["app"] = json!("twelve"),
    ];
    for (at, change) in change.into_iter().enumerate() {
        assert!(!spoil(change).is_empty(), "change {at}");
    }
    let elsewhere = Request {
        url: good.url.replace("records", "recordings"),
        ..good.clone()
    };
    assert!(!violations(description, &elsewhere).is_empty());
}

/// The description, read once; a test that goes without it says so on the terminal.
fn description() -> Option<&'static Value> {
    static READ: OnceLock<Result<Value, &str>> = OnceLock::new();
    match READ.get_or_init(read_description) {
        Ok(description) => Some(description),
        Err(missing) => {
            // Written past the test harness, which keeps the prints of tests that pass to itself, and at once, so that it
            // stays one line.
            let line = format!("SKIPPED: {missing}: requests against kintone's API description\n");
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            None
        }
    }
}

/// The description as JSON; else what is missing.
fn read_description() -> Result<Value, &'static str> {
    if !Path::new(DESCRIPTION).exists() {
        return Err("shared");
    }
    let python = std::env::var_os("COMPANION_PYTHON").ok_or("COMPANION_PYTHON is not set")?;
    let program = "import json, sys, yaml
loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)
json.dump(yaml.load(open(sys.argv[1], encoding='utf-8'), loader), sys.stdout)";
    let output = Command::new(python)
        .args(["-c", program, DESCRIPTION])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "the description is not read: {errors}"
    );
    Ok(serde_json::from_slice(&output.stdout).unwrap())
}

/// Where `request` does not fit `description`: the operation, its parameters and its body.
fn violations(description: &Value, request: &Request) -> Vec<String> {
    let address = request.url.strip_prefix("https://acme.cybozu.com").unwrap();
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let method = request.method.as_str().to_lowercase();
    let operation = &description["paths"][path][&method];
    if operation.is_null() {
        return vec![format!("{method} {path} is no operation")];
    }
    let mut found = Vec::new();
    for parameter in operation["parameters"].as_array().unwrap() {
        let name = parameter["name"].as_str().unwrap();
        let values: Vec<&str> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .filter(|(key, _)| *key == name || key.starts_with(&format!("{name}%5B")))
            .map(|(_, value)| value)
            .collect();
        if values.is_empty() && parameter["required"] == true {
            found.push(format!("no parameter {name}"));
        }
        let schema = &parameter["schema"];
        let whole = schema["type"] == "integer" || schema["items"]["type"] == "integer";
        if whole && values.iter().any(|value| value.parse::<u64>().is_err()) {
            found.push(format!("parameter {name} is no number"));
        }
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if schema.is_null() != request.body.is_empty() {
        found.push("a body, or none, against the description".into());
    } else if !schema.is_null() {
        let body = serde_json::from_slice(&request.body).unwrap();
        check(description, schema, &body, "body", &mut found);
    }
    found
}

/// Collects where `value` does not fit `schema`, of the words that the description uses.
fn check(description: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        let target = description.pointer(pointer).unwrap();
        return check(description, target, value, at, found);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let fits = any.iter().any(|schema| {
            let mut inner = Vec::new();
            check(description, schema, value, at, &mut inner);
            inner.is_empty()
        });
        if !fits {
            found.push(format!("{at} fits none of its forms"));
        }
        return;
    }
    let fits = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("boolean") => value.is_boolean(),
        _ => true,
    };
    if !fits {
        return found.push(format!("{at} is no {}", schema["type"]));
    }
    let too_long = |max: u64| value.as_str().is_some_and(|text| text.len() as u64 > max);
    if schema["maxLength"].as_u64().is_some_and(too_long) {
        found.push(format!("{at} is too long"));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            found.push(format!("{at} lacks {name}"));
        }
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        let schema = match &schema["properties"][name] {
            Value::Null => &schema["additionalProperties"],
            described => described,
        };
        if schema.is_null() {
            found.push(format!("{at}.{name} is not described"));
        } else {
            check(description, schema, member, &format!("{at}.{name}"), found);
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(
            description,
            &schema["items"],
            item,
            &format!("{at}[{index}]"),
            found,
        );
    }
}

fn config() -> Config {
    Config {
        base_url: "https://acme.cybozu.com/k/v1".into(),
        app: 12,
        token: Token::new("token"),
        fields: Fields::default(),
    }
}
