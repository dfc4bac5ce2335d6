//! `companion-gateway`: see `--help`.

mod cli;

use clap::Parser;
use cli::{Cli, Command};
use companion_gateway::Config;
use std::{error::Error, process::ExitCode};

/// Exits 0 when the work is done, 1 when it failed, 2 when the words or the configuration are wrong.
#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let config = match Config::load(&cli.config) {
        Ok(config) => config,
        Err(error) => return tell(&error, 2),
    };
    match run(config, cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => tell(&*error, 1),
    }
}

async fn run(config: Config, cli: Cli) -> Result<(), Box<dyn Error>> {
    match cli.command {
        Some(Command::Init) => cli::init(&config),
        Some(Command::Export { out }) => cli::export(&config, &out),
        None => cli::serve(config, cli.serve).await,
    }
}

fn tell(error: &dyn Error, code: u8) -> ExitCode {
    eprintln!("companion-gateway: {error}");
    ExitCode::from(code)
}
