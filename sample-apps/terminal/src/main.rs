//! `companion-terminal`: an agent's day on a terminal.

use clap::{Parser, ValueEnum};
use companion_domain::reason::Language;
use companion_terminal::{AppError, Options, run};
use std::{fs::OpenOptions, io, path::PathBuf, process::ExitCode, sync::Mutex};

/// An agent's day on a terminal. The enrolment lies under the root already; `--example play` makes one to try.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The folder of all enrolments
    #[arg(long)]
    root: PathBuf,
    /// The folder of the keys: software, in files that only you can read
    #[arg(long)]
    keys: PathBuf,
    /// The language; else what the system speaks
    #[arg(long)]
    language: Option<Spoken>,
    /// A file for the log, as detailed as `RUST_LOG` wants
    #[arg(long)]
    log: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Spoken {
    Ja,
    En,
}

#[tokio::main]
async fn main() -> ExitCode {
    match start(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn start(arguments: Arguments) -> Result<(), AppError> {
    if let Some(log) = &arguments.log {
        follow(log)?;
    }
    let language = match arguments.language {
        Some(Spoken::Ja) => Language::Ja,
        Some(Spoken::En) => Language::En,
        None => Options::language_of_system(),
    };
    run(Options {
        root: arguments.root,
        keys: arguments.keys,
        language,
        color: Options::color_wanted(),
    })
    .await
}

fn follow(log: &PathBuf) -> io::Result<()> {
    let log = OpenOptions::new().create(true).append(true).open(log)?;
    tracing_subscriber::fmt()
        .with_writer(Mutex::new(log))
        .with_ansi(false)
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    Ok(())
}
