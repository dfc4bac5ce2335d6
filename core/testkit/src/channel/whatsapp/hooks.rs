//! Delivers events to a hook as the channel does: at least once, in any grouping, until 2xx.

use super::{
    body::{body, signature},
    event::{Event, Number},
};
use companion_crypto::random::{Random, SeededRandom};
use companion_domain::time::{Clock, Timestamp};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::File,
    io::Write,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::Notify;

/// How long the channel waits for an answer, in real time.
const PATIENCE: Duration = Duration::from_secs(20);

/// The longest pause between two tries, by the clock.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How unruly the delivery is. The default delivers one by one, in order and once.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Disorder {
    /// Decides everything below.
    pub seed: u64,
    /// How many of a thousand events that were delivered are delivered again, in another group.
    pub repeat: u32,
    /// How many of a thousand events overtake others that wait.
    pub reorder: u32,
    /// The most events in one body beside the first.
    pub group: u32,
    /// How many bodies are on their way at once beside the first.
    pub parallel: u32,
}

/// An event that the hook answered with 2xx.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The event.
    pub event: Event,
    /// How often it was.
    pub times: u32,
}

/// Events on their way to one hook.
pub(super) struct Hooks {
    pub(super) number: Number,
    pub(super) url: String,
    pub(super) app_secret: String,
    pub(super) clock: Clock,
    pub(super) client: reqwest::Client,
    pub(super) log: Option<Mutex<File>>,
    state: Mutex<State>,
    news: Notify,
}

struct State {
    disorder: Disorder,
    dice: SeededRandom,
    last: u64,
    waiting: Vec<Waiting>,
    flying: usize,
    acknowledged: BTreeMap<u64, Acknowledged>,
}

#[derive(Clone)]
struct Waiting {
    order: u64,
    event: Event,
    due: Timestamp,
    tries: u32,
}

impl Hooks {
    pub(super) fn new(
        options: &super::Options,
        client: reqwest::Client,
        log: Option<File>,
    ) -> Self {
        Self {
            number: options.number.clone(),
            url: options.hook.clone(),
            app_secret: options.app_secret.clone(),
            clock: options.clock.clone(),
            client,
            log: log.map(Mutex::new),
            state: Mutex::new(State {
                disorder: options.disorder,
                dice: SeededRandom::new(options.disorder.seed),
                last: 0,
                waiting: Vec::new(),
                flying: 0,
                acknowledged: BTreeMap::new(),
            }),
            news: Notify::new(),
        }
    }

    /// Puts events on their way, each once its own time has come.
    pub(super) fn emit(&self, events: Vec<Event>) {
        let now = self.clock.now();
        let mut state = self.state();
        for event in events {
            state.last += 1;
            let waiting = Waiting {
                order: state.last,
                due: event.at.max(now),
                event,
                tries: 0,
            };
            state.waiting.push(waiting);
        }
        drop(state);
        self.news.notify_waiters();
    }

    /// What the hook answered with 2xx, in the order in which it happened.
    pub(super) fn acknowledged(&self) -> Vec<Acknowledged> {
        self.state().acknowledged.values().cloned().collect()
    }

    /// How many events are waiting or on their way, repeats among them.
    pub(super) fn pending(&self) -> usize {
        let state = self.state();
        state.waiting.len() + state.flying
    }

    /// Delivers until it is dropped.
    pub(super) async fn run(self: Arc<Self>) {
        loop {
            let news = self.news.notified();
            let next = self.state().take(self.clock.now());
            match next {
                Next::Group(group, apart) => {
                    let delivered = self.deliver(&group, &apart).await;
                    self.state().settle(group, delivered, self.clock.now());
                }
                Next::Pause(Some(pause)) => {
                    // Woken or not, the next look tells what is due.
                    let _ = tokio::time::timeout(self.clock.real(pause), news).await;
                }
                Next::Pause(None) => news.await,
            }
        }
    }

    /// Whether the hook answered the group with 2xx.
    async fn deliver(&self, group: &[Waiting], apart: &[bool]) -> bool {
        let events: Vec<Event> = group.iter().map(|waiting| waiting.event.clone()).collect();
        let apart = |at: usize| apart.get(at).copied().unwrap_or_default();
        let body = body(&self.number, &events, apart);
        let request = self
            .client
            .post(&self.url)
            .timeout(PATIENCE)
            .header("content-type", "application/json")
            .header(
                "x-hub-signature-256",
                signature(&self.app_secret, body.as_bytes()),
            )
            .body(body.clone());
        let answer = request.send().await;
        let delivered = answer.is_ok_and(|answer| answer.status().is_success());
        if let Some(log) = self.log.as_ref().filter(|_| delivered) {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            // A log that cannot be written shows to whoever reads it.
            let _ = writeln!(log, "{body}");
        }
        delivered
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Next {
    /// Deliver these, each beginning a change of its own where the flag is set.
    Group(Vec<Waiting>, Vec<bool>),
    /// Nothing is due before this time has passed, or before there is news.
    Pause(Option<Duration>),
}

impl State {
    fn take(&mut self, now: Timestamp) -> Next {
        let mut group = Vec::new();
        let size = 1 + self.roll(self.disorder.group.saturating_add(1));
        while group.len() < size {
            let due = self.waiting.iter().enumerate();
            let due: Vec<usize> = due
                .filter(|(_, one)| one.due <= now)
                .map(|(at, _)| at)
                .collect();
            let overtaking = self.hits(self.disorder.reorder);
            let place = if overtaking {
                self.roll(due.len() as u32)
            } else {
                0
            };
            let Some(at) = due.get(place) else {
                break;
            };
            group.push(self.waiting.remove(*at));
        }
        if group.is_empty() {
            let first = self.waiting.iter().map(|waiting| waiting.due).min();
            return Next::Pause(first.map(|due| due.since(now)));
        }
        self.flying += group.len();
        let apart = group.iter().map(|_| self.roll(2) == 0).collect();
        Next::Group(group, apart)
    }

    fn settle(&mut self, group: Vec<Waiting>, delivered: bool, now: Timestamp) {
        self.flying -= group.len();
        for one in group {
            if !delivered {
                self.wait_again(one, now);
                continue;
            }
            let known = self.acknowledged.entry(one.order);
            let event = one.event.clone();
            known.or_insert(Acknowledged { event, times: 0 }).times += 1;
            if self.hits(self.disorder.repeat) {
                self.wait_again(one, now);
            }
        }
    }

    /// Puts an event back, to be tried after a pause that doubles.
    fn wait_again(&mut self, one: Waiting, now: Timestamp) {
        let pause = Duration::from_secs(1 << one.tries.min(6)).min(LONGEST_PAUSE);
        self.waiting.push(Waiting {
            due: now + pause,
            tries: one.tries + 1,
            ..one
        });
    }

    fn hits(&mut self, per_mille: u32) -> bool {
        self.roll(1000) < per_mille as usize
    }

    /// A number below `sides`; 0 if there is none.
    fn roll(&mut self, sides: u32) -> usize {
        let mut bytes = [0; 4];
        self.dice.fill(&mut bytes);
        u32::from_be_bytes(bytes).checked_rem(sides).unwrap_or(0) as usize
    }
}
