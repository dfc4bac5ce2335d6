//! The public API of one enrolment (formats.md 10): each method hands over to one flow.

use crate::{
    error::CompanionError,
    flow::{bind, checkpoint, ingest, open, read, send, sync},
    gateway::Token,
    ports::{KeyLevel, Ports},
    session::{Home, Session, Surroundings},
    store::{Cursor, control, lane_number, load},
    stream::{CancelToken, ChangeStream},
    values::{
        AccountRequest, BindReport, BindRequest, ChangeHint, ClientState, Conversation,
        Diagnostics, Draft, EnrolmentSummary, IngestInput, IngestReport, LedgerEntry, MessagePage,
        MessageQuery, Notice, OpenOptions, Page, Paged, QueueDecision, QueueEntry, SendTicket,
        SyncOptions, SyncReport, UndecidedConversation,
    },
};
use companion_adapters::channel::whatsapp;
use companion_domain::{
    id::{ClientMessageId, EnrolmentId},
    outbox::Lane,
    reason::{Language, Reason},
    time::Timestamp,
};
use companion_vault::{Read, VaultError, Write, journal};
use data_encoding::BASE64URL_NOPAD;
use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::sync::{Mutex, Notify, broadcast};

/// How many milliseconds closing waits for calls under way.
const CLOSING_TRIES: u32 = 2_000;

/// Hints that a slow reader may fall behind by before it is told to read everything.
const HINTS: usize = 256;

/// One enrolment: one company, one folder. Cheap to share; every method may be called from anywhere.
pub struct CompanionClient {
    home: Home,
    phase: RwLock<Phase>,
    token: Mutex<Option<Token>>,
    hints: broadcast::Sender<ChangeHint>,
    closing: Notify,
}

enum Phase {
    Open(Arc<Session>),
    Suspended,
    Closed,
}

impl CompanionClient {
    /// The enrolments under `root`.
    ///
    /// # Errors
    /// `Internal` if the folder cannot be read; a missing one holds none.
    pub fn list(root: &Path) -> Result<Vec<EnrolmentSummary>, CompanionError> {
        open::list(root)
    }

    /// Opens the enrolment that lies in its folder.
    ///
    /// # Errors
    /// `NotEnrolled`, `Unavailable` before the first unlock, `RecoveryNeeded` if the keys do not fit (nothing is changed
    /// then), `UpdateNeeded` if a newer version wrote it.
    pub async fn open(options: OpenOptions, ports: Ports) -> Result<Arc<Self>, CompanionError> {
        Self::open_with(options, ports, Surroundings::system()).await
    }

    /// As [`CompanionClient::open`], with a clock, randomness and fault points of the caller's.
    ///
    /// # Errors
    /// As [`CompanionClient::open`].
    pub async fn open_with(
        options: OpenOptions,
        ports: Ports,
        surroundings: Surroundings,
    ) -> Result<Arc<Self>, CompanionError> {
        let home = Home::new(options, ports, surroundings);
        let session = Arc::new(open::session(&home).await?);
        let (hints, _) = broadcast::channel(HINTS);
        Ok(Arc::new(Self {
            home,
            phase: RwLock::new(Phase::Open(session)),
            token: Mutex::new(None),
            hints,
            closing: Notify::new(),
        }))
    }

