//! One company, one phone, one CRM and one WhatsApp number, as real processes on the loopback.

use crate::{
    channel::whatsapp::{self, Disorder, Number, WhatsApp},
    clock::Pace,
    kill::KillAt,
    network::{self, Plan, Stats},
    phone::Command,
    process::{Child, ChildError},
    tenant::Tenant,
};
use companion_adapters::{
    crm::kintone,
    http::{Attempt, Method, Request, Token},
};
use companion_crypto::random::SystemRandom;
use companion_domain::{
    grant::{GrantedAccount, Mode},
    id::{AccountId, ChannelId, EnrolmentId},
    record::Envelope,
};
use companion_gateway::Keys;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::{
    error::Error,
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Anything that can go wrong in a run, with its reason.
pub type Failure = Box<dyn Error>;

/// How long a gateway may take to learn of a phone.
const JOINING: Duration = Duration::from_secs(20);
const APP: u64 = 12;
const APP_TOKEN: &str = "sandbox-app-token";
const WEBHOOK_SECRET: &str = "whsec_Y29tcGFuaW9uLXRlc3RraXQtc2VjcmV0LTAwMQ==";
const APP_SECRET: &str = "testkit-app-secret";
const GRAPH_TOKEN: &str = "testkit-graph-token";
const TENANT: &str = "acme";

/// Where records go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum TargetKind {
    /// kintone's calls.
    Kintone,
    /// A generic webhook.
    Webhook,
}

/// Which program serves as the gateway.
#[derive(Clone, Debug)]
pub enum GatewayProgram {
    /// The product's own binary, on the wall's clock.
    Product(PathBuf),
    /// The same gateway with fault points and the run's clock.
    WithFaultPoints,
}

/// How a world is set up.
pub struct Options {
    /// The folder of everything.
    pub folder: PathBuf,
    /// Where records go.
    pub target: TargetKind,
    /// Every process's clock.
    pub pace: Pace,
    /// The company's number.
    pub number: Number,
    /// How unruly webhooks come.
    pub disorder: Disorder,
    /// The gateway's program.
    pub gateway: GatewayProgram,
    /// The enrolment's id.
    pub enrolment: EnrolmentId,
}

/// Everything that runs.
pub struct World {
    /// How it was set up.
    pub options: Options,
    /// WhatsApp's side.
    pub whatsapp: WhatsApp,
    /// The network between phone and gateway.
    pub network: network::Handle,
    /// The phone.
    pub phone: Child,
    /// The gateway.
    pub gateway: Child,
    crm: Child,
    crm_control: String,
    crm_url: String,
    gateway_address: SocketAddr,
    client: reqwest::Client,
}

#[derive(Deserialize)]
struct CrmListening {
    listening: SocketAddr,
    control: SocketAddr,
}

