//! `companion-gateway`: see `--help`.

use clap::{Args, Parser, Subcommand};
use companion_crypto::random::SystemRandom;
use companion_domain::{
    fault::FaultPoints,
    time::{Clock, Timestamp},
};
use companion_gateway::{Config, Keys, Parts, Roles, export, serve};
use std::{
    error::Error,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::SystemTime,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tracing_subscriber::EnvFilter;

/// The company's side of Companion: takes webhooks, seals each event to the phones it belongs to, and delivers what
/// phones send to CRMs and channels.
#[derive(Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Makes the key file that the configuration names, unless it exists, and prints the public keys as JSON.
    Init {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Writes every signed checkpoint and the public keys of their writers, for a check of the mirror; a running
    /// gateway goes on.
    Export {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The folder that gets checkpoints.jsonl and writers.json.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

#[derive(Args)]
struct ServeArgs {
    /// The configuration file; gateway.example.toml shows every key.
    #[arg(long, value_name = "FILE", required = true)]
    config: Option<PathBuf>,
    /// What this process does, separated by commas: ingress takes webhooks, relay serves phones, poster delivers.
    #[arg(long, value_name = "ROLES", default_value = "ingress,relay,poster")]
    roles: Roles,
    /// Listens here instead of where the configuration says; port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Writes the address that it listens on to this file, once it does.
    #[arg(long, value_name = "FILE")]
    address_file: Option<PathBuf>,
    /// What goes to standard error: error, warn, info, debug or trace. No level shows content, numbers or names.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log: tracing::Level,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let (config, command) = match (&cli.command, &cli.serve.config) {
        (Some(Command::Init { config } | Command::Export { config, .. }), _) => {
            (config, &cli.command)
        }
        (None, Some(config)) => (config, &None),
        (None, None) => return ExitCode::from(2),
    };
    let config = match Config::load(config) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("companion-gateway: {error}");
            return ExitCode::from(2);
        }
    };
    let result = match command {
        Some(Command::Init { .. }) => init(&config.keys),
        Some(Command::Export { out, .. }) => export(&config, out).map_err(Into::into),
        None => run(config, cli.serve).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("companion-gateway: {error}");
            ExitCode::FAILURE
        }
    }
}

fn init(path: &Path) -> Result<(), Box<dyn Error>> {
    let keys = if path.exists() {
        Keys::load(path)?
    } else {
        Keys::create(path, &SystemRandom)?
    };
    println!("{}", serde_json::to_string_pretty(&keys.public())?);
    Ok(())
}

async fn run(mut config: Config, args: ServeArgs) -> Result<(), Box<dyn Error>> {
    // Other crates log addresses and headers, so only this one is heard.
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(format!("companion_gateway={}", args.log)))
        .with_writer(std::io::stderr)
        .init();
    config.roles = args.roles;
    config.listen = args.listen.unwrap_or(config.listen);
    let gateway = serve(
        config,
        Parts {
            clock: Clock::new(now),
            random: Arc::new(SystemRandom),
            faults: FaultPoints::default(),
            shutdown: stop_signal()?,
        },
    )
    .await?;
    tracing::info!(address = %gateway.address(), "listening");
    if let Some(path) = args.address_file {
        write_whole(&path, &gateway.address().to_string())?;
    }
    gateway.stopped().await;
    Ok(())
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let ms = since.map_or(0, |since| since.as_millis());
    Timestamp::from_ms(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// Becomes `true` at the first SIGTERM or ctrl-c.
fn stop_signal() -> std::io::Result<watch::Receiver<bool>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (stop, stopping) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.send_replace(true);
        // Kept until the process ends: a sender that is gone would read as a stop that was never asked for.
        std::future::pending::<()>().await;
    });
    Ok(stopping)
}

/// Readers see the whole file or none.
fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let part = path.with_extension("part");
    fs::write(&part, text)?;
    fs::rename(part, path)
}
