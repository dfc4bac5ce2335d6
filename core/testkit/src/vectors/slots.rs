//! Slots and recovery: what opens, what is refused.

use super::{
    Checked, VectorError,
    case::{Case, b64, flipped},
    sealed::opens,
};
use companion_crypto::{
    hpke::{Envelope, KeyPair, Purpose, open_with},
    passcode::{Cost, Passcode},
    random::SystemRandom,
    recovery::Request,
    secret::Secret,
};
use companion_vault::{
    VaultError,
    slots::{Guarded, Slot},
};
use serde_json::{Map, Value};

pub(super) fn opened(file: &Case<'_>) -> Checked {
    let slots = file.each("/cases", |case| {
        if case.has("/passcode") {
            stretched(case)?;
            return opens_with::<64>(case);
        }
        if case.has("/recovery") {
            kept_for_the_company(case)?;
        }
        opens_with::<32>(case)
    })?;
    let weak = file.each("/refused", |case| {
        let slot: Slot = case.parse("/slot")?;
        case.holds(slot.kdf(&Cost::FLOOR).is_err(), "is taken")
    })?;
    let guarded = file.each("/guarded", |case| {
        let read = case.done(Guarded::read(&case.bytes("/bytes")?), "is refused")?;
        case.equals("/h", &b64(read.h.expose()))?;
        case.equals("/bytes", &b64(read.bytes().expose()))?;
        let tries: u32 = case.number("/tries")?;
        case.holds(read.tries == tries, "counts other tries")
    })?;
    Ok(slots + weak + guarded)
}

pub(super) fn recovered(file: &Case<'_>) -> Checked {
    let answered = file.each("/cases", |case| {
        let (company, x) = (pair(case, "/ikm")?, pair(case, "/x_ikm")?);
        let (tenant, text) = (case.text("/tenant")?, case.text("/request")?);
        let request = case.done(Request::parse(text), "its request is refused")?;
        case.equals("/request", &case.done(request.text(), "has no text")?)?;
        case.equals("/code", &case.done(request.code(), "has no code")?)?;
        let ours = request.answer(&SystemRandom, &company, tenant);
        let ours = case.done(ours, "its request has no answer")?;
        for answer in [ours, case.bytes("/answer")?] {
            let r = request.open(&x, tenant, &answer);
            case.equals("/r", &b64(case.done(r, "does not open")?.expose()))?;
            let mut changed = flipped(answer);
            let refused = changed.all(|wrong| request.open(&x, tenant, &wrong).is_err());
            case.holds(refused, "opens with a byte flipped")?;
        }
        Ok(())
    })?;
    let refused = file.each("/refused", |case| {
        let request = Request::parse(case.text("/request")?);
        case.holds(request.is_err(), "is taken")
    })?;
    Ok(answered + refused)
}

/// The vector's slot with its seal opens under the secret.
fn opens_with<const N: usize>(case: &Case<'_>) -> Result<(), VectorError> {
    let secret = Secret::<N>::new(case.array("/secret")?);
    let slot: Map<String, Value> = case.parse("/slot")?;
    opens(case, |sealed| {
        let mut slot = slot.clone();
        slot.insert("sealed".into(), b64(sealed).into());
        let slot = serde_json::from_value::<Slot>(slot.into());
        let slot = slot.map_err(|_| VaultError::Corrupt { place: "slot" })?;
        slot.open(&secret).map(|key| key.expose().to_vec())
    })
}

/// The secret is what the slot's `kdf` makes of the code and `H`.
fn stretched(case: &Case<'_>) -> Result<(), VectorError> {
    // Vectors may cost less than a phone's slots.
    const FLOOR: Cost = Cost { m: 8, t: 1, p: 1 };
    let slot: Slot = case.parse("/slot")?;
    let kdf = case.done(slot.kdf(&FLOOR), "has no way to stretch its code")?;
    let (code, h) = (case.text("/passcode/code")?, case.key("/passcode/h")?);
    let secret = kdf.secret(&Passcode::new(code), &h);
    let secret = case.done(secret, "its code is not stretched")?;
    case.equals("/secret", &b64(secret.expose()))
}

/// The secret is what the company's recovery key finds in the slot.
fn kept_for_the_company(case: &Case<'_>) -> Result<(), VectorError> {
    let about = Envelope {
        purpose: Purpose::Recovery,
        tenant: case.text("/recovery/tenant")?,
        enrolment: case.text("/recovery/enrolment")?,
        item: case.text("/slot/id")?.as_bytes(),
    };
    let secret = open_with(
        &pair(case, "/recovery/ikm")?,
        &about,
        &case.bytes("/slot/hw")?,
    );
    let secret = case.done(secret, "the company does not open it")?;
    case.equals("/secret", &b64(&secret))
}

fn pair(case: &Case<'_>, pointer: &str) -> Result<KeyPair, VectorError> {
    Ok(KeyPair::derive(&case.key(pointer)?))
}
