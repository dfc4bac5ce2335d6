//! A world to try the app in: a company's gateway, its CRM and a WhatsApp number as processes of their own on this
//! machine, customers who write now and then, and a phone that has joined. Everything ends with the app.
//!
//! Joining is the test kit's: it stands in for a company's invite and is no part of the app, which opens what is there.

mod customers;

use clap::{Parser, Subcommand};
use companion_engine::Surroundings;
use companion_terminal::{Options, run};
use companion_testkit::{
    channel::whatsapp::{Disorder, Number},
    clock::Pace,
    phone, process,
    world::{self, Failure, GatewayProgram, Target, World},
};
use std::{path::PathBuf, process::ExitCode};

/// Try the app in a world of its own: no account, no network.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    process: Option<Process>,
    /// An empty or new folder for everything, which is kept; else a new one that goes with the app
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// The processes of the world: each is this program, started by itself.
#[derive(Subcommand)]
#[command(hide = true)]
enum Process {
    Phone(phone::PhoneArgs),
    Gateway(process::gateway::GatewayArgs),
    Crm(process::crm::CrmArgs),
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = match arguments.process {
        Some(Process::Phone(args)) => phone::run(args).await,
        Some(Process::Gateway(args)) => process::gateway::run(args).await,
        Some(Process::Crm(args)) => process::crm::run(args).await,
        None => play(arguments.folder).await,
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn play(kept: Option<PathBuf>) -> Result<(), Failure> {
    let passing = tempfile::tempdir()?;
    let folder = kept.unwrap_or_else(|| passing.path().to_owned());
    if folder
        .read_dir()
        .is_ok_and(|mut inside| inside.next().is_some())
    {
        return Err("the folder is not empty: each world begins anew".into());
    }
    eprintln!("Starting a gateway, a CRM and a WhatsApp number …");
    let clock = Surroundings::system().clock;
    let mut world = World::start(world::Options {
        folder: folder.clone(),
        target: Target::Webhook,
        pace: Pace::starting(clock.now(), 1),
        number: Number {
            waba_id: "102290129340398".into(),
            phone_number_id: "106540352242922".into(),
            phone: "815012345678".into(),
        },
        disorder: Disorder::default(),
        gateway: GatewayProgram::WithFaultPoints,
        enrolment: world::fresh_enrolment(),
    })
    .await?;
    // Its process only joined; from here on the app is the phone.
    world.phone.kill().await;
    let app = run(Options {
        root: folder.join("phone"),
        keys: folder.join("keystore"),
        language: Options::language_of_system(),
    });
    let ended = tokio::select! {
        ended = app => ended,
        () = customers::write(&world.whatsapp, &clock) => Ok(()),
    };
    let held = world.target_holds().await?.len();
    world.stop().await;
    println!("The CRM held {held} records at the end.");
    Ok(ended?)
}
