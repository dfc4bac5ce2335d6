//! A company in this process: gateway, CRM, a WhatsApp number and the network to the phone, on the loopback.

use crate::{
    clock::TestClock,
    error::{During, TestError},
    phone::Invitation,
};
use companion_adapters::crm::webhook::SigningSecret;
use companion_crypto::random::SystemRandom;
use companion_domain::{fault::FaultPoints, time::Timestamp};
use companion_engine::ports::{Attempt, Method, Request, Transport};
use companion_gateway::{Config, Gateway, Keys, Parts, serve};
use companion_testkit::{
    channel::whatsapp::{self, Disorder, Event, Number, What, WhatsApp},
    network::{self, Handle, Plan},
    ports::HttpTransport,
    sandbox::{self, Delivery},
    tenant::Tenant,
    world::account,
};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{runtime::Runtime, sync::watch};

const TENANT: &str = "acme";
const ACCOUNTS: [&str; 2] = ["106540352242922", "106540352242923"];
const APP_SECRET: &str = "testkit-app-secret";
const GRAPH_TOKEN: &str = "testkit-graph-token";
const WEBHOOK_SECRET: &str = "whsec_Y29tcGFuaW9uLXRlc3RraXQtc2VjcmV0LTAwMQ==";
/// The folder by which the gateway learns of phones.
const GRANTS: &str = "grants";
/// How long the CRM may take to tell what it holds.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where faults happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Place {
    /// Between the phone and the gateway.
    Network,
    /// At WhatsApp's Graph API.
    Channel,
    /// At the CRM.
    Target,
}

/// A company that runs in this process until it is stopped or freed. Its calls wait for their answer; give them a thread
/// that may wait.
#[derive(uniffi::Object)]
pub struct TestWorld {
    invitation: Invitation,
    clock: Arc<TestClock>,
    running: Mutex<Option<Running>>,
}

struct Running {
    house: House,
    runtime: Runtime,
}

struct House {
    whatsapp: WhatsApp,
    network: Handle,
    crm: Handle,
    gateway: Gateway,
    stop: watch::Sender<bool>,
}

#[uniffi::export]
impl TestWorld {
    /// Starts everything, with its files in `folder`, on `clock`. The company has two WhatsApp numbers, `106540352242922`
    /// and `106540352242923`, on which work and personal conversations mix; what is told to happen happens at the first.
    ///
    /// # Errors
    /// If something does not start.
    #[uniffi::constructor]
    pub fn new(folder: String, clock: Arc<TestClock>) -> Result<Arc<Self>, TestError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .during("a runtime")?;
        let folder = PathBuf::from(folder);
        let (house, company) = runtime.block_on(House::start(&folder, &clock))?;
        let invitation = Invitation {
            gateway: house.network.url(),
            company: serde_json::to_string(&company).during("the company")?,
            grants: folder.join(GRANTS).display().to_string(),
        };
        Ok(Arc::new(Self {
            invitation,
            clock,
            running: Mutex::new(Some(Running { house, runtime })),
        }))
    }

    /// What a phone needs to join.
    ///
    /// # Errors
    /// None.
    pub fn invitation(&self) -> Result<Invitation, TestError> {
        Ok(self.invitation.clone())
    }

    /// Lets things happen at the first number now: a JSON list such as
    /// `[{"inbound":{"from":{"phone":"819011112222","user_id":null,"name":"A"},"id":"wamid.1","content":{"text":{"text":"hi","reply_to":null}}}}]`.
    ///
    /// # Errors
    /// If it is no such list, or the world is stopped.
    pub fn happen(&self, what: String) -> Result<(), TestError> {
        let what: Vec<What> = serde_json::from_str(&what).during("what happens")?;
        let at = Timestamp::from_ms(self.clock.now_ms()?);
        let events = what.into_iter().map(|what| Event { at, what }).collect();
        self.with(|running| {
            running.house.whatsapp.emit(events);
            Ok(())
        })
    }

    /// How much of what happened the gateway was not told yet.
    ///
    /// # Errors
    /// If the world is stopped.
    pub fn pending(&self) -> Result<u64, TestError> {
        self.with(|running| Ok(running.house.whatsapp.pending() as u64))
    }

    /// Puts faults in force before it returns, as the JSON of the network's plan: `{}` for none, `{"offline":true}` for no connection,
    /// `{"rates":{"drop":1000}}` for an answer that is always lost after the request was applied.
    ///
    /// # Errors
    /// If it is no plan, or the world is stopped.
    pub fn set_faults(&self, place: Place, plan: String) -> Result<(), TestError> {
        let plan: Plan = serde_json::from_str(&plan).during("a plan")?;
        self.with(|running| {
            let house = &running.house;
            let server = match place {
                Place::Network => &house.network,
                Place::Channel => &house.whatsapp.graph,
                Place::Target => &house.crm,
            };
            running.runtime.block_on(server.set_faults(plan));
            Ok(())
        })
    }

    /// The records that the CRM holds, each once and as JSON, in the order in which they first came.
    ///
    /// # Errors
    /// If the world is stopped.
    pub fn crm_records(&self) -> Result<Vec<String>, TestError> {
        let deliveries = self.with(|running| {
            let url = format!("http://{}/_deliveries?after=0", running.house.crm.control);
            let answer = running.runtime.block_on(get(url))?;
            serde_json::from_slice::<Vec<Delivery>>(&answer).during("the CRM's records")
        })?;
        let first = deliveries.into_iter().filter(|delivery| delivery.first);
        Ok(first.map(|delivery| delivery.event.to_string()).collect())
    }

    /// The messages that WhatsApp took from the gateway, each as JSON, in order.
    ///
    /// # Errors
    /// If the world is stopped.
    pub fn channel_messages(&self) -> Result<Vec<String>, TestError> {
        let sent = self.with(|running| Ok(running.house.whatsapp.sent()))?;
        let texts = sent.iter().map(serde_json::to_string);
        texts.collect::<Result<_, _>>().during("the messages")
    }

    /// Ends everything; stopping twice is fine.
    ///
    /// # Errors
    /// None.
    pub fn stop(&self) -> Result<(), TestError> {
        let running = self.running().take();
        if let Some(Running { house, runtime }) = running {
            let House { gateway, stop, .. } = house;
            stop.send_replace(true);
            runtime.block_on(gateway.stopped());
            runtime.shutdown_background();
        }
        Ok(())
    }
}

