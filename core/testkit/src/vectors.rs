//! The golden vectors of `core/formats/vectors`, checked from their JSON alone: what must hold holds, and what must be
//! refused is refused. Nothing here needs files, so that a library on a phone can check them too.

mod case;
mod extension;
mod sealed;
mod signed;
mod slots;

use case::{Case, b64, flipped};
use companion_crypto::{chain, derive, hash, id::KeySalt, json::without_lone_surrogates};
use serde_json::Value;

/// The files this library was built with: name without ending, text.
pub fn golden() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().map(|(name, text, _)| (*name, *text))
}

/// Checks one file, given its name without ending, and its text. How many cases it has.
///
/// # Errors
/// The first case that does not hold.
pub fn check(name: &str, text: &str) -> Result<u32, VectorError> {
    let fault = |reason| VectorError {
        case: name.to_owned(),
        reason,
    };
    let known = FILES.iter().find(|(known, _, _)| *known == name);
    let (_, _, check) = known.ok_or_else(|| fault("is no file of vectors"))?;
    let json: Value = serde_json::from_str(text).map_err(|_| fault("is no JSON"))?;
    match check(&Case::file(name, &json))? {
        0 => Err(fault("has no case")),
        cases => Ok(cases),
    }
}

/// A case that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{case}: {reason}")]
pub struct VectorError {
    /// The file's name and the JSON pointer of the case in it, with the case's own name if it has one.
    pub case: String,
    /// What is wrong.
    pub reason: &'static str,
}

/// What a check finds: the number of cases, or the first that does not hold.
type Checked = Result<u32, VectorError>;

type Check = fn(&Case<'_>) -> Checked;

macro_rules! vectors {
    ($name:literal, $check:path) => {
        (
            $name,
            include_str!(concat!("../../formats/vectors/", $name, ".json")),
            $check,
        )
    };
}

/// Each file: its name, its text, its check.
const FILES: [(&str, &str, Check); 13] = [
    vectors!("assertion", signed::assertion),
    vectors!("chain", chained),
    vectors!("derived", derived),
    vectors!("documents", signed::documents),
    vectors!("extension", extension::kept),
    vectors!("hashes", hashes),
    vectors!("ids", ids),
    vectors!("keysets", signed::keysets),
    vectors!("recovery", slots::recovered),
    vectors!("sealed_01", sealed::under_a_key),
    vectors!("sealed_02", sealed::while_locked),
    vectors!("sealed_03", sealed::for_others),
    vectors!("slots", slots::opened),
];

fn ids(file: &Case<'_>) -> Checked {
    let keys = KeySalt::new(file.array("/key_salt")?);
    let made = file.each("/cases", |case| {
        let (prefix, parts) = (case.text("/prefix")?, case.texts("/parts")?);
        let id = keys.key(prefix, &parts);
        case.equals("/id", &id)?;
        case.holds(id.len() == 34, "its id is not 34 characters long")?;
        let other = keys.key("x1", &parts);
        let counts = id.strip_prefix(prefix) != other.strip_prefix("x1");
        case.holds(counts, "its prefix does not count")
    })?;
    let edits = file.each("/edits", |case| {
        let (message, at) = (case.text("/message")?, case.text("/edited_at_ms")?);
        let cut = keys.key("e1", &[message, case.text("/text")?]);
        let cut = cut.get(2..8).unwrap_or_default();
        case.equals("/id", &format!("{message}-e{at}-{cut}"))
    })?;
    let deletions = file.each("/deletions", |case| {
        case.equals("/id", &format!("{}-d", case.text("/message")?))
    })?;
    Ok(made + edits + deletions)
}

fn hashes(file: &Case<'_>) -> Checked {
    let canonical = |case: &Case<'_>| {
        let mended = without_lone_surrogates(case.text("/json")?);
        let value = serde_json::from_str::<Value>(&mended);
        Ok(hash::jcs(&case.done(value, "its JSON is not read")?))
    };
    let good = file.each("/canonical", |case| {
        let bytes = case.done(canonical(case)?, "is refused")?;
        case.equals("/bytes", &b64(&bytes))?;
        case.equals("/sha256", &b64(&hash::sha256(&bytes)))?;
        case.equals("/code", &hash::code(&bytes))
    })?;
    let refused = file.each("/refused", |case| {
        case.holds(canonical(case)?.is_err(), "is taken")
    })?;
    Ok(good + refused)
}

fn derived(file: &Case<'_>) -> Checked {
    let keys = file.each("/cases", |case| {
        let (salt, purpose) = (case.text("/salt")?, case.text("/purpose")?);
        let derived = derive::derive(&case.key("/key")?, salt, purpose);
        case.equals("/derived", &b64(derived.expose()))
    })?;
    let hashes = file.each("/keyed_hashes", |case| {
        let (place, value) = (case.text("/place")?, case.text("/value")?);
        let hash = derive::keyed_hash(&case.key("/hash_key")?, place, value.as_bytes());
        case.equals("/hash", &b64(&hash))
    })?;
    Ok(keys + hashes)
}

fn chained(file: &Case<'_>) -> Checked {
    let mut head = chain::start(file.text("/writer")?);
    file.equals("/start", &b64(&head))?;
    file.each("/links", |link| {
        let seq = link.number("/envelope/data/seq")?;
        let digest = chain::digest(link.json("/envelope/data/record")?);
        let digest = link.done(digest, "its record has no digest")?;
        link.equals("/digest", &b64(&digest))?;
        let next = chain::next(&head, seq, &digest);
        link.equals("/envelope/data/head", &b64(&next))?;
        let elsewhere = chain::next(&head, seq.wrapping_add(1), &digest);
        link.holds(elsewhere != next, "its number does not count")?;
        let counts = flipped(digest).all(|wrong| chain::next(&head, seq, &wrong) != next);
        link.holds(counts, "a flipped byte of its digest does not count")?;
        head = next;
        Ok(())
    })
}
