//! The short torture run of `cargo xtask test`: both targets side by side, since it mostly waits.

use crate::{
    error::TaskError,
    process::{self, Source},
    testkit,
    workspace::Workspace,
};
use serde_json::Value;
use std::{
    env,
    process::Command,
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

/// The seed; a fresh one where it is unset.
const SEED: &str = "COMPANION_SEED";
const TARGETS: [&str; 2] = ["kintone", "webhook"];
/// Enough for each run to die at every fault point.
const ROUNDS: &str = "36";
/// What the runs must have killed together.
const LEAST_KILLS: u64 = 200;

/// Runs one torture for each target. Each one's own exit code judges what its target holds; that they killed enough is
/// checked here, by the last line that each printed.
pub fn run(workspace: &Workspace) -> Result<bool, TaskError> {
    let seed = env::var(SEED).unwrap_or_else(|_| fresh_seed().to_string());
    println!("seed {seed} (the same again: {SEED}={seed} cargo xtask test torture)");
    let mut tools = Vec::new();
    for target in TARGETS {
        let mut tool = testkit::tool(workspace, "torture")?;
        tool.args(["--seed", &seed, "--rounds", ROUNDS, "--target", target]);
        tools.push((target, tool));
    }
    let runs: Vec<Result<Run, TaskError>> = thread::scope(|scope| {
        let running: Vec<_> = tools
            .into_iter()
            .map(|(target, tool)| scope.spawn(move || Run::of(target, tool)))
            .collect();
        let ended = running.into_iter().map(thread::ScopedJoinHandle::join);
        ended
            .map(|run| run.unwrap_or_else(|_| Err(malformed("it broke off"))))
            .collect()
    });
    let runs = runs.into_iter().collect::<Result<Vec<_>, _>>()?;
    let killed: u64 = runs.iter().map(|run| run.kills).sum();
    if killed < LEAST_KILLS {
        println!("error: {killed} kills; runs that show something have at least {LEAST_KILLS}");
    }
    Ok(runs.iter().all(|run| run.sound) && killed >= LEAST_KILLS)
}

struct Run {
    sound: bool,
    kills: u64,
}

impl Run {
    fn of(target: &str, mut tool: Command) -> Result<Self, TaskError> {
        let mut last = String::new();
        let sound = process::stream(&mut tool, |source, line| {
            println!("{target}: {line}");
            if source == Source::Output {
                line.clone_into(&mut last);
            }
        })?;
        let kills = serde_json::from_str::<Value>(&last)
            .ok()
            .and_then(|summary| summary.get("kills")?.as_u64())
            .ok_or_else(|| malformed("its last line is no summary"))?;
        Ok(Self { sound, kills })
    }
}

fn malformed(reason: &str) -> TaskError {
    TaskError::Malformed {
        place: "companion-testkit torture".into(),
        reason: reason.into(),
    }
}

fn fresh_seed() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    since.as_secs() ^ u64::from(since.subsec_nanos())
}