impl TestWorld {
    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, act: impl FnOnce(&Running) -> Result<T, TestError>) -> Result<T, TestError> {
        let running = self.running();
        act(running.as_ref().ok_or("stopped").during("the world")?)
    }
}

impl Drop for TestWorld {
    /// Whoever frees it may not be allowed to wait.
    fn drop(&mut self) {
        if let Some(Running { house, runtime }) = self.running().take() {
            drop(house);
            runtime.shutdown_background();
        }
    }
}

impl House {
    async fn start(folder: &Path, clock: &Arc<TestClock>) -> Result<(Self, Tenant), TestError> {
        fs::create_dir_all(folder.join(GRANTS)).during("the folder")?;
        let address = network::free_address().during("an address")?;
        let crm = sandbox::start(sandbox::Options {
            app: 1,
            token: String::new(),
            secrets: SigningSecret::parse(WEBHOOK_SECRET).into_iter().collect(),
            plan: Plan::default(),
            clock: clock.clock(),
            data: None,
        });
        let crm = crm.await.during("the CRM")?;
        let whatsapp = whatsapp::start(whatsapp::Options {
            number: number(ACCOUNTS[0]),
            hook: format!("http://{address}/hooks/whatsapp/{TENANT}"),
            app_secret: APP_SECRET.into(),
            token: GRAPH_TOKEN.into(),
            disorder: Disorder::default(),
            plan: Plan::default(),
            clock: clock.clock(),
            log: None,
        });
        let whatsapp = whatsapp.await.during("WhatsApp")?;
        let network = network::start(network::Options {
            routes: vec![("/".into(), format!("http://{address}"))],
            plan: Plan::default(),
            clock: clock.clock(),
            log: None,
        });
        let network = network.await.during("the network")?;

        let keys = Keys::create(&folder.join("keys.json"), &SystemRandom).during("the keys")?;
        let accounts = ACCOUNTS.map(|id| account(&number(id))).into();
        let now = clock.clock().now();
        let company = Tenant::create(&SystemRandom, TENANT, keys.public().ingress, accounts, now);
        let company = company.during("the company")?;

        let path = folder.join("gateway.toml");
        let config = config(address, &network, &whatsapp.graph, &crm);
        fs::write(&path, config).during("the configuration")?;
        let config = Config::load(&path).during("the configuration")?;
        let (stop, shutdown) = watch::channel(false);
        let parts = Parts {
            clock: clock.clock(),
            random: Arc::new(SystemRandom),
            faults: FaultPoints::default(),
            shutdown,
        };
        let house = Self {
            whatsapp,
            network,
            crm,
            gateway: serve(config, parts).await.during("the gateway")?,
            stop,
        };
        Ok((house, company))
    }
}

fn number(id: &str) -> Number {
    Number {
        waba_id: "102290129340398".into(),
        phone_number_id: id.into(),
        phone: "815012345678".into(),
    }
}

fn config(address: SocketAddr, network: &Handle, graph: &Handle, crm: &Handle) -> String {
    let (network, graph, crm) = (network.url(), graph.url(), crm.url());
    let accounts = ACCOUNTS.map(|id| {
        format!(
            r#"
[[account]]
channel = "whatsapp"
id = "{id}"
mode = "mixed"
send = {{ base_url = "{graph}", version = "v24.0", token = "{GRAPH_TOKEN}" }}
"#
        )
    });
    format!(
        r#"
listen = "{address}"
database = "gateway.db"
keys = "keys.json"
tenant = "{TENANT}"
public_url = "{network}"
test_grants = "{GRANTS}"
[[hook]]
channel = "whatsapp"
name = "{TENANT}"
secret = "{APP_SECRET}"
verify_token = "verify-me"
{}
[[target]]
name = "crm"
kind = "webhook"
url = "{crm}/webhook"
secret = "{WEBHOOK_SECRET}"
"#,
        accounts.concat()
    )
}

async fn get(url: String) -> Result<Vec<u8>, TestError> {
    let request = Request {
        method: Method::Get,
        url,
        headers: Vec::new(),
        body: Vec::new(),
    };
    let transport = HttpTransport::new().during("a client")?;
    match transport.exchange(request, PATIENCE).await {
        Attempt::Answered(answer) => Ok(answer.body),
        Attempt::NotSent | Attempt::Lost => Err("no answer").during("the control address"),
    }
}