    /// The client at a glance.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub fn state(&self) -> Result<ClientState, CompanionError> {
        let session = match &*self.phase.read().unwrap_or_else(PoisonError::into_inner) {
            Phase::Open(session) => session.clone(),
            Phase::Suspended => return Ok(ClientState::without_vault(&self.home, "suspended")),
            Phase::Closed => return Ok(ClientState::without_vault(&self.home, "closed")),
        };
        Ok(session.vault.read(|vault| {
            let (undelivered, parked) = checkpoint::open_records(vault)?;
            Ok(ClientState {
                waiting_messages: vault.outbox_count(lane_number(Lane::Customer))?,
                undelivered,
                parked: parked.len() as u64,
                undecided: vault.quarantine_count()?,
                recorded: vault.chain()?.seq,
                broken_accounts: ingest::broken_links(vault)?.into_iter().collect(),
                ..ClientState::without_vault(&self.home, "open")
            })
        })?)
    }

    /// Why something is as it is, in the employee's language. `subject`: `queue:<entry id>`.
    ///
    /// # Errors
    /// `NotFound` for an unknown subject.
    pub fn explain(
        &self,
        subject: &str,
        language: Language,
    ) -> Result<Vec<Reason>, CompanionError> {
        let id = subject
            .strip_prefix("queue:")
            .and_then(|id| id.parse().ok());
        let id: i64 = id.ok_or(CompanionError::NotFound)?;
        let reasons = self
            .session()?
            .vault
            .read(|vault| read::explain(vault, id, language))?;
        reasons.ok_or(CompanionError::NotFound)
    }

    /// A stream of hints with a cursor of its own.
    pub fn changes(&self) -> Arc<ChangeStream> {
        Arc::new(ChangeStream::new(self.hints.subscribe()))
    }

    /// Dated texts for the system to show.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub fn notices(&self) -> Result<Vec<Notice>, CompanionError> {
        Ok(self.session()?.vault.read(read::notices)?)
    }

    /// Accepts an account that the grant names.
    ///
    /// # Errors
    /// `NotPermitted` if the grant does not name it.
    pub async fn register_account(&self, request: AccountRequest) -> Result<(), CompanionError> {
        let session = self.session()?;
        let (rules, now) = (session.rules.clone(), self.now());
        let job = move |write: &mut Write<'_>| bind::accept(write, &rules, &request, now);
        let accepted = session.vault.write(job).await?;
        if accepted {
            Ok(())
        } else {
            Err(CompanionError::not_permitted("account.unknown"))
        }
    }

    /// Decides on a conversation; as work, its quarantined items are released in order.
    ///
    /// # Errors
    /// `NotPermitted` if its account is not accepted.
    pub async fn bind(&self, request: BindRequest) -> Result<BindReport, CompanionError> {
        let session = self.session()?;
        let (rules, now) = (session.rules.clone(), self.now());
        let job = move |write: &mut Write<'_>| bind::bind(write, &rules, &request, now);
        let report = session.vault.write(job).await?;
        self.hint(ChangeHint::Inbox);
        self.hint(ChangeHint::Undecided);
        report.ok_or_else(|| CompanionError::not_permitted("account.not_accepted"))
    }

    /// Conversations that wait for a decision.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub async fn undecided(
        &self,
        page: Page,
    ) -> Result<Paged<UndecidedConversation>, CompanionError> {
        let rules = self.session()?.rules.clone();
        self.read(move |vault| read::undecided(vault, &rules, page))
            .await
    }

    /// Takes what the host itself received. Durable when it returns.
    ///
    /// # Errors
    /// `InvalidInput` for an unknown reader or bytes that are no payload of it.
    pub async fn ingest(&self, input: IngestInput) -> Result<IngestReport, CompanionError> {
        let session = self.session()?;
        let now = self.now();
        if input.reader != "whatsapp_cloud" {
            return Err(CompanionError::invalid("reader", "unknown"));
        }
        let payload = whatsapp::inbound::read(&input.raw, now)
            .map_err(|_| CompanionError::invalid("raw", "not_a_payload"))?;
        let events = payload.events;
        let rules = session.rules.clone();
        let job = move |write: &mut Write<'_>| {
            let mut report = IngestReport::default();
            for event in &events {
                ingest::take(write, &rules, event, now, &mut report)?;
            }
            Ok(report)
        };
        let report = session.vault.write(job).await?;
        self.hint(ChangeHint::Inbox);
        Ok(report)
    }

    /// Conversations, latest activity first.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub async fn inbox(&self, page: Page) -> Result<Paged<Conversation>, CompanionError> {
        self.read(move |vault| read::inbox(vault, page)).await
    }

    /// Messages of one conversation, newest first.
    ///
    /// # Errors
    /// `NotFound` if there is no such conversation.
    pub async fn messages(&self, query: MessageQuery) -> Result<MessagePage, CompanionError> {
        self.read(move |vault| read::messages(vault, &query))
            .await?
            .ok_or(CompanionError::NotFound)
    }

    /// Queues a message. Durable when it returns: sent once, or visible in the queue.
    ///
    /// # Errors
    /// `NotFound` if there is no such work conversation.
    pub async fn send(&self, draft: Draft) -> Result<SendTicket, CompanionError> {
        let session = self.session()?;
        let (rules, now) = (session.rules.clone(), self.now());
        let id = self.message_id(now);
        let job = move |write: &mut Write<'_>| send::queue(write, &rules, &draft, &id, now);
        let ticket = session.vault.write(job).await?;
        self.hint(ChangeHint::Queue);
        ticket.ok_or(CompanionError::NotFound)
    }

    /// Customer messages that are not delivered yet, oldest first.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub async fn queue(&self, page: Page) -> Result<Paged<QueueEntry>, CompanionError> {
        self.read(move |vault| read::queue(vault, page)).await
    }

    /// Applies the employee's decision to a queue entry.
    ///
    /// # Errors
    /// `InvalidInput` for an unknown decision, `NotFound` for an unknown entry.
    pub async fn resolve(&self, request: QueueDecision) -> Result<(), CompanionError> {
        let session = self.session()?;
        let decision = send::parse_decision(&request.decision)
            .ok_or_else(|| CompanionError::invalid("decision", "unknown"))?;
        let (rules, now) = (session.rules.clone(), self.now());
        let job = move |write: &mut Write<'_>| send::decide(write, &rules, &request, decision, now);
        let found = session.vault.write(job).await?;
        self.hint(ChangeHint::Queue);
        if found {
            Ok(())
        } else {
            Err(CompanionError::NotFound)
        }
    }

    /// What left the phone, newest first.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub async fn ledger(&self, page: Page) -> Result<Paged<LedgerEntry>, CompanionError> {
        self.read(move |vault| read::ledger(vault, page)).await
    }

    /// Control decisions, oldest first.
    ///
    /// # Errors
    /// `Internal` if the journal cannot be read.
    pub async fn journal(&self, page: Page) -> Result<Paged<journal::Entry>, CompanionError> {
        let session = self.session()?;
        let journal = session
            .journal
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(read::journal(journal.verify()?, page))
    }

    /// Counts and versions for a support request.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub async fn diagnostics(&self) -> Result<Diagnostics, CompanionError> {
        let state = self.state()?;
        let (head, cursor) = self
            .read(|vault| Ok((vault.chain()?.head, load::<Cursor>(vault, control::CURSOR)?)))
            .await?;
        Ok(Diagnostics {
            state,
            versions: self.home.ports.device.versions(),
            head: BASE64URL_NOPAD.encode(&head),
            inbox_seq: cursor.unwrap_or_default().seq,
            key_level: match self.home.ports.keys.level() {
                KeyLevel::Software => "software",
                KeyLevel::TrustedEnvironment => "trusted_environment",
                KeyLevel::SecureElement => "secure_element",
            }
            .into(),
        })
    }

    /// Synchronises once: at a push, in the foreground, when the connection comes back, from a background task. Calls
    /// beside a running one wait for it. Dropping the future, or a kill, leaves every step done or not begun.
    ///
    /// # Errors
    /// `Offline`, `Unavailable` while the gateway asks for patience, `SignInNeeded`, `Cancelled`.
    pub async fn sync_once(
        &self,
        options: SyncOptions,
        cancel: Arc<CancelToken>,
    ) -> Result<SyncReport, CompanionError> {
        let mut token = self.token.lock().await;
        let session = self.session()?;
        let run = sync::Run::new(&self.home, &session, &mut token, &self.hints, &options);
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(CompanionError::Cancelled),
            () = self.closing.notified() => Err(CompanionError::Closed),
            report = run.all(&options) => report,
        }
    }

    /// Closes every file, so that a frozen process holds none. Reading and writing answer `Unavailable` until
    /// [`CompanionClient::resume`].
    ///
    /// # Errors
    /// `Closed` if the client is closed.
    pub async fn suspend(&self) -> Result<(), CompanionError> {
        self.leave(Phase::Suspended).await
    }

    /// Opens the files again.
    ///
    /// # Errors
    /// As [`CompanionClient::open`].
    pub async fn resume(&self) -> Result<(), CompanionError> {
        let _quiet = self.token.lock().await;
        if !matches!(
            *self.phase.read().unwrap_or_else(PoisonError::into_inner),
            Phase::Suspended
        ) {
            return self.session().map(|_| ());
        }
        let session = Arc::new(open::session(&self.home).await?);
        *self.phase.write().unwrap_or_else(PoisonError::into_inner) = Phase::Open(session);
        Ok(())
    }

    /// Ends the client; what is stored stays. Later calls answer `Closed`.
    ///
    /// # Errors
    /// None; closing twice is fine.
    pub async fn close(&self) -> Result<(), CompanionError> {
        match self.leave(Phase::Closed).await {
            Err(CompanionError::Closed) => Ok(()),
            other => other,
        }
    }

    /// Leaves the open phase and closes the files once running reads and writes are done.
    async fn leave(&self, next: Phase) -> Result<(), CompanionError> {
        self.closing.notify_waiters();
        let _quiet = self.token.lock().await;
        let before = {
            let mut phase = self.phase.write().unwrap_or_else(PoisonError::into_inner);
            if matches!(*phase, Phase::Closed) {
                return Err(CompanionError::Closed);
            }
            std::mem::replace(&mut *phase, next)
        };
        let Phase::Open(mut session) = before else {
            return Ok(());
        };
        for _ in 0..CLOSING_TRIES {
            match Arc::try_unwrap(session) {
                Ok(session) => return Ok(session.vault.close()?),
                Err(shared) => session = shared,
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // Somebody holds a call without polling it: the files close when that call is dropped.
        Err(CompanionError::Unavailable {
            reason: "busy".into(),
        })
    }

    fn session(&self) -> Result<Arc<Session>, CompanionError> {
        match &*self.phase.read().unwrap_or_else(PoisonError::into_inner) {
            Phase::Open(session) => Ok(session.clone()),
            Phase::Suspended => Err(CompanionError::Unavailable {
                reason: "suspended".into(),
            }),
            Phase::Closed => Err(CompanionError::Closed),
        }
    }

    /// Reads on a thread where waiting for the disk holds up nobody.
    async fn read<R: Send + 'static>(
        &self,
        job: impl FnOnce(&Read<'_>) -> Result<R, VaultError> + Send + 'static,
    ) -> Result<R, CompanionError> {
        let session = self.session()?;
        let reading = tokio::task::spawn_blocking(move || session.vault.read(job));
        match reading.await {
            Ok(result) => Ok(result?),
            Err(error) => Err(CompanionError::internal("read", &error)),
        }
    }

    fn now(&self) -> Timestamp {
        self.home.surroundings.clock.now()
    }

    fn hint(&self, hint: ChangeHint) {
        // Nobody listening is fine: hints are not the truth.
        let _ = self.hints.send(hint);
    }

    fn message_id(&self, now: Timestamp) -> ClientMessageId {
        let mut random = [0u8; 10];
        self.home.surroundings.random.fill(&mut random);
        let ms = u64::try_from(now.ms()).unwrap_or(0);
        let id = uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid();
        ClientMessageId::new(id.to_string())
    }

    /// Whose client this is.
    pub fn enrolment(&self) -> &EnrolmentId {
        &self.home.enrolment
    }
}

impl ClientState {
    fn without_vault(home: &Home, phase: &str) -> Self {
        Self {
            enrolment: home.enrolment.clone(),
            phase: phase.into(),
            waiting_messages: 0,
            undelivered: 0,
            parked: 0,
            undecided: 0,
            recorded: 0,
            broken_accounts: Vec::new(),
        }
    }
}
