//! Checks vectors from their JSON alone: right ones are taken, and with one byte flipped they are refused.

use super::{Vectors, b64, list, number, text, unb64};
use companion_crypto::{
    chain,
    checkpoint::{self, Checkpoint},
    derive, document, hash,
    hpke::{self, Envelope, KeyPair, Purpose},
    id::KeySalt,
    json::without_lone_surrogates,
    keyset::{KeySet, Role},
    seal::{Place, Sealer},
    secret::Key,
    sign::VerifyingKey,
};
use serde_json::Value;

type Check = fn(&Value);

/// The check of each file.
const CHECKS: [(&str, Check); 11] = [
    ("assertion", assertion),
    ("chain", chained),
    ("derived", derived),
    ("documents", documents),
    ("hashes", hashes),
    ("ids", ids),
    ("keysets", keysets),
    ("sealed_01", sealed_01),
    ("sealed_02", sealed_02),
    ("sealed_03", sealed_03),
    ("slots", slots),
];

/// Checks every file; panics with the case that fails.
pub fn all(vectors: &Vectors) {
    for (name, file) in vectors {
        let (_, check) = CHECKS.iter().find(|(known, _)| known == name).unwrap();
        check(file);
    }
}

fn key(value: &Value) -> Key {
    Key::new(unb64(value).try_into().unwrap())
}

/// Every copy of `bytes` with one bit of one byte flipped.
fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len()).map(|at| {
        let mut copy = bytes.to_vec();
        copy[at] ^= 1 << (at % 8);
        copy
    })
}

fn ids(file: &Value) {
    let keys = KeySalt::new(unb64(&file["key_salt"]).try_into().unwrap());
    for case in list(&file["cases"]) {
        let parts: Vec<&str> = list(&case["parts"]).iter().map(text).collect();
        let id = keys.key(text(&case["prefix"]), &parts);
        assert_eq!(id, text(&case["id"]), "{case}");
        assert_eq!(id.len(), 34);
        assert_ne!(keys.key("x1", &parts)[2..], id[2..], "the prefix counts");
    }
    for case in list(&file["edits"]) {
        let message = text(&case["message"]);
        let cut = keys.key("e1", &[message, text(&case["text"])]);
        let id = format!("{message}-e{}-{}", text(&case["edited_at_ms"]), &cut[2..8]);
        assert_eq!(id, text(&case["id"]));
    }
    for case in list(&file["deletions"]) {
        assert_eq!(format!("{}-d", text(&case["message"])), text(&case["id"]));
    }
}

fn hashes(file: &Value) {
    let canonical = |json: &str| {
        hash::jcs(&serde_json::from_str::<Value>(&without_lone_surrogates(json)).unwrap())
    };
    for case in list(&file["canonical"]) {
        let bytes = canonical(text(&case["json"])).unwrap();
        assert_eq!(b64(&bytes), text(&case["bytes"]), "{case}");
        assert_eq!(b64(&hash::sha256(&bytes)), text(&case["sha256"]));
        assert_eq!(hash::code(&bytes), text(&case["code"]));
    }
    for case in list(&file["refused"]) {
        assert!(canonical(text(&case["json"])).is_err(), "{case}");
    }
}

fn derived(file: &Value) {
    for case in list(&file["cases"]) {
        let derived = derive::derive(
            &key(&case["key"]),
            text(&case["salt"]),
            text(&case["purpose"]),
        );
        assert_eq!(b64(derived.expose()), text(&case["derived"]), "{case}");
    }
    for case in list(&file["keyed_hashes"]) {
        let value = text(&case["value"]).as_bytes();
        let hash = derive::keyed_hash(&key(&case["hash_key"]), text(&case["place"]), value);
        assert_eq!(b64(&hash), text(&case["hash"]), "{case}");
    }
}

fn place(json: &Value) -> Place {
    let (word, row) = (text(&json["word"]), number(&json["row"]));
    if json.get("seq").is_none() {
        return Place::row(word, row);
    }
    Place::message(
        word,
        row,
        number(&json["conversation"]),
        number(&json["seq"]),
    )
}

fn sealed_01(file: &Value) {
    for case in list(&file["cases"]) {
        let seal = derive::derive(&key(&case["key"]), text(&case["enrolment"]), "seal");
        let sealer = Sealer::new(number(&case["key_id"]) as u16, &seal);
        let (place, sealed) = (place(&case["place"]), unb64(&case["sealed"]));
        assert_eq!(
            sealer.open(&place, &sealed),
            Ok(unb64(&case["plain"])),
            "{case}"
        );
        for wrong in flipped(&sealed) {
            assert!(sealer.open(&place, &wrong).is_err(), "{case}");
        }
    }
}

