//! What every test needs: a gateway in a folder of its own, phones, signed hooks, a clock in the test's hands.

use companion_crypto::{
    document,
    hash::hmac_sha256,
    hpke::{self, KeyPair, Purpose},
    random::{Random, SystemRandom},
    secret::Key,
    sign::{Algorithm, SigningKey, VerifyingKey},
};
use companion_domain::{
    fault::FaultPoints,
    time::{Clock, Timestamp},
};
use companion_gateway::{Config, Gateway, Keys, Parts, serve};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::SystemTime,
};
use tempfile::TempDir;
use tokio::sync::watch;

pub const ACCOUNT: &str = "106540352242922";
pub const OTHER_ACCOUNT: &str = "206540352242922";
pub const SECRET: &str = "app-secret-demo";
pub const TENANT: &str = "acme";
pub const PUBLIC_URL: &str = "https://gateway.example";
/// The clock's first reading.
const START: i64 = 1_767_323_045_000;

/// A gateway and what it is lent.
pub struct World {
    pub folder: TempDir,
    pub http: Client,
    pub ingress: VerifyingKey,
    pub address: String,
    /// The fault points that the gateway reached.
    pub reached: Arc<Mutex<BTreeSet<&'static str>>>,
    clock: Arc<AtomicI64>,
    speed: u32,
    running: Option<(Gateway, watch::Sender<bool>)>,
}

/// A phone, as far as the gateway can tell.
pub struct Phone {
    pub id: String,
    pub device: SigningKey,
    pub inbox: KeyPair,
}

/// A part of the queue, as a phone got it.
pub struct Page {
    pub inbox: String,
    pub items: Vec<Value>,
    pub next: u64,
    pub more: bool,
}

impl World {
    /// A gateway without targets.
    pub async fn new() -> Self {
        Self::with("").await
    }

    /// A gateway whose configuration ends with `more`.
    pub async fn with(more: &str) -> Self {
        Self::build(more, 1).await
    }

    /// As [`Self::with`], with a clock that runs `speed` times as fast as the world.
    pub async fn build(more: &str, speed: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_config(folder.path(), more);
        let keys = Keys::create(&folder.path().join("keys.json"), &SystemRandom).unwrap();
        let mut world = Self {
            ingress: keys.public().ingress,
            folder,
            http: client(),
            address: String::new(),
            reached: Arc::default(),
            clock: Arc::new(AtomicI64::new(START)),
            speed,
            running: None,
        };
        world.start().await;
        world
    }

    /// A folder for gateways in processes of their own. The phones' clock stands at the time of the call.
    pub fn outside(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_config(folder.path(), more);
        let keys = Keys::create(&folder.path().join("keys.json"), &SystemRandom).unwrap();
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap();
        Self {
            ingress: keys.public().ingress,
            folder,
            http: client(),
            address: String::new(),
            reached: Arc::default(),
            clock: Arc::new(AtomicI64::new(i64::try_from(now.as_millis()).unwrap())),
            speed: 1,
            running: None,
        }
    }

    /// Makes the keys anew, with the poster's secret in `poster-keys.json`.
    pub fn keys_apart(&self) {
        let path = |name| self.folder.path().join(name);
        let config = fs::read_to_string(path("gateway.toml")).unwrap();
        let config = format!("poster_keys = \"poster-keys.json\"\n{config}");
        fs::write(path("gateway.toml"), config).unwrap();
        fs::remove_file(path("keys.json")).unwrap();
        Keys::create_apart(&path("keys.json"), &path("poster-keys.json"), &SystemRandom).unwrap();
    }

    pub async fn start(&mut self) {
        let config = Config::load(&self.folder.path().join("gateway.toml")).unwrap();
        let (stop, shutdown) = watch::channel(false);
        let (clock, reached) = (self.clock.clone(), self.reached.clone());
        let parts = Parts {
            clock: Clock::new(move || Timestamp::from_ms(clock.load(Ordering::Relaxed)))
                .with_speed(self.speed),
            random: Arc::new(SystemRandom),
            faults: FaultPoints::new(move |name| {
                reached.lock().unwrap().insert(name);
            }),
            shutdown,
        };
        let gateway = serve(config, parts).await.unwrap();
        self.address = format!("http://{}", gateway.address());
        self.running = Some((gateway, stop));
    }

    pub async fn stop(&mut self) {
        if let Some((gateway, stop)) = self.running.take() {
            stop.send_replace(true);
            gateway.stopped().await;
        }
    }

