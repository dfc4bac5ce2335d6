//! A scenario as it is written: strict, so that a slip of the pen is an error and never a check that checks nothing.

use super::{names::Names, words};
use crate::{channel::whatsapp::What, kill::KillAt, network::Fault};
use companion_domain::time::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::{fs, path::Path, time::Duration};

/// A scenario.
#[derive(Clone)]
pub(super) struct Scenario {
    pub(super) name: String,
    pub(super) steps: Vec<Step>,
}

/// One step: what is done, and what is expected of it.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) act: Act,
    pub(super) expected: Expected,
    /// Whether it is tried, each time after a synchronisation, until the expectation is met.
    pub(super) until: bool,
}

#[derive(Clone)]
pub(super) enum Expected {
    /// That it works.
    Success,
    /// That it works and answers this.
    Answer(Value),
    /// That it is refused so.
    Error(Value),
    /// That the phone is killed in the midst of it.
    Killed,
}

/// What a step does.
#[derive(Clone)]
pub(super) enum Act {
    /// Gives names to values.
    Let(Map<String, Value>),
    /// Tells the phone something.
    Phone(Value),
    /// Something happens at WhatsApp, told to the gateway `times` times.
    Happens(Happening),
    /// WhatsApp tells the gateway something in its own words.
    Hook(Hook),
    /// The network between phone and gateway.
    Network(bool),
    /// Every request to a place goes wrong from now on.
    Fault(Breach),
    /// Nothing goes wrong there any longer.
    Lift(Place),
    /// Time passes.
    Passes(Duration),
    /// The phone's process is killed.
    Kill,
    /// The phone's process starts, to be killed at this fault point if there is one.
    Start(Option<KillAt>),
    /// Something happens to the files of a phone that is not running.
    Damage(Damage),
    /// Looks at what the CRM holds.
    Records(Which),
    /// Looks at what WhatsApp was given to send.
    Sent,
    /// Synchronises until nothing is under way and the CRM holds all that was recorded.
    Settled,
    /// Lets `companionctl` prove what the CRM holds.
    Verified,
}

#[derive(Clone)]
pub(super) struct Happening {
    pub(super) what: Value,
    pub(super) account: Option<String>,
    pub(super) at: Option<Timestamp>,
    pub(super) times: usize,
}

#[derive(Clone)]
pub(super) struct Hook {
    /// The webhook field.
    pub(super) field: String,
    /// What its value holds beside the metadata.
    pub(super) value: Map<String, Value>,
    pub(super) account: Option<String>,
    pub(super) times: usize,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Breach {
    pub(super) at: Place,
    pub(super) what: Fault,
}

/// Where requests can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    /// WhatsApp's Graph API.
    Channel,
    /// The CRM.
    Crm,
    /// Between phone and gateway.
    Network,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Damage {
    /// A newer version wrote the vault.
    NewerFile,
    /// The key store holds nothing any longer.
    KeysGone,
    /// The vault is that of another enrolment.
    OtherVault,
}

/// Which records; each member that is there must be equal.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Which {
    pub(super) kind: Option<String>,
    pub(super) change: Option<String>,
    pub(super) conversation: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    kill: Option<String>,
}

