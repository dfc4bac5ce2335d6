//! Key sets: the pinned one, its followers, and what must not be followed.

use super::{
    b64,
    documents::{document, signed},
    make::Maker,
};
use companion_crypto::{
    hash::{code, jcs, sha256},
    hpke::KeyPair,
    keyset,
    secret::Key,
    sign::SigningKey,
};
use serde_json::{Value, json};

const FROM: u64 = 1_767_225_600;
const TO: u64 = 1_798_761_600;

/// `keysets.json`.
pub fn make(maker: &Maker) -> Value {
    let roots: Vec<SigningKey> = (0..4).map(|_| maker.ed25519()).collect();
    let work: Vec<Value> = ["order", "policy", "ingress"]
        .map(|role| record(role, role, &maker.ed25519()))
        .into();
    let root = |n: usize| record(&format!("root-{n}"), "root", &roots[n]);
    let hpke = [(); 3].map(|()| {
        b64(KeyPair::derive(&Key::random(&maker.random))
            .public()
            .as_bytes())
    });
    let set = |version: u64, named: &[usize], threshold: u64| {
        let keys: Vec<Value> = named
            .iter()
            .map(|n| root(*n))
            .chain(work.iter().cloned())
            .collect();
        json!({
            "v": 1, "tenant": "acme", "version": version, "expires": "2027-01-01T00:00:00.000Z",
            "threshold": {"root": threshold, "destroy_now": 2}, "keys": keys,
            "hpke": {"escrow": hpke[0], "recovery": hpke[1], "archive": hpke[2]},
        })
    };
    let sign = |set: &Value, by: &[usize]| {
        let payload = jcs(set).unwrap();
        let entries = by
            .iter()
            .map(|n| signed(maker, keyset::TYP, &payload, &roots[*n]))
            .collect();
        document(&payload, entries)
    };
    let (first, second, third) = (
        set(1, &[0, 1, 2], 2),
        set(2, &[1, 2, 3], 2),
        set(3, &[3], 1),
    );
    let with = |set: &Value, change: &dyn Fn(&mut Value)| {
        let mut set = set.clone();
        change(&mut set);
        sign(&set, &[0, 1, 2, 3])
    };
    let refused = [
        ("signed by the old threshold alone", sign(&second, &[0, 1])),
        ("signed by the new threshold alone", sign(&second, &[2, 3])),
        (
            "skips a version",
            with(&second, &|set| set["version"] = 3.into()),
        ),
        (
            "repeats the version",
            with(&second, &|set| set["version"] = 1.into()),
        ),
        (
            "another tenant's",
            with(&second, &|set| set["tenant"] = "other".into()),
        ),
        (
            "a key with two roles",
            with(&second, &|set| {
                set["keys"][3]["x"] = set["keys"][0]["x"].clone()
            }),
        ),
        (
            "a threshold of zero",
            with(&second, &|set| set["threshold"]["root"] = 0.into()),
        ),
        (
            "a small-order key",
            with(&second, &|set| set["keys"][3]["x"] = b64(&[0; 32]).into()),
        ),
        (
            "a key that is not Ed25519",
            with(&second, &|set| set["keys"][3]["alg"] = "ES256".into()),
        ),
        (
            "an unknown role",
            with(&second, &|set| set["keys"][3]["role"] = "admin".into()),
        ),
        (
            "no archive key",
            with(&second, &|set| {
                set["hpke"].as_object_mut().unwrap().remove("archive");
            }),
        ),
    ]
    .map(|(rule, document)| json!({"rule": rule, "document": document}));
    let payload = jcs(&first).unwrap();
    let usable = |role: &str, at: u64| {
        let names: Vec<&str> = match at {
            FROM..TO if role == "root" => vec!["root-0", "root-1", "root-2"],
            FROM..TO => vec![role],
            _ => vec![],
        };
        json!({"role": role, "at": at, "names": names})
    };
    json!({
        "pinned": b64(&sha256(&payload)), "code": code(&payload),
        "sets": [sign(&first, &[0, 2]), sign(&second, &[0, 1, 2, 3]), sign(&third, &[1, 2, 3])],
        "usable_in_first": [
            usable("root", FROM), usable("order", TO - 1), usable("order", TO),
            usable("ingress", FROM - 1), usable("policy", FROM),
        ],
        "refused_after_first": refused,
    })
}

fn record(name: &str, role: &str, key: &SigningKey) -> Value {
    let jwk = json!(key.public());
    json!({"name": name, "role": role, "alg": "Ed25519", "x": jwk["x"], "nbf": FROM, "exp": TO})
}