impl World {
    /// Starts everything; the phone joins the company.
    ///
    /// # Errors
    /// If a process does not start.
    pub async fn start(options: Options) -> Result<Self, Failure> {
        let folder = options.folder.clone();
        for name in [
            "gateway",
            "gateway/grants",
            "phone",
            "keystore",
            "crm",
            "logs",
        ] {
            fs::create_dir_all(folder.join(name))?;
        }
        let client = network::client()?;
        let (crm, listening) = start_crm(&options).await?;
        let gateway_address = free_address()?;
        let hook = format!("http://{gateway_address}/hooks/whatsapp/testkit");
        let whatsapp = whatsapp::start(whatsapp::Options {
            number: options.number.clone(),
            hook,
            app_secret: APP_SECRET.into(),
            token: GRAPH_TOKEN.into(),
            disorder: options.disorder,
            plan: Plan::default(),
            clock: options.pace.clock(),
            log: Some(folder.join("hooks.jsonl")),
        })
        .await?;
        let network = network::start(network::Options {
            routes: vec![("/".into(), format!("http://{gateway_address}"))],
            plan: Plan::default(),
            clock: options.pace.clock(),
            log: None,
        })
        .await?;
        let crm_url = match options.target {
            TargetKind::Kintone => format!("http://{}/k/v1", listening.listening),
            TargetKind::Webhook => format!("http://{}/webhook", listening.listening),
        };
        let config = gateway_config(&options, &network.url(), &whatsapp.graph.url(), &crm_url);
        fs::write(folder.join("gateway/gateway.toml"), config)?;
        let keys = Keys::create(&folder.join("gateway/keys.json"), &SystemRandom)?;
        let tenant = Tenant::create(
            &SystemRandom,
            TENANT,
            keys.public().ingress,
            vec![account(&options.number)],
            options.pace.clock().now(),
        )?;
        fs::write(folder.join("tenant.json"), serde_json::to_vec(&tenant)?)?;
        let gateway = start_gateway(&options, gateway_address, None).await?;
        let mut phone = start_phone(&options, &network.url(), None).await?;
        // A gateway that does not know the phone yet keeps nothing for it.
        let deadline = Instant::now() + JOINING;
        while phone.ask::<Value>(&Command::Sync).await.is_err() {
            if Instant::now() > deadline {
                return Err("the gateway does not learn of the phone".into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Self {
            options,
            whatsapp,
            network,
            phone,
            gateway,
            crm,
            crm_control: format!("http://{}", listening.control),
            crm_url,
            gateway_address,
            client,
        })
    }

    /// Starts the phone again; it ends at `kill`.
    ///
    /// # Errors
    /// If it does not open, or ends at once because `kill` lies in its opening.
    pub async fn restart_phone(&mut self, kill: Option<KillAt>) -> Result<(), Failure> {
        self.phone.kill().await;
        self.phone = start_phone(&self.options, &self.network.url(), kill).await?;
        Ok(())
    }

    /// Starts the gateway again at the same address; it ends at `kill`.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn restart_gateway(&mut self, kill: Option<KillAt>) -> Result<(), Failure> {
        self.gateway.kill().await;
        self.gateway = start_gateway(&self.options, self.gateway_address, kill).await?;
        Ok(())
    }

    /// Sets what goes wrong at the CRM.
    ///
    /// # Errors
    /// If the CRM's control address does not answer.
    pub async fn set_crm_faults(&self, plan: &Plan) -> Result<(), Failure> {
        self.control(Method::Post, "/_faults", serde_json::to_vec(plan)?)
            .await?;
        Ok(())
    }

    /// What the CRM has seen.
    ///
    /// # Errors
    /// If the CRM's control address does not answer.
    pub async fn crm_stats(&self) -> Result<Stats, Failure> {
        self.ask_crm("/_stats").await
    }

    /// Everything that the target holds, in the order in which it first arrived, each as often as it is held.
    ///
    /// # Errors
    /// If the target does not answer, or holds something that is no record.
    pub async fn target_holds(&self) -> Result<Vec<Envelope>, Failure> {
        match self.options.target {
            TargetKind::Kintone => self.kintone_rows().await,
            TargetKind::Webhook => self.webhook_deliveries().await,
        }
    }

    async fn kintone_rows(&self) -> Result<Vec<Envelope>, Failure> {
        let config = kintone_config(&self.crm_url);
        let mut held = Vec::new();
        let mut after = 0;
        loop {
            let rows = self.kintone_page(&config, after).await?;
            let Some(last) = rows.last() else {
                return Ok(held);
            };
            after = last.id;
            for row in &rows {
                held.push(row.envelope().ok_or("a row without its envelope")?);
            }
        }
    }

    /// A page, asked for again where a fault hits the question.
    async fn kintone_page(
        &self,
        config: &kintone::Config,
        after: u64,
    ) -> Result<Vec<kintone::Row>, Failure> {
        let mut last = String::new();
        for _ in 0..50 {
            let attempt = network::send(&self.client, config.list(after)).await;
            match config.rows(&attempt, self.options.pace.clock().now()) {
                Ok(rows) => return Ok(rows),
                Err(outcome) => last = format!("the CRM answers {outcome:?}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(last.into())
    }

    async fn webhook_deliveries(&self) -> Result<Vec<Envelope>, Failure> {
        let deliveries: Vec<crate::sandbox::Delivery> =
            self.ask_crm("/_deliveries?after=0").await?;
        // A receiver keeps the first delivery of each id (Standard Webhooks), so repeats are no doubles.
        let first = deliveries.into_iter().filter(|delivery| delivery.first);
        first
            .map(|delivery| Ok(serde_json::from_value(delivery.event)?))
            .collect()
    }

    async fn ask_crm<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let body = self.control(Method::Get, path, Vec::new()).await?;
        Ok(serde_json::from_slice(&body)?)
    }

    async fn control(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let request = Request {
            method,
            url: format!("{}{path}", self.crm_control),
            headers: vec![("content-type".into(), "application/json".into())],
            body,
        };
        match network::send(&self.client, request).await {
            Attempt::Answered(answer) if answer.status < 300 => Ok(answer.body),
            _ => Err("the CRM's control address does not answer".into()),
        }
    }

    /// The names and numbers of the processes that run.
    pub fn processes(&self) -> Vec<(&'static str, u32)> {
        let children = [
            ("gateway", &self.gateway),
            ("phone", &self.phone),
            ("CRM", &self.crm),
        ];
        children
            .iter()
            .filter_map(|(name, child)| Some((*name, child.id()?)))
            .collect()
    }

    /// Ends everything.
    pub async fn stop(mut self) {
        for child in [&mut self.phone, &mut self.gateway, &mut self.crm] {
            child.kill().await;
        }
    }
}

/// The account that the company's number is.
pub fn account(number: &Number) -> GrantedAccount {
    GrantedAccount {
        channel: ChannelId::new("whatsapp"),
        account: AccountId::new(number.phone_number_id.clone()),
        mode: Mode::Mixed,
    }
}

async fn start_crm(options: &Options) -> Result<(Child, CrmListening), Failure> {
    let folder = &options.folder;
    let app = APP.to_string();
    let pace = options.pace.to_string();
    let data = path_text(&folder.join("crm"));
    let arguments = arguments(&[
        "crm",
        "--app",
        &app,
        "--token",
        APP_TOKEN,
        "--secret",
        WEBHOOK_SECRET,
        "--pace",
        &pace,
        "--data",
        &data,
    ]);
    let mut crm = Child::start("CRM", &program()?, &arguments, &folder.join("logs/crm.log"))?;
    let listening = crm.hear().await?;
    Ok((crm, listening))
}

async fn start_gateway(
    options: &Options,
    address: SocketAddr,
    kill: Option<KillAt>,
) -> Result<Child, Failure> {
    let folder = &options.folder;
    let config = path_text(&folder.join("gateway/gateway.toml"));
    let address = address.to_string();
    let pace = options.pace.to_string();
    let reached = path_text(&folder.join("reached"));
    let log = folder.join("logs/gateway.log");
    match &options.gateway {
        GatewayProgram::Product(program) => {
            let file = folder.join("gateway/address");
            // The file of an earlier start would say that this one listens already.
            let _ = fs::remove_file(&file);
            let file_text = path_text(&file);
            let arguments = arguments(&[
                "--config",
                &config,
                "--listen",
                &address,
                "--address-file",
                &file_text,
            ]);
            let mut gateway = Child::start("gateway", program, &arguments, &log)?;
            while !file.exists() {
                if gateway.ended() {
                    return Err("the gateway ended before it listened".into());
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            Ok(gateway)
        }
        GatewayProgram::WithFaultPoints => {
            let mut arguments = arguments(&[
                "gateway",
                "--config",
                &config,
                "--listen",
                &address,
                "--pace",
                &pace,
                "--reached",
                &reached,
            ]);
            add_kill(&mut arguments, kill);
            let mut gateway = Child::start("gateway", &program()?, &arguments, &log)?;
            let _: Value = gateway.hear().await?;
            Ok(gateway)
        }
    }
}

async fn start_phone(
    options: &Options,
    gateway: &str,
    kill: Option<KillAt>,
) -> Result<Child, Failure> {
    let folder = &options.folder;
    let text = |name: &str| path_text(&folder.join(name));
    let pace = options.pace.to_string();
    let mut arguments = arguments(&[
        "phone",
        "--root",
        &text("phone"),
        "--enrolment",
        options.enrolment.as_str(),
        "--keystore",
        &text("keystore"),
        "--tenant",
        &text("tenant.json"),
        "--gateway",
        gateway,
        "--grants",
        &text("gateway/grants"),
        "--pace",
        &pace,
        "--reached",
        &text("reached"),
    ]);
    add_kill(&mut arguments, kill);
    let mut phone = Child::start(
        "phone",
        &program()?,
        &arguments,
        &folder.join("logs/phone.log"),
    )?;
    let _: Value = phone.hear().await?;
    Ok(phone)
}

fn add_kill(arguments: &mut Vec<String>, kill: Option<KillAt>) {
    if let Some(kill) = kill {
        arguments.extend(["--kill".to_owned(), kill.to_string()]);
    }
}

fn gateway_config(options: &Options, public_url: &str, graph: &str, crm: &str) -> String {
    let target = match options.target {
        TargetKind::Kintone => format!(
            "kind = \"kintone\"\nbase_url = \"{crm}\"\napp = {APP}\ntoken = \"{APP_TOKEN}\"\n"
        ),
        TargetKind::Webhook => {
            format!("kind = \"webhook\"\nurl = \"{crm}\"\nsecret = \"{WEBHOOK_SECRET}\"\n")
        }
    };
    let account = &options.number.phone_number_id;
    format!(
        "listen = \"127.0.0.1:0\"\ndatabase = \"gateway.db\"\nkeys = \"keys.json\"\n\
         tenant = \"{TENANT}\"\npublic_url = \"{public_url}\"\ntest_grants = \"grants\"\n\n\
         [[hook]]\nchannel = \"whatsapp\"\nname = \"testkit\"\nsecret = \"{APP_SECRET}\"\n\
         verify_token = \"testkit-verify\"\n\n\
         [[account]]\nchannel = \"whatsapp\"\nid = \"{account}\"\nmode = \"mixed\"\n\
         send = {{ base_url = \"{graph}\", version = \"v24.0\", token = \"{GRAPH_TOKEN}\" }}\n\n\
         [[target]]\nname = \"crm\"\n{target}"
    )
}

fn kintone_config(base_url: &str) -> kintone::Config {
    kintone::Config {
        base_url: base_url.to_owned(),
        app: APP,
        token: Token::new(APP_TOKEN),
        fields: kintone::Fields::default(),
    }
}

/// A port that was free a moment ago: a restarted gateway must come back where its callers look for it.
fn free_address() -> Result<SocketAddr, Failure> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

fn program() -> Result<PathBuf, ChildError> {
    std::env::current_exe().map_err(|cause| ChildError::Start {
        name: "testkit".into(),
        cause,
    })
}

fn arguments(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
