//! Which process dies where.

use crate::kill::KillAt;

/// Whose death.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Victim {
    Phone,
    Gateway,
}

/// The deaths of the phone while it joins, each of which makes the next process begin anew: between two files of slots, the
/// second of which makes the enrolment, each of two databases gets its schema.
pub(super) fn joining() -> Vec<KillAt> {
    let deaths = [
        ("vault.slots.written", 1),
        ("vault.slots.renamed", 1),
        ("vault.slots.synced", 1),
        ("vault.schema.before_commit", 1),
        ("vault.schema.committed", 1),
        ("vault.schema.before_commit", 2),
        ("vault.schema.committed", 2),
        ("vault.slots.written", 2),
        ("vault.slots.renamed", 2),
    ];
    deaths.map(|(point, nth)| at(point, nth)).into()
}

/// The points of the phone while the employee decides.
pub(super) fn deciding() -> Vec<KillAt> {
    let rare = |point: &str| point.starts_with("vault.journal") || point.starts_with("vault.epoch");
    companion_vault::FAULT_POINTS
        .iter()
        .filter(|point| rare(point))
        .map(|point| at(point, 1))
        .collect()
}

/// The points that every day reaches.
pub(super) fn daily() -> Vec<(Victim, &'static str)> {
    let setting_up = [
        "vault.slots",
        "vault.schema",
        "vault.journal",
        "vault.epoch",
    ];
    let daily = |point: &&&str| !setting_up.iter().any(|prefix| point.starts_with(prefix));
    let vault = companion_vault::FAULT_POINTS.iter().filter(daily);
    let phone = vault.chain(engine());
    let phone = phone.map(|point| (Victim::Phone, *point));
    let gateway = companion_gateway::FAULT_POINTS
        .iter()
        .map(|point| (Victim::Gateway, *point));
    phone.chain(gateway).collect()
}

/// Every point that a whole run must have reached.
pub(super) fn all() -> Vec<&'static str> {
    let vault = companion_vault::FAULT_POINTS.iter();
    vault
        .chain(engine())
        .chain(companion_gateway::FAULT_POINTS)
        .copied()
        .collect()
}

/// The engine's points on a phone without a passcode: who kills an unlock is the scenarios' driver.
fn engine() -> impl Iterator<Item = &'static &'static str> {
    let points = companion_engine::FAULT_POINTS.iter();
    points.filter(|point| !point.starts_with("engine.unlock"))
}

pub(super) fn at(point: &str, nth: u32) -> KillAt {
    KillAt {
        point: point.to_owned(),
        nth,
    }
}
