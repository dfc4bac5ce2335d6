//! The whole way with a gateway that runs in this process: WhatsApp's hook, real HTTP, real files, a CRM.

use crate::{
    forge,
    phone::{ACCOUNT, Phone, TENANT, Time, tenant, until},
};
use companion_adapters::crm::webhook::SigningSecret;
use companion_crypto::random::SystemRandom;
use companion_domain::{
    event::DeliveryState, fault::FaultPoints, grant::Mode, id::Key, record::Envelope,
};
use companion_engine::values::{BindTo, IngestInput};
use companion_gateway::{Config, Gateway, Keys, Parts, serve};
use companion_testkit::{
    channel::whatsapp::{self, Content, Customer, Disorder, Event, Number, What, WhatsApp},
    network::{self, Fault, Handle, Plan},
    ports::HttpTransport,
    sandbox,
};
use serde_json::json;
use std::{fs, sync::Arc};
use tempfile::TempDir;
use tokio::sync::watch;

const PEER: &str = "819011112222";
const APP_SECRET: &str = "app-secret-demo";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

struct House {
    time: Time,
    whatsapp: WhatsApp,
    crm: Handle,
    network: Handle,
    phone: Phone,
    client: reqwest::Client,
    _gateway: Gateway,
    _stop: watch::Sender<bool>,
    _folder: TempDir,
}

impl House {
    async fn new() -> Self {
        let (time, folder) = (Time::new(), tempfile::tempdir().unwrap());
        let address = network::free_address().unwrap();
        let crm = sandbox::Options {
            app: 1,
            token: String::new(),
            secrets: vec![SigningSecret::parse(SECRET).unwrap()],
            plan: Plan::default(),
            clock: time.clock(),
            data: None,
        };
        let crm = sandbox::start(crm).await.unwrap();
        let whatsapp = whatsapp::Options {
            number: Number {
                waba_id: "102290129340398".into(),
                phone_number_id: ACCOUNT.into(),
                phone: "815012345678".into(),
            },
            hook: format!("http://{address}/hooks/whatsapp/acme"),
            app_secret: APP_SECRET.into(),
            token: "graph-token".into(),
            disorder: Disorder::default(),
            plan: Plan::default(),
            clock: time.clock(),
            log: None,
        };
        let whatsapp = whatsapp::start(whatsapp).await.unwrap();
        let network = network::Options {
            routes: vec![("/".into(), format!("http://{address}"))],
            plan: Plan::default(),
            clock: time.clock(),
            log: None,
        };
        let network = network::start(network).await.unwrap();
        let (url, graph, target) = (network.url(), whatsapp.graph.url(), crm.url());
        let config = format!(
            r#"
listen = "{address}"
database = "gateway.db"
keys = "keys.json"
tenant = "{TENANT}"
public_url = "{url}"
test_grants = "grants"
[[hook]]
channel = "whatsapp"
name = "acme"
secret = "{APP_SECRET}"
verify_token = "verify-me"
[[account]]
channel = "whatsapp"
id = "{ACCOUNT}"
mode = "mixed"
send = {{ base_url = "{graph}", version = "v24.0", token = "graph-token" }}
[[target]]
name = "crm"
kind = "webhook"
url = "{target}/webhook"
secret = "{SECRET}"
"#
        );
        let grants = folder.path().join("grants");
        fs::create_dir(&grants).unwrap();
        fs::write(folder.path().join("gateway.toml"), config).unwrap();
        let keys = Keys::create(&folder.path().join("keys.json"), &SystemRandom).unwrap();
        let config = Config::load(&folder.path().join("gateway.toml")).unwrap();
        let (stop, shutdown) = watch::channel(false);
        let parts = Parts {
            clock: time.clock(),
            random: Arc::new(SystemRandom),
            faults: FaultPoints::default(),
            shutdown,
        };
        let gateway = serve(config, parts).await.unwrap();
        let tenant = tenant(keys.public().ingress, Mode::Mixed, &time);
        let transport = Arc::new(HttpTransport::new().unwrap());
        let phone = Phone::joined(&tenant, &grants, url, transport, &time, |_| {}).await;
        phone.accept().await;
        // What arrives before the gateway knows the phone is kept for nobody.
        until("the gateway knows the phone", async || {
            phone.sync().await.ok()
        })
        .await;
        Self {
            time,
            whatsapp,
            crm,
            network,
            phone,
            client: network::client().unwrap(),
            _gateway: gateway,
            _stop: stop,
            _folder: folder,
        }
    }

    fn customer_writes(&self, id: &str, text: &str) {
        let event = Event {
            at: self.time.now(),
            what: What::Inbound {
                from: Customer {
                    phone: Some(PEER.into()),
                    user_id: None,
                    name: "山田".into(),
                },
                id: id.into(),
                content: Content::Text {
                    text: text.into(),
                    reply_to: None,
                },
            },
        };
        self.whatsapp.emit(vec![event]);
    }

    /// What the CRM holds, in the order in which it first came.
    async fn held(&self) -> Vec<Envelope> {
        let url = format!("http://{}/_deliveries?after=0", self.crm.control);
        let answer = self.client.get(url).send().await.unwrap();
        let deliveries: Vec<sandbox::Delivery> =
            serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        let first = deliveries.into_iter().filter(|one| one.first);
        first
            .map(|one| serde_json::from_value(one.event).unwrap())
            .collect()
    }

    /// Synchronises until nothing is under way and the CRM holds all that was recorded.
    async fn settled(&self) -> Vec<Envelope> {
        until("everything is with the CRM", async || {
            self.phone.sync().await.ok()?;
            let state = self.phone.client.state().unwrap();
            let held = self.held().await;
            let done = self.whatsapp.pending() == 0
                && state.undelivered + state.waiting_messages == 0
                && held.len() as u64 == state.recorded;
            done.then_some(held)
        })
        .await
    }

