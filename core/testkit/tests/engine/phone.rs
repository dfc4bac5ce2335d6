//! What every test needs of a phone: a folder, a key store, a clock in the test's hands, short words for its calls.

use companion_crypto::{random::SystemRandom, sign::VerifyingKey};
use companion_domain::{
    fault::FaultPoints,
    grant::{GrantedAccount, Mode},
    id::{AccountId, ChannelId, EnrolmentId, Key, SourceConversationId},
    message::Message,
    outbound::OutboundContent,
    policy::Policy,
    time::{Clock, Timestamp},
};
use companion_engine::{
    CancelToken, CompanionClient, CompanionError, JoinOffer, Surroundings, join,
    ports::{Ports, Transport},
    values::{
        AccountRequest, BindReport, BindRequest, BindTo, ConversationRef, Draft, MessageQuery,
        MirroredMessage, OpenOptions, Page, QueueDecision, QueueEntry, SendTicket, SyncOptions,
        SyncReport,
    },
};
use companion_testkit::{
    ports::{CHEAP_GUESS, FileKeyStore, TestDevice},
    tenant::Tenant,
};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub const TENANT: &str = "acme";
pub const ACCOUNT: &str = "106540352242922";
pub const ENROLMENT: &str = "7f3c1f0e-9b1d-4c55-8a53-2f6f0c1d9e11";
/// How long a condition may take to come true, in real time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A clock that runs ten times as fast as the wall's and can be moved on.
#[derive(Clone)]
pub struct Time {
    begun: Instant,
    ahead_ms: Arc<AtomicI64>,
}

impl Time {
    pub fn new() -> Self {
        Self {
            begun: Instant::now(),
            ahead_ms: Arc::default(),
        }
    }

    pub fn clock(&self) -> Clock {
        let time = self.clone();
        Clock::new(move || time.now()).with_speed(10)
    }

    pub fn now(&self) -> Timestamp {
        let start = 1_767_323_045_000 + self.ahead_ms.load(Ordering::Relaxed);
        Timestamp::from_ms(start) + self.begun.elapsed() * 10
    }

