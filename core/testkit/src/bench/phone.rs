//! Our side: the product's client over test ports, fed with real webhook bodies.

use super::bodies::{ACCOUNT, START, phone};
use crate::{
    clock::Pace,
    ports::{CHEAP_GUESS, FileKeyStore, HttpTransport, TestDevice},
    tenant::Tenant,
    world::Failure,
};
use companion_crypto::random::SystemRandom;
use companion_domain::{
    fault::FaultPoints,
    grant::{GrantedAccount, Mode},
    id::{AccountId, ChannelId, EnrolmentId, Key, SourceConversationId},
    time::Timestamp,
};
use companion_engine::{
    CompanionClient, CompanionError, Surroundings, join,
    ports::Ports,
    values::{
        AccountRequest, BindRequest, BindTo, ClientState, ConversationRef, IngestInput,
        MessageQuery, OpenOptions, Page,
    },
};
use companion_gateway::Keys;
use std::{
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

/// The point before each commit of the vault.
const COMMIT: &str = "vault.group.before_commit";

/// A phone whose commits are counted and may be slowed.
pub(super) struct Phone {
    client: Arc<CompanionClient>,
    options: OpenOptions,
    ports: Ports,
    surroundings: Surroundings,
    commits: Arc<AtomicU64>,
}

impl Phone {
    /// A phone in `folder` that joined a company with one account. Each commit takes `sync` longer. The gateway's keys
    /// and grants lie in the same folder.
    pub(super) async fn join(folder: &Path, sync: Duration) -> Result<Self, Failure> {
        let grants = folder.join("grants");
        fs::create_dir_all(&grants)?;
        let keys = Keys::create(&folder.join("keys.json"), &SystemRandom)?;
        let account = GrantedAccount {
            channel: ChannelId::new("whatsapp"),
            account: AccountId::new(ACCOUNT),
            mode: Mode::Mixed,
        };
        let clock = Pace::starting(Timestamp::from_seconds(START), 1).clock();
        let ingress = keys.public().ingress;
        let tenant = Tenant::create(&SystemRandom, "acme", ingress, vec![account], clock.now())?;
        let commits = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&commits);
        let surroundings = Surroundings {
            clock,
            guess: CHEAP_GUESS,
            random: Arc::new(SystemRandom),
            faults: FaultPoints::new(move |point| {
                if point == COMMIT {
                    counter.fetch_add(1, Ordering::Relaxed);
                    thread::sleep(sync);
                }
            }),
        };
        let ports = Ports {
            transport: Arc::new(HttpTransport::new()?),
            keys: Arc::new(FileKeyStore::new(folder.join("keystore"))?),
            device: Arc::new(TestDevice::default()),
        };
        let options = OpenOptions {
            root: folder.to_owned(),
            enrolment: EnrolmentId::new("7f3c1f0e-9b1d-4c55-8a53-2f6f0c1d9e11"),
            shared: None,
        };
        let (enrolment, own) = (options.enrolment.clone(), options.clone());
        join(own, ports.clone(), surroundings.clone(), |offer| {
            let grant = tenant.grant(&enrolment, offer, &grants);
            let refused = |_| CompanionError::NotPermitted {
                reason: companion_domain::reason::Code::GrantMissing,
            };
            Ok((grant.map_err(refused)?, "http://127.0.0.1:9".into()))
        })
        .await?;
        let open = CompanionClient::open_with(options.clone(), ports.clone(), surroundings.clone());
        let client = open.await?;
        let request = AccountRequest {
            channel: ChannelId::new("whatsapp"),
            account: AccountId::new(ACCOUNT),
        };
        client.register_account(request).await?;
        Ok(Self {
            client,
            options,
            ports,
            surroundings,
            commits,
        })
    }

    /// Binds the conversations of the first `customers` as work.
    pub(super) async fn bind(&self, customers: usize) -> Result<(), Failure> {
        for customer in 0..customers {
            let conversation = ConversationRef {
                channel: ChannelId::new("whatsapp"),
                account: AccountId::new(ACCOUNT),
                conversation: SourceConversationId::new(phone(customer)),
            };
            let to = BindTo::Work;
            self.client.bind(BindRequest { conversation, to }).await?;
        }
        Ok(())
    }

    /// Takes a body with `messages` messages, all of them new and work.
    pub(super) async fn ingest(&self, raw: Vec<u8>, messages: usize) -> Result<(), Failure> {
        let reader = "whatsapp_cloud".into();
        let report = self.client.ingest(IngestInput { reader, raw }).await?;
        match report.work == messages as u64 {
            true => Ok(()),
            false => Err(format!("{messages} messages became {report:?}").into()),
        }
    }

    /// Opens the store anew and reads the first page of the inbox.
    pub(super) async fn reopen(&mut self) -> Result<usize, Failure> {
        let (options, ports) = (self.options.clone(), self.ports.clone());
        let open = CompanionClient::open_with(options, ports, self.surroundings.clone());
        self.client = open.await?;
        Ok(self.client.inbox(Page::default()).await?.items.len())
    }

    /// Closes the files.
    pub(super) async fn close(&self) -> Result<(), Failure> {
        Ok(self.client.close().await?)
    }

    /// The conversations of the inbox's first page.
    pub(super) async fn conversations(&self) -> Result<Vec<Key>, Failure> {
        let page = self.client.inbox(Page::default()).await?;
        Ok(page.items.into_iter().map(|item| item.key).collect())
    }

    /// Reads the newest page of a conversation.
    pub(super) async fn page(&self, conversation: Key) -> Result<usize, Failure> {
        let query = MessageQuery {
            conversation,
            before: None,
            limit: Page::default().limit,
        };
        Ok(self.client.messages(query).await?.messages.len())
    }

    /// Asks how the client is.
    pub(super) fn state(&self) -> Result<ClientState, Failure> {
        Ok(self.client.state()?)
    }

    /// What tells a program beyond the door how to open this phone, once it is closed here.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let root = self.options.root.as_os_str();
        let keys = self.options.root.join("keystore");
        let clock = self.surroundings.clock.now().ms().to_string();
        let boot = self.ports.device.boot_id();
        let enrolment = self.options.enrolment.as_str();
        let pairs = [
            ("--root", root),
            ("--enrolment", enrolment.as_ref()),
            ("--keystore", keys.as_os_str()),
            ("--clock-ms", clock.as_ref()),
            ("--boot", boot.as_ref()),
        ];
        let words = pairs
            .into_iter()
            .flat_map(|(name, value)| [name.as_ref(), value]);
        words.map(OsStr::to_owned).collect()
    }

    /// How many commits the vault's writer made.
    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// The files that hold what is stored.
    pub(super) fn files(&self) -> [PathBuf; 2] {
        let folder = self.options.root.join(self.options.enrolment.as_str());
        [folder.join("vault.db"), folder.join("personal.db")]
    }
}
