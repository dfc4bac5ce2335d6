//! The poster: takes a conversation of a target, sends what waits there in order, and writes down what came of it.
//!
//! What is sent is marked first and recorded afterwards, each in a transaction of its own; none spans an exchange. After
//! a crash in between, a target that knows our keys gets the same again; a channel that does not is never asked twice.

mod deliver;
mod turn;

use crate::{
    app::Shared,
    config::Config,
    exchange::Exchange,
    store::{self, StoreError},
};
use companion_adapters::{channel::whatsapp::outbound::SendConfig, crm};
use companion_domain::{
    id::{AccountId, ChannelId, TargetId},
    outbox::longest_wait,
    outcome::Idempotency,
    policy::Policy,
};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;

/// After how long an idle worker looks again by itself, in case another process stored something.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Where posts go.
struct Line {
    target: TargetId,
    kind: LineKind,
}

enum LineKind {
    Crm(crm::Target),
    Whatsapp(SendConfig),
}

impl Line {
    fn idempotency(&self) -> Idempotency {
        match &self.kind {
            LineKind::Crm(target) => target.idempotency(),
            LineKind::Whatsapp(_) => Idempotency::LookFirst,
        }
    }

    fn max_batch(&self) -> usize {
        match &self.kind {
            LineKind::Crm(target) => target.max_batch(),
            LineKind::Whatsapp(_) => 1,
        }
    }
}

/// The store's name for the sending side of a channel's account. No configured target can have it.
pub(crate) fn channel_target(channel: &ChannelId, account: &AccountId) -> TargetId {
    TargetId::new(format!("{}/{}", channel.as_str(), account.as_str()))
}

/// Starts the workers.
pub(crate) fn start(app: &Shared, exchange: &Exchange, tasks: &mut JoinSet<()>) {
    for line in lines(&app.config) {
        let line = Arc::new(line);
        for share in 0..store::SHARES {
            let (app, line, exchange) = (app.clone(), line.clone(), exchange.clone());
            tasks.spawn(async move { work(&app, &line, &exchange, share).await });
        }
    }
}

fn lines(config: &Config) -> Vec<Line> {
    let targets = config.targets.iter().map(|target| Line {
        target: target.name.clone(),
        kind: LineKind::Crm(target.crm.clone()),
    });
    let channels = config
        .accounts
        .iter()
        .filter_map(|((channel, id), account)| {
            Some(Line {
                target: channel_target(channel, id),
                kind: LineKind::Whatsapp(account.send.clone()?),
            })
        });
    targets.chain(channels).collect()
}

async fn work(app: &Shared, line: &Arc<Line>, exchange: &Exchange, share: u8) {
    loop {
        let mut woken = std::pin::pin!(app.posts.notified());
        woken.as_mut().enable();
        let wait = match next(app, line, exchange, share).await {
            Ok(None) => Duration::ZERO,
            Ok(Some(wait)) => app.clock.real(wait),
            Err(error) => {
                tracing::error!(%error, "the poster cannot use the store");
                LOOK_AGAIN
            }
        };
        tokio::select! {
            biased;
            () = app.stopping() => return,
            () = woken => {}
            () = tokio::time::sleep(wait.min(LOOK_AGAIN)) => {}
        }
    }
}

/// Does one turn, or tells how long to wait for the next.
async fn next(
    app: &Shared,
    line: &Arc<Line>,
    exchange: &Exchange,
    share: u8,
) -> Result<Option<Duration>, StoreError> {
    let target = line.target.clone();
    let now = app.clock.now();
    let far = now + longest_wait(&Policy::default());
    let (state, due) = app
        .store
        .read(move |store| {
            let state = store::load_target(store, &target)?;
            Ok((state, store::next_due(store, &target, share, far)?))
        })
        .await?;
    if let Some(until) = state.held_until(now) {
        return Ok(Some(until.since(now)));
    }
    match due {
        None => Ok(Some(Duration::MAX)),
        Some(due) if due > now => Ok(Some(due.since(now))),
        Some(_) => {
            turn::take(app, line, exchange, share).await?;
            Ok(None)
        }
    }
}
