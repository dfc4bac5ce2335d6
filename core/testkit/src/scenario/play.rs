//! Plays a scenario: one step after the other, until one is not as the documents say.

use super::{
    file::{Act, Expected, Happening, Place, Scenario, Step, strict},
    house::{House, LOOK_AGAIN, PhoneProgram},
    names::{self, Names},
    target,
};
use crate::{
    channel::whatsapp::{Event, What},
    kill::KillAt,
    process::{Child, ChildError},
    world::{Failure, fresh_enrolment},
};
use companion_domain::id::EnrolmentId;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    time::{Duration, Instant},
};

/// How long a condition may take to come true, in real time.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many lines of a phone's log are shown.
const LOGGED: usize = 20;
/// How long a hint may take to come, in real time.
const HINT: Duration = Duration::from_secs(2);

/// Plays a scenario with a phone; answers why it failed, and shows what the phone last logged.
pub(super) async fn play(scenario: &Scenario, phone: &PhoneProgram) -> Result<(), String> {
    let stage = Stage::set(phone).await;
    let mut stage = stage.map_err(|error| format!("no world: {error}"))?;
    let played = stage.play(scenario).await;
    if played.is_err() {
        stage.show_log();
    }
    played
}

/// A world, its phone and what the scenario knows so far.
struct Stage {
    /// Dropped, it is killed.
    phone: Option<Child>,
    house: House,
    program: PhoneProgram,
    enrolment: EnrolmentId,
    names: Names,
    /// How many requests had gone wrong at a place before the fault that is there.
    hits: BTreeMap<Place, u64>,
}

/// What a step led to: an answer, or a refusal.
type Answer = Result<Value, Value>;

impl Stage {
    /// Everything but the phone runs.
    async fn set(program: &PhoneProgram) -> Result<Self, Failure> {
        let enrolment = fresh_enrolment();
        let mut names = Names::default();
        names.give("enrolment", enrolment.as_str().into());
        Ok(Self {
            phone: None,
            house: House::start().await?,
            program: program.clone(),
            enrolment,
            names,
            hits: BTreeMap::new(),
        })
    }

    async fn play(&mut self, scenario: &Scenario) -> Result<(), String> {
        let begun = self.begin().await;
        begun.map_err(|error| format!("at the beginning: {error}"))?;
        for (at, step) in scenario.steps.iter().enumerate() {
            let played = self.step(step).await;
            played.map_err(|error| format!("step {} ({}): {error}", at + 1, step.act.word()))?;
        }
        Ok(())
    }

