//! `companion-testkit`: the processes of the demonstration and of the torture, and their runners.

use clap::{Parser, Subcommand};
use companion_testkit::{bench, demo, phone, process, scenario, torture};
use std::process::ExitCode;

#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The main job, told from start to end.
    Demo(demo::DemoArgs),
    /// Traffic, faults and kills, and what the target holds after them.
    Torture(torture::TortureArgs),
    /// The first numbers, beside plain SQLite.
    Bench(bench::BenchArgs),
    /// The scenarios of the formats, played with a phone of any language.
    Scenarios(scenario::ScenarioArgs),
    /// A phone, told what to do by JSON lines.
    Phone(phone::PhoneArgs),
    /// The gateway, on a clock and with fault points of the runner's choice.
    Gateway(process::gateway::GatewayArgs),
    /// The sandbox CRM.
    Crm(process::crm::CrmArgs),
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    let ended = match Arguments::parse().command {
        Command::Demo(args) => demo::run(args).await,
        Command::Torture(args) => torture::run(args).await,
        Command::Bench(args) => bench::run(args).await,
        Command::Scenarios(args) => scenario::run(args).await,
        Command::Phone(args) => phone::run(args).await,
        Command::Gateway(args) => process::gateway::run(args).await,
        Command::Crm(args) => process::crm::run(args).await,
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