    pub fn pass(&self, span: Duration) {
        let ms = i64::try_from(span.as_millis()).unwrap();
        self.ahead_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

/// A phone that joined; its client can be closed and opened again.
pub struct Phone {
    pub client: Arc<CompanionClient>,
    pub keys: Arc<FileKeyStore>,
    pub options: OpenOptions,
    pub ports: Ports,
    pub surroundings: Surroundings,
    pub folder: TempDir,
    /// The company, which is the help desk, too.
    pub tenant: Tenant,
}

impl Phone {
    /// Joins the tenant. `learn` sees what the phone offers.
    pub async fn joined(
        tenant: &Tenant,
        grants: &Path,
        gateway: String,
        transport: Arc<dyn Transport>,
        time: &Time,
        learn: impl FnOnce(&JoinOffer),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = Arc::new(FileKeyStore::new(folder.path().join("keystore")).unwrap());
        let ports = Ports {
            transport,
            keys: keys.clone(),
            device: Arc::new(TestDevice::default()),
        };
        let surroundings = Surroundings {
            clock: time.clock(),
            random: Arc::new(SystemRandom),
            faults: FaultPoints::default(),
            guess: CHEAP_GUESS,
        };
        let options = OpenOptions {
            root: folder.path().join("root"),
            enrolment: EnrolmentId::new(ENROLMENT),
            shared: Some(folder.path().join("shared")),
        };
        let (own, enrolment) = (options.clone(), options.enrolment.clone());
        join(own, ports.clone(), surroundings.clone(), |offer| {
            learn(offer);
            Ok((tenant.grant(&enrolment, offer, grants).unwrap(), gateway))
        })
        .await
        .unwrap();
        let client =
            CompanionClient::open_with(options.clone(), ports.clone(), surroundings.clone());
        Self {
            client: client.await.unwrap(),
            keys,
            options,
            ports,
            surroundings,
            folder,
            tenant: tenant.clone(),
        }
    }

    pub async fn open(&self) -> Result<Arc<CompanionClient>, CompanionError> {
        let (options, ports) = (self.options.clone(), self.ports.clone());
        CompanionClient::open_with(options, ports, self.surroundings.clone()).await
    }

    /// Closes the client and opens it again, as a restart does.
    pub async fn restart(&mut self) {
        self.client.close().await.unwrap();
        self.client = self.open().await.unwrap();
    }

    /// Closes the client and opens it again under a policy.
    pub async fn restart_under(&mut self, policy: Policy) {
        self.client.close().await.unwrap();
        let (options, ports) = (self.options.clone(), self.ports.clone());
        let surroundings = self.surroundings.clone();
        let client = CompanionClient::open_under(policy, options, ports, surroundings);
        self.client = client.await.unwrap();
    }

    /// Accepts the tenant's account.
    pub async fn accept(&self) {
        let request = AccountRequest {
            channel: ChannelId::new("whatsapp"),
            account: AccountId::new(ACCOUNT),
        };
        self.client.register_account(request).await.unwrap();
    }

    pub async fn bind(&self, peer: &str, to: BindTo) -> BindReport {
        let conversation = chat(peer);
        let request = BindRequest { conversation, to };
        self.client.bind(request).await.unwrap()
    }

    /// Synchronises with all the time that it takes.
    pub async fn sync(&self) -> Result<SyncReport, CompanionError> {
        self.sync_waiting(Duration::ZERO).await
    }

    /// The same, and waits for news.
    pub async fn sync_waiting(&self, wait: Duration) -> Result<SyncReport, CompanionError> {
        let options = SyncOptions {
            deadline: Duration::from_secs(60 * 60),
            wait,
        };
        let cancel = Arc::new(CancelToken::default());
        self.client.sync_once(options, cancel).await
    }

    pub async fn send(&self, conversation: &Key, text: &str) -> SendTicket {
        self.client.send(draft(conversation, text)).await.unwrap()
    }

    /// Messages of a conversation, oldest first.
    pub async fn messages(&self, conversation: &Key) -> Vec<Message> {
        let mirrored = self.mirrored(conversation).await.into_iter();
        mirrored.map(|one| one.message).collect()
    }

    /// Messages of a conversation and how far each is mirrored, oldest first.
    pub async fn mirrored(&self, conversation: &Key) -> Vec<MirroredMessage> {
        let query = MessageQuery {
            conversation: conversation.clone(),
            before: None,
            limit: 200,
        };
        let mut messages = self.client.messages(query).await.unwrap().messages;
        messages.reverse();
        messages
    }

    /// What they say, oldest first; what only was heard of says nothing.
    pub async fn texts(&self, conversation: &Key) -> Vec<String> {
        let messages = self.messages(conversation).await;
        messages
            .iter()
            .map(|message| {
                let content = message.current();
                content
                    .and_then(|content| content.text.clone())
                    .unwrap_or_default()
            })
            .collect()
    }

    pub async fn queue(&self) -> Vec<QueueEntry> {
        self.client.queue(Page::default()).await.unwrap().items
    }

    pub async fn resolve(&self, id: i64, decision: &str) -> Result<(), CompanionError> {
        let decision = decision.to_owned();
        self.client.resolve(QueueDecision { id, decision }).await
    }
}

/// A company with one account, whose gateway signs with `ingress`.
pub fn tenant(ingress: VerifyingKey, mode: Mode, time: &Time) -> Tenant {
    let account = GrantedAccount {
        channel: ChannelId::new("whatsapp"),
        account: AccountId::new(ACCOUNT),
        mode,
    };
    Tenant::create(&SystemRandom, TENANT, ingress, vec![account], time.now()).unwrap()
}

pub fn chat(peer: &str) -> ConversationRef {
    ConversationRef {
        channel: ChannelId::new("whatsapp"),
        account: AccountId::new(ACCOUNT),
        conversation: SourceConversationId::new(peer),
    }
}

pub fn draft(conversation: &Key, text: &str) -> Draft {
    Draft {
        conversation: conversation.clone(),
        content: OutboundContent::Text {
            text: text.into(),
            reply_to: None,
        },
    }
}

/// Asks again and again until the answer is there.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(Instant::now() < deadline, "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
