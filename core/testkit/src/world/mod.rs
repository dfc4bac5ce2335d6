//! One company, one phone, one CRM and one WhatsApp number, as real processes on the loopback.

mod start;
mod target;

pub use self::start::APP_SECRET;
use self::start::{GRAPH_TOKEN, TENANT, gateway_config, start_crm, start_gateway, start_phone};
use crate::{
    channel::whatsapp::{self, Disorder, Number, WhatsApp},
    clock::Pace,
    kill::KillAt,
    network::{self, Plan},
    phone::Command,
    process::Child,
    tenant::Tenant,
};
use companion_crypto::random::{Random, SystemRandom};
use companion_domain::{
    grant::{GrantedAccount, Mode},
    id::{AccountId, ChannelId, EnrolmentId},
};
use companion_gateway::Keys;
use serde_json::Value;
use std::{
    error::Error,
    fs,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

/// Anything that can go wrong in a run, with its reason.
pub type Failure = Box<dyn Error>;

/// How long a gateway may take to learn of a phone.
const JOINING: Duration = Duration::from_secs(60);

/// Where records go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum TargetKind {
    /// kintone's calls.
    Kintone,
    /// A generic webhook.
    Webhook,
}

/// Where records go, with what is needed to get there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The sandbox, by kintone's calls.
    Kintone,
    /// The sandbox, by its webhook receiver.
    Webhook,
    /// Somebody else's webhook.
    Elsewhere {
        /// Its address.
        url: String,
        /// Its `whsec_…` secret.
        secret: String,
    },
}

impl From<TargetKind> for Target {
    fn from(kind: TargetKind) -> Self {
        match kind {
            TargetKind::Kintone => Self::Kintone,
            TargetKind::Webhook => Self::Webhook,
        }
    }
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
    pub target: Target,
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

impl Options {
    /// What the phone shares with its extensions.
    pub fn shared(&self) -> PathBuf {
        self.folder.join("shared")
    }
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
    /// The address of the number's webhook.
    pub hook: String,
    crm: Child,
    crm_control: String,
    crm_url: String,
    gateway_address: SocketAddr,
    client: reqwest::Client,
}

impl World {
    /// Starts everything; the phone joins the company.
    ///
    /// # Errors
    /// If a process does not start.
    pub async fn start(options: Options) -> Result<Self, Failure> {
        Self::start_with_kills(options, Vec::new()).await
    }

    /// As [`World::start`], but the phone dies at each of `kills` before it joins for good.
    ///
    /// # Errors
    /// If a process does not start, or the phone does not die where it should.
    pub async fn start_with_kills(
        mut options: Options,
        kills: Vec<KillAt>,
    ) -> Result<Self, Failure> {
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
        let gateway_address = network::free_address()?;
        let hook = format!("http://{gateway_address}/hooks/whatsapp/testkit");
        let whatsapp = whatsapp::start(whatsapp::Options {
            number: options.number.clone(),
            hook: hook.clone(),
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
            log: Some(folder.join("logs/requests.log")),
        })
        .await?;
        let crm_url = match &options.target {
            Target::Kintone => format!("http://{}/k/v1", listening.listening),
            Target::Webhook => format!("http://{}/webhook", listening.listening),
            Target::Elsewhere { url, .. } => url.clone(),
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
        for kill in kills {
            if start_phone(&options, &network.url(), Some(kill.clone()))
                .await
                .is_ok()
            {
                return Err(format!("the kill at {kill} did not happen").into());
            }
            renew_enrolment(&mut options)?;
        }
        let mut phone = start_phone(&options, &network.url(), None).await?;
        // A gateway that does not know the phone yet keeps nothing for it.
        let deadline = Instant::now() + JOINING;
        while let Err(error) = phone.ask::<Value>(&Command::Sync).await {
            if Instant::now() > deadline {
                return Err(format!("the gateway does not learn of the phone: {error}").into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Self {
            options,
            whatsapp,
            network,
            phone,
            gateway,
            hook,
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

/// A joining that did not come to its end is begun anew under another id, as formats.md 1 wants.
fn renew_enrolment(options: &mut Options) -> Result<(), Failure> {
    let id = options.enrolment.as_str();
    let slots = options.folder.join("phone").join(id).join("slots.json");
    let grant = options
        .folder
        .join("gateway/grants")
        .join(format!("{id}.json"));
    if !slots.exists() {
        if grant.exists() {
            fs::remove_file(grant)?;
        }
        options.enrolment = fresh_enrolment();
    }
    Ok(())
}

/// A random id (UUIDv4).
pub fn fresh_enrolment() -> EnrolmentId {
    let mut bytes = [0u8; 16];
    SystemRandom.fill(&mut bytes);
    EnrolmentId::new(
        uuid::Builder::from_random_bytes(bytes)
            .into_uuid()
            .to_string(),
    )
}

/// The account that the company's number is.
pub fn account(number: &Number) -> GrantedAccount {
    GrantedAccount {
        channel: ChannelId::new("whatsapp"),
        account: AccountId::new(number.phone_number_id.clone()),
        mode: Mode::Mixed,
    }
}
