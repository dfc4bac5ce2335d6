//! A phone in a process of its own: the engine over test ports, told what to do by JSON lines.

mod command;

pub use command::{Command, Said};

use crate::{
    clock::Pace,
    kill,
    ports::{FileKeyStore, HttpTransport, TestDevice},
    tenant::Tenant,
};
use companion_crypto::random::SystemRandom;
use companion_domain::id::EnrolmentId;
use companion_engine::{
    CancelToken, CompanionClient, CompanionError, Surroundings, join,
    ports::Ports,
    values::{OpenOptions, SyncOptions},
};
use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::io::{AsyncBufReadExt, BufReader};

/// Arguments of the phone process.
#[derive(clap::Args)]
pub struct PhoneArgs {
    /// The folder of all enrolments.
    #[arg(long)]
    root: PathBuf,
    /// Which of them.
    #[arg(long)]
    enrolment: String,
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
    /// Its clock.
    #[arg(long)]
    pace: Pace,
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
    transport: Arc<HttpTransport>,
    pace: Pace,
    syncing: AtomicBool,
}

/// Opens the enrolment, joining first if there is none, says `{"ok":"open"}` and obeys one command a line.
///
/// # Errors
/// Those of the engine.
pub async fn run(args: PhoneArgs) -> Result<(), Box<dyn Error>> {
    let transport = Arc::new(HttpTransport::new()?);
    let ports = Ports {
        transport: transport.clone(),
        keys: Arc::new(FileKeyStore::new(&args.keystore)?),
        device: Arc::new(TestDevice),
    };
    let surroundings = Surroundings {
        clock: args.pace.clock(),
        random: Arc::new(SystemRandom),
        faults: kill::fault_points(args.kill.clone(), args.reached.clone()),
    };
    let options = OpenOptions {
        root: args.root.clone(),
        enrolment: EnrolmentId::new(args.enrolment.clone()),
    };
    let open = CompanionClient::open_with(options.clone(), ports.clone(), surroundings.clone());
    let client = match open.await {
        Err(CompanionError::NotEnrolled) => {
            enrol(&args, options.clone(), ports.clone(), surroundings.clone()).await?;
            CompanionClient::open_with(options, ports, surroundings).await?
        }
        opened => opened?,
    };
    let phone = Arc::new(Phone {
        client,
        transport,
        pace: args.pace,
        syncing: AtomicBool::new(false),
    });
    println!("{}", serde_json::json!({"ok": "open"}));
    tokio::spawn(keep_syncing(phone.clone()));
    obey_lines(phone).await
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
            Ok(command) => command::obey(&phone, command).await,
            Err(error) => Err(error.to_string()),
        };
        let answer = match answer {
            Ok(said) => serde_json::json!({"ok": said}),
            Err(error) => serde_json::json!({"error": error}),
        };
        println!("{answer}");
    }
    phone.client.close().await?;
    Ok(())
}

/// What an app in the foreground does: synchronise again and again, whatever the last time came to.
async fn keep_syncing(phone: Arc<Phone>) {
    let options = SyncOptions {
        deadline: Duration::from_secs(25),
        wait: Duration::from_secs(1),
    };
    loop {
        if phone.syncing.load(Ordering::Acquire) {
            let cancel = Arc::new(CancelToken::default());
            if let Err(error) = phone.client.sync_once(options, cancel).await {
                tracing::debug!(%error, "a synchronisation ended early");
            }
        }
        let pause = phone.pace.clock().real(Duration::from_secs(1));
        tokio::time::sleep(pause.max(Duration::from_millis(10))).await;
    }
}
