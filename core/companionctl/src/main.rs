//! The tool of admins and of tests. `companionctl help` lists what it does.

mod inspect;
mod mirror;
mod reasons;
mod recovery;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Companion's tool for admins and tests.
#[derive(Parser)]
#[command(name = "companionctl", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Shows how the core understands a channel's bytes, as JSON.
    Inspect(inspect::Arguments),
    /// Looks at what a mirror target holds.
    #[command(subcommand)]
    Mirror(mirror::Command),
    /// Brings back what a forgotten passcode or a lost key closed.
    #[command(subcommand)]
    Recovery(recovery::Command),
    /// Prints what every reason code means, as Markdown.
    Reasons,
}

/// Exits 0 when the question was answered well, 1 when `mirror verify` found something wrong, 2 when it was put wrongly.
fn main() -> ExitCode {
    let answer = match Arguments::parse().command {
        Command::Inspect(arguments) => inspect::run(&arguments)
            .map(|answer| (format!("{answer:#}\n"), ExitCode::SUCCESS))
            .map_err(|error| error.to_string()),
        Command::Mirror(command) => mirror::run(&command)
            .map(|(answer, code)| (format!("{answer:#}\n"), code))
            .map_err(|error| error.to_string()),
        Command::Recovery(command) => recovery::run(&command)
            .map(|answer| (format!("{answer:#}\n"), ExitCode::SUCCESS))
            .map_err(|error| error.to_string()),
        Command::Reasons => reasons::page()
            .map(|page| (page, ExitCode::SUCCESS))
            .map_err(|error| error.to_string()),
    };
    match answer {
        Ok((answer, code)) => {
            print!("{answer}");
            code
        }
        Err(error) => {
            eprintln!("companionctl: {error}");
            ExitCode::from(2)
        }
    }
}