impl Start {
    fn kill_at(&self) -> Result<Option<KillAt>, String> {
        self.kill.as_deref().map(str::parse).transpose()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    about: String,
    steps: Vec<Map<String, Value>>,
}

/// Reads a scenario.
///
/// # Errors
/// What is wrong, with the file and, where it is one, the step.
pub(super) fn read(path: &Path) -> Result<Scenario, String> {
    let shown = path.display();
    let text = fs::read(path).map_err(|error| format!("{shown}: {error}"))?;
    let file: File = serde_json::from_slice(&text).map_err(|error| format!("{shown}: {error}"))?;
    if path.file_stem().and_then(|stem| stem.to_str()) != Some(file.name.as_str()) {
        return Err(format!("{shown}: its name is not that of the file"));
    }
    if file.about.is_empty() || file.steps.is_empty() {
        return Err(format!("{shown}: about and steps are needed"));
    }
    let (mut names, mut steps) = (Names::default(), Vec::new());
    for (at, step) in file.steps.into_iter().enumerate() {
        let step = parse(step, &mut names);
        steps.push(step.map_err(|error| format!("{shown}: step {}: {error}", at + 1))?);
    }
    let name = file.name;
    Ok(Scenario { name, steps })
}

impl Act {
    /// The word by which a step begins.
    pub(super) fn word(&self) -> String {
        match self {
            Self::Let(_) => "let",
            Self::Phone(command) => return words::name(command).to_owned(),
            Self::Happens(_) => "happens",
            Self::Hook(_) => "hook",
            Self::Network(_) => "network",
            Self::Fault(_) => "fault",
            Self::Lift(_) => "lift",
            Self::Passes(_) => "passes",
            Self::Kill => "kill",
            Self::Start(_) => "start",
            Self::Damage(_) => "damage",
            Self::Records(_) => "records",
            Self::Sent => "sent",
            Self::Settled => "settled",
            Self::Verified => "verified",
        }
        .to_owned()
    }
}

fn parse(mut step: Map<String, Value>, names: &mut Names) -> Result<Step, String> {
    let killed = flag(step.remove("killed"))?;
    let expected = match (step.remove("expect"), step.remove("error"), killed) {
        (None, None, false) => Expected::Success,
        (Some(answer), None, false) => Expected::Answer(answer),
        (None, Some(error), false) => Expected::Error(error),
        (None, None, true) => Expected::Killed,
        _ => return Err("expect, error and killed exclude each other".into()),
    };
    let until = flag(step.remove("until"))?;
    let mut acts = step
        .keys()
        .filter(|key| words::ACTS.contains(&key.as_str()));
    let (Some(word), None) = (acts.next().cloned(), acts.next()) else {
        return Err(format!("one of {:?} is needed", words::ACTS));
    };
    let what = step.remove(&word).unwrap_or_default();
    let act = act(&word, what, &mut step, names)?;
    if let Some(unknown) = step.keys().next() {
        return Err(format!("{word}: unknown field {unknown:?}"));
    }
    words::check(&act, &expected)?;
    if until && matches!(expected, Expected::Success | Expected::Killed) {
        return Err(format!("{word}: until what?"));
    }
    Ok(Step {
        act,
        expected,
        until,
    })
}

fn act(
    word: &str,
    what: Value,
    beside: &mut Map<String, Value>,
    names: &mut Names,
) -> Result<Act, String> {
    Ok(match word {
        "let" => {
            let values: Map<String, Value> = typed(what)?;
            for (name, value) in &values {
                names.give(name, names.fill_known(value));
            }
            Act::Let(values)
        }
        "phone" => Act::Phone(what),
        "happens" => {
            strict::<What>(names.fill_known(&what))?;
            Act::Happens(Happening {
                what,
                account: optional(beside.remove("account"))?,
                at: optional(beside.remove("at"))?,
                times: optional(beside.remove("times"))?.unwrap_or(1),
            })
        }
        "hook" => Act::Hook(Hook {
            field: typed(beside.remove("field").unwrap_or_default())?,
            value: typed(what)?,
            account: optional(beside.remove("account"))?,
            times: optional(beside.remove("times"))?.unwrap_or(1),
        }),
        "network" => Act::Network(match what.as_str() {
            Some("on") => true,
            Some("off") => false,
            _ => return Err("network: on or off".into()),
        }),
        "fault" => Act::Fault(typed(what)?),
        "lift" => Act::Lift(typed(what)?),
        "passes" => Act::Passes(span(what.as_str().unwrap_or_default())?),
        "damage" => Act::Damage(typed(what)?),
        "records" => Act::Records(typed(what)?),
        "kill" => nothing(what, Act::Kill)?,
        "start" => Act::Start(typed::<Start>(what)?.kill_at()?),
        "sent" => nothing(what, Act::Sent)?,
        "settled" => nothing(what, Act::Settled)?,
        "verified" => nothing(what, Act::Verified)?,
        other => return Err(format!("unknown step {other:?}")),
    })
}

fn typed<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn optional<T: DeserializeOwned>(value: Option<Value>) -> Result<Option<T>, String> {
    value.map(typed).transpose()
}

fn flag(value: Option<Value>) -> Result<bool, String> {
    Ok(optional(value)?.unwrap_or_default())
}

fn nothing(value: Value, act: Act) -> Result<Act, String> {
    match value {
        Value::Object(members) if members.is_empty() => Ok(act),
        _ => Err(format!("{}: takes nothing: {{}}", act.word())),
    }
}

/// A type that ignores what it does not know, read so that nothing is ignored.
pub(super) fn strict<T: DeserializeOwned + Serialize>(value: Value) -> Result<T, String> {
    let read: T = typed(value.clone())?;
    let again = serde_json::to_value(&read).map_err(|error| error.to_string())?;
    match ignored(&value, &again) {
        Some(name) => Err(format!("unknown field {name:?}")),
        None => Ok(read),
    }
}

/// The first member of `given` that is not in `read`.
fn ignored(given: &Value, read: &Value) -> Option<String> {
    match (given, read) {
        (Value::Object(given), Value::Object(read)) => {
            given.iter().find_map(|(name, value)| match read.get(name) {
                Some(read) => ignored(value, read),
                None => Some(name.clone()),
            })
        }
        (Value::Array(given), Value::Array(read)) => given
            .iter()
            .zip(read)
            .find_map(|(given, read)| ignored(given, read)),
        _ => None,
    }
}

/// `90s`, `31m`, `25h`, `40d`.
fn span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("passes: {text:?} is no span like 90s, 31m, 25h, 40d");
    let (number, unit) = text
        .split_at_checked(text.len().saturating_sub(1))
        .ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    Ok(Duration::from_secs(number.saturating_mul(seconds)))
}
