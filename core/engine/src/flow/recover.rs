//! What a kill may have left half-way, finished at the next start.

use super::{bind, outcome};
use crate::{rules::Rules, store::customer_lane};
use companion_domain::{
    outbox::{Input, State},
    time::Timestamp,
};
use companion_vault::{VaultError, Write};

/// Queues again what was on its way to the gateway, releases what was bound and not released, drops what waited too long
/// for a decision. Records on their way need nothing: the next synchronisation hands them over again.
pub(crate) fn all(write: &mut Write<'_>, rules: &Rules, now: Timestamp) -> Result<(), VaultError> {
    for (row, control) in customer_lane(write)? {
        if control.entry.state == State::Sending && !control.entry.handed_over {
            outcome::advance(write, rules, &row, control, &Input::Restarted, now)?;
        }
    }
    bind::release_decided(write, rules, now)?;
    bind::expire(write, now).map(drop)
}
