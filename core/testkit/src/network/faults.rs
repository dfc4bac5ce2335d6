//! Which requests go wrong, and how.

use companion_crypto::random::{Random, SeededRandom};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// What can happen to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The connection closes before the request is applied.
    Reset,
    /// The request is applied, then the connection closes without an answer.
    Drop,
    /// The request is applied and answered late.
    Delay,
    /// The request is applied twice and the second answer given.
    Repeat,
    /// The request is applied and half of the answer's body sent.
    Cut,
    /// 429 with `Retry-After` in seconds; not applied.
    Throttle,
    /// 429 with `Retry-After` as a date; not applied.
    ThrottleDate,
    /// 500; applied half of the times.
    Fail,
    /// 503 with a page in HTML; not applied.
    Unavailable,
    /// 401 for this request and some that follow; not applied.
    Unauthorized,
}

impl Fault {
    /// Every fault that passes by itself. [`Fault::Unauthorized`] stops a target until somebody acts.
    pub const PASSING: [Self; 9] = [
        Self::Reset,
        Self::Drop,
        Self::Delay,
        Self::Repeat,
        Self::Cut,
        Self::Throttle,
        Self::ThrottleDate,
        Self::Fail,
        Self::Unavailable,
    ];
}

/// Which faults happen how often. As JSON it is the body of `POST /_faults`; what is left out is zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Plan {
    /// Decides which requests are hit.
    pub seed: u64,
    /// How many of a thousand requests each fault hits. Their sum is at most 1000.
    pub rates: BTreeMap<Fault, u32>,
    /// Whether connections are refused and open ones closed.
    pub offline: bool,
    /// How late a late answer is, in milliseconds of the clock.
    pub delay_ms: u64,
    /// How long `Retry-After` asks to wait, in seconds of the clock.
    pub retry_after_s: u32,
    /// How many requests are refused after the one that [`Fault::Unauthorized`] hit.
    pub unauthorized_run: u32,
}

impl Plan {
    /// Each of [`Fault::PASSING`] hits `per_mille` of a thousand requests.
    pub fn storm(seed: u64, per_mille: u32) -> Self {
        Self {
            seed,
            rates: Fault::PASSING.map(|fault| (fault, per_mille)).into(),
            delay_ms: 2_000,
            retry_after_s: 2,
            ..Self::default()
        }
    }

    /// Nobody can connect.
    pub fn offline() -> Self {
        Self {
            offline: true,
            ..Self::default()
        }
    }
}

/// What a server has seen, as `GET /_stats` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// How many requests arrived.
    pub requests: u64,
    /// How many of them each fault hit.
    pub faults: BTreeMap<Fault, u64>,
}

/// The plan in force, its dice and its counters.
pub(super) struct Faults {
    state: Mutex<State>,
    offline: watch::Sender<bool>,
}

struct State {
    plan: Plan,
    dice: SeededRandom,
    unauthorized_left: u32,
    stats: Stats,
}

/// What is to happen to one request.
pub(super) struct Draw {
    /// The fault, if any.
    pub(super) fault: Option<Fault>,
    /// The side of a coin, for faults that have two.
    pub(super) heads: bool,
    /// The plan it was drawn from.
    pub(super) plan: Plan,
}

impl Faults {
    pub(super) fn new(plan: Plan) -> Self {
        Self {
            offline: watch::Sender::new(plan.offline),
            state: Mutex::new(State {
                dice: SeededRandom::new(plan.seed),
                unauthorized_left: 0,
                stats: Stats::default(),
                plan,
            }),
        }
    }

    /// Puts another plan in force; the counters go on.
    pub(super) fn set(&self, plan: Plan) {
        self.offline.send_replace(plan.offline);
        let mut state = self.state();
        state.dice = SeededRandom::new(plan.seed);
        state.unauthorized_left = 0;
        state.plan = plan;
    }

    pub(super) fn stats(&self) -> Stats {
        self.state().stats.clone()
    }

    /// Follows whether the network is off.
    pub(super) fn offline(&self) -> watch::Receiver<bool> {
        self.offline.subscribe()
    }

    /// Decides what happens to the next request, and counts it.
    pub(super) fn draw(&self) -> Draw {
        let mut state = self.state();
        let mut roll = [0; 4];
        state.dice.fill(&mut roll);
        let roll = u32::from_be_bytes(roll);
        let fault = state.hit(roll % 1000);
        state.stats.requests += 1;
        if let Some(fault) = fault {
            *state.stats.faults.entry(fault).or_default() += 1;
        }
        Draw {
            fault,
            heads: roll >= u32::MAX / 2,
            plan: state.plan.clone(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn hit(&mut self, roll: u32) -> Option<Fault> {
        if self.unauthorized_left > 0 {
            self.unauthorized_left -= 1;
            return Some(Fault::Unauthorized);
        }
        let mut edge = 0;
        let (fault, _) = self.plan.rates.iter().find(|(_, rate)| {
            edge += **rate;
            roll < edge
        })?;
        if *fault == Fault::Unauthorized {
            self.unauthorized_left = self.plan.unauthorized_run;
        }
        Some(*fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(plan: &Plan, count: usize) -> Vec<Option<Fault>> {
        let faults = Faults::new(plan.clone());
        (0..count).map(|_| faults.draw().fault).collect()
    }

    #[test]
    fn the_seed_decides_and_the_counters_tell() {
        let plan = Plan::storm(7, 50);
        assert_eq!(drawn(&plan, 500), drawn(&plan, 500));
        assert_ne!(drawn(&plan, 500), drawn(&Plan::storm(8, 50), 500));
        let faults = Faults::new(plan);
        let hit = (0..2000).filter_map(|_| faults.draw().fault).count() as u64;
        let stats = faults.stats();
        assert_eq!(stats.requests, 2000);
        assert_eq!(stats.faults.values().sum::<u64>(), hit);
        assert_eq!(stats.faults.len(), Fault::PASSING.len(), "{stats:?}");
    }

    #[test]
    fn rates_are_of_a_thousand() {
        let always = Plan {
            rates: [(Fault::Drop, 1000)].into(),
            ..Plan::default()
        };
        assert!(
            drawn(&always, 100)
                .iter()
                .all(|fault| *fault == Some(Fault::Drop))
        );
        assert!(drawn(&Plan::default(), 100).iter().all(Option::is_none));
    }

    #[test]
    fn a_refused_sign_in_lasts_for_a_while() {
        let plan = Plan {
            rates: [(Fault::Unauthorized, 1000)].into(),
            unauthorized_run: 3,
            ..Plan::default()
        };
        let faults = Faults::new(plan.clone());
        faults.draw();
        faults.state().plan.rates.clear();
        let rest: Vec<_> = (0..4).map(|_| faults.draw().fault).collect();
        let refused = Some(Fault::Unauthorized);
        assert_eq!(rest, [refused, refused, refused, None]);
    }

    #[test]
    fn a_plan_is_written_as_json() {
        let plan: Plan =
            serde_json::from_str(r#"{"seed":3,"rates":{"throttle_date":20}}"#).unwrap();
        assert_eq!(plan.rates, [(Fault::ThrottleDate, 20)].into());
        assert!(serde_json::from_str::<Plan>(r#"{"rate":{}}"#).is_err());
    }
}
