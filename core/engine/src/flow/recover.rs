//! What a kill may have left half-way, finished at the next start.

use super::{bind, outcome};
use crate::{rules::Rules, store::customer_lane};
use companion_domain::{
    outbox::{Input, State},
    time::Timestamp,
};
use companion_vault::{VaultError, Write};
use std::time::Duration;

/// How long an undecided item waits (design.md 3).
const QUARANTINE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Queues again what was on its way to the gateway, releases what was bound and not released, drops what nobody decided
/// for 30 days. Records on their way need nothing: the next synchronisation hands them over again.
pub(crate) fn all(write: &mut Write<'_>, rules: &Rules, now: Timestamp) -> Result<(), VaultError> {
    for (row, control) in customer_lane(write)? {
        if control.entry.state == State::Sending && !control.entry.handed_over {
            outcome::advance(write, rules, &row, control, &Input::Restarted, now)?;
        }
    }
    bind::release_decided(write, rules, now)?;
    write.quarantine_expire((now - QUARANTINE).ms()).map(drop)
}