fn slots(file: &Value) {
    for case in list(&file["cases"]) {
        let slot = &case["slot"];
        let seal = derive::derive(&key(&case["secret"]), text(&slot["id"]), "slot");
        let sealer = Sealer::new(number(&slot["key"]) as u16, &seal);
        let place = Place::slot(&hash::jcs(slot).unwrap());
        let sealed = unb64(&case["sealed"]);
        assert_eq!(
            sealer.open(&place, &sealed),
            Ok(unb64(&case["plain"])),
            "{case}"
        );
        for wrong in flipped(&sealed) {
            assert!(sealer.open(&place, &wrong).is_err(), "{case}");
        }
    }
}

fn sealed_02(file: &Value) {
    for case in list(&file["cases"]) {
        let enrolment = text(&case["enrolment"]);
        let pair = KeyPair::derive(&derive::derive(&key(&case["d"]), enrolment, "locked"));
        let psk = derive::derive(&key(&case["t"]), enrolment, "psk");
        let (place, sealed) = (place(&case["place"]), unb64(&case["sealed"]));
        let plain = hpke::open_locked(&pair, &psk, &place, &sealed);
        assert_eq!(plain, Ok(unb64(&case["plain"])), "{case}");
        for wrong in flipped(&sealed) {
            assert!(
                hpke::open_locked(&pair, &psk, &place, &wrong).is_err(),
                "{case}"
            );
        }
    }
}

fn sealed_03(file: &Value) {
    for case in list(&file["cases"]) {
        let purpose = match text(&case["purpose"]) {
            "inbox" => Purpose::Inbox,
            "escrow" => Purpose::Escrow,
            "recovery" => Purpose::Recovery,
            "answer" => Purpose::Answer,
            "archive" => Purpose::Archive,
            "poster" => Purpose::Poster,
            other => panic!("unknown purpose {other}"),
        };
        let pair = KeyPair::derive(&key(&case["ikm"]));
        assert_eq!(b64(pair.public().as_bytes()), text(&case["public"]));
        let item = unb64(&case["item"]);
        let (tenant, enrolment) = (text(&case["tenant"]), text(&case["enrolment"]));
        let about = Envelope {
            purpose,
            tenant,
            enrolment,
            item: &item,
        };
        let sealed = unb64(&case["sealed"]);
        assert_eq!(
            hpke::open_with(&pair, &about, &sealed),
            Ok(unb64(&case["plain"])),
            "{case}"
        );
        for wrong in flipped(&sealed) {
            assert!(hpke::open_with(&pair, &about, &wrong).is_err(), "{case}");
        }
    }
}

fn chained(file: &Value) {
    let mut head = chain::start(text(&file["writer"]));
    assert_eq!(b64(&head), text(&file["start"]));
    for link in list(&file["links"]) {
        let data = &link["envelope"]["data"];
        let seq = number(&data["seq"]);
        let digest = chain::digest(&data["record"]).unwrap();
        assert_eq!(b64(&digest), text(&link["digest"]), "{link}");
        for wrong in flipped(&digest) {
            let wrong = chain::next(&head, seq, &wrong.try_into().unwrap());
            assert_ne!(b64(&wrong), text(&data["head"]));
        }
        assert_ne!(
            b64(&chain::next(&head, seq + 1, &digest)),
            text(&data["head"])
        );
        head = chain::next(&head, seq, &digest);
        assert_eq!(b64(&head), text(&data["head"]), "{link}");
    }
}

