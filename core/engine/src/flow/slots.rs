//! The slots of `D` and the hardware keys behind them, in the order of steps that [`companion_vault::slots`] gives.

use crate::{
    error::CompanionError,
    ports::KeyPurpose,
    session::{HardwareKey, Home, Session, blocking},
};
use companion_crypto::{
    passcode::{Cost, Kdf, Passcode},
    secret::Key,
};
use companion_domain::{
    fault::FaultPoints,
    lock::{Way, Ways},
    policy::PasscodeRecovery,
    reason::Code,
};
use companion_vault::{
    VaultError,
    slots::{Guarded, Kind, SLOTS_FILE, Slot, Slots, Target, Wrapped},
};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// The number of `D` in the enrolment's counter (formats.md 8).
pub(crate) const D_ID: u16 = 1;
/// An opening that takes less time than this is made to cost more (formats.md 8: 250 to 500 ms).
const QUICK: Duration = Duration::from_millis(250);

/// The slots file.
///
/// # Errors
/// `NotEnrolled` if there is none.
pub(crate) fn load(home: &Home) -> Result<Slots, CompanionError> {
    Slots::load(&home.folder.join(SLOTS_FILE))?.ok_or(CompanionError::NotEnrolled)
}

/// Deletes the hardware keys that a kill may have left beside those in use: `make` would keep them, and an older file may know
/// them. To be done at each start and before each change.
pub(crate) async fn sweep(home: &Home, slots: &Slots) -> Result<(), CompanionError> {
    let n = number(slots);
    for left in [n.checked_sub(1), n.checked_add(1)].into_iter().flatten() {
        delete(home, HardwareKey::Passcode(left)).await?;
    }
    if slots.find(&Kind::Device).is_none() {
        delete(home, HardwareKey::DeviceSlot).await?;
    }
    Ok(())
}

/// What can be told of the slots without asking the employee.
pub(crate) async fn ways(home: &Home, slots: &Slots) -> Ways {
    let passcode = match slots.find(&Kind::Passcode) {
        None => Way::Absent,
        Some(slot) => match guarded(home, slot).await {
            Ok(_) => Way::Alive,
            Err(CompanionError::RecoveryNeeded { .. }) => Way::Gone,
            Err(_) => Way::NotNow,
        },
    };
    Ways {
        passcode,
        biometric: Way::Absent,
    }
}

/// What the hardware guards for the passcode slot.
///
/// # Errors
/// Those of the key store.
pub(crate) async fn guarded(home: &Home, slot: &Slot) -> Result<Guarded, CompanionError> {
    let name = home.key_name(HardwareKey::Passcode(slot.wrapped.hw_n));
    let unwrapped = home.ports.keys.unwrap(&name, &slot.wrapped.hw).await?;
    Ok(Guarded::read(&unwrapped)?)
}

/// Puts `guarded` into the wrapping of the next hardware key, which from then on is the only one that is there.
pub(crate) async fn rewrap(
    home: &Home,
    slots: Slots,
    guarded: &Guarded,
) -> Result<Slots, CompanionError> {
    let n = number(&slots);
    let wrapped = wrap_next(home, n, guarded).await?;
    let slots = change(home, slots, move |slots, path, faults| {
        slots.rewrap(&Kind::Passcode, wrapped, path, faults)
    })
    .await?;
    delete(home, HardwareKey::Passcode(n)).await?;
    Ok(slots)
}

/// `D`, which no passcode guards yet.
///
/// # Errors
/// `RecoveryNeeded` if the slot or what it needs is missing.
pub(crate) async fn device(home: &Home, slots: &Slots) -> Result<Key, CompanionError> {
    let missing = || CompanionError::recovery_needed(Code::SlotsMissing);
    let slot = slots.find(&Kind::Device).ok_or_else(missing)?;
    let secret = unwrap(home, HardwareKey::DeviceSlot, &slot.wrapped.hw).await?;
    slot.open(&secret).map_err(|_| other_key())
}

/// Makes `code` the passcode: a new slot, of which a guess costs at least `floor`, takes the place of those with which work
/// opened until now, and `recovery` that of the company's, all in one step.
pub(crate) async fn set_passcode(
    home: &Home,
    slots: Slots,
    code: Passcode,
    d: &Key,
    (floor, recovery): (Cost, Recovery),
) -> Result<Slots, CompanionError> {
    let random = home.surroundings.random.clone();
    let guarded = Guarded::new(random.as_ref());
    let h = guarded.h.clone();
    let stretching = move || {
        let begun = Instant::now();
        let kdf = Kdf::new(random.as_ref(), floor);
        let secret = kdf.secret(&code, &h)?;
        let cost = raised(floor, begun.elapsed());
        if cost == floor {
            return Ok((kdf, secret));
        }
        let kdf = Kdf::new(random.as_ref(), cost);
        let secret = kdf.secret(&code, &h)?;
        Ok::<_, CompanionError>((kdf, secret))
    };
    let (kdf, secret) = blocking("passcode", stretching).await??;
    let n = number(&slots);
    let wrapped = wrap_next(home, n, &guarded).await?;
    let random = home.surroundings.random.as_ref();
    let target = Target { id: D_ID, key: d };
    let slot = Slot::passcode(random, target, wrapped, &kdf, &secret)?;
    let mut replaced = vec![Kind::Device, Kind::Passcode];
    if !matches!(recovery, Recovery::Kept) {
        replaced.push(Kind::Recovery);
    }
    let new = match recovery {
        Recovery::New(company) => vec![slot, *company],
        Recovery::Kept | Recovery::Off => vec![slot],
    };
    let slots = change(home, slots, move |slots, path, faults| {
        slots.replace(&replaced, new, path, faults)
    })
    .await?;
    delete(home, HardwareKey::Passcode(n)).await?;
    delete(home, HardwareKey::DeviceSlot).await?;
    Ok(slots)
}

