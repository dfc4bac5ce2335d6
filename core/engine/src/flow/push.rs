//! The outbox on its way to the gateway: claim in one transaction, ask, note the answers in the next.
//!
//! The hop to the gateway is idempotent by record key and client message id, so after a kill, a lost answer or a
//! dropped future everything that was claimed is simply handed over again. What keeps one item from the gateway keeps
//! all of them, so it is the gateway that waits, never a single row: records keep their order.

use super::{ingest::broken_links, outcome, sync::Run};
use crate::{
    error::CompanionError,
    gateway::{Blocked, ItemAnswer},
    rules::Rules,
    store::{HeadValue, OutboxControl, control, customer_lane, decode, lane_number, load, save},
    values::ChangeHint,
};
use companion_adapters::channel::whatsapp::capabilities::WINDOW;
use companion_domain::{
    id::Key,
    outbox::{self, Chat, Entry, Hold, Input, Lane, State, Target, TargetEffect},
    outcome::Outcome,
    time::Timestamp,
};
use companion_vault::{OutboxRow, VaultError, Write};
use std::collections::BTreeMap;

/// Rows in one request (`facts/performance.md` 3).
const CLAIM: u32 = 50;

/// A claimed row: its name at the gateway and the JSON that goes there.
struct Claimed {
    name: String,
    body: String,
}

/// Hands over everything that is due, customer messages first.
pub(crate) async fn all(run: &mut Run<'_>) -> Result<(), CompanionError> {
    for lane in [Lane::Customer, Lane::Mirror] {
        let mut size = CLAIM;
        while !run.late() {
            match batch(run, lane, size).await? {
                Batch::Taken => {}
                Batch::Empty => break,
                // One item that the gateway cannot even read must not keep the others: go on one by one.
                Batch::Refused => size = 1,
            }
        }
    }
    Ok(())
}

/// How one batch of a lane ended.
enum Batch {
    /// More may be due.
    Taken,
    /// Nothing is due, or the gateway took nothing.
    Empty,
    /// The gateway refused the request as a whole.
    Refused,
}

/// One batch of a lane, of at most `size` rows.
async fn batch(run: &mut Run<'_>, lane: Lane, size: u32) -> Result<Batch, CompanionError> {
    let (rules, now) = (run.session.rules.clone(), run.now());
    let claimed = run
        .session
        .vault
        .write(move |write| claim(write, &rules, lane, size, now))
        .await?;
    if claimed.is_empty() {
        return Ok(Batch::Empty);
    }
    run.home.surroundings.faults.reach("engine.push.claimed");
    let bodies: Vec<String> = claimed.iter().map(|one| one.body.clone()).collect();
    let answers = match lane {
        Lane::Customer => run.gateway.messages(&bodies).await,
        Lane::Mirror => run.gateway.records(&bodies).await,
    };
    run.home.surroundings.faults.reach("engine.push.answered");
    let (rules, now) = (run.session.rules.clone(), run.now());
    match answers {
        Ok(answers) => {
            let job = move |write: &mut Write<'_>| note(write, &rules, &claimed, answers, now);
            let taken = run.session.vault.write(job).await?;
            *run.counter(lane) += taken;
            run.hints.send(ChangeHint::Queue);
            Ok(if taken > 0 {
                Batch::Taken
            } else {
                Batch::Empty
            })
        }
        Err(Blocked::Refused) => {
            let alone = claimed.len() == 1;
            let input = if alone {
                Input::Outcome(Outcome::Permanent {
                    code: "gateway.refused".into(),
                })
            } else {
                Input::Restarted
            };
            let job = move |write: &mut Write<'_>| settle_all(write, &rules, &claimed, &input, now);
            run.session.vault.write(job).await?;
            run.hints.send(ChangeHint::Queue);
            Ok(if alone { Batch::Taken } else { Batch::Refused })
        }
        Err(blocked) => {
            let effect = effect(&blocked);
            let job = move |write: &mut Write<'_>| {
                hold_gateway(write, &rules, &effect, now)?;
                settle_all(write, &rules, &claimed, &Input::Restarted, now)
            };
            run.session.vault.write(job).await?;
            Err(blocked.into())
        }
    }
}

/// Claims what is due and may go. Nothing is claimed while the gateway asks for patience.
fn claim(
    write: &mut Write<'_>,
    rules: &Rules,
    lane: Lane,
    size: u32,
    now: Timestamp,
) -> Result<Vec<Claimed>, VaultError> {
    let gateway: Target = load(write, control::GATEWAY_TARGET)?.unwrap_or_default();
    if !gateway.is_open(now) {
        return Ok(Vec::new());
    }
    let due = match lane {
        Lane::Mirror => write.outbox_due(lane_number(lane), now.ms(), size)?,
        Lane::Customer => customer_due(write, rules, size as usize, now)?,
    };
    let mut claimed = Vec::with_capacity(due.len());
    for row in due {
        let control: OutboxControl = decode("outbox", &row.entry)?;
        let waiting = claimable(rules, &control.entry, now);
        if waiting.state != State::Queued {
            continue;
        }
        let entry = outcome::step(rules, &waiting, &Input::Claimed, now);
        let name = control.what.name().to_owned();
        let body = String::from_utf8(write.outbox_payload(row.id)?)
            .map_err(|_| VaultError::Corrupt { place: "outbox" })?;
        let control = OutboxControl {
            entry,
            tried: true,
            ..control
        };
        outcome::store(write, row.id, &control)?;
        claimed.push(Claimed { name, body });
    }
    Ok(claimed)
}

