//! The tool of admins and of tests. `companionctl help` lists what it does.

mod inspect;

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
}

/// Exits 0 when the question was answered, 2 when it was put wrongly.
fn main() -> ExitCode {
    let answer = match Arguments::parse().command {
        Command::Inspect(arguments) => inspect::run(&arguments),
    };
    match answer {
        Ok(answer) => {
            println!("{answer:#}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("companionctl: {error}");
            ExitCode::from(2)
        }
    }
}
