//! Sealed values: they open to their plain text, and with one byte flipped not at all.

use super::{
    Checked, VectorError,
    case::{Case, b64, flipped},
};
use companion_crypto::{
    derive,
    hpke::{self, Envelope, KeyPair, Purpose},
    seal::{Place, Sealer},
};

pub(super) fn under_a_key(file: &Case<'_>) -> Checked {
    file.each("/cases", |case| {
        let seal = derive::derive(&case.key("/key")?, case.text("/enrolment")?, "seal");
        let sealer = Sealer::new(case.number("/key_id")?, &seal);
        let place = place(case)?;
        opens(case, |sealed| sealer.open(&place, sealed))
    })
}

pub(super) fn while_locked(file: &Case<'_>) -> Checked {
    file.each("/cases", |case| {
        let enrolment = case.text("/enrolment")?;
        let pair = KeyPair::derive(&derive::derive(&case.key("/d")?, enrolment, "locked"));
        let psk = derive::derive(&case.key("/t")?, enrolment, "psk");
        let place = place(case)?;
        opens(case, |sealed| {
            hpke::open_locked(&pair, &psk, &place, sealed)
        })
    })
}

pub(super) fn for_others(file: &Case<'_>) -> Checked {
    file.each("/cases", |case| {
        let pair = KeyPair::derive(&case.key("/ikm")?);
        case.equals("/public", &b64(pair.public().as_bytes()))?;
        let about = Envelope {
            purpose: purpose(case)?,
            tenant: case.text("/tenant")?,
            enrolment: case.text("/enrolment")?,
            item: &case.bytes("/item")?,
        };
        opens(case, |sealed| hpke::open_with(&pair, &about, sealed))
    })
}

pub(super) fn opens<E>(
    case: &Case<'_>,
    open: impl Fn(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<(), VectorError> {
    let sealed = case.bytes("/sealed")?;
    let plain = case.done(open(&sealed), "does not open")?;
    case.equals("/plain", &b64(&plain))?;
    let refused = flipped(sealed).all(|wrong| open(&wrong).is_err());
    case.holds(refused, "opens with a byte flipped")
}

fn place(case: &Case<'_>) -> Result<Place, VectorError> {
    let (word, row) = (case.text("/place/word")?, case.number("/place/row")?);
    if !case.has("/place/seq") {
        return Ok(Place::row(word, row));
    }
    let (conversation, seq) = (
        case.number("/place/conversation")?,
        case.number("/place/seq")?,
    );
    Ok(Place::message(word, row, conversation, seq))
}

fn purpose(case: &Case<'_>) -> Result<Purpose, VectorError> {
    Ok(match case.text("/purpose")? {
        "inbox" => Purpose::Inbox,
        "escrow" => Purpose::Escrow,
        "recovery" => Purpose::Recovery,
        "answer" => Purpose::Answer,
        "archive" => Purpose::Archive,
        "poster" => Purpose::Poster,
        _ => return Err(case.fault("has an unknown purpose")),
    })
}
