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
use support::{Vectors, check, formats, make, read, write};

/// Makes the committed vectors; another seed would do as well.
const SEED: u64 = 1;

#[test]
fn the_vectors_hold() {
    check::all(&read(&formats().join("vectors")));
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
    check::all(&make::all(&make::Maker::new(seed, &Vectors::new())));
}
