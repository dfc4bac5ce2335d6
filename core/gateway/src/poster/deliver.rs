//! From sealed posts to requests, and from answers to one outcome per post.

use super::{Line, LineKind, turn::Sending};
use crate::{app::App, exchange::Exchange};
use companion_adapters::{
    channel::whatsapp::outbound::{self, SendConfig},
    crm::{self, erased},
};
use companion_domain::{outbound::OutboundMessage, outcome::Outcome, record::Envelope};
use serde::de::DeserializeOwned;
use std::ops::Range;

/// Sends the posts of one turn, in order. `None`: its turn did not come, because one before it must be tried again.
pub(super) async fn deliver(
    app: &App,
    line: &Line,
    exchange: &Exchange,
    sending: &[Sending],
) -> Vec<Option<Outcome>> {
    match &line.kind {
        LineKind::Crm(target) => deliver_records(app, target, exchange, sending).await,
        LineKind::Whatsapp(config) => {
            let mut outcomes = Vec::new();
            for sending in sending {
                outcomes.push(Some(send_message(app, config, exchange, sending).await));
            }
            outcomes
        }
    }
}

async fn send_message(
    app: &App,
    config: &SendConfig,
    exchange: &Exchange,
    sending: &Sending,
) -> Outcome {
    let Some(message) = open::<OutboundMessage>(app, sending) else {
        return permanent("poster.unreadable");
    };
    let Ok(request) = outbound::request(config, &message) else {
        return permanent("poster.unsendable");
    };
    let attempt = exchange.send(request).await;
    outbound::outcome(&attempt, app.clock.now())
}

async fn deliver_records(
    app: &App,
    target: &crm::Target,
    exchange: &Exchange,
    sending: &[Sending],
) -> Vec<Option<Outcome>> {
    let mut outcomes = vec![None; sending.len()];
    let mut batch = Vec::new();
    let mut places = Vec::new();
    for ((at, sending), outcome) in sending.iter().enumerate().zip(&mut outcomes) {
        if sending.post.erased {
            *outcome = Some(erased());
        } else if let Some(event) = open::<Envelope>(app, sending) {
            batch.push(event);
            places.push(at);
        } else {
            *outcome = Some(permanent("poster.unreadable"));
        }
    }
    for (place, outcome) in places
        .iter()
        .zip(send_batch(app, target, exchange, &batch).await)
    {
        if let Some(slot) = outcomes.get_mut(*place) {
            *slot = Some(outcome);
        }
    }
    outcomes
}

/// Sends a batch, in parts where the target refuses it whole. The answer ends after the first part that must be tried
/// again, so that nothing overtakes it.
async fn send_batch(
    app: &App,
    target: &crm::Target,
    exchange: &Exchange,
    batch: &[Envelope],
) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut open: Vec<Range<usize>> = std::iter::once(0..batch.len()).collect();
    while let Some(range) = open.pop() {
        let part = batch.get(range.clone()).unwrap_or_default();
        if part.is_empty() {
            continue;
        }
        let Ok(request) = target.request(part, app.clock.now()) else {
            outcomes.extend(part.iter().map(|_| permanent("poster.unsendable")));
            continue;
        };
        let attempt = exchange.send(request).await;
        let halves = target.split(&attempt, part);
        if !halves.is_empty() {
            let halves = halves.into_iter().rev();
            open.extend(halves.map(|half| range.start + half.start..range.start + half.end));
            continue;
        }
        let part = target.outcomes(&attempt, part, app.clock.now());
        let again = part.iter().any(must_try_again);
        outcomes.extend(part);
        if again {
            break;
        }
    }
    outcomes
}

fn must_try_again(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Done { .. } | Outcome::AlreadyThere { .. } | Outcome::Permanent { .. } => false,
        Outcome::Throttled { .. }
        | Outcome::NotApplied { .. }
        | Outcome::Ambiguous { .. }
        | Outcome::Auth { .. } => true,
    }
}

/// What a post holds; `None` if the gateway's keys are not those that it was sealed to.
fn open<T: DeserializeOwned>(app: &App, sending: &Sending) -> Option<T> {
    let post = &sending.post;
    let json = app.open_post(&post.writer, &post.id, &post.sealed)?;
    serde_json::from_slice(&json).ok()
}

fn permanent(code: &str) -> Outcome {
    Outcome::Permanent { code: code.into() }
}
