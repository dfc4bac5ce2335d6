//! The world of one scenario, in this process but for the phone: gateway, CRM, two WhatsApp numbers and the network, all
//! on one clock that stands still until the scenario lets time pass.

use super::file::{Breach, Place};
use crate::{
    channel::whatsapp::{self, Disorder, Number, WhatsApp},
    clock::Dial,
    kill::KillAt,
    network::{self, Handle, Plan},
    process::Child,
    sandbox::{self, Delivery},
    tenant::Tenant,
    world::{Failure, account},
};
use companion_adapters::{
    channel::whatsapp::inbound,
    crm::webhook::SigningSecret,
    http::{Attempt, Method, Request},
};
use companion_crypto::random::SystemRandom;
use companion_domain::{fault::FaultPoints, record::Envelope, time::Timestamp};
use companion_gateway::{Config, Gateway, Keys, Parts, Proof, serve};
use serde_json::{Map, Value, json};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use tokio::sync::watch;

/// The company's accounts, as every scenario may write them. The first is meant where none is named.
pub(super) const ACCOUNTS: [&str; 2] = ["106540352242922", "106540352242923"];
/// Their numbers.
const PHONES: [&str; 2] = ["815012345678", "815087654321"];
const WABA: &str = "102290129340398";
const TENANT: &str = "acme";
const APP_SECRET: &str = "scenario-app-secret";
const GRAPH_TOKEN: &str = "scenario-graph-token";
const WEBHOOK_SECRET: &str = "whsec_Y29tcGFuaW9uLXNjZW5hcmlvcy1zZWNyZXQtMDE=";
/// 2026-01-02T03:04:05Z, when every scenario begins.
const BEGINNING: i64 = 1_767_323_045;
/// How long to wait before a condition is looked at again, in real time.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How much faster the channel's pauses pass: it has nothing to do in them.
const CHANNEL_SPEED: u32 = 50;

/// Everything but the phone.
pub(super) struct House {
    pub(super) dial: Dial,
    pub(super) numbers: Vec<WhatsApp>,
    pub(super) network: Handle,
    crm: Handle,
    hook: String,
    client: reqwest::Client,
    config: Config,
    _gateway: Gateway,
    _stop: watch::Sender<bool>,
    /// Dropped last: the others use it.
    folder: TempDir,
}

/// The program of the phone, and the arguments that stand before ours.
#[derive(Clone)]
pub(super) struct PhoneProgram {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
}

impl House {
    pub(super) async fn start() -> Result<Self, Failure> {
        let dial = Dial::at(Timestamp::from_seconds(BEGINNING));
        let folder = tempfile::tempdir()?;
        for name in ["gateway/grants", "phone", "keystore", "other"] {
            fs::create_dir_all(folder.path().join(name))?;
        }
        let crm = sandbox::start(sandbox::Options {
            app: 1,
            token: String::new(),
            secrets: vec![SigningSecret::parse(WEBHOOK_SECRET)?],
            plan: Plan::default(),
            clock: dial.clock(),
            data: None,
        })
        .await?;
        let address = network::free_address()?;
        let hook = format!("http://{address}/hooks/whatsapp/acme");
        let mut numbers = Vec::new();
        for number in all_numbers() {
            numbers.push(start_number(number, &hook, &dial).await?);
        }
        let network = network::start(network::Options {
            routes: vec![("/".into(), format!("http://{address}"))],
            plan: Plan::default(),
            clock: dial.clock(),
            log: None,
        })
        .await?;
        let config = folder.path().join("gateway/gateway.toml");
        fs::write(&config, text(address, &network, &numbers, &crm))?;
        let keys = Keys::create(&folder.path().join("gateway/keys.json"), &SystemRandom)?;
        let accounts = all_numbers().iter().map(account).collect();
        let ingress = keys.public().ingress;
        let tenant = Tenant::create(&SystemRandom, TENANT, ingress, accounts, dial.now())?;
        fs::write(
            folder.path().join("tenant.json"),
            serde_json::to_vec(&tenant)?,
        )?;
        let config = Config::load(&config)?;
        let (stop, shutdown) = watch::channel(false);
        let parts = Parts {
            clock: dial.clock(),
            random: Arc::new(SystemRandom),
            faults: FaultPoints::default(),
            shutdown,
        };
        Ok(Self {
            _gateway: serve(config.clone(), parts).await?,
            _stop: stop,
            client: network::client()?,
            dial,
            numbers,
            network,
            crm,
            hook,
            config,
            folder,
        })
    }