fn documents(file: &Value) {
    let keys = |case: &Value| -> Vec<VerifyingKey> {
        list(&case["keys"])
            .iter()
            .map(|name| serde_json::from_value(file["keys"][text(name)]["jwk"].clone()).unwrap())
            .collect()
    };
    let verify = |case: &Value, document: &str| {
        let keys = keys(case);
        document::verify(
            document,
            text(&case["typ"]),
            &keys.iter().collect::<Vec<_>>(),
        )
    };
    for case in list(&file["good"]) {
        let name = text(&case["name"]);
        let by: Vec<&str> = list(&case["by"])
            .iter()
            .map(|name| text(&file["keys"][text(name)]["kid"]))
            .collect();
        let verified = verify(case, text(&case["document"])).unwrap();
        assert_eq!(verified.by, by, "{name}");
        assert_eq!(verified.payload, unb64(&case["payload"]), "{name}");
        if text(&case["typ"]) == checkpoint::TYP {
            let checkpoint: Checkpoint = verified.parse().unwrap();
            assert_eq!(hash::jcs(&checkpoint), Ok(verified.payload));
        }
        for wrong in flipped_documents(text(&case["document"]), &by) {
            // With a byte of its `kid` flipped a signature is a stranger's: it no longer counts.
            let still_whole = verify(case, &wrong).is_ok_and(|verified| verified.by == by);
            assert!(!still_whole, "{name}: {wrong}");
        }
    }
    for case in list(&file["bad"]) {
        assert!(
            verify(case, text(&case["document"])).is_err(),
            "{}",
            case["rule"]
        );
    }
}

/// Copies of a document in which one byte of the payload, or of a header or signature of a key in `by`, is flipped.
fn flipped_documents(document: &str, by: &[&str]) -> Vec<String> {
    let document: Value = serde_json::from_str(document).unwrap();
    let mut spots = vec!["/payload".to_owned()];
    for (n, entry) in list(&document["signatures"]).iter().enumerate() {
        let header: Value = serde_json::from_slice(&unb64(&entry["protected"])).unwrap();
        if by.contains(&text(&header["kid"])) {
            spots.push(format!("/signatures/{n}/protected"));
            spots.push(format!("/signatures/{n}/signature"));
        }
    }
    let mut wrong = Vec::new();
    for spot in spots {
        for bytes in flipped(&unb64(document.pointer(&spot).unwrap())) {
            let mut copy = document.clone();
            *copy.pointer_mut(&spot).unwrap() = b64(&bytes).into();
            wrong.push(copy.to_string());
        }
    }
    wrong
}

fn assertion(file: &Value) {
    let verify = |case: &Value, token: &str| {
        let key: VerifyingKey = serde_json::from_value(case["key"].clone()).unwrap();
        document::verify_compact(token, text(&file["typ"]), &[&key])
    };
    for case in list(&file["good"]) {
        let token = text(&case["token"]);
        assert_eq!(
            verify(case, token).unwrap().payload,
            unb64(&case["payload"])
        );
        let parts: Vec<Vec<u8>> = token.split('.').map(|part| unb64(&part.into())).collect();
        for n in 0..parts.len() {
            for bytes in flipped(&parts[n]) {
                let mut wrong: Vec<String> = parts.iter().map(|part| b64(part)).collect();
                wrong[n] = b64(&bytes);
                assert!(verify(case, &wrong.join(".")).is_err(), "{wrong:?}");
            }
        }
    }
    for case in list(&file["bad"]) {
        let refused = verify(case, text(&case["token"])).is_err();
        assert!(refused, "{}", case["rule"]);
    }
}

fn keysets(file: &Value) {
    let mut sets = list(&file["sets"]).iter().map(text);
    let text_of_first = sets.next().unwrap();
    let pinned: [u8; 32] = unb64(&file["pinned"]).try_into().unwrap();
    let first = KeySet::parse_pinned(text_of_first, &pinned).unwrap();
    assert!(KeySet::parse_pinned(text_of_first, &[0; 32]).is_err());
    assert_eq!(hash::jcs(&first), document::payload(text_of_first));
    assert_eq!(
        hash::code(&document::payload(text_of_first).unwrap()),
        text(&file["code"])
    );
    for case in list(&file["usable_in_first"]) {
        let role: Role = serde_json::from_value(case["role"].clone()).unwrap();
        let kids: Vec<String> = first
            .keys_of(role, number(&case["at"]) as i64)
            .into_iter()
            .map(VerifyingKey::kid)
            .collect();
        let named: Vec<String> = list(&case["names"])
            .iter()
            .flat_map(|name| {
                first
                    .keys
                    .iter()
                    .filter(move |record| record.name == text(name))
            })
            .map(|record| record.key.kid())
            .collect();
        assert_eq!(kids, named, "{case}");
    }
    for case in list(&file["refused_after_first"]) {
        assert!(
            first.follow(text(&case["document"])).is_err(),
            "{}",
            case["rule"]
        );
    }
    sets.fold(first, |set, next| set.follow(next).unwrap());
}
