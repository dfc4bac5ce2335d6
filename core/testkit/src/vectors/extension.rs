//! The folder that an app shares with its extensions: what they are told, how files are named, what lies in one.

use super::{
    Checked, VectorError,
    case::{Case, b64, flipped},
};
use companion_crypto::{hpke::KeyPair, random::SystemRandom};
use companion_domain::time::Timestamp;
use companion_sealer::{Extension, Item, Name};

pub(super) fn kept(file: &Case<'_>) -> Checked {
    let items = file.each("/cases", |case| {
        let (told, pair, name) = (
            told(case)?,
            KeyPair::derive(&case.key("/ikm")?),
            name(case)?,
        );
        let same = told.inbox_key == pair.public();
        case.holds(same, "names another key")?;
        case.equals("/show", told.show.as_str())?;
        let open = |name: &Name, sealed: &[u8]| {
            Item::open(&pair, &told.tenant, &told.enrolment_id, name, sealed)
        };
        let sealed = case.bytes("/sealed")?;
        let item = case.done(open(&name, &sealed), "does not open")?;
        case.equals("/reader", &item.reader)?;
        case.equals("/received_at", &item.received_at.to_string())?;
        case.equals("/raw", &b64(&item.raw))?;
        let other = Name::after(Some(&name), name.at(), &SystemRandom);
        case.holds(open(&other, &sealed).is_err(), "opens under another name")?;
        let mut changed = flipped(sealed);
        let refused = changed.all(|wrong| open(&name, &wrong).is_err());
        case.holds(refused, "opens with a byte flipped")
    })?;
    let names = file.each("/names", |case| {
        let at: u32 = case.number("/at_s")?;
        let at = Timestamp::from_seconds(at.into());
        let next = Name::after(Some(&name(case)?), at, &SystemRandom).to_string();
        let stem = next.rsplit_once('-').map(|(stem, _)| stem);
        case.equals("/next", stem.unwrap_or_default())
    })?;
    let untold = file.each("/refused", |case| {
        let read = Extension::parse(case.text("/extension")?.as_bytes());
        case.holds(read.is_none(), "is taken")
    })?;
    let unnamed = file.each("/refused_names", |case| {
        let named = case.text("/name")?.parse::<Name>();
        case.holds(named.is_err(), "is taken")
    })?;
    Ok(items + names + untold + unnamed)
}

fn told(case: &Case<'_>) -> Result<Extension, VectorError> {
    let told = Extension::parse(case.text("/extension")?.as_bytes());
    case.done(told.ok_or(()), "is no extension.json")
}

fn name(case: &Case<'_>) -> Result<Name, VectorError> {
    case.done(case.text("/name")?.parse(), "has no name")
}
