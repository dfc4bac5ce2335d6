//! What a kill may have left half-way, finished at the next start.

use super::{bind, outcome};
use crate::{
    rules::Rules,
    store::{OutboxControl, decode, lane_number},
};
use companion_domain::{
    event::ChannelEvent,
    key::{Keys, Place},
    outbox::{Input, Lane, State},
    time::Timestamp,
};
use companion_vault::{VaultError, Write};
use std::time::Duration;

/// How long an undecided item waits (design.md 3).
const QUARANTINE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Queues again what was on its way, releases what was bound and not released, drops what nobody decided for 30 days.
pub(crate) fn all(write: &mut Write<'_>, rules: &Rules, now: Timestamp) -> Result<(), VaultError> {
    requeue(write, rules, now)?;
    release(write, rules, now)?;
    write.quarantine_expire((now - QUARANTINE).ms()).map(|_| ())
}

fn requeue(write: &mut Write<'_>, rules: &Rules, now: Timestamp) -> Result<(), VaultError> {
    for lane in [Lane::Customer, Lane::Mirror] {
        let mut after = 0;
        loop {
            let rows = write.outbox(lane_number(lane), after, 500)?;
            let Some(last) = rows.last() else { break };
            after = last.id;
            for row in &rows {
                let control: OutboxControl = decode("outbox", &row.entry)?;
                if control.entry.state == State::Sending && !control.entry.handed_over {
                    outcome::advance(write, rules, row, control, &Input::Restarted, now)?;
                }
            }
        }
    }
    Ok(())
}

fn release(write: &mut Write<'_>, rules: &Rules, now: Timestamp) -> Result<(), VaultError> {
    let mut after = 0;
    loop {
        let page = write.quarantine_page(after, 200)?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.row;
        for conversation in &page {
            let event: ChannelEvent = decode("quarantine", &conversation.newest.value)?;
            let place = Place {
                channel: &event.channel,
                account: &event.account,
                conversation: &event.conversation.id,
            };
            let key = rules.key(&place.conversation());
            if bind::is_decided(write, &key)? {
                bind::release(write, rules, &key, now)?;
            }
        }
    }
}