    pub async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.clock.load(Ordering::Relaxed))
    }

    /// Lets the clock jump.
    pub fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// A phone bound to these accounts; returns once the gateway knows it.
    pub async fn phone(&self, accounts: &[&str]) -> Phone {
        let phone = Phone::new(accounts, self.folder.path());
        for _ in 0..200 {
            if self.ask_token(&phone.assertion(self.now())).await.status() == StatusCode::OK {
                return phone;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the gateway did not take the grant");
    }

    /// Delivers a body, signed.
    pub async fn hook(&self, body: &str) -> Response {
        self.hook_signed(body, SECRET).await
    }

    pub async fn hook_signed(&self, body: &str, secret: &str) -> Response {
        deliver(&self.http, &self.address, body, secret)
            .await
            .unwrap()
    }

    pub async fn ask_token(&self, assertion: &str) -> Response {
        let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
        self.http
            .post(self.url("/v1/token"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("grant_type={grant}&assertion={assertion}"))
            .send()
            .await
            .unwrap()
    }

    pub async fn token(&self, phone: &Phone) -> String {
        let answer = self.ask_token(&phone.assertion(self.now())).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let answer: Value = answer.json().await.unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// `GET /v1/sync` with these parameters beside the nonce.
    pub async fn sync(&self, phone: &Phone, query: &str) -> Page {
        let answer = self
            .http
            .get(self.url(&format!("/v1/sync?nonce=AAAAAAAAAAAAAAAAAAAAAA&{query}")))
            .bearer_auth(self.token(phone).await)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let answer: Value = answer.json().await.unwrap();
        let time = document::verify(
            answer["time"].as_str().unwrap(),
            "companion-time+jws",
            &[&self.ingress],
        )
        .unwrap();
        let time: Value = time.parse().unwrap();
        assert_eq!(time["nonce"], "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(time["aud"], phone.id);
        Page {
            inbox: answer["inbox"].as_str().unwrap().to_owned(),
            items: answer["items"].as_array().unwrap().clone(),
            next: answer["next"].as_u64().unwrap(),
            more: answer["more"].as_bool().unwrap(),
        }
    }

    /// Everything in the queue after what was acknowledged, opened.
    pub async fn all(&self, phone: &Phone) -> Vec<Value> {
        let mut items = Vec::new();
        let mut query = String::new();
        loop {
            let page = self.sync(phone, &query).await;
            query = format!("inbox={}&after={}", page.inbox, page.next);
            items.extend(page.items.iter().map(|item| self.open(phone, item)));
            if !page.more {
                return items;
            }
        }
    }

    /// Waits for `count` items of one kind and answers what they say.
    pub async fn wait_for(&self, phone: &Phone, kind: &str, count: usize) -> Vec<Value> {
        for _ in 0..200 {
            let items = self.all(phone).await;
            let found: Vec<Value> = items
                .iter()
                .filter(|item| item["kind"] == kind)
                .map(raw)
                .collect();
            if found.len() >= count {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{count} items of kind {kind} did not come");
    }

    /// Opens an item of an answer as the phone does and checks that its hints are true.
    pub fn open(&self, phone: &Phone, item: &Value) -> Value {
        let sealed = BASE64URL_NOPAD
            .decode(item["sealed"].as_str().unwrap().as_bytes())
            .unwrap();
        assert_eq!(item["size"], sealed.len());
        let about = hpke::Envelope {
            purpose: Purpose::Inbox,
            tenant: TENANT,
            enrolment: &phone.id,
            item: item["id"].as_str().unwrap().as_bytes(),
        };
        let jws = hpke::open_with(&phone.inbox, &about, &sealed).unwrap();
        let signed = self.verify_item(std::str::from_utf8(&jws).unwrap());
        for hint in ["seq", "id", "kind", "exp"] {
            assert_eq!(signed[hint], item[hint], "{hint}");
        }
        assert_eq!(signed["aud"], phone.id);
        signed
    }

    pub fn verify_item(&self, jws: &str) -> Value {
        let verified = document::verify(jws, "companion-item+jws", &[&self.ingress]).unwrap();
        verified.parse().unwrap()
    }

    pub async fn ack(&self, phone: &Phone, body: Value) -> Response {
        self.post(phone, "/v1/ack", &body).await
    }

    /// Acknowledges all that one answer holds.
    pub async fn ack_all(&self, phone: &Phone) {
        let page = self.sync(phone, "").await;
        let through = json!({"inbox": page.inbox, "through": page.next});
        assert_eq!(self.ack(phone, through).await.status(), StatusCode::OK);
    }

    pub async fn post(&self, phone: &Phone, path: &str, body: &Value) -> Response {
        self.http
            .post(self.url(path))
            .bearer_auth(self.token(phone).await)
            .json(body)
            .send()
            .await
            .unwrap()
    }

    /// Waits until the gateway has reached a fault point.
    pub async fn reach(&self, point: &str) {
        while !self.reached.lock().unwrap().contains(point) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    pub async fn metric(&self, name: &str) -> u64 {
        let text = self.http.get(self.url("/metrics")).send().await.unwrap();
        let text = text.text().await.unwrap();
        let name = format!("companion_gateway_{name} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&name));
        line.map_or(0, |count| count.parse().unwrap())
    }
}

impl Phone {
    /// Lays a grant into the folder's `grants`.
    pub fn new(accounts: &[&str], folder: &Path) -> Self {
        let mut id = [0; 16];
        SystemRandom.fill(&mut id);
        let id = format!("enrolment-{}", HEXLOWER.encode(&id));
        let phone = Self {
            device: SigningKey::generate(&SystemRandom, Algorithm::Es256).unwrap(),
            inbox: KeyPair::derive(&Key::random(&SystemRandom)),
            id,
        };
        let accounts: Vec<Value> = accounts
            .iter()
            .map(|id| json!({"channel": "whatsapp", "account": id, "mode": "mixed"}))
            .collect();
        let grant = json!({
            "grant": {
                "v": 1, "tenant": TENANT, "enrolment_id": phone.id,
                "key_salt": BASE64URL_NOPAD.encode(&[7; 32]), "keys": "", "group": "sales",
                "accounts": accounts, "inbox": "",
            },
            "device": phone.device.public(),
            "hpke": phone.inbox.public(),
        });
        let part = folder.join("grants").join("part");
        fs::write(&part, grant.to_string()).unwrap();
        fs::rename(part, phone.grant(folder)).unwrap();
        phone
    }

    /// Where its grant lies.
    pub fn grant(&self, folder: &Path) -> std::path::PathBuf {
        folder.join("grants").join(format!("{}.json", self.id))
    }

    pub fn claims(&self, now: Timestamp) -> Value {
        let mut jti = [0; 16];
        SystemRandom.fill(&mut jti);
        json!({
            "iss": self.id, "sub": self.id, "aud": PUBLIC_URL, "iat": now.seconds(),
            "exp": now.seconds() + 240, "jti": HEXLOWER.encode(&jti),
        })
    }

    pub fn assertion(&self, now: Timestamp) -> String {
        self.sign(&self.claims(now))
    }

    pub fn sign(&self, claims: &Value) -> String {
        let typ = "companion-assertion+jwt";
        document::sign_compact(typ, claims.to_string().as_bytes(), &self.device).unwrap()
    }
}

/// Delivers a body to the gateway at `address`, which may be gone.
pub async fn deliver(
    http: &Client,
    address: &str,
    body: &str,
    secret: &str,
) -> reqwest::Result<Response> {
    let tag = hmac_sha256(secret.as_bytes(), body.as_bytes());
    let signature = format!("sha256={}", HEXLOWER.encode(&tag));
    http.post(format!("{address}/hooks/whatsapp/acme"))
        .header("X-Hub-Signature-256", signature)
        .body(body.to_owned())
        .send()
        .await
}

pub fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

/// The configuration of every test, in `folder`.
pub fn write_config(folder: &Path, more: &str) {
    fs::create_dir(folder.join("grants")).unwrap();
    let text = format!(
        r#"
listen = "127.0.0.1:0"
database = "gateway.db"
keys = "keys.json"
tenant = "{TENANT}"
public_url = "{PUBLIC_URL}"
test_grants = "grants"

[[hook]]
channel = "whatsapp"
name = "acme"
secret = "{SECRET}"
verify_token = "verify-me"

[[account]]
channel = "whatsapp"
id = "{OTHER_ACCOUNT}"
mode = "mixed"

[[account]]
channel = "whatsapp"
id = "{ACCOUNT}"
mode = "mixed"
{more}
"#
    );
    fs::write(folder.join("gateway.toml"), text).unwrap();
}

/// One WhatsApp message, as its channel sends it.
pub fn message(id: &str, text: &str) -> String {
    json!({
        "from": "819012345678", "id": format!("wamid.{id}"), "timestamp": "1767323045", "type": "text",
        "text": {"body": text},
    })
    .to_string()
}

/// A webhook body that holds, for each account, these messages.
pub fn body(accounts: &[(&str, &[String])]) -> String {
    let changes: Vec<String> = accounts
        .iter()
        .map(|(account, messages)| {
            format!(
                r#"{{"field":"messages","value":{{"messaging_product":"whatsapp",
                "metadata":{{"display_phone_number":"815011112222","phone_number_id":"{account}"}},
                "contacts":[{{"profile":{{"name":"Yamada"}},"wa_id":"819012345678"}}],"messages":[{}]}}}}"#,
                messages.join(",")
            )
        })
        .collect();
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"waba","changes":[{}]}}]}}"#,
        changes.join(",")
    )
}

/// One message in a body of its own.
pub fn one(id: &str, text: &str) -> String {
    body(&[(ACCOUNT, &[message(id, text)])])
}

/// The JSON inside an item.
pub fn raw(item: &Value) -> Value {
    let raw = item["raw"].as_str().unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(raw.as_bytes()).unwrap()).unwrap()
}

/// The ids of the WhatsApp messages in these items, in order.
pub fn wamids(items: &[Value]) -> Vec<String> {
    let id = |item: &Value| {
        raw(item)["entry"][0]["changes"][0]["value"]["messages"][0]["id"]
            .as_str()
            .map(str::to_owned)
    };
    items.iter().filter_map(id).collect()
}
