//! `companion-terminal`: an agent's day on a terminal.

use clap::Parser;
use companion_domain::reason::Language;
use companion_terminal::{AppError, Options, run};
use std::{fs::OpenOptions, path::PathBuf, process::ExitCode, sync::Mutex};

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
    /// ja or en; else what the system speaks
    #[arg(long, value_parser = language)]
    language: Option<Language>,
    /// A file for the log, as detailed as `RUST_LOG` wants
    #[arg(long)]
    log: Option<PathBuf>,
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
    if let Some(path) = &arguments.log {
        let log = OpenOptions::new().create(true).append(true).open(path)?;
        tracing_subscriber::fmt()
            .with_writer(Mutex::new(log))
            .with_ansi(false)
            .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
            .init();
    }
    let language = arguments.language;
    let options = Options {
        root: arguments.root,
        keys: arguments.keys,
        language: language.unwrap_or_else(Options::language_of_system),
    };
    run(options).await
}

fn language(word: &str) -> Result<Language, &'static str> {
    let known = [("ja", Language::Ja), ("en", Language::En)];
    let found = known.into_iter().find(|(name, _)| *name == word);
    found.map(|(_, it)| it).ok_or("ja or en is expected")
}