    /// Starts the phone of `enrolment`, whose files lie in `at`. It is killed at `kill`.
    pub(super) fn start_phone(
        &self,
        phone: &PhoneProgram,
        enrolment: &str,
        at: &str,
        kill: Option<&KillAt>,
    ) -> Result<Child, Failure> {
        let path = |name: &str| self.path(name).to_string_lossy().into_owned();
        let (keystore, tenant) = (path("keystore"), path("tenant.json"));
        let (root, grants) = (path(at), path("gateway/grants"));
        let (gateway, clock) = (self.network.url(), self.dial.now().ms().to_string());
        let mut arguments = phone.arguments.clone();
        for (name, value) in [
            ("--root", root.as_str()),
            ("--enrolment", enrolment),
            ("--keystore", &keystore),
            ("--tenant", &tenant),
            ("--gateway", &gateway),
            ("--grants", &grants),
            ("--clock-ms", &clock),
        ] {
            arguments.extend([name.to_owned(), value.to_owned()]);
        }
        if let Some(kill) = kill {
            arguments.extend(["--kill".to_owned(), kill.to_string()]);
        }
        let log = self.path("phone.log");
        Ok(Child::start("phone", &phone.program, &arguments, &log)?)
    }

    /// A file or folder of this world.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The place of a number among the others.
    pub(super) fn number(&self, account: Option<&str>) -> Result<&WhatsApp, Failure> {
        let at = place_of(account)?;
        self.numbers.get(at).ok_or_else(|| "no such account".into())
    }

    /// Lets the channel tell something in its own words; answers once the gateway has it.
    pub(super) async fn tell(
        &self,
        account: Option<&str>,
        field: &str,
        members: &Map<String, Value>,
    ) -> Result<(), Failure> {
        let at = place_of(account)?;
        let mut value = members.clone();
        // What concerns a business account as a whole names no number.
        if field != "account_update" {
            let (phone, id) = (PHONES.get(at), ACCOUNTS.get(at));
            let metadata = json!({"display_phone_number": phone, "phone_number_id": id});
            value.insert("messaging_product".into(), "whatsapp".into());
            value.insert("metadata".into(), metadata);
        }
        let changes = json!([{"field": field, "value": value}]);
        let body = json!({"object": "whatsapp_business_account",
            "entry": [{"id": WABA, "changes": changes}]});
        let body = body.to_string().into_bytes();
        let signature = whatsapp::signature(APP_SECRET, &body);
        let request = Request {
            method: Method::Post,
            url: self.hook.clone(),
            headers: vec![(inbound::SIGNATURE_HEADER.into(), signature)],
            body,
        };
        match network::send(&self.client, request).await {
            Attempt::Answered(answer) if answer.status == 200 => Ok(()),
            attempt => Err(format!("the gateway answers {attempt:?}").into()),
        }
    }

    /// The network between phone and gateway; off, it refuses connections and ends those that are open. Answers once
    /// that is so.
    pub(super) async fn set_network(&self, on: bool) {
        let plan = if on { Plan::default() } else { Plan::offline() };
        self.network.set_faults(plan).await;
    }

    /// Lets every request to a place go wrong, or none.
    pub(super) async fn set_fault(&self, place: Place, breach: Option<Breach>) {
        let plan = breach.map_or_else(Plan::default, |breach| Plan {
            rates: [(breach.what, 1000)].into(),
            retry_after_s: 90,
            ..Plan::default()
        });
        for server in self.servers(place) {
            server.set_faults(plan.clone()).await;
        }
    }

    /// How many requests to a place went wrong so far.
    pub(super) fn hits(&self, place: Place) -> u64 {
        let servers = self.servers(place).into_iter();
        servers
            .map(|server| server.stats().faults.values().sum::<u64>())
            .sum()
    }

