//! The golden vectors of `core/formats/vectors`: our code takes them, and makes the same again.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop at once"
)]

mod support;

use companion_crypto::{random::SystemRandom, secret::Secret};
use companion_testkit::vectors;
use serde_json::Value;
use support::{Vectors, check, formats, make, read, text, write};

/// Makes the committed vectors; another seed would do as well.
const SEED: u64 = 1;

#[test]
fn the_vectors_hold() {
    check(&read(&formats().join("vectors")));
}

/// What a phone checks is what lies in the folder.
#[test]
fn the_library_holds_every_file() {
    let held = vectors::golden().map(|(name, text)| {
        let json = serde_json::from_str(text).unwrap();
        (name.to_owned(), json)
    });
    assert_eq!(held.collect::<Vectors>(), read(&formats().join("vectors")));
}

/// A change of a format shows here. `COMPANION_WRITE_VECTORS=1` writes the files anew.
#[test]
fn the_vectors_are_what_we_make() {
    let folder = formats().join("vectors");
    let committed = read(&folder);
    let made = make::all(&make::Maker::new(SEED, &committed));
    if std::env::var_os("COMPANION_WRITE_VECTORS").is_some() {
        write(&folder, &made);
    } else {
        assert!(
            committed.keys().eq(made.keys()),
            "files missing or left over"
        );
        for (name, json) in &made {
            assert!(committed.get(name) == Some(json), "{name}.json drifted");
        }
    }
}

#[test]
fn fresh_vectors_hold() {
    let seed = u64::from_be_bytes(*Secret::random(&SystemRandom).expose());
    println!("seed {seed}");
    check(&make::all(&make::Maker::new(seed, &Vectors::new())));
}

/// One changed character breaks its case, be it the last, and the case is told.
#[test]
fn what_is_changed_is_named() {
    for (name, list, members) in [
        ("assertion", "/good", &["/token", "/payload"][..]),
        ("chain", "/links", &["/digest", "/envelope/data/head"]),
        ("derived", "/cases", &["/salt", "/purpose", "/derived"]),
        ("derived", "/keyed_hashes", &["/place", "/value", "/hash"]),
        ("documents", "/good", &["/document", "/typ", "/payload"]),
        (
            "extension",
            "/cases",
            &[
                "/extension",
                "/show",
                "/name",
                "/reader",
                "/received_at",
                "/raw",
                "/sealed",
            ],
        ),
        ("extension", "/names", &["/name", "/next"]),
        ("hashes", "/canonical", &["/bytes", "/sha256", "/code"]),
        ("ids", "/cases", &["/prefix", "/parts/0", "/id"]),
        ("ids", "/edits", &["/message", "/text", "/id"]),
        ("ids", "/deletions", &["/message", "/id"]),
        ("keysets", "/sets", &[""]),
        ("keysets", "/usable_in_first", &["/role"]),
        (
            "sealed_01",
            "/cases",
            &["/enrolment", "/place/word", "/plain", "/sealed"],
        ),
        (
            "sealed_02",
            "/cases",
            &["/enrolment", "/place/word", "/plain", "/sealed"],
        ),
        (
            "sealed_03",
            "/cases",
            &["/tenant", "/public", "/plain", "/sealed"],
        ),
        (
            "slots",
            "/cases",
            &["/secret", "/slot/kind", "/plain", "/sealed"],
        ),
        ("slots", "/guarded", &["/h", "/bytes"]),
        (
            "recovery",
            "/cases",
            &["/tenant", "/r", "/request", "/code", "/answer"],
        ),
    ] {
        let golden = golden(name);
        let cases = golden.pointer(list).unwrap().as_array().unwrap();
        let case = format!("{list}/{}", cases.len() - 1);
        for member in members {
            let mut changed = golden.clone();
            change(changed.pointer_mut(&format!("{case}{member}")).unwrap());
            let error = vectors::check(name, &changed.to_string()).unwrap_err();
            let named = error.case.starts_with(&format!("{name}{case}"));
            assert!(named, "{case}{member}: {error}");
        }
    }
}

#[test]
fn what_must_be_refused_is_told_when_it_is_taken() {
    for (name, case, member, good) in [
        ("assertion", "/bad/0", "/token", "/good/1/token"),
        ("documents", "/bad/0", "/document", "/good/3/document"),
        (
            "extension",
            "/refused/0",
            "/extension",
            "/cases/0/extension",
        ),
        ("extension", "/refused_names/0", "/name", "/cases/0/name"),
        ("hashes", "/refused/0", "/json", "/canonical/0/json"),
        ("keysets", "/refused_after_first/0", "/document", "/sets/1"),
        ("recovery", "/refused/0", "/request", "/cases/0/request"),
        ("slots", "/refused/0", "/slot", "/cases/2/slot"),
    ] {
        let mut changed = golden(name);
        let good = changed.pointer(good).unwrap().clone();
        *changed.pointer_mut(&format!("{case}{member}")).unwrap() = good;
        let error = vectors::check(name, &changed.to_string()).unwrap_err();
        let rule = text(changed.pointer(&format!("{case}/rule")).unwrap());
        assert_eq!(error.case, format!("{name}{case} ({rule})"));
    }
}

#[test]
fn what_is_no_file_of_vectors_is_refused() {
    let ids = golden("ids").to_string();
    for (name, text, case) in [
        ("names", &*ids, "names"),
        ("ids", "{", "ids"),
        ("ids", "{}", "ids/key_salt"),
        ("ids", &ids.replace("\"edits\"", "\"changes\""), "ids/edits"),
        ("derived", r#"{"cases":[],"keyed_hashes":[]}"#, "derived"),
    ] {
        assert_eq!(vectors::check(name, text).unwrap_err().case, case);
    }
}

fn golden(name: &str) -> Value {
    let (_, text) = vectors::golden().find(|(known, _)| *known == name).unwrap();
    serde_json::from_str(text).unwrap()
}

/// Puts another character in the place of the first, or one where there is none.
fn change(value: &mut Value) {
    let mut letters = text(value).chars();
    let other = if letters.next() == Some('a') {
        'b'
    } else {
        'a'
    };
    *value = format!("{other}{}", letters.as_str()).into();
}
