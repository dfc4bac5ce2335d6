//! Signed checkpoints: how far this writer's chain came, what is still under way and what was parked (formats.md 4).

use super::sync::Run;
use crate::{
    error::CompanionError,
    session::{HardwareKey, Home, Session},
    store::{CheckpointState, OutboxControl, control, decode, lane_number, load, save},
};
use companion_crypto::{
    checkpoint::{Checkpoint, Parked, TYP},
    document,
    hash::{jcs, sha256},
};
use companion_domain::{
    bytes::Digest,
    outbox::{Lane, State},
    record::Envelope,
    time::Timestamp,
};
use companion_vault::{Read, VaultError, Write};
use std::time::Duration;

/// A checkpoint is due after so many records …
const RECORDS: u64 = 100;
/// … or after so long, if there is news.
const AGE: Duration = Duration::from_secs(15 * 60);

/// Makes the checkpoint that is due and hands over those that wait.
pub(crate) async fn all(run: &mut Run<'_>) -> Result<(), CompanionError> {
    let now = run.now();
    let due = run
        .session
        .vault
        .read(|read| due(read, run.home.enrolment.as_str(), now))?;
    if let Some(checkpoint) = due {
        sign(run.home, run.session, checkpoint).await?;
    }
    while !run.late() {
        let state = run
            .session
            .vault
            .read(|read| load::<CheckpointState>(read, control::CHECKPOINT))?;
        let Some(document) = state.and_then(|state| state.waiting.into_iter().next()) else {
            break;
        };
        run.gateway.receipt(&document).await?;
        run.session
            .vault
            .write(move |write| taken(write, &document))
            .await?;
        run.report.checkpoints += 1;
    }
    Ok(())
}

/// Signs how far the chain came when the app leaves the foreground: from then on the phone may be lost. It is handed over
/// at the next synchronisation.
pub(crate) async fn at_leaving(home: &Home, session: &Session) -> Result<(), CompanionError> {
    let now = home.surroundings.clock.now();
    let news = session
        .vault
        .read(|read| news(read, home.enrolment.as_str(), now))?;
    match news {
        Some(checkpoint) => sign(home, session, checkpoint).await,
        None => Ok(()),
    }
}

fn due(read: &Read<'_>, writer: &str, now: Timestamp) -> Result<Option<Checkpoint>, VaultError> {
    let last: CheckpointState = load(read, control::CHECKPOINT)?.unwrap_or_default();
    // A time that lies ahead was set by another clock.
    let old = last.at.is_none_or(|at| now.since(at) >= AGE || at > now);
    if old || read.chain()?.seq.saturating_sub(last.seq) >= RECORDS {
        return news(read, writer, now);
    }
    Ok(None)
}

/// A checkpoint of what no checkpoint covers yet.
fn news(read: &Read<'_>, writer: &str, now: Timestamp) -> Result<Option<Checkpoint>, VaultError> {
    let chain = read.chain()?;
    let last: CheckpointState = load(read, control::CHECKPOINT)?.unwrap_or_default();
    if chain.seq <= last.seq {
        return Ok(None);
    }
    let (undelivered, parked) = open_records(read)?;
    Ok(Some(Checkpoint {
        v: 1,
        writer: writer.to_owned(),
        seq: chain.seq,
        head: chain.head,
        time: now.to_string(),
        undelivered,
        parked,
        prev: last.prev.map_or([0; 32], |digest| digest.0),
    }))
}

/// How many records are under way, and which were parked with what code. Only the parked ones are read.
pub(crate) fn open_records(read: &Read<'_>) -> Result<(u64, Vec<Parked>), VaultError> {
    let lane = lane_number(Lane::Mirror);
    let mut parked = Vec::new();
    for row in read.outbox_halted(lane)? {
        let control: OutboxControl = decode("outbox", &row.entry)?;
        if let State::Stuck(code) = control.entry.state {
            let envelope: Envelope = decode("outbox", &read.outbox_payload(row.id)?)?;
            let seq = envelope.data.seq;
            parked.push(Parked { seq, code });
        }
    }
    let waiting = read.outbox_count(lane)?;
    Ok((waiting.saturating_sub(parked.len() as u64), parked))
}

/// Signs with the device key and keeps the document before it is handed over, so that no other one can ever say
/// something else of the same number.
async fn sign(
    home: &Home,
    session: &Session,
    checkpoint: Checkpoint,
) -> Result<(), CompanionError> {
    let payload = jcs(&checkpoint)?;
    let prev = Digest(sha256(&payload));
    let mut draft = document::Draft::new(TYP, payload);
    let key = &session.device_key;
    let input = draft.input(key);
    let signature = home
        .ports
        .keys
        .sign(&home.key_name(HardwareKey::Device), &input)
        .await?;
    draft.add(key, &signature)?;
    let document = draft.finish()?;
    let at = home.surroundings.clock.now();
    let job = move |write: &mut Write<'_>| {
        let mut state: CheckpointState = load(write, control::CHECKPOINT)?.unwrap_or_default();
        // Another one was kept meanwhile, and this one does not follow it.
        let prev_now = state.prev.map_or([0; 32], |digest| digest.0);
        if prev_now != checkpoint.prev {
            return Ok(());
        }
        state.seq = checkpoint.seq;
        state.at = Some(at);
        state.prev = Some(prev);
        state.waiting.push(document);
        save(write, control::CHECKPOINT, &state)
    };
    session.vault.write(job).await?;
    home.surroundings.faults.reach("engine.checkpoint.signed");
    Ok(())
}

fn taken(write: &mut Write<'_>, document: &str) -> Result<(), VaultError> {
    let mut state: CheckpointState = load(write, control::CHECKPOINT)?.unwrap_or_default();
    state.waiting.retain(|waiting| waiting != document);
    save(write, control::CHECKPOINT, &state)
}