    fn servers(&self, place: Place) -> Vec<&Handle> {
        match place {
            Place::Channel => self.numbers.iter().map(|number| &number.graph).collect(),
            Place::Crm => vec![&self.crm],
            Place::Network => vec![&self.network],
        }
    }

    /// What the CRM holds, in the order in which it first came: a receiver keeps the first of each id.
    pub(super) async fn held(&self) -> Result<Vec<Envelope>, Failure> {
        let url = format!("http://{}/_deliveries?after=0", self.crm.control);
        let answer = self.client.get(url).send().await?.bytes().await?;
        let deliveries: Vec<Delivery> = serde_json::from_slice(&answer)?;
        let first = deliveries.into_iter().filter(|one| one.first);
        first
            .map(|one| Ok(serde_json::from_value(one.event)?))
            .collect()
    }

    /// Lets `companionctl` compare what the CRM holds with the signed checkpoints; answers its report.
    pub(super) async fn proof(&self) -> Result<Value, Failure> {
        let mut records = String::new();
        for envelope in self.held().await? {
            records.push_str(&serde_json::to_string(&envelope)?);
            records.push('\n');
        }
        let proof = Proof::read(&self.config)?;
        let write = |name: &str, text: String| -> Result<PathBuf, Failure> {
            let path = self.path(name);
            fs::write(&path, text)?;
            Ok(path)
        };
        let records = write("records.jsonl", records)?;
        let checkpoints = write("checkpoints.jsonl", proof.checkpoints.join("\n"))?;
        let writers = write("writers.json", serde_json::to_string(&proof.writers)?)?;
        let output = tokio::process::Command::new(tool()?)
            .args(["mirror", "verify", "--records"])
            .arg(records)
            .arg("--checkpoints")
            .arg(checkpoints)
            .arg("--writers")
            .arg(writers)
            .output()
            .await?;
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

/// `companionctl`, which is built beside this program.
fn tool() -> Result<PathBuf, Failure> {
    let tool = std::env::current_exe()?.with_file_name("companionctl");
    if Path::new(&tool).exists() {
        Ok(tool)
    } else {
        Err("companionctl was not built".into())
    }
}

fn place_of(account: Option<&str>) -> Result<usize, Failure> {
    let mut known = ACCOUNTS.iter();
    let at = account.map_or(Some(0), |account| known.position(|one| *one == account));
    at.ok_or_else(|| "no such account".into())
}

fn all_numbers() -> Vec<Number> {
    let numbers = ACCOUNTS.iter().zip(PHONES);
    let number = |(account, phone): (&&str, &str)| Number {
        waba_id: WABA.into(),
        phone_number_id: (*account).into(),
        phone: phone.into(),
    };
    numbers.map(number).collect()
}

async fn start_number(number: Number, hook: &str, dial: &Dial) -> Result<WhatsApp, Failure> {
    let options = whatsapp::Options {
        number,
        hook: hook.to_owned(),
        app_secret: APP_SECRET.into(),
        token: GRAPH_TOKEN.into(),
        disorder: Disorder::default(),
        plan: Plan::default(),
        clock: dial.clock().with_speed(CHANNEL_SPEED),
        log: None,
    };
    Ok(whatsapp::start(options).await?)
}

/// The gateway's configuration.
fn text(address: SocketAddr, network: &Handle, numbers: &[WhatsApp], crm: &Handle) -> String {
    let mut text = format!(
        r#"
listen = "{address}"
database = "gateway.db"
keys = "keys.json"
tenant = "{TENANT}"
public_url = "{}"
test_grants = "grants"
[[hook]]
channel = "whatsapp"
name = "acme"
secret = "{APP_SECRET}"
verify_token = "scenario-verify"
[[target]]
name = "crm"
kind = "webhook"
url = "{}/webhook"
secret = "{WEBHOOK_SECRET}"
"#,
        network.url(),
        crm.url()
    );
    for (account, number) in ACCOUNTS.iter().zip(numbers) {
        let graph = number.graph.url();
        text.push_str(&format!(
            r#"[[account]]
channel = "whatsapp"
id = "{account}"
waba = "{WABA}"
mode = "mixed"
send = {{ base_url = "{graph}", version = "v24.0", token = "{GRAPH_TOKEN}" }}
"#
        ));
    }
    text
}
