//! A phone in a process of its own: the engine over test ports, told what to do by JSON lines.

mod answer;
mod command;
mod failure;

pub use answer::{Said, Shown};
pub use command::Command;

use crate::{
    clock::{Dial, Pace},
    kill,
    ports::{CHEAP_GUESS, FileKeyStore, HttpTransport, TestDevice},
    tenant::Tenant,
};
use companion_crypto::random::SystemRandom;
use companion_domain::{
    id::EnrolmentId,
    time::{Clock, Timestamp},
};
use companion_engine::{
    CancelToken, ChangeStream, CompanionClient, CompanionError, Surroundings, join,
    ports::Ports,
    values::{OpenOptions, SyncOptions, SyncReport},
};
use serde_json::{Value, json};
use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    task::JoinHandle,
};

/// Arguments of the phone process.
#[derive(clap::Args)]
pub struct PhoneArgs {
    /// The folder of all enrolments.
    #[arg(long)]
    root: PathBuf,
    /// Which of them.
    #[arg(long)]
    enrolment: String,
    /// The folder that it shares with extensions.
    #[arg(long)]
    shared: Option<PathBuf>,
    /// The folder that stands for the phone's key hardware.
    #[arg(long)]
    keystore: PathBuf,
    /// The company, as a file.
    #[arg(long)]
    tenant: PathBuf,
    /// The gateway's address, as the invite names it.
    #[arg(long)]
    gateway: String,
    /// The folder by which the gateway learns of phones.
    #[arg(long)]
    grants: PathBuf,
    /// Its clock, if it runs.
    #[arg(long, required_unless_present = "clock_ms")]
    pace: Option<Pace>,
    /// Its clock, if it stands still until it is set: milliseconds since 1970.
    #[arg(long, conflicts_with = "pace")]
    clock_ms: Option<i64>,
    /// Where it ends: POINT:N.
    #[arg(long)]
    kill: Option<kill::KillAt>,
    /// The file that takes the names of the points that it reached.
    #[arg(long)]
    reached: Option<PathBuf>,
}

/// A running phone.
struct Phone {
    client: Arc<CompanionClient>,
    changes: Arc<ChangeStream>,
    transport: Arc<HttpTransport>,
    root: PathBuf,
    clock: Clock,
    /// The clock's hand, where it stands still.
    dial: Option<Dial>,
    syncing: AtomicBool,
    /// The synchronisation that `begin_sync` began.
    begun: Mutex<Option<Begun>>,
}

/// A synchronisation under way, and what ends it.
struct Begun {
    running: JoinHandle<Result<SyncReport, CompanionError>>,
    cancel: Arc<CancelToken>,
}

/// Opens the enrolment, joining first if there is none, says `{"ok":"open"}` and obeys one command a line. Where it cannot
/// be opened it says why and ends.
///
/// # Errors
/// Those of the ports and of the joining.
pub async fn run(args: PhoneArgs) -> Result<(), Box<dyn Error>> {
    let transport = Arc::new(HttpTransport::new()?);
    let ports = Ports {
        transport: transport.clone(),
        keys: Arc::new(FileKeyStore::new(&args.keystore)?),
        device: Arc::new(TestDevice::default()),
    };
    let (clock, dial) = args.clock();
    let surroundings = Surroundings {
        clock: clock.clone(),
        random: Arc::new(SystemRandom),
        faults: kill::fault_points(args.kill.clone(), args.reached.clone()),
        guess: CHEAP_GUESS,
    };
    let options = OpenOptions {
        root: args.root.clone(),
        enrolment: EnrolmentId::new(args.enrolment.clone()),
        shared: args.shared.clone(),
    };
    let open = CompanionClient::open_with(options.clone(), ports.clone(), surroundings.clone());
    let opened = match open.await {
        Err(CompanionError::NotEnrolled) => {
            enrol(&args, options.clone(), ports.clone(), surroundings.clone()).await?;
            CompanionClient::open_with(options, ports, surroundings).await
        }
        opened => opened,
    };
    let client = match opened {
        Ok(client) => client,
        Err(error) => {
            println!("{}", refused(failure::told(&error)));
            return Err(error.into());
        }
    };
    let phone = Arc::new(Phone {
        changes: client.changes(),
        client,
        transport,
        root: args.root,
        clock,
        dial,
        syncing: AtomicBool::new(false),
        begun: Mutex::default(),
    });
    println!("{}", json!({"ok": "open"}));
    tokio::spawn(keep_syncing(phone.clone()));
    obey_lines(phone).await
}

impl PhoneArgs {
    /// The clock, and its hand where it stands still.
    fn clock(&self) -> (Clock, Option<Dial>) {
        match (self.pace, self.clock_ms) {
            (Some(pace), _) => (pace.clock(), None),
            (None, at_ms) => {
                let dial = Dial::at(Timestamp::from_ms(at_ms.unwrap_or_default()));
                (dial.clock(), Some(dial))
            }
        }
    }
}

fn refused(why: Value) -> Value {
    json!({ "error": why })
}

async fn enrol(
    args: &PhoneArgs,
    options: OpenOptions,
    ports: Ports,
    surroundings: Surroundings,
) -> Result<(), Box<dyn Error>> {
    let tenant: Tenant = serde_json::from_slice(&fs::read(&args.tenant)?)?;
    let gateway = args.gateway.clone();
    let grants: &Path = &args.grants;
    let enrolment = options.enrolment.clone();
    join(options, ports, surroundings, |offer| {
        let grant = tenant.grant(&enrolment, offer, grants);
        let grant = grant.map_err(|_| CompanionError::NotPermitted {
            reason: companion_domain::reason::Code::GrantMissing,
        })?;
        Ok((grant, gateway))
    })
    .await?;
    Ok(())
}

async fn obey_lines(phone: Arc<Phone>) -> Result<(), Box<dyn Error>> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = match serde_json::from_str::<Command>(&line) {
            Ok(command) => match command::obey(&phone, command).await {
                Ok(said) => json!({ "ok": said }),
                Err(error) => refused(failure::told(&error)),
            },
            Err(error) => refused(failure::misunderstood(&error)),
        };
        println!("{answer}");
    }
    match phone.client.close().await {
        Err(CompanionError::Closed) | Ok(()) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What an app in the foreground does: synchronise again and again, whatever the last time came to.
async fn keep_syncing(phone: Arc<Phone>) {
    // Where the clock runs sixty times as fast as the wall's, this leaves a busy machine five seconds.
    let options = SyncOptions {
        deadline: Duration::from_secs(300),
        wait: Duration::from_secs(1),
    };
    loop {
        if phone.syncing.load(Ordering::Acquire) {
            let cancel = Arc::new(CancelToken::default());
            if let Err(error) = phone.client.sync_once(options, cancel).await {
                tracing::debug!(%error, "a synchronisation ended early");
            }
        }
        let pause = phone.clock.real(Duration::from_secs(1));
        tokio::time::sleep(pause.max(Duration::from_millis(10))).await;
    }
}
