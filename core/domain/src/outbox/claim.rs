//! Who goes next.

use super::{Entry, Lane, State, Target};
use crate::{policy::Policy, time::Timestamp};
use std::collections::BTreeMap;

/// Picks the entries whose attempt may begin now, in the order of `rows`.
///
/// `rows` are a lane's unfinished entries of one target in the order in which they must arrive (customer lane: as
/// queued; mirror lane: by `conversation_seq` within each conversation), each with its conversation and a name for it
/// in the answer. Finished ones may be among them; a cut-off tail does no harm, a missing head would.
///
/// `run` says how many records of one conversation may go at once: more than one only if they travel in one request
/// that the other side takes in order. Customer messages always go one by one.
pub fn next_claims<'a, C: Ord, I>(
    rows: impl IntoIterator<Item = (C, I, &'a Entry)>,
    target: &Target,
    run: usize,
    policy: &Policy,
    now: Timestamp,
) -> Vec<I> {
    if !target.is_open(now) {
        return Vec::new();
    }
    let mut room_left = BTreeMap::new();
    let mut claims = Vec::new();
    for (conversation, name, entry) in rows {
        let most = match entry.lane {
            Lane::Customer => 1,
            Lane::Mirror => run,
        };
        let room = room_left.entry((entry.lane, conversation)).or_insert(most);
        if entry.state == State::Queued && entry.is_due(policy, now) && *room > 0 {
            claims.push(name);
            *room -= 1;
        } else if blocks(entry) {
            *room = 0;
        }
    }
    claims
}

/// Whether later entries of the same conversation must wait for this one.
fn blocks(entry: &Entry) -> bool {
    match entry.lane {
        Lane::Customer => !entry.is_finished(),
        Lane::Mirror => !entry.is_finished() && !entry.is_parked() && !entry.handed_over,
    }
}