    /// The phone joins, and the gateway learns of it: what arrives before that is kept for nobody.
    async fn begin(&mut self) -> Result<(), Failure> {
        if let Err(error) = self.start(None).await? {
            return Err(format!("the phone does not open: {error}").into());
        }
        let deadline = Instant::now() + PATIENCE;
        while let Err(error) = self.ask(&json!({"do": "sync"})).await? {
            if Instant::now() > deadline {
                return Err(format!("the gateway does not learn of the phone: {error}").into());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    /// Shows the end of what the phone logged.
    fn show_log(&self) {
        let log = fs::read_to_string(self.house.path("phone.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        for line in lines.iter().skip(lines.len().saturating_sub(LOGGED)) {
            eprintln!("phone: {line}");
        }
    }

    async fn step(&mut self, step: &Step) -> Result<(), Failure> {
        let watching = step.act.word() == "changes";
        let patience = match (step.until, watching) {
            (true, _) => PATIENCE,
            (false, true) => HINT,
            (false, false) => Duration::ZERO,
        };
        let deadline = Instant::now() + patience;
        let mut hints = BTreeSet::new();
        loop {
            let mut answer = match self.act(&step.act).await {
                Err(failure) if matches!(step.expected, Expected::Killed) => {
                    return self.killed(failure).await;
                }
                done => done?,
            };
            if watching {
                answer = answer.map(|told| gathered(&mut hints, &told));
            }
            let mut names = self.names.clone();
            match judge(&step.expected, &answer, &mut names) {
                Ok(()) => {
                    self.names = names;
                    return Ok(());
                }
                Err(error) if Instant::now() >= deadline => return Err(error.into()),
                Err(_) => {}
            }
            tokio::time::sleep(LOOK_AGAIN).await;
            if step.until {
                // Being offline is no reason to stop looking.
                let _ = self.ask(&json!({"do": "sync"})).await?;
            }
        }
    }

    async fn act(&mut self, act: &Act) -> Result<Answer, Failure> {
        let done = Ok(Value::Null);
        Ok(match act {
            Act::Let(values) => {
                for (name, value) in values {
                    self.names.give(name, self.names.fill(value)?);
                }
                done
            }
            Act::Phone(command) => {
                let command = self.names.fill(command)?;
                self.ask(&as_text(command)).await?
            }
            Act::Happens(happening) => {
                self.happens(happening).await?;
                done
            }
            Act::Hook(hook) => {
                let value = self.names.fill(&hook.value.clone().into())?;
                let members = value.as_object().cloned().unwrap_or_default();
                for _ in 0..hook.times {
                    let account = hook.account.as_deref();
                    self.house.tell(account, &hook.field, &members).await?;
                }
                done
            }
            Act::Network(on) => {
                self.house.set_network(*on).await;
                done
            }
            Act::Fault(breach) => {
                self.hits.insert(breach.at, self.house.hits(breach.at));
                self.house.set_fault(breach.at, Some(*breach)).await;
                done
            }
            Act::Lift(place) => {
                self.house.set_fault(*place, None).await;
                let before = self.hits.get(place).copied().unwrap_or(0);
                Ok(json!({"hits": self.house.hits(*place) - before}))
            }
            Act::Passes(span) => self.pass(*span).await?,
            Act::Kill => {
                if let Some(mut phone) = self.phone.take() {
                    phone.kill().await;
                }
                done
            }
            Act::Start(kill) => self.start(kill.as_ref()).await?,
            Act::Damage(damage) => {
                let phone = &self.program;
                target::damage(&self.house, phone, &self.enrolment, *damage).await?;
                done
            }
            Act::Records(which) => {
                let which = serde_json::from_value(self.names.fill(&json!(which))?)?;
                Ok(target::records(&self.house, &which).await?)
            }
            Act::Sent => Ok(target::sent(&self.house)),
            Act::Settled => {
                self.settled().await?;
                done
            }
            Act::Verified => Ok(self.house.proof().await?),
        })
    }

    /// Asks the phone: its answer, or its refusal.
    async fn ask(&mut self, command: &Value) -> Result<Answer, Failure> {
        let phone = self.phone.as_mut().ok_or("the phone does not run")?;
        match phone.ask::<Value>(command).await {
            Ok(answer) => Ok(Ok(answer)),
            Err(ChildError::Refused { error, .. }) => Ok(Err(serde_json::from_str(&error)?)),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes away the phone that was to be killed; another failure is one.
    async fn killed(&mut self, failure: Failure) -> Result<(), Failure> {
        let ended = matches!(failure.downcast_ref(), Some(ChildError::Ended { .. }));
        let killed = match self.phone.take().filter(|_| ended) {
            Some(mut phone) => phone.wait().await,
            None => false,
        };
        if killed { Ok(()) } else { Err(failure) }
    }

    async fn start(&mut self, kill: Option<&KillAt>) -> Result<Answer, Failure> {
        if self.phone.is_some() {
            return Err("the phone runs already".into());
        }
        let enrolment = self.enrolment.as_str();
        let house = &self.house;
        let mut phone = house.start_phone(&self.program, enrolment, "phone", kill)?;
        let first: Value = phone.hear().await?;
        if let Some(error) = first.get("error") {
            phone.kill().await;
            return Ok(Err(error.clone()));
        }
        self.phone = Some(phone);
        Ok(Ok(first.get("ok").cloned().unwrap_or_default()))
    }

    /// Moves the one clock, in the world and in the phone.
    async fn pass(&mut self, span: Duration) -> Result<Answer, Failure> {
        let now = self.house.dial.now() + span;
        self.house.dial.set(now);
        if self.phone.is_none() {
            return Ok(Ok(Value::Null));
        }
        self.ask(&json!({"do": "clock", "at_ms": now.ms()})).await
    }

    /// Lets something happen; answers once the gateway was told as often as it should be.
    async fn happens(&mut self, happening: &Happening) -> Result<(), Failure> {
        let now = self.house.dial.now();
        if happening.at > Some(now) {
            return Err("it lies ahead: let time pass first".into());
        }
        let event = Event {
            at: happening.at.unwrap_or(now),
            what: strict::<What>(self.names.fill(&happening.what)?)?,
        };
        let number = self.house.number(happening.account.as_deref())?;
        let told = || -> usize {
            let acknowledged = number.acknowledged().into_iter();
            let same = acknowledged.filter(|one| one.event == event);
            same.map(|one| one.times as usize).sum()
        };
        let wanted = told() + happening.times;
        number.emit(vec![event.clone(); happening.times]);
        let deadline = Instant::now() + PATIENCE;
        while told() < wanted {
            if Instant::now() > deadline {
                return Err("the gateway does not take it".into());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    /// Synchronises until the channel told everything, nothing is under way and the CRM holds all that was recorded.
    async fn settled(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // Told before the synchronisation, so that it brings what was told.
            let pending: usize = self.house.numbers.iter().map(|one| one.pending()).sum();
            let synced = self.ask(&json!({"do": "sync"})).await?.is_ok();
            let state = self.ask(&json!({"do": "state"})).await?.unwrap_or_default();
            let count = |name: &str| state.get(name).and_then(Value::as_u64);
            let under_way = ["undelivered", "waiting_messages"].map(count);
            let held = self.house.held().await?.len() as u64;
            if synced
                && under_way == [Some(0), Some(0)]
                && pending == 0
                && count("recorded") == Some(held)
            {
                return Ok(());
            }
            if Instant::now() > deadline {
                let left = format!("{pending} events not told, {held} records held, {state}");
                return Err(format!("waited in vain: {left}").into());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

/// Hints come when they come: all that came so far, each once, in the order of their names.
fn gathered(hints: &mut BTreeSet<String>, told: &Value) -> Value {
    let told = told.as_array().into_iter().flatten();
    hints.extend(told.filter_map(Value::as_str).map(str::to_owned));
    json!(hints)
}

/// A payload is given as JSON and handed over as text.
fn as_text(mut command: Value) -> Value {
    if let Some(raw) = command.get_mut("raw").filter(|raw| !raw.is_string()) {
        *raw = raw.to_string().into();
    }
    command
}

fn judge(expected: &Expected, answer: &Answer, names: &mut Names) -> Result<(), String> {
    let (met, wanted) = match (expected, answer) {
        (Expected::Success, Ok(_)) => return Ok(()),
        (Expected::Success, Err(_)) => (false, json!("success")),
        (Expected::Answer(wanted), Ok(told)) => (names.meet(wanted, told), wanted.clone()),
        (Expected::Error(wanted), Err(error)) => (names.meet(wanted, error), wanted.clone()),
        (Expected::Answer(wanted) | Expected::Error(wanted), _) => (false, wanted.clone()),
        (Expected::Killed, _) => (false, json!("its end")),
    };
    if met {
        return Ok(());
    }
    let got = match answer {
        Ok(told) => names::asked_for(&wanted, told).to_string(),
        Err(error) => format!("the error {error}"),
    };
    Err(format!("expected {}, got {got}", names.fill_known(&wanted)))
}
