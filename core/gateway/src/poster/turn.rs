//! One worker's turn: claim, deliver, record.

use super::{Line, deliver};
use crate::{
    app::{App, Shared},
    exchange::Exchange,
    store::{self, Claim, Connection, Post, Settled, StoreError, Word},
};
use companion_domain::{
    id::EnrolmentId,
    outbox::{Entry, Input, Rules, State, TargetEffect, longest_wait, next_claims, step},
    outcome::Outcome,
    policy::Policy,
    time::Timestamp,
};
use std::sync::Arc;

/// A post that is being sent.
pub(super) struct Sending {
    pub(super) post: Post,
    /// What it was before, for when its turn did not come.
    before: Entry,
}

/// Serves the conversation that has waited longest, if any is due.
pub(super) async fn take(
    app: &Shared,
    line: &Arc<Line>,
    exchange: &Exchange,
    share: u8,
) -> Result<(), StoreError> {
    let Some((claim, sending)) = begin(app, line, share).await? else {
        return Ok(());
    };
    app.faults.reach("gateway.poster.claimed");
    let outcomes = deliver::deliver(app, line, exchange, &sending).await;
    app.faults.reach("gateway.poster.answered");
    finish(app, line, claim, sending, outcomes).await?;
    app.faults.reach("gateway.poster.recorded");
    Ok(())
}

async fn begin(
    app: &Shared,
    line: &Arc<Line>,
    share: u8,
) -> Result<Option<(Claim, Vec<Sending>)>, StoreError> {
    let (shared, line) = (app.clone(), line.clone());
    let (begun, told) = app
        .store
        .write(move |store| {
            let mut told = Vec::new();
            let begun = claim(&shared, &line, share, store, &mut told)?;
            Ok((begun, told))
        })
        .await?;
    app.wakes.wake(&told);
    Ok(begun)
}

/// Claims a conversation and marks its first posts as being sent. A post that was being sent when a poster ended is
/// queued again or, where repeating could double it, in doubt.
fn claim(
    app: &App,
    line: &Line,
    share: u8,
    store: &Connection,
    told: &mut Vec<EnrolmentId>,
) -> Result<Option<(Claim, Vec<Sending>)>, StoreError> {
    let now = app.clock.now();
    let policy = Policy::default();
    let rules = line.rules(&policy);
    let max = line.max_batch();
    let times = (now, now + longest_wait(&policy));
    let Some((claim, mut posts)) = Claim::take(store, &line.target, share, max, times)? else {
        return Ok(None);
    };
    for post in &mut posts {
        let moved = step(&post.entry, &Input::Restarted, &rules, now, app.jitter());
        let before = std::mem::replace(&mut post.entry, moved.entry);
        if post.entry.state == State::Uncertain && before.state == State::Sending {
            app.counters.add("posts_ambiguous", 1);
            let settled = doubt("poster.interrupted");
            told.extend(claim.settle(store, &app.maker, now, post, &settled)?);
        }
    }
    let target = store::load_target(store, &line.target)?;
    let rows = posts
        .iter()
        .enumerate()
        .map(|(at, post)| ((), at, &post.entry));
    let next = next_claims(rows, &target, max, &policy, now);
    let mut sending = Vec::new();
    for (_, mut post) in posts
        .into_iter()
        .enumerate()
        .filter(|(at, _)| next.contains(at))
    {
        let before = post.entry.clone();
        post.entry = step(&before, &Input::Claimed, &rules, now, 0).entry;
        claim.save(store, &post)?;
        sending.push(Sending { post, before });
    }
    if sending.is_empty() {
        claim.free(store)?;
        return Ok(None);
    }
    Ok(Some((claim, sending)))
}

async fn finish(
    app: &Shared,
    line: &Arc<Line>,
    claim: Claim,
    sending: Vec<Sending>,
    outcomes: Vec<Option<Outcome>>,
) -> Result<(), StoreError> {
    let (shared, line) = (app.clone(), line.clone());
    let told = app
        .store
        .write(move |store| record(&shared, &line, store, &claim, sending, &outcomes))
        .await?;
    app.wakes.wake(&told);
    Ok(())
}

/// Writes down what came of each post and tells the phones, in one transaction.
fn record(
    app: &App,
    line: &Line,
    store: &Connection,
    claim: &Claim,
    sending: Vec<Sending>,
    outcomes: &[Option<Outcome>],
) -> Result<Vec<EnrolmentId>, StoreError> {
    let now = app.clock.now();
    let policy = Policy::default();
    let rules = line.rules(&policy);
    let mut target = store::load_target(store, &line.target)?;
    let mut told = Vec::new();
    for (Sending { mut post, before }, outcome) in sending.into_iter().zip(outcomes) {
        let Some(outcome) = outcome else {
            post.entry = before;
            claim.save(store, &post)?;
            continue;
        };
        let input = Input::Outcome(outcome.clone());
        let moved = step(&post.entry, &input, &rules, now, app.jitter());
        let effect = app.effect(moved.target, &policy, now);
        target.apply(&effect, &policy, now, app.jitter());
        post.entry = moved.entry;
        match settled(&post.entry.state, outcome) {
            Some(settled) => {
                app.count(&settled);
                told.extend(claim.settle(store, &app.maker, now, &post, &settled)?);
            }
            None => claim.save(store, &post)?,
        }
    }
    store::save_target(store, &line.target, &target)?;
    claim.free(store)?;
    Ok(told)
}

/// How a post ended, if it did.
fn settled(state: &State, outcome: &Outcome) -> Option<Settled> {
    match state {
        State::Delivered => {
            let (word, remote_id) = match outcome {
                Outcome::AlreadyThere { remote_id } => (Word::AlreadyThere, remote_id),
                Outcome::Done { remote_id } => (Word::Done, remote_id),
                _ => (Word::Done, &None),
            };
            Some(Settled {
                word,
                remote_id: remote_id.clone(),
                code: None,
            })
        }
        State::Stuck(code) => Some(Settled {
            word: Word::Permanent,
            remote_id: None,
            code: Some(code.clone()),
        }),
        State::Uncertain => Some(match outcome {
            Outcome::Ambiguous { code } => doubt(code),
            _ => doubt("poster.unclear"),
        }),
        State::Queued | State::Sending | State::Held(_) | State::Discarded => None,
    }
}

fn doubt(code: &str) -> Settled {
    Settled {
        word: Word::Ambiguous,
        remote_id: None,
        code: Some(code.to_owned()),
    }
}

impl Line {
    fn rules<'a>(&self, policy: &'a Policy) -> Rules<'a> {
        Rules {
            policy,
            idempotency: self.idempotency(),
        }
    }
}

impl App {
    /// From 0 to 1000.
    fn jitter(&self) -> u16 {
        let mut bytes = [0; 2];
        self.random.fill(&mut bytes);
        u16::from_be_bytes(bytes) % 1001
    }

    /// Nobody signs in at a gateway: the operator corrects a token, so a target that refuses it is tried again later.
    fn effect(&self, effect: TargetEffect, policy: &Policy, now: Timestamp) -> TargetEffect {
        match effect {
            TargetEffect::SignIn => {
                tracing::error!("a target refuses the gateway's credentials");
                self.counters.add("targets_refused_credentials", 1);
                TargetEffect::Throttled(Some(now + policy.backoff_max))
            }
            effect => effect,
        }
    }

    fn count(&self, settled: &Settled) {
        self.counters.add(
            match settled.word {
                Word::AlreadyThere | Word::Done => "posts_done",
                Word::Ambiguous => "posts_ambiguous",
                Word::Permanent => "posts_permanent",
            },
            1,
        );
    }
}
