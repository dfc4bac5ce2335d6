//! One behaviour: the scenarios of `core/formats/scenarios`, played with a phone of any language.
//!
//! Gateway, CRM, WhatsApp and network run here, on a clock that stands still; the phone is a child process that answers
//! JSON lines, as `core/formats/scenarios/README.md` says.

mod file;
mod house;
mod names;
mod plant;
mod play;
mod target;
mod words;

use crate::world::Failure;
use file::Scenario;
use house::PhoneProgram;
use serde_json::json;
use std::{cell::RefCell, collections::VecDeque, fs, path::PathBuf};

/// Arguments of the scenarios.
#[derive(clap::Args)]
pub struct ScenarioArgs {
    /// The phone: a program and the arguments that stand before those of its world, with spaces between them.
    #[arg(long, value_name = "PROGRAM ARGS…")]
    phone: Option<String>,
    /// Plays only the scenario of this name.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Changes one expected value of each scenario: all must fail there.
    #[arg(long)]
    plant: bool,
    /// The folder of the scenarios.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../formats/scenarios"))]
    folder: PathBuf,
}

/// Plays the scenarios and prints one line for each; the last line is JSON with their numbers.
///
/// # Errors
/// If a scenario cannot be read, or one fails.
pub async fn run(args: ScenarioArgs) -> Result<(), Failure> {
    let phone = phone_program(args.phone.as_deref())?;
    let mut scenarios = read_all(&args)?;
    if args.plant {
        for scenario in &mut scenarios {
            plant::plant(scenario)?;
        }
    }
    let all = scenarios.len();
    let waiting = RefCell::new(VecDeque::from(scenarios));
    let failed = RefCell::new(0);
    let player = async || {
        loop {
            let next = waiting.borrow_mut().pop_front();
            let Some(scenario) = next else { break };
            match play::play(&scenario, &phone).await {
                Ok(()) => println!("ok {}", scenario.name),
                Err(error) => {
                    println!("FAILED {}: {error}", scenario.name);
                    *failed.borrow_mut() += 1;
                }
            }
        }
    };
    // Two at once: they mostly wait.
    tokio::join!(player(), player());
    let failed = failed.into_inner();
    println!(
        "{}",
        json!({"scenarios": all, "passed": all - failed, "failed": failed})
    );
    match failed {
        0 => Ok(()),
        some => Err(format!("{some} of {all} scenarios failed").into()),
    }
}

fn phone_program(given: Option<&str>) -> Result<PhoneProgram, Failure> {
    let Some(given) = given else {
        return Ok(PhoneProgram {
            program: std::env::current_exe()?,
            arguments: vec!["phone".to_owned()],
        });
    };
    let mut words = given.split_whitespace().map(str::to_owned);
    Ok(PhoneProgram {
        program: words.next().ok_or("--phone names no program")?.into(),
        arguments: words.collect(),
    })
}

/// Every JSON file of the folder, in the order of their names.
fn read_all(args: &ScenarioArgs) -> Result<Vec<Scenario>, Failure> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(&args.folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            paths.push(path);
        }
    }
    paths.sort();
    let mut scenarios = Vec::new();
    for path in paths {
        let scenario = file::read(&path)?;
        if args.only.as_ref().is_none_or(|only| *only == scenario.name) {
            scenarios.push(scenario);
        }
    }
    if scenarios.is_empty() {
        return Err("no scenario".into());
    }
    Ok(scenarios)
}