/// An entry that may be claimed, or as it was. Only one synchronisation runs at a time, so what is on its way without
/// having been handed over was left by one that was dropped; what was handed over is asked for again when its outcome
/// is overdue, which the gateway answers with `duplicate`.
fn claimable(rules: &Rules, entry: &Entry, now: Timestamp) -> Entry {
    let left = match (&entry.state, entry.handed_over) {
        (State::Sending, false) => Input::Restarted,
        (State::Sending, true) => Input::Overdue,
        _ => return entry.clone(),
    };
    outcome::step(rules, entry, &left, now)
}

/// In the customer lane each conversation's first unfinished message goes, unless something holds it.
fn customer_due(
    write: &mut Write<'_>,
    rules: &Rules,
    size: usize,
    now: Timestamp,
) -> Result<Vec<OutboxRow>, VaultError> {
    let broken = broken_links(write)?;
    let mut first: BTreeMap<Key, (OutboxRow, OutboxControl)> = BTreeMap::new();
    for (row, control) in customer_lane(write)? {
        if let Some(queued) = control.what.message() {
            let conversation = queued.conversation.clone();
            first.entry(conversation).or_insert((row, control));
        }
    }
    let mut due = Vec::new();
    for (key, (row, control)) in first {
        let entry = claimable(rules, &control.entry, now);
        let Some(conversation) = write.conversation_head(&key)? else {
            continue;
        };
        let head = HeadValue::read(&conversation.control)?;
        let cut_off = head
            .account
            .as_ref()
            .is_some_and(|account| broken.contains(account));
        if entry.state != State::Queued || cut_off {
            continue;
        }
        match hold(rules, &entry, &head, &control, now) {
            None => due.push(row),
            Some(hold) => {
                let entry = outcome::step(rules, &entry, &Input::Held(hold), now);
                outcome::store(write, row.id, &OutboxControl { entry, ..control })?;
            }
        }
    }
    due.sort_by_key(|row| row.id);
    due.truncate(size);
    Ok(due)
}

fn hold(
    rules: &Rules,
    entry: &Entry,
    head: &HeadValue,
    control: &OutboxControl,
    now: Timestamp,
) -> Option<Hold> {
    let needs_window = control
        .what
        .message()
        .is_some_and(|queued| queued.needs_window);
    let chat = Chat {
        last_customer_message: head.customer_wrote_at,
        last_arrival: head.customer_heard_at,
        window: Some(WINDOW),
        template: !needs_window,
    };
    outbox::hold_before_send(entry, &chat, &rules.policy, now)
}

/// Notes what the gateway took and what it refused; answers how many items got an answer.
fn note(
    write: &mut Write<'_>,
    rules: &Rules,
    claimed: &[Claimed],
    answers: Vec<ItemAnswer>,
    now: Timestamp,
) -> Result<u64, VaultError> {
    hold_gateway(write, rules, &TargetEffect::Answers, now)?;
    let answers: BTreeMap<String, ItemAnswer> = answers
        .into_iter()
        .map(|answer| (answer.id.clone(), answer))
        .collect();
    let mut taken = 0;
    for one in claimed {
        let input = input_of(answers.get(&one.name));
        taken += u64::from(input != Input::Restarted);
        outcome::settle(write, rules, &one.name, &input, now)?;
    }
    if taken < claimed.len() as u64 {
        hold_gateway(write, rules, &TargetEffect::Throttled(None), now)?;
    }
    Ok(taken)
}

/// What the gateway's answer for one item means. An item without an answer, or one that is held back, goes again in its
/// place.
fn input_of(answer: Option<&ItemAnswer>) -> Input {
    let refused = |code: String| Input::Outcome(Outcome::Permanent { code });
    match answer.map(|answer| (answer.result.as_str(), &answer.reason)) {
        Some(("accepted" | "duplicate", _)) => Input::Accepted,
        Some(("conflict", _)) => refused("gateway.conflict".into()),
        Some(("refused", Some(reason))) => refused(format!("gateway.refused.{reason}")),
        Some(("refused", None)) => refused("gateway.refused".into()),
        _ => Input::Restarted,
    }
}

fn settle_all(
    write: &mut Write<'_>,
    rules: &Rules,
    claimed: &[Claimed],
    input: &Input,
    now: Timestamp,
) -> Result<(), VaultError> {
    for one in claimed {
        outcome::settle(write, rules, &one.name, input, now)?;
    }
    Ok(())
}

/// How long the gateway waits after what it answered. A missing network holds nothing: the host says when to try again.
fn effect(blocked: &Blocked) -> TargetEffect {
    match blocked {
        Blocked::Throttled(until) => TargetEffect::Throttled(Some(*until)),
        Blocked::Faulty | Blocked::Unreadable => TargetEffect::Throttled(None),
        Blocked::Offline | Blocked::Shut(_) | Blocked::Refused | Blocked::Here(_) => {
            TargetEffect::None
        }
    }
}

fn hold_gateway(
    write: &mut Write<'_>,
    rules: &Rules,
    effect: &TargetEffect,
    now: Timestamp,
) -> Result<(), VaultError> {
    let before: Target = load(write, control::GATEWAY_TARGET)?.unwrap_or_default();
    let mut gateway = before.clone();
    gateway.apply(effect, &rules.policy, now, rules.jitter());
    if gateway != before {
        save(write, control::GATEWAY_TARGET, &gateway)?;
    }
    Ok(())
}
