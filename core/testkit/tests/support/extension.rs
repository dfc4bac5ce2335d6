//! Vectors of what an app shares with its extensions.

use super::{b64, make::Maker};
use companion_crypto::hpke::{Envelope, KeyPair, Purpose, seal_to};
use companion_domain::{
    id::{EnrolmentId, TenantId},
    policy::LockScreen,
    time::Timestamp,
};
use companion_sealer::{Extension, Item, Name};
use serde_json::{Value, json};

const TENANT: &str = "acme";
const SHOWN: [LockScreen; 4] = [
    LockScreen::None,
    LockScreen::Channel,
    LockScreen::Sender,
    LockScreen::Full,
];

pub fn make(maker: &Maker) -> Value {
    let mut cases: Vec<Value> = SHOWN.map(|show| kept(maker, show)).into();
    cases.push(later(maker));
    let told = cases[0]["extension"].as_str().unwrap().to_owned();
    let refused = [
        ("newer version", told.replace(r#""v":1"#, r#""v":2"#)),
        ("no version", told.replace(r#""v":1"#, r#""w":1"#)),
        ("a member twice", told.replace(r#""v":1"#, r#""v":1,"v":1"#)),
        ("no key", told.replace("inbox_key", "key")),
        (
            "a short key",
            told.replace(r#""inbox_key":""#, r#""inbox_key":"A","old":""#),
        ),
        ("cut off", told[..told.len() - 1].to_owned()),
    ];
    let refused = refused.map(|(rule, extension)| json!({"rule": rule, "extension": extension}));
    json!({
        "cases": cases,
        "names": names(maker),
        "refused": refused,
        "refused_names": unnamed(maker),
    })
}

fn kept(maker: &Maker, show: LockScreen) -> Value {
    let (ikm, name) = (maker.key(), name(maker));
    let to = Extension::new(
        TenantId::new(TENANT),
        EnrolmentId::new(maker.uuid()),
        KeyPair::derive(&ikm).public(),
        show,
    );
    let raw = maker.text();
    let at = Timestamp::parse(&maker.time()).unwrap();
    let item = Item::new("whatsapp_cloud", at, raw.as_bytes());
    let sealed = item.seal(&to, &name, &maker.random).unwrap();
    json!({
        "ikm": b64(ikm.expose()), "extension": serde_json::to_string(&to).unwrap(), "show": show.as_str(),
        "name": name.to_string(), "reader": item.reader, "received_at": at.to_string(),
        "raw": b64(raw.as_bytes()), "sealed": b64(&sealed),
    })
}

/// As a later release may write it: with members and a word that are not known yet.
fn later(maker: &Maker) -> Value {
    let (ikm, name, enrolment) = (maker.key(), name(maker).to_string(), maker.uuid());
    let to = KeyPair::derive(&ikm).public();
    let (raw, at) = (maker.text(), maker.time());
    let extension = json!({"v": 1, "tenant": TENANT, "enrolment_id": enrolment, "inbox_key": to,
        "show": "glance", "more": [1, null]});
    let item = json!({"v": 1, "reader": "later", "received_at": at, "raw": b64(raw.as_bytes()), "more": {}});
    let about = Envelope {
        purpose: Purpose::Inbox,
        tenant: TENANT,
        enrolment: &enrolment,
        item: name.as_bytes(),
    };
    let sealed = seal_to(&maker.random, &to, &about, item.to_string().as_bytes()).unwrap();
    json!({
        "ikm": b64(ikm.expose()), "extension": extension.to_string(), "show": "none", "name": name,
        "reader": "later", "received_at": at, "raw": b64(raw.as_bytes()), "sealed": b64(&sealed),
    })
}

fn name(maker: &Maker) -> Name {
    let at = Timestamp::from_ms(1_767_323_045_000 + maker.below(1_000_000) as i64);
    Name::after(None, at, &maker.random)
}

/// How the next name begins, when the clock went on, stood, or was set back, and beyond the last number of an instant.
fn names(maker: &Maker) -> Vec<Value> {
    let unique = || format!("{:016x}", maker.below(1 << 53));
    [
        (
            "001767323045000-000004",
            1_767_323_046,
            "001767323046000-000000",
        ),
        (
            "001767323045000-000004",
            1_767_323_045,
            "001767323045000-000005",
        ),
        ("001767323045000-000004", 0, "001767323045000-000005"),
        ("001767323045000-999999", 0, "001767323045001-000000"),
    ]
    .map(|(last, at_s, next)| {
        let name = format!("{last}-{}.sealed", unique());
        json!({"name": name, "at_s": at_s, "next": next})
    })
    .into()
}

fn unnamed(maker: &Maker) -> Vec<Value> {
    let name = name(maker).to_string();
    [
        ("another ending", name.replace(".sealed", ".tmp")),
        ("a digit less", name.replacen('0', "", 1)),
        ("a sign", name.replacen('0', "+", 1)),
        ("a folder", format!("../{name}")),
        ("capitals", name.replace(".sealed", ".SEALED")),
    ]
    .map(|(rule, name)| json!({"rule": rule, "name": name}))
    .into()
}
