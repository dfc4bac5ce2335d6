//! `cargo xtask`: everything that people and CI run, under one name.

mod bindings;
mod cli;
mod door;
mod error;
mod package;
mod packages;
mod phones;
mod process;
mod python;
mod size;
mod test;
mod testkit;
mod texts;
mod tidy;
mod workspace;

use clap::Parser;
use cli::{Cli, Task};
use error::TaskError;
use std::process::ExitCode;
use workspace::Workspace;

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the task found everything in order.
fn run(task: Task) -> Result<bool, TaskError> {
    let workspace = Workspace::load()?;
    match task {
        Task::Test { part } => test::run(&workspace, part),
        Task::Tidy => tidy::run(&workspace),
        Task::Bindings { check } => bindings::run(&workspace, check),
        Task::CheckPhones => phones::check(&workspace),
        Task::Package { system } => package::run(&workspace, system),
        Task::Texts => texts::run(&workspace),
        Task::Demo(arguments) => testkit::become_tool(&workspace, "demo", &arguments.rest),
        Task::Torture(arguments) => testkit::become_tool(&workspace, "torture", &arguments.rest),
        Task::Bench(arguments) => match arguments.rest.split_first() {
            Some((what, [])) if what == "size" => size::run(&workspace),
            Some((what, rest)) if what == "door" => door::run(&workspace, rest),
            _ => testkit::become_release_tool(&workspace, "bench", &arguments.rest),
        },
    }
}