/// What becomes of the company's slot.
pub(crate) enum Recovery {
    /// It stays.
    Kept,
    /// This one takes its place.
    New(Box<Slot>),
    /// It goes.
    Off,
}

impl Recovery {
    /// What the policy asks for: a slot if there is none yet, or none.
    pub(crate) fn by_policy(
        home: &Home,
        session: &Session,
        slots: &Slots,
        d: &Key,
    ) -> Result<Self, CompanionError> {
        match home.policy.passcode_recovery {
            PasscodeRecovery::Off => Ok(Self::Off),
            PasscodeRecovery::Company if slots.find(&Kind::Recovery).is_some() => Ok(Self::Kept),
            PasscodeRecovery::Company => Self::fresh(home, session, d),
        }
    }

    /// A slot with a secret that the company does not know yet.
    pub(crate) fn fresh(home: &Home, session: &Session, d: &Key) -> Result<Self, CompanionError> {
        let target = Target { id: D_ID, key: d };
        let (tenant, to) = (&session.grant.tenant, &session.keys.hpke.recovery);
        let random = home.surroundings.random.as_ref();
        let slot = Slot::recovery(random, target, to, tenant, &home.enrolment)?;
        Ok(Self::New(Box::new(slot)))
    }
}

/// A code that was checked.
pub(crate) enum Checked {
    /// It opens the slot. The cost of the next slot is the second value if this one's was too low for the phone.
    Right(Key, Option<Cost>),
    /// It does not.
    Wrong,
}

/// Checks `code`, on a thread of its own.
///
/// # Errors
/// `RecoveryNeeded` if the slot asks for less work than a guess must cost.
pub(crate) async fn check(
    home: &Home,
    slot: &Slot,
    code: &Passcode,
    guarded: &Guarded,
) -> Result<Checked, CompanionError> {
    let kdf = slot.kdf(&home.surroundings.guess()).map_err(weak)?;
    let (slot, code, h) = (slot.clone(), code.clone(), guarded.h.clone());
    let checking = move || {
        let begun = Instant::now();
        let secret = kdf.secret(&code, &h)?;
        let cost = raised(kdf.cost, begun.elapsed());
        match slot.open(&secret) {
            Ok(d) => Ok(Checked::Right(d, (cost != kdf.cost).then_some(cost))),
            Err(VaultError::WrongKey) => Ok(Checked::Wrong),
            Err(error) => Err(error.into()),
        }
    };
    blocking("passcode", checking).await?
}

fn weak(error: VaultError) -> CompanionError {
    match error {
        VaultError::Weak => CompanionError::recovery_needed(Code::SlotsMissing),
        other => other.into(),
    }
}

fn raised(cost: Cost, took: Duration) -> Cost {
    if took < QUICK {
        cost.raised(took)
    } else {
        cost
    }
}

fn number(slots: &Slots) -> u32 {
    slots
        .find(&Kind::Passcode)
        .map_or(0, |slot| slot.wrapped.hw_n)
}

async fn wrap_next(home: &Home, n: u32, guarded: &Guarded) -> Result<Wrapped, CompanionError> {
    let hw_n = n.saturating_add(1);
    let key = HardwareKey::Passcode(hw_n);
    let (keys, name) = (home.ports.keys.as_ref(), home.key_name(key));
    keys.make(&name, KeyPurpose::WrapWhileUnlocked).await?;
    let hw = keys.wrap(&name, guarded.bytes().expose()).await?;
    Ok(Wrapped { hw, hw_n })
}

/// A key that the hardware keeps in the wrapping of another one.
pub(crate) async fn unwrap(
    home: &Home,
    key: HardwareKey,
    wrapped: &[u8],
) -> Result<Key, CompanionError> {
    let secret = home.ports.keys.unwrap(&home.key_name(key), wrapped).await?;
    let bytes: [u8; 32] = secret.as_slice().try_into().map_err(|_| other_key())?;
    Ok(Key::new(bytes))
}

/// The hardware answers with something that is not this enrolment's key.
fn other_key() -> CompanionError {
    CompanionError::recovery_needed(Code::KeystoreOtherKey)
}

async fn delete(home: &Home, key: HardwareKey) -> Result<(), CompanionError> {
    Ok(home.ports.keys.delete(&home.key_name(key)).await?)
}

async fn change(
    home: &Home,
    mut slots: Slots,
    step: impl FnOnce(&mut Slots, &Path, &FaultPoints) -> Result<(), VaultError> + Send + 'static,
) -> Result<Slots, CompanionError> {
    let (path, faults) = (
        home.folder.join(SLOTS_FILE),
        home.surroundings.faults.clone(),
    );
    let changing = move || step(&mut slots, &path, &faults).map(|()| slots);
    Ok(blocking("slots", changing).await??)
}