    async fn talk(&self) -> Key {
        let chat = self.phone.bind(PEER, BindTo::Work).await.conversation;
        self.customer_writes("wamid.hello", "こんにちは");
        until("the greeting is here", async || {
            self.phone.sync().await.ok()?;
            (!self.phone.texts(&chat).await.is_empty()).then_some(())
        })
        .await;
        chat
    }
}

#[tokio::test]
async fn a_talk_goes_both_ways_and_into_the_crm_once_and_in_order() {
    let house = House::new().await;
    let chat = house.talk().await;
    house.phone.send(&chat, "はい").await;
    let read = until("the answer is read", async || {
        house.phone.sync().await.ok()?;
        let messages = house.phone.messages(&chat).await;
        let last = messages.last()?.delivery()?.clone();
        (last.state == DeliveryState::Read).then_some(messages.len())
    })
    .await;
    assert_eq!(read, 2);
    assert_eq!(house.whatsapp.sent().len(), 1);
    let held = house.settled().await;
    let count = |kind: &str| {
        let of_kind = held.iter().filter(|one| one.data.record.kind == kind);
        of_kind.count()
    };
    assert_eq!((count("binding"), count("message")), (2, 2));
    let states = held
        .iter()
        .filter_map(|one| one.data.record.details.get("state"));
    let states: Vec<_> = states.filter_map(|state| state.as_str()).collect();
    for state in ["sent", "delivered", "read"] {
        assert_eq!(
            states.iter().filter(|told| **told == state).count(),
            1,
            "{states:?}"
        );
    }
    assert!(
        held.iter()
            .map(|one| one.data.record.conversation_seq)
            .is_sorted()
    );
}

#[tokio::test]
async fn an_answer_that_the_channel_lost_is_settled_by_its_status_or_by_the_employee() {
    let house = House::new().await;
    let chat = house.talk().await;
    let lost = Plan {
        rates: [(Fault::Drop, 1000)].into(),
        ..Plan::default()
    };
    house.whatsapp.graph.set_faults(lost).await;
    house.phone.send(&chat, "届いた").await;
    // The channel took it: its statuses prove that, whatever became of the answer.
    until("the statuses prove it", async || {
        house.phone.sync().await.ok()?;
        house.phone.queue().await.is_empty().then_some(())
    })
    .await;
    assert_eq!(house.whatsapp.sent().len(), 1);

    let away = Plan {
        rates: [(Fault::Reset, 1000)].into(),
        ..Plan::default()
    };
    house.whatsapp.graph.set_faults(away).await;
    house.phone.send(&chat, "届かない").await;
    let id = until("it is uncertain", async || {
        house.phone.sync().await.ok()?;
        let entry = house.phone.queue().await.pop()?;
        (entry.state == "uncertain").then_some(entry.id)
    })
    .await;
    house.whatsapp.graph.set_faults(Plan::default()).await;
    house.phone.resolve(id, "send_again").await.unwrap();
    house.settled().await;
    assert_eq!(house.whatsapp.sent().len(), 2);
    assert_eq!(house.phone.texts(&chat).await.len(), 3);
}

#[tokio::test]
async fn a_reaction_that_overtook_the_name_of_its_message_is_with_it_in_the_crm() {
    let house = House::new().await;
    let chat = house.talk().await;
    let ticket = house.phone.send(&chat, "はい").await;
    house.phone.sync().await.unwrap();
    let id = until("the channel has it", async || {
        house.whatsapp.sent().pop().map(|one| one.id)
    })
    .await;
    // The host itself hears of the reaction before the gateway tells how the send ended.
    let message = json!({"from": PEER, "id": "wamid.r", "timestamp": "1767323055",
        "type": "reaction", "reaction": {"message_id": id, "emoji": "👍"}});
    let raw = forge::hook("messages", ACCOUNT, json!({"messages": [message]}));
    let input = IngestInput {
        reader: "whatsapp_cloud".into(),
        raw: raw.into_bytes(),
    };
    house.phone.client.ingest(input).await.unwrap();
    assert_eq!(house.phone.messages(&chat).await.len(), 3);
    let held = house.settled().await;
    let messages = house.phone.messages(&chat).await;
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1].standing_reactions().len(), 1);
    let of = |kind: &str| -> Vec<_> {
        let records = held.iter().map(|one| &one.data.record);
        records.filter(|record| record.kind == kind).collect()
    };
    let (link, reactions) = (of("link"), of("reaction"));
    assert_eq!(
        (link.len(), reactions.len(), of("message").len()),
        (1, 2, 2)
    );
    assert_eq!(link[0].reply_to, ticket.message);
    let concerned: Vec<_> = reactions.iter().map(|one| one.reply_to.clone()).collect();
    assert_eq!(concerned, [link[0].supersedes.clone(), ticket.message]);
}

#[tokio::test]
async fn without_a_network_all_waits_and_then_goes_once() {
    let mut house = House::new().await;
    let chat = house.talk().await;
    house.network.set_faults(Plan::offline()).await;
    for n in 0..3 {
        house.phone.send(&chat, &format!("{n}")).await;
        assert!(house.phone.sync().await.is_err());
    }
    house.phone.restart().await;
    assert_eq!(house.phone.queue().await.len(), 3);
    house.network.set_faults(Plan::default()).await;
    house.settled().await;
    let sent = house.whatsapp.sent();
    let texts: Vec<_> = sent
        .iter()
        .map(|one| one.message["text"]["body"].clone())
        .collect();
    assert_eq!(texts, ["0", "1", "2"]);
}
