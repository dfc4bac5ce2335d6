//! `cargo xtask test`: the one command that says whether a tree is sound.

mod kotlin;
mod scenarios;
mod swift;
mod tally;
mod torture;

use crate::{
    bindings, cli::Part, error::TaskError, process, python, size, testkit, tidy,
    workspace::Workspace,
};
use clap::ValueEnum;
use std::{env, path::PathBuf, time::Instant};
use tally::Tally;

/// The interpreter of the second implementation, for the tests that compare with it.
const PYTHON: &str = "COMPANION_PYTHON";

/// What the second implementation needs.
const JUDGE: &str = "core/formats/requirements.txt";

/// Runs `only`, or every part in order. A part that fails does not keep the others from running. Whether all is well.
pub fn run(workspace: &Workspace, only: Option<Part>) -> Result<bool, TaskError> {
    let on_ci = env::var("CI").is_ok_and(|value| value == "true");
    let parts = Part::value_variants()
        .iter()
        .copied()
        .filter(|part| only.is_none_or(|only| only == *part));
    let reports: Vec<Report> = parts
        .map(|part| Report::of(workspace, part, on_ci))
        .collect();
    print(workspace, &reports)?;
    Ok(reports.iter().all(|report| report.tally.failed == 0))
}

struct Report {
    part: Part,
    seconds: f64,
    tally: Tally,
}

impl Report {
    fn of(workspace: &Workspace, part: Part, on_ci: bool) -> Self {
        println!("\n== {}", name(part));
        let started = Instant::now();
        let mut tally = Tally::default();
        let ended = run_part(workspace, part, &mut tally, on_ci);
        if let Err(error) = &ended {
            println!("error: {error}");
        }
        tally.close(ended.unwrap_or(false), on_ci);
        Self {
            part,
            seconds: started.elapsed().as_secs_f64(),
            tally,
        }
    }
}

fn run_part(
    workspace: &Workspace,
    part: Part,
    tally: &mut Tally,
    on_ci: bool,
) -> Result<bool, TaskError> {
    let mut cargo = process::cargo();
    cargo
        .current_dir(&workspace.root)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("RUST_BACKTRACE", "1")
        .env_remove("RUST_LOG");
    match part {
        Part::Fmt => tally.stream(cargo.args(["fmt", "--all", "--check"])),
        Part::Clippy => tally.stream(cargo.args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ])),
        Part::Tidy => tidy::run(workspace),
        Part::Judge => {
            cargo.env(PYTHON, judge(workspace)?);
            tally.stream(cargo.args(["test", "--workspace", "--test", "judge"]))
        }
        Part::Rust => {
            match judge(workspace) {
                Ok(python) => _ = cargo.env(PYTHON, python),
                Err(error) => println!("no second implementation: {error}"),
            }
            tally.stream(cargo.args([
                "test",
                "--workspace",
                "--no-fail-fast",
                "--",
                "--show-output",
            ]))
        }
        Part::Bindings => bindings::run(workspace, true),
        Part::Size => size::run(workspace),
        Part::Swift => swift::run(workspace, tally),
        Part::Kotlin => kotlin::run(workspace, tally, on_ci),
        Part::Torture => torture::run(workspace),
        Part::Demo => tally.stream(&mut testkit::tool(workspace, "demo")?),
    }
}

/// The interpreter of the second implementation, installed where it was missing.
fn judge(workspace: &Workspace) -> Result<PathBuf, TaskError> {
    let python = python::prepare(workspace, JUDGE, "judge")?;
    println!("second implementation: {}", python.display());
    Ok(python)
}

fn print(workspace: &Workspace, reports: &[Report]) -> Result<(), TaskError> {
    let results = |part| {
        let report = reports.iter().find(|report| report.part == part);
        report.map(|report| &report.tally.scenarios)
    };
    let columns = [
        ("Rust", results(Part::Rust)),
        ("Swift", results(Part::Swift)),
        ("Kotlin", results(Part::Kotlin)),
    ];
    if columns.iter().any(|(_, results)| results.is_some()) {
        println!("\n{}", scenarios::table(workspace, &columns)?);
    }
    println!(
        "\n{:<8}  {:<6}  {:>7}  {:>7}",
        "part", "result", "seconds", "skipped"
    );
    for Report {
        part,
        seconds,
        tally,
    } in reports
    {
        let result = if tally.failed == 0 {
            "passed"
        } else {
            "FAILED"
        };
        println!(
            "{:<8}  {result:<6}  {seconds:>7.1}  {:>7}",
            name(*part),
            tally.skipped
        );
    }
    for skip in reports.iter().flat_map(|report| &report.tally.reasons) {
        println!("{skip}");
    }
    let sum = |count: fn(&Tally) -> usize| {
        reports
            .iter()
            .map(|report| count(&report.tally))
            .sum::<usize>()
    };
    println!(
        "{} passed, {} failed, {} skipped",
        sum(|tally| tally.passed),
        sum(|tally| tally.failed),
        sum(|tally| tally.skipped)
    );
    Ok(())
}

fn name(part: Part) -> String {
    part.to_possible_value()
        .map(|value| value.get_name().to_owned())
        .unwrap_or_default()
}
