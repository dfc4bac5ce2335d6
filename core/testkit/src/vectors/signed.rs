//! Signed documents, compact tokens, key sets.

use super::{
    Checked, VectorError,
    case::{Case, b64, flipped, unb64},
};
use companion_crypto::{
    checkpoint::{self, Checkpoint},
    document, hash,
    keyset::{KeySet, Role},
    sign::VerifyingKey,
};
use serde_json::Value;

pub(super) fn documents(file: &Case<'_>) -> Checked {
    let verify = |case: &Case<'_>, document: &str| {
        let names = case.texts("/keys")?;
        let keys = names
            .iter()
            .map(|name| file.parse(&format!("/keys/{name}/jwk")));
        let keys = keys.collect::<Result<Vec<VerifyingKey>, _>>()?;
        let keys: Vec<_> = keys.iter().collect();
        Ok(document::verify(document, case.text("/typ")?, &keys))
    };
    let good = file.each("/good", |case| {
        let names = case.texts("/by")?;
        let by = names
            .iter()
            .map(|name| file.text(&format!("/keys/{name}/kid")));
        let by = by.collect::<Result<Vec<_>, _>>()?;
        let text = case.text("/document")?;
        let verified = case.done(verify(case, text)?, "is refused")?;
        case.holds(verified.by == by, "others signed it")?;
        case.equals("/payload", &b64(&verified.payload))?;
        if case.text("/typ")? == checkpoint::TYP {
            let checkpoint = verified.parse::<Checkpoint>();
            let bytes = hash::jcs(&case.done(checkpoint, "is no checkpoint")?);
            let same = bytes.is_ok_and(|bytes| bytes == verified.payload);
            case.holds(same, "its checkpoint has other bytes")?;
        }
        for wrong in flipped_documents(case, &by)? {
            // With a byte of its `kid` flipped a signature is a stranger's: it no longer counts.
            let whole = verify(case, &wrong)?.is_ok_and(|verified| verified.by == by);
            case.holds(!whole, "is taken with a byte flipped")?;
        }
        Ok(())
    })?;
    let bad = file.each("/bad", |case| {
        let refused = verify(case, case.text("/document")?)?.is_err();
        case.holds(refused, "is taken")
    })?;
    Ok(good + bad)
}

/// Copies of a document in which one byte of the payload, or of a header or signature of a key in `by`, is flipped.
fn flipped_documents(case: &Case<'_>, by: &[&str]) -> Result<Vec<String>, VectorError> {
    let document = serde_json::from_str(case.text("/document")?);
    let document: Value = case.done(document, "is no JSON")?;
    let inside = Case::file("the document", &document);
    let mut spots = vec!["/payload".to_owned()];
    for (n, entry) in inside.list("/signatures")?.iter().enumerate() {
        let header = serde_json::from_slice(&entry.bytes("/protected")?);
        let header: Value = case.done(header, "has a header that is no JSON")?;
        let kid = header.get("kid").and_then(Value::as_str);
        if kid.is_some_and(|kid| by.contains(&kid)) {
            spots.push(format!("/signatures/{n}/protected"));
            spots.push(format!("/signatures/{n}/signature"));
        }
    }
    let mut wrong = Vec::new();
    for spot in spots {
        for bytes in flipped(inside.bytes(&spot)?) {
            let mut copy = document.clone();
            if let Some(value) = copy.pointer_mut(&spot) {
                *value = b64(&bytes).into();
            }
            wrong.push(copy.to_string());
        }
    }
    Ok(wrong)
}

pub(super) fn assertion(file: &Case<'_>) -> Checked {
    let typ = file.text("/typ")?;
    let verify = |case: &Case<'_>, token: &str| {
        let key: VerifyingKey = case.parse("/key")?;
        Ok(document::verify_compact(token, typ, &[&key]))
    };
    let good = file.each("/good", |case| {
        let token = case.text("/token")?;
        let verified = case.done(verify(case, token)?, "is refused")?;
        case.equals("/payload", &b64(&verified.payload))?;
        for wrong in flipped_tokens(token) {
            let refused = verify(case, &wrong)?.is_err();
            case.holds(refused, "is taken with a byte flipped")?;
        }
        Ok(())
    })?;
    let bad = file.each("/bad", |case| {
        let refused = verify(case, case.text("/token")?)?.is_err();
        case.holds(refused, "is taken")
    })?;
    Ok(good + bad)
}

/// Copies of a token in which one byte of one part is flipped.
fn flipped_tokens(token: &str) -> Vec<String> {
    let parts: Vec<&str> = token.split('.').collect();
    let mut wrong = Vec::new();
    for (n, part) in parts.iter().enumerate() {
        for bytes in flipped(unb64(part).unwrap_or_default()) {
            let part = b64(&bytes);
            let mut copy = parts.clone();
            copy.splice(n..=n, [part.as_str()]);
            wrong.push(copy.join("."));
        }
    }
    wrong
}

pub(super) fn keysets(file: &Case<'_>) -> Checked {
    let pinned = file.at("/sets/0");
    let text = pinned.text("")?;
    let first = KeySet::parse_pinned(text, &file.array("/pinned")?);
    let first = pinned.done(first, "is refused")?;
    let other = KeySet::parse_pinned(text, &[0; 32]);
    pinned.holds(other.is_err(), "is taken though it is not pinned")?;
    let payload = pinned.done(document::payload(text), "has no payload")?;
    file.equals("/code", &hash::code(&payload))?;
    let same = hash::jcs(&first).is_ok_and(|bytes| bytes == payload);
    pinned.holds(same, "has other bytes")?;

    let mut last: Option<KeySet> = None;
    let followed = file.each("/sets", |case| {
        let set = match &last {
            None => Ok(first.clone()),
            Some(set) => set.follow(case.text("")?),
        };
        last = Some(case.done(set, "is not followed")?);
        Ok(())
    })?;
    let usable = file.each("/usable_in_first", |case| {
        let role: Role = case.parse("/role")?;
        let at = case.number::<i64>("/at")?;
        let usable: Vec<_> = first
            .keys_of(role, at)
            .into_iter()
            .map(VerifyingKey::kid)
            .collect();
        let names = case.texts("/names")?;
        let named = names
            .iter()
            .flat_map(|name| first.keys.iter().filter(move |record| record.name == *name));
        let named: Vec<_> = named.map(|record| record.key.kid()).collect();
        case.holds(usable == named, "others are usable")
    })?;
    let refused = file.each("/refused_after_first", |case| {
        let set = first.follow(case.text("/document")?);
        case.holds(set.is_err(), "is followed")
    })?;
    Ok(followed + usable + refused)
}
