//! Makes every file of vectors from a seed.

use super::{Vectors, b64, documents, extension, keysets, list, slots, text, unb64};
use companion_crypto::{
    chain, derive, hash,
    hpke::{self, Envelope, KeyPair, Purpose},
    id::KeySalt,
    random::{Random, SeededRandom},
    seal::{Place, Sealer},
    secret::Key,
    sign::SigningKey,
};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use std::{cell::RefCell, collections::BTreeMap};

/// A P-256 key for tests (PKCS#8), since ES256 keys cannot be drawn from a seed.
const ES256: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg9Z7_gbA9VvPytA7-GQUl9y7vn1MY1wvwq4d1Zh8yWvyhRANCAAQ-JrAmxwiIQggqHDFySSInK31k30gDh5canfYgVwisahy0pqUm3EXq8Bb1gTo5ld8KXxqCYz0IEEX8duUAblJf";

const WORDS: [&str; 12] = [
    "契約",
    "見積り",
    "明日",
    "Thanks!",
    "call",
    "御中",
    "👍🏽",
    "\"quoted\"",
    "a\nb",
    "é",
    "\u{1f}",
    "/",
];

/// Draws everything that vectors need.
pub struct Maker {
    seed: u64,
    /// The source of every choice.
    pub random: SeededRandom,
    /// ES256 signatures are random: those of the committed vectors are kept as long as they verify.
    kept: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl Maker {
    /// `committed` may be empty.
    pub fn new(seed: u64, committed: &Vectors) -> Self {
        let good = |name| {
            committed
                .get(name)
                .into_iter()
                .flat_map(|file| list(&file["good"]))
        };
        let mut kept = BTreeMap::new();
        for case in good("documents") {
            let document: Value = serde_json::from_str(text(&case["document"])).unwrap();
            for entry in list(&document["signatures"]) {
                let input = format!(
                    "{}.{}",
                    text(&entry["protected"]),
                    text(&document["payload"])
                );
                kept.insert(input, unb64(&entry["signature"]));
            }
        }
        for case in good("assertion") {
            let (input, signature) = text(&case["token"]).rsplit_once('.').unwrap();
            kept.insert(input.to_owned(), unb64(&signature.into()));
        }
        Self {
            seed,
            random: SeededRandom::new(seed),
            kept: RefCell::new(kept),
        }
    }

    /// Draws what one file needs, so that a change of one file moves no other.
    fn of_file(&self, name: &str) -> Self {
        let named = hash::hmac_sha256(&self.seed.to_be_bytes(), name.as_bytes());
        let seed = u64::from_be_bytes(*named.first_chunk().unwrap());
        Self {
            seed,
            random: SeededRandom::new(seed),
            kept: self.kept.clone(),
        }
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// A number below `end`.
    pub fn below(&self, end: u64) -> u64 {
        u64::from_be_bytes(self.bytes()) % end
    }

    /// Some words.
    pub fn text(&self) -> String {
        let words: Vec<&str> = (0..=self.below(30))
            .map(|_| WORDS[self.below(WORDS.len() as u64) as usize])
            .collect();
        words.join(" ")
    }

    /// A UUID in lower case.
    pub fn uuid(&self) -> String {
        let hex = data_encoding::HEXLOWER.encode(&self.bytes::<16>());
        let (a, b, c, d, e) = (
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..],
        );
        format!("{a}-{b}-4{c}-8{d}-{e}")
    }

    /// A time in RFC 3339.
    pub fn time(&self) -> String {
        let (day, hour, minute, ms) = (
            1 + self.below(28),
            self.below(24),
            self.below(60),
            self.below(1000),
        );
        format!("2026-02-{day:02}T{hour:02}:{minute:02}:07.{ms:03}Z")
    }

    /// An Ed25519 key.
    pub fn ed25519(&self) -> SigningKey {
        SigningKey::from_seed(&Key::random(&self.random)).unwrap()
    }

    /// The P-256 key.
    pub fn es256(&self) -> SigningKey {
        SigningKey::from_pkcs8(&BASE64URL_NOPAD.decode(ES256.as_bytes()).unwrap()).unwrap()
    }

    /// Signs; what was signed before gets the same signature.
    pub fn sign(&self, key: &SigningKey, input: &str) -> Vec<u8> {
        if let Some(kept) = self.kept.borrow().get(input)
            && key.public().verify(input.as_bytes(), kept)
        {
            return kept.clone();
        }
        let signature = key.sign(input.as_bytes()).unwrap();
        self.kept
            .borrow_mut()
            .insert(input.to_owned(), signature.clone());
        signature
    }

    /// A key.
    pub fn key(&self) -> Key {
        Key::random(&self.random)
    }
}

type Make = fn(&Maker) -> Value;

/// Every file of vectors.
pub fn all(maker: &Maker) -> Vectors {
    let files: [(&str, Make); 13] = [
        ("ids", ids),
        ("hashes", hashes),
        ("derived", derived),
        ("slots", slots::make),
        ("recovery", slots::make_recovery),
        ("sealed_01", sealed_01),
        ("sealed_02", sealed_02),
        ("sealed_03", sealed_03),
        ("chain", chained),
        ("extension", extension::make),
        ("documents", documents::make),
        ("assertion", documents::make_assertion),
        ("keysets", keysets::make),
    ];
    files
        .map(|(name, make)| (name.to_owned(), make(&maker.of_file(name))))
        .into()
}

fn ids(maker: &Maker) -> Value {
    let salt = maker.bytes();
    let keys = KeySalt::new(salt);
    let conversation = format!("8190{}", maker.below(100_000_000));
    let place = ["whatsapp", "106540352242922", &conversation];
    let message = keys.key("m1", &[&place[..], &["id", "wamid.HBgM"]].concat());
    let ms = (1_767_323_045_000 + maker.below(1_000_000)).to_string();
    let digest = b64(&maker.bytes::<32>());
    let (name, line) = (maker.text(), maker.text());
    let own = maker.uuid();
    let cases: Vec<(&str, Vec<&str>)> = vec![
        ("m1", [&place[..], &["id", "wamid.HBgM"]].concat()),
        ("m1", [&place[..], &["raw", &digest, "0"]].concat()),
        ("m1", [&place[..], &["own", &own]].concat()),
        ("c1", place.to_vec()),
        ("p1", vec!["phone", &conversation]),
        ("a1", vec![&digest]),
        ("r1", vec![&message, "106540352242922", "👍🏽", "false", &ms]),
        ("s1", vec![&message, "delivered"]),
        ("k1", vec!["task", &name, &ms]),
        ("k1", vec!["gap", "", &ms]),
    ];
    let cases: Vec<Value> = cases
        .into_iter()
        .map(|(prefix, parts)| json!({"prefix": prefix, "id": keys.key(prefix, &parts), "parts": parts}))
        .collect();
    let cut = keys.key("e1", &[&message, &line]);
    let edit = format!("{message}-e{ms}-{}", &cut[2..8]);
    json!({
        "key_salt": b64(&salt),
        "cases": cases,
        "edits": [{"message": message, "edited_at_ms": ms, "text": line, "id": edit}],
        "deletions": [{"message": message, "id": format!("{message}-d")}],
    })
}

fn hashes(maker: &Maker) -> Value {
    let random = json!({"text": maker.text(), "n": maker.below(1 << 53), "list": [maker.text(), null, true]});
    let texts = [
        r#"{"b":1,"a":{"d":[3,2,1],"c":"é"}}"#.to_owned(),
        r#" { "z" : "\u0041\/" , "é" : -0 , "😀" : 1e3, "\ufb33" : "\u001f" } "#.to_owned(),
        r#"{"half":"\ud83d","other":"a\ude00b","whole":"\ud83d\ude00","twice":"\ud83d\ud83d\ude00"}"#.to_owned(),
        r#"[9007199254740991,-9007199254740991,"\\ud83d"]"#.to_owned(),
        random.to_string(),
    ];
    let canonical: Vec<Value> = texts
        .iter()
        .map(|json| {
            let mended = companion_crypto::json::without_lone_surrogates(json);
            let bytes = hash::jcs(&serde_json::from_str::<Value>(&mended).unwrap()).unwrap();
            json!({
                "json": json, "bytes": b64(&bytes),
                "sha256": b64(&hash::sha256(&bytes)), "code": hash::code(&bytes),
            })
        })
        .collect();
    json!({
        "canonical": canonical,
        "refused": [
            {"rule": "fraction", "json": r#"{"lat":35.68}"#},
            {"rule": "beyond 2^53 - 1", "json": r#"[9007199254740992]"#},
            {"rule": "below -(2^53 - 1)", "json": r#"{"a":{"b":-9007199254740993}}"#},
        ],
    })
}

fn derived(maker: &Maker) -> Value {
    let enrolment = maker.uuid();
    let purposes = ["seal", "locked", "filter", "hash", "inbox", "psk"];
    let mut cases: Vec<Value> = purposes
        .iter()
        .map(|purpose| derived_case(maker, &enrolment, purpose))
        .collect();
    cases.push(derived_case(maker, "personal", "seal"));
    let key = maker.key();
    let keyed: Vec<Value> = ["", "8190…", &maker.text()]
        .iter()
        .map(|value| {
            let hash = derive::keyed_hash(&key, "conversation.key", value.as_bytes());
            json!({"hash_key": b64(key.expose()), "place": "conversation.key", "value": value, "hash": b64(&hash)})
        })
        .collect();
    json!({"cases": cases, "keyed_hashes": keyed})
}

fn derived_case(maker: &Maker, salt: &str, purpose: &str) -> Value {
    let key = maker.key();
    let derived = derive::derive(&key, salt, purpose);
    json!({"key": b64(key.expose()), "salt": salt, "purpose": purpose, "derived": b64(derived.expose())})
}

/// A place and how the vectors write it.
fn place(maker: &Maker, n: u64) -> (Place, Value) {
    let (row, conversation, seq) = (maker.below(1 << 53), maker.below(1000), maker.below(1000));
    if n.is_multiple_of(2) {
        let json = json!({"word": "contact.name", "row": row});
        return (Place::row("contact.name", row), json);
    }
    let json =
        json!({"word": "message.body", "row": row, "conversation": conversation, "seq": seq});
    (Place::message("message.body", row, conversation, seq), json)
}

/// Texts whose lengths lie around the padding's steps, then a random one.
fn plains(maker: &Maker) -> Vec<Vec<u8>> {
    let mut plains: Vec<Vec<u8>> = [0, 1, 63, 64, 65].map(|length| vec![b'x'; length]).into();
    plains.push(maker.text().into_bytes());
    plains
}

fn sealed_01(maker: &Maker) -> Value {
    let enrolment = maker.uuid();
    let cases = plains(maker).into_iter().zip(0..).map(|(plain, n)| {
        let (key, key_id) = (maker.key(), maker.below(1 << 16) as u16);
        let (place, place_json) = place(maker, n);
        let sealer = Sealer::new(key_id, &derive::derive(&key, &enrolment, "seal"));
        let sealed = sealer.seal(&maker.random, &place, &plain).unwrap();
        json!({
            "key": b64(key.expose()), "key_id": key_id, "enrolment": enrolment, "place": place_json,
            "plain": b64(&plain), "sealed": b64(&sealed),
        })
    });
    json!({"cases": cases.collect::<Vec<_>>()})
}

fn sealed_02(maker: &Maker) -> Value {
    let enrolment = maker.uuid();
    let cases = plains(maker).into_iter().zip(0..).map(|(plain, n)| {
        let (d, t, key_id) = (maker.key(), maker.key(), maker.below(1 << 16) as u16);
        let (place, place_json) = place(maker, n);
        let pair = KeyPair::derive(&derive::derive(&d, &enrolment, "locked"));
        let psk = derive::derive(&t, &enrolment, "psk");
        let sealed =
            hpke::seal_locked(&maker.random, &pair.public(), &psk, key_id, &place, &plain).unwrap();
        json!({
            "d": b64(d.expose()), "t": b64(t.expose()), "key_id": key_id, "enrolment": enrolment,
            "place": place_json, "plain": b64(&plain), "sealed": b64(&sealed),
        })
    });
    json!({"cases": cases.collect::<Vec<_>>()})
}

fn sealed_03(maker: &Maker) -> Value {
    let purposes = [
        ("inbox", Purpose::Inbox),
        ("escrow", Purpose::Escrow),
        ("recovery", Purpose::Recovery),
        ("answer", Purpose::Answer),
        ("archive", Purpose::Archive),
        ("poster", Purpose::Poster),
    ];
    let cases = plains(maker)
        .into_iter()
        .zip(purposes)
        .map(|(plain, (name, purpose))| {
            let (ikm, enrolment, item) = (maker.key(), maker.uuid(), maker.bytes::<2>());
            let pair = KeyPair::derive(&ikm);
            let about = Envelope {
                purpose,
                tenant: "acme",
                enrolment: &enrolment,
                item: &item,
            };
            let sealed = hpke::seal_to(&maker.random, &pair.public(), &about, &plain).unwrap();
            json!({
                "ikm": b64(ikm.expose()), "public": b64(pair.public().as_bytes()), "purpose": name,
                "tenant": "acme", "enrolment": enrolment, "item": b64(&item),
                "plain": b64(&plain), "sealed": b64(&sealed),
            })
        });
    json!({"cases": cases.collect::<Vec<_>>()})
}

fn chained(maker: &Maker) -> Value {
    let writer = maker.uuid();
    let keys = KeySalt::new(maker.bytes());
    let conversation = keys.key("c1", &["whatsapp", "106540352242922", "8190"]);
    let start = chain::start(&writer);
    let mut head = start;
    let mut links = Vec::new();
    for (seq, kind) in (1..).zip(["message", "reaction", "status", "gap", "message"]) {
        let id = keys.key(
            if kind == "message" { "m1" } else { "k1" },
            &[kind, &seq.to_string()],
        );
        let time = maker.time();
        let record = json!({
            "v": 1, "key": id, "kind": kind, "change": "created", "channel": "whatsapp",
            "account": "106540352242922", "conversation": conversation, "conversation_seq": seq,
            "contact": keys.key("p1", &["phone", "8190"]), "direction": "inbound", "origin": "live",
            "source_id": format!("wamid.{seq}"), "sent_at": time, "recorded_at": maker.time(),
            "author": {"role": "customer", "name": "山田"}, "content": "text", "text": maker.text(),
            "reply_to": null, "supersedes": null, "details": {"emoji": "👍🏽"},
            "salt": b64(&maker.bytes::<16>()),
        });
        let digest = chain::digest(&record).unwrap();
        head = chain::next(&head, seq, &digest);
        let envelope = json!({
            "specversion": "1.0", "id": id, "source": "urn:companion:acme",
            "type": format!("companion.{kind}.v1"), "subject": conversation, "time": time,
            "datacontenttype": "application/json", "dataschema": "urn:companion:record:1",
            "sequence": format!("{seq:016}"),
            "data": {"writer": writer, "seq": seq, "head": b64(&head), "record": record},
        });
        links.push(json!({"envelope": envelope, "digest": b64(&digest)}));
    }
    json!({"writer": writer, "start": b64(&start), "links": links})
}
