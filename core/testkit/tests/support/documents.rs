//! Signed documents, one good of each kind and one bad for each rule.

use super::{b64, make::Maker};
use companion_crypto::{
    hash::jcs,
    sign::{SigningKey, VerifyingKey},
};
use serde_json::{Value, json};

const TIME: &str = "companion-time+jws";
const ASSERTION: &str = "companion-assertion+jwt";

/// `documents.json`.
pub fn make(maker: &Maker) -> Value {
    let keys = Keys {
        ingress: maker.ed25519(),
        order: maker.ed25519(),
        device: maker.es256(),
        stranger: maker.ed25519(),
    };
    let time = json!({
        "v": 1, "aud": maker.uuid(), "time": maker.time(), "nonce": b64(&maker.bytes::<16>()),
    });
    json!({
        "keys": keys.public(), "good": good(maker, &keys, &time), "bad": bad(maker, &keys, &time),
    })
}

/// `assertion.json`.
pub fn make_assertion(maker: &Maker) -> Value {
    let id = maker.uuid();
    let claims = json!({
        "iss": id, "sub": id, "aud": "https://gateway.example", "iat": 1_767_323_045, "exp": 1_767_323_345,
        "jti": b64(&maker.bytes::<16>()),
    });
    let claims = jcs(&claims).unwrap();
    let token = |key: &SigningKey, header: &str, claims: &[u8]| {
        let input = format!("{}.{}", b64(header.as_bytes()), b64(claims));
        format!("{input}.{}", b64(&maker.sign(key, &input)))
    };
    let (hardware, software) = (maker.es256(), maker.ed25519());
    let right = header(ASSERTION, software.public());
    let good = [&hardware, &software].map(|key| {
        let token = token(key, &header(ASSERTION, key.public()), &claims);
        json!({"key": key.public(), "token": token, "payload": b64(&claims)})
    });
    let text = token(&software, &right, &claims);
    let bad = [
        (
            "other typ",
            token(&software, &right.replace("assertion", "other"), &claims),
        ),
        (
            "extra header member",
            token(
                &software,
                &right.replacen('{', r#"{"crit":[],"#, 1),
                &claims,
            ),
        ),
        (
            "alg none",
            token(
                &software,
                &right.replace(r#""Ed25519""#, r#""none""#),
                &claims,
            ),
        ),
        (
            "another key",
            token(&hardware, &header(ASSERTION, hardware.public()), &claims),
        ),
        ("claims are no object", token(&software, &right, b"[]")),
        (
            "claim twice",
            token(&software, &right, br#"{"iss":"a","iss":"b"}"#),
        ),
        ("two parts", text.rsplit_once('.').unwrap().0.to_owned()),
        ("four parts", format!("{text}.")),
    ]
    .map(|(rule, token)| json!({"rule": rule, "key": software.public(), "token": token}));
    json!({"typ": ASSERTION, "good": good, "bad": bad})
}

struct Keys {
    ingress: SigningKey,
    order: SigningKey,
    device: SigningKey,
    stranger: SigningKey,
}

impl Keys {
    fn public(&self) -> Value {
        json!({
            "ingress": named(&self.ingress), "order": named(&self.order),
            "device": named(&self.device), "stranger": named(&self.stranger),
        })
    }
}

fn named(key: &SigningKey) -> Value {
    json!({"jwk": key.public(), "kid": key.public().kid()})
}

fn good(maker: &Maker, keys: &Keys, time: &Value) -> Vec<Value> {
    let (aud, inbox) = (maker.uuid(), b64(&maker.bytes::<16>()));
    let item = |kind: &str| {
        json!({
            "v": 1, "aud": aud, "inbox": inbox, "seq": 1 + maker.below(1000), "id": b64(&maker.bytes::<16>()),
            "kind": kind, "exp": 1_769_915_045,
        })
    };
    let mut event = item("event");
    event["channel"] = "whatsapp".into();
    event["account"] = "106540352242922".into();
    event["verified"] = "x-hub-signature-256".into();
    let mut blob = event.clone();
    event["raw"] = b64(maker.text().as_bytes()).into();
    blob["blob"] = json!({"id": b64(&maker.bytes::<32>()), "key": b64(&maker.bytes::<32>())});
    let mut tombstone = item("tombstone");
    tombstone["nbf"] = tombstone["exp"].take();
    tombstone.as_object_mut().unwrap().remove("exp");
    let mut later = time.clone();
    later["of_a_later_release"] = true.into();
    let checkpoint = json!({
        "v": 1, "writer": aud, "seq": 42, "head": b64(&maker.bytes::<32>()), "time": maker.time(),
        "undelivered": 3, "parked": [{"seq": 7, "code": "target.refused"}], "prev": b64(&[0; 32]),
    });
    let order = json!({
        "v": 1, "iss": "acme", "aud": aud, "jti": b64(&maker.bytes::<16>()), "iat": 1_767_323_045,
        "nbf": 1_767_323_045, "exp": 1_769_915_045, "cmd": "wipe", "params": {"when": "now"},
        "reason": "device_lost", "note": {"ja": "端末紛失", "en": "Lost device"},
    });
    let spaced = serde_json::to_vec_pretty(time).unwrap();
    let (ingress, second) = ([("ingress", &keys.ingress)], ("order", &keys.order));
    let device = [("device", &keys.device)];
    let cases: [(&str, &str, Vec<u8>, &[Signer<'_>]); 10] = [
        ("item", "companion-item+jws", jcs(&event).unwrap(), &ingress),
        (
            "item whose bytes are a blob",
            "companion-item+jws",
            jcs(&blob).unwrap(),
            &ingress,
        ),
        (
            "tombstone",
            "companion-item+jws",
            jcs(&tombstone).unwrap(),
            &ingress,
        ),
        ("time", TIME, jcs(time).unwrap(), &ingress),
        ("signed by hardware", TIME, jcs(time).unwrap(), &device),
        ("unknown member", TIME, jcs(&later).unwrap(), &ingress),
        ("payload is not JCS", TIME, spaced, &ingress),
        (
            "checkpoint",
            "companion-checkpoint+jws",
            jcs(&checkpoint).unwrap(),
            &device,
        ),
        (
            "two signatures",
            "companion-order+jws",
            jcs(&order).unwrap(),
            &[ingress[0], second],
        ),
        (
            "a stranger's signature counts nothing",
            "companion-order+jws",
            jcs(&order).unwrap(),
            &[("stranger", &keys.stranger), second],
        ),
    ];
    cases
        .into_iter()
        .map(|(name, typ, payload, signers)| {
            let entries = signers
                .iter()
                .map(|(_, key)| signed(maker, typ, &payload, key))
                .collect();
            let by: Vec<&str> = signers
                .iter()
                .map(|(name, _)| *name)
                .filter(|name| *name != "stranger")
                .collect();
            json!({
                "name": name, "typ": typ, "keys": ["ingress", "order", "device"], "by": by,
                "payload": b64(&payload), "document": document(&payload, entries),
            })
        })
        .collect()
}

type Signer<'a> = (&'static str, &'a SigningKey);

fn bad(maker: &Maker, keys: &Keys, time: &Value) -> Vec<Value> {
    let payload = jcs(time).unwrap();
    [
        shapes(maker, keys, &payload),
        headers(maker, keys, &payload),
        signatures(maker, keys, &payload),
        payloads(maker, keys),
    ]
    .concat()
    .into_iter()
    .map(|(rule, document)| {
        json!({"rule": rule, "typ": TIME, "keys": ["ingress", "order", "device"], "document": document})
    })
    .collect()
}

type Bad = Vec<(&'static str, String)>;

fn shapes(maker: &Maker, keys: &Keys, payload: &[u8]) -> Bad {
    let entry = signed(maker, TIME, payload, &keys.ingress);
    let good = document(payload, vec![entry.clone()]);
    let with = |key: &str, value: Value| {
        let mut entry = entry.clone();
        entry[key] = value;
        document(payload, vec![entry])
    };
    let mut nine = vec![entry.clone()];
    nine.extend((0..8).map(|_| signed(maker, TIME, payload, &maker.ed25519())));
    let (protected, signature) = (&entry["protected"], &entry["signature"]);
    let text = signature.as_str().unwrap();
    let over_odd = maker.sign(&keys.ingress, &format!("{}.#", protected.as_str().unwrap()));
    let odd = json!({"protected": protected, "signature": b64(&over_odd)});
    vec![
        ("not JSON", good.replace('}', "")),
        ("text behind the document", format!("{good}{{}}")),
        (
            "compact form",
            format!("{}.{}.{text}", protected.as_str().unwrap(), b64(payload)),
        ),
        (
            "flattened form",
            json!({"payload": b64(payload), "protected": protected, "signature": signature})
                .to_string(),
        ),
        (
            "document is a list",
            json!([b64(payload), [entry]]).to_string(),
        ),
        (
            "signature entry is a list",
            document(payload, vec![json!([protected, signature])]),
        ),
        ("extra member", good.replacen('{', r#"{"note":"","#, 1)),
        (
            "member twice",
            good.replacen('{', &format!(r#"{{"payload":"{}","#, b64(payload)), 1),
        ),
        ("no payload", json!({"signatures": [entry]}).to_string()),
        ("unprotected header", with("header", json!({}))),
        ("no signature", document(payload, vec![])),
        ("nine signatures", document(payload, nine)),
        (
            "padded base64",
            with("signature", format!("{text}==").into()),
        ),
        (
            "base64 with a line break",
            with("signature", format!("{text}\n").into()),
        ),
        (
            "base64 with bits left over",
            with("signature", loose(text).into()),
        ),
        (
            "payload is not base64",
            json!({"payload": "#", "signatures": [odd]}).to_string(),
        ),
    ]
}

fn headers(maker: &Maker, keys: &Keys, payload: &[u8]) -> Bad {
    let (key, kid) = (&keys.ingress, keys.ingress.public().kid());
    let right = header(TIME, key.public());
    let with = |header: &str| document(payload, vec![crafted(maker, header, payload, key)]);
    let unsigned =
        json!({"protected": b64(right.replace("Ed25519", "none").as_bytes()), "signature": ""});
    vec![
        ("other typ", with(&right.replace("time", "order"))),
        (
            "no typ",
            with(&json!({"alg": "Ed25519", "kid": kid}).to_string()),
        ),
        (
            "no kid",
            with(&json!({"alg": "Ed25519", "typ": TIME}).to_string()),
        ),
        (
            "no alg",
            with(&json!({"kid": kid, "typ": TIME}).to_string()),
        ),
        (
            "alg of another kind of key",
            with(&right.replace("Ed25519", "ES256")),
        ),
        (
            "alg by its old name",
            with(&right.replace("Ed25519", "EdDSA")),
        ),
        ("alg none", document(payload, vec![unsigned])),
        (
            "extra header member",
            with(&right.replacen('{', r#"{"crit":["exp"],"exp":1,"#, 1)),
        ),
        (
            "key in the header",
            with(&right.replacen('{', &format!(r#"{{"jwk":{},"#, json!(key.public())), 1)),
        ),
        (
            "header member twice",
            with(&right.replacen('{', r#"{"alg":"Ed25519","#, 1)),
        ),
        (
            "header is a list",
            with(&json!(["Ed25519", kid, TIME]).to_string()),
        ),
        ("header is not JSON", with("time")),
    ]
}

fn signatures(maker: &Maker, keys: &Keys, payload: &[u8]) -> Bad {
    let sign = |key| signed(maker, TIME, payload, key);
    let (entry, other) = (sign(&keys.ingress), sign(&keys.order));
    let of_other = |key| signed(maker, TIME, &[payload, b" "].concat(), key);
    let reordered = json!({"kid": keys.ingress.public().kid(), "typ": TIME}).to_string();
    let reordered = reordered.replacen('}', r#","alg":"Ed25519"}"#, 1);
    let again = crafted(maker, &reordered, payload, &keys.ingress);
    let device = sign(&keys.device);
    let raw = super::unb64(&device["signature"]);
    let changed = |signature: &[u8]| {
        let mut entry = device.clone();
        entry["signature"] = b64(signature).into();
        document(payload, vec![entry])
    };
    vec![
        (
            "only a stranger signed",
            document(payload, vec![sign(&keys.stranger)]),
        ),
        (
            "same key twice",
            document(payload, vec![entry.clone(), entry.clone()]),
        ),
        (
            "same key twice, other header bytes",
            document(payload, vec![entry.clone(), again]),
        ),
        (
            "stranger twice",
            document(
                payload,
                vec![entry.clone(), sign(&keys.stranger), sign(&keys.stranger)],
            ),
        ),
        (
            "signature of another payload",
            document(payload, vec![of_other(&keys.ingress)]),
        ),
        (
            "a known key's bad signature beside a good one",
            document(payload, vec![entry, of_other(&keys.order)]),
        ),
        (
            "another key's signature",
            document(
                payload,
                vec![{
                    let mut entry = sign(&keys.ingress);
                    entry["signature"] = other["signature"].clone();
                    entry
                }],
            ),
        ),
        ("ES256 cut short", changed(&raw[..63])),
        (
            "ES256 with s before r",
            changed(&[&raw[32..], &raw[..32]].concat()),
        ),
        ("ES256 of zeros", changed(&[0; 64])),
    ]
}

fn payloads(maker: &Maker, keys: &Keys) -> Bad {
    [
        ("payload member twice", r#"{"v":1,"time":"a","time":"a"}"#),
        (
            "payload member twice, deep down",
            r#"{"v":1,"a":[{"b":{"c":1,"c":1}}]}"#,
        ),
        (
            "payload member twice, once escaped",
            r#"{"v":1,"time":"a","\u0074ime":"a"}"#,
        ),
        ("newer v", r#"{"v":2}"#),
        ("v of zero", r#"{"v":0}"#),
        ("no v", r#"{"time":"a"}"#),
        ("v is text", r#"{"v":"1"}"#),
        ("payload with a fraction", r#"{"v":1,"n":1.5}"#),
        (
            "payload with a number beyond 2^53 - 1",
            r#"{"v":1,"n":9007199254740992}"#,
        ),
        ("payload with a lone surrogate", r#"{"v":1,"s":"\ud83d"}"#),
        ("payload is a list", "[1]"),
        ("payload is null", "null"),
        ("payload is empty", ""),
        ("payload is not JSON", r#"{"v":1"#),
        ("payload with text behind it", r#"{"v":1}{}"#),
    ]
    .map(|(rule, payload)| {
        let payload = payload.as_bytes();
        (
            rule,
            document(payload, vec![signed(maker, TIME, payload, &keys.ingress)]),
        )
    })
    .into()
}

/// The header that formats.md 0 asks for.
fn header(typ: &str, key: &VerifyingKey) -> String {
    format!(
        r#"{{"alg":"{}","kid":"{}","typ":"{typ}"}}"#,
        key.algorithm().as_str(),
        key.kid()
    )
}

/// An entry of `signatures` with the right header.
pub fn signed(maker: &Maker, typ: &str, payload: &[u8], key: &SigningKey) -> Value {
    crafted(maker, &header(typ, key.public()), payload, key)
}

fn crafted(maker: &Maker, header: &str, payload: &[u8], key: &SigningKey) -> Value {
    let protected = b64(header.as_bytes());
    let signature = maker.sign(key, &format!("{protected}.{}", b64(payload)));
    json!({"protected": protected, "signature": b64(&signature)})
}

/// The text of a document.
pub fn document(payload: &[u8], signatures: Vec<Value>) -> String {
    json!({"payload": b64(payload), "signatures": signatures}).to_string()
}

/// The same 64 bytes with one of the four bits set that their last character leaves over.
fn loose(signature: &str) -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = signature.to_owned();
    let last = alphabet.find(text.pop().unwrap()).unwrap();
    text.push_str(&alphabet[last + 1..last + 2]);
    text
}
