//! The public API of one enrolment (formats.md 10): each method hands over to one flow.

mod lock;
mod phases;

use self::phases::Phase;
use crate::{
    error::CompanionError,
    flow::{
        bind::{self, Decided},
        checkpoint,
        ingest::{self, Arrival, Intake, Unreadable},
        read, send,
        sync::{Link, Run},
    },
    keeper::Keeper,
    ports::KeyLevel,
    session::{Home, Session, blocking},
    store::{Cursor, control, lane_number, load},
    stream::{CancelToken, ChangeStream, Hints},
    values::{
        AccountRequest, BindReport, BindRequest, ChangeHint, ClientState, Conversation,
        Diagnostics, Draft, IngestInput, IngestReport, JournalEntry, Lease, LedgerEntry,
        MessagePage, MessageQuery, Notice, Page, Paged, QueueDecision, QueueEntry, SendTicket,
        SyncOptions, SyncReport, UndecidedConversation,
    },
};
use companion_domain::{
    id::{ClientMessageId, EnrolmentId},
    lease::Wish,
    outbox::Lane,
    reason::{Code, Language, Reason},
    time::Timestamp,
};
use companion_vault::{Read, VaultError, Write};
use data_encoding::BASE64URL_NOPAD;
use std::{
    pin::pin,
    sync::{Arc, PoisonError, RwLock},
};
use tokio::{
    sync::{Mutex, Notify},
    task::AbortHandle,
};

/// One enrolment: one company, one folder. Cheap to share; every method may be called from anywhere.
///
/// Every method but [`CompanionClient::state`], [`CompanionClient::lock`], [`CompanionClient::user_active`] and
/// [`CompanionClient::close`] answers `Closed` once the client is closed and `Unavailable` with `client.suspended` while it is
/// suspended. What shows or decides on work answers `Locked` while work is locked, or `RecoveryNeeded`; what receives and sends
/// goes on. `StorageFull` means that nothing was written,
/// `Internal` that a file is damaged or that this is a defect; the log tells more under the incident.
pub struct CompanionClient {
    home: Home,
    phase: RwLock<Phase>,
    /// Held by the one synchronisation that runs.
    link: Mutex<Link>,
    resuming: Mutex<()>,
    keeper: Keeper,
    /// Held by the one act on the lock that runs.
    opening: Mutex<()>,
    /// Looks whether somebody is still there.
    watch: std::sync::Mutex<Option<AbortHandle>>,
    hints: Hints,
    leaving: Notify,
    /// Rings when something is to leave the phone.
    queued: Notify,
}

impl CompanionClient {
    /// The client at a glance.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub fn state(&self) -> Result<ClientState, CompanionError> {
        let session = match &*self.phase() {
            Phase::Open(session) => session.clone(),
            Phase::Suspended => return Ok(self.state_without_vault("suspended")),
            Phase::Closed => return Ok(self.state_without_vault("closed")),
        };
        self.look(Some(&session));
        Ok(session.vault.read(|vault| self.state_of(vault))?)
    }

    /// Why something is as it is, in the employee's language. `subject`: `lock`, `lease`, or
    /// `queue:<entry id>`.
    ///
    /// # Errors
    /// `NotFound` for an unknown subject.
    pub fn explain(
        &self,
        subject: &str,
        language: Language,
    ) -> Result<Vec<Reason>, CompanionError> {
        if subject == "lock" {
            self.look(Some(&*self.session()?));
            return Ok(self.keeper.explain(language));
        }
        if subject == "lease" {
            self.look(Some(&*self.session()?));
            let reason = self.keeper.explain_lease(&self.home, language);
            return Ok(reason.into_iter().collect());
        }
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
        Arc::new(self.hints.stream())
    }

    /// Dated texts for the system to show.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub fn notices(&self) -> Result<Vec<Notice>, CompanionError> {
        let session = self.session()?;
        self.look(Some(&session));
        let mut notices = session.vault.read(read::notices)?;
        notices.extend(
            self.keeper
                .notices(&self.home)
                .into_iter()
                .map(Notice::from),
        );
        Ok(notices)
    }

    /// Accepts an account that the grant names.
    ///
    /// # Errors
    /// `NotPermitted` if the grant does not name it.
    pub async fn register_account(&self, request: AccountRequest) -> Result<(), CompanionError> {
        let session = self.unlocked()?;
        let (rules, now) = (session.rules.clone(), self.now());
        let job = move |write: &mut Write<'_>| bind::accept(write, &rules, &request, now);
        let accepted = self.decide(session, job).await?;
        self.queued.notify_waiters();
        self.hints.send(ChangeHint::Account);
        accepted.ok_or(CompanionError::NotPermitted {
            reason: Code::AccountUnknown,
        })
    }

    /// Decides on a conversation; as work, its quarantined items are released in order.
    ///
    /// # Errors
    /// `NotPermitted` if its account is not accepted.
    pub async fn bind(&self, request: BindRequest) -> Result<BindReport, CompanionError> {
        let session = self.unlocked()?;
        let (rules, now) = (session.rules.clone(), self.now());
        let job = move |write: &mut Write<'_>| bind::bind(write, &rules, &request, now);
        let report = self.decide(session, job).await?;
        self.queued.notify_waiters();
        self.hints.send(ChangeHint::Inbox);
        self.hints.send(ChangeHint::Undecided);
        report.ok_or(CompanionError::NotPermitted {
            reason: Code::AccountNotAccepted,
        })
    }

    /// Conversations that wait for a decision.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub async fn undecided(
        &self,
        page: Page,
    ) -> Result<Paged<UndecidedConversation>, CompanionError> {
        let rules = self.unlocked()?.rules.clone();
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
        let reading = move || Arrival::read(&input.reader, &input.raw, now);
        let arrival =
            blocking("ingest", reading)
                .await?
                .map_err(|unreadable| match unreadable {
                    Unreadable::Reader => CompanionError::invalid("reader", "unknown"),
                    Unreadable::Payload => CompanionError::invalid("raw", "not_a_payload"),
                })?;
        let rules = session.rules.clone();
        let job = move |write: &mut Write<'_>| {
            let mut intake = Intake::begin(write)?;
            arrival.take(write, &rules, now, &mut intake)?;
            Ok(intake)
        };
        let intake = session.vault.write(job).await?;
        self.queued.notify_waiters();
        let report = intake.report;
        intake.tell(&self.hints);
        Ok(report)
    }

    /// Conversations, latest activity first.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub async fn inbox(&self, page: Page) -> Result<Paged<Conversation>, CompanionError> {
        let rules = self.unlocked()?.rules.clone();
        self.read(move |vault| read::inbox(vault, &rules, page))
            .await
    }

    /// Messages of one conversation, newest first.
    ///
    /// # Errors
    /// `NotFound` if there is no such conversation.
    pub async fn messages(&self, query: MessageQuery) -> Result<MessagePage, CompanionError> {
        let rules = self.unlocked()?.rules.clone();
        self.read(move |vault| read::messages(vault, &rules, &query))
            .await?
            .ok_or(CompanionError::NotFound)
    }

    /// Queues a message. Durable when it returns: sent once, or visible in the queue.
    ///
    /// # Errors
    /// `NotFound` if there is no such conversation; `NotPermitted` if it is not work now; `InvalidInput` with
    /// `content.text` and `empty` or `too_long` for a text that the channel does not take.
    pub async fn send(&self, draft: Draft) -> Result<SendTicket, CompanionError> {
        let session = self.session()?;
        self.look(Some(&session));
        send::check(&draft)?;
        let (rules, now) = (session.rules.clone(), self.now());
        let id = self.message_id(now);
        let job = move |write: &mut Write<'_>| send::queue(write, &rules, &draft, &id, now);
        let queued = session.vault.write(job).await;
        let ticket = queued.map_err(|error| self.locked_or(error))??;
        self.queued.notify_waiters();
        self.hints.send(ChangeHint::Queue);
        Ok(ticket)
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
    /// `InvalidInput` for an unknown decision or one that does not fit where the entry stands, `NotFound` for an unknown
    /// entry.
    pub async fn resolve(&self, request: QueueDecision) -> Result<(), CompanionError> {
        let session = self.unlocked()?;
        let decision = send::parse_decision(&request.decision)
            .ok_or_else(|| CompanionError::invalid("decision", "unknown"))?;
        let (rules, now) = (session.rules.clone(), self.now());
        let job = move |write: &mut Write<'_>| send::decide(write, &rules, &request, decision, now);
        let applied = session.vault.write(job).await;
        let applied = applied.map_err(|error| self.locked_or(error))?;
        self.queued.notify_waiters();
        self.hints.send(ChangeHint::Queue);
        match applied {
            Some(true) => Ok(()),
            Some(false) => Err(CompanionError::invalid("decision", "does_not_fit")),
            None => Err(CompanionError::NotFound),
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
    /// `Internal` if the journal cannot be read or was changed by somebody else.
    pub async fn journal(&self, page: Page) -> Result<Paged<JournalEntry>, CompanionError> {
        let session = self.session()?;
        let reading = move || {
            let journal = session.journal.lock();
            let journal = journal.unwrap_or_else(PoisonError::into_inner);
            journal.verify()
        };
        Ok(read::journal(blocking("journal", reading).await??, page))
    }

    /// Counts and versions for a support request.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub async fn diagnostics(&self) -> Result<Diagnostics, CompanionError> {
        let state = self.state()?;
        let session = self.session()?;
        let (head, cursor) = session
            .vault
            .read(|vault| Ok((vault.chain()?.head, load::<Cursor>(vault, control::CURSOR)?)))?;
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
    /// beside a running one wait for it. What is queued here ends its waiting for news, so that it is sent at once. Dropping
    /// the future, or a kill, leaves every step done or not begun.
    ///
    /// # Errors
    /// `Offline`; `Unavailable` while the gateway is busy, or cannot be read; `SignInNeeded` if it does not let this
    /// enrolment in; `Cancelled`; those of the key store that signs in.
    pub async fn sync_once(
        &self,
        options: SyncOptions,
        cancel: Arc<CancelToken>,
    ) -> Result<SyncReport, CompanionError> {
        // Listening begins before the phase is read, so that no leaving is missed in between.
        let mut leaving = pin!(self.leaving.notified());
        leaving.as_mut().enable();
        let session = self.session()?;
        self.look(Some(&session));
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(CompanionError::Cancelled),
            () = leaving => Err(self.session().err().unwrap_or(CompanionError::Cancelled)),
            report = self.synchronise(&session, &options, Wish::Ordinary) => report.map(|(report, _)| report),
        }
    }

    /// Synchronises, and tells whether that renewed the lease.
    async fn synchronise(
        &self,
        session: &Session,
        options: &SyncOptions,
        wish: Wish,
    ) -> Result<(SyncReport, bool), CompanionError> {
        let mut link = self.link.lock().await;
        loop {
            let queued = self.queued.notified();
            let parts = (&self.home, session, &self.keeper);
            let before = self.keeper.state();
            let mut run = Run::new(parts, &mut link, &self.hints, options);
            run.wish = wish;
            let ended = run.all(options, queued).await;
            if self.keeper.state() != before {
                self.hints.send(ChangeHint::Lock);
            }
            match ended {
                // Work was locked while a page was taken in: nothing of the page is lost, and it is taken in locked.
                Err(CompanionError::Locked { .. }) => {}
                Err(CompanionError::SignInNeeded {
                    reason: Code::GatewayEnrolmentDisabled,
                }) => {
                    self.keeper.disabled(session).await?;
                    return Err(CompanionError::SignInNeeded {
                        reason: Code::GatewayEnrolmentDisabled,
                    });
                }
                ended => return ended,
            }
        }
    }

    /// Prepares for a time without a network: synchronises and renews the lease for as long as the policy allows.
    ///
    /// # Errors
    /// Those of [`CompanionClient::sync_once`]; `Unavailable` with `gateway.unreadable` if the gateway tells no time that renews
    /// it.
    pub async fn prepare_offline(&self) -> Result<Lease, CompanionError> {
        let session = self.session()?;
        let wish = Wish::Offline(self.home.policy.lease_prepare_max);
        let options = SyncOptions::default();
        let (_, renewed) = self.synchronise(&session, &options, wish).await?;
        if !renewed {
            return Err(CompanionError::unavailable(Code::GatewayUnreadable));
        }
        self.keeper.store(&session).await?;
        Ok(self.keeper.countdown(&self.home).into())
    }

    /// Whose client this is.
    pub fn enrolment(&self) -> &EnrolmentId {
        &self.home.enrolment
    }

    fn state_of(&self, vault: &Read<'_>) -> Result<ClientState, VaultError> {
        let (undelivered, parked) = checkpoint::open_records(vault)?;
        Ok(ClientState {
            waiting_messages: vault.outbox_count(lane_number(Lane::Customer))?,
            undelivered,
            parked: parked.len() as u64,
            undecided: vault.quarantine_count()?,
            recorded: vault.chain()?.seq,
            broken_accounts: ingest::broken_links(vault)?.into_iter().collect(),
            ..self.state_without_vault("open")
        })
    }

    fn state_without_vault(&self, phase: &str) -> ClientState {
        let (lock, lease) = (self.keeper.state(), self.keeper.countdown(&self.home));
        ClientState::without_vault(&self.home.enrolment, phase, &lock, lease.into())
    }

    /// Reads on a thread where waiting for the disk holds up nobody.
    async fn read<R: Send + 'static>(
        &self,
        job: impl FnOnce(&Read<'_>) -> Result<R, VaultError> + Send + 'static,
    ) -> Result<R, CompanionError> {
        let session = self.unlocked()?;
        let read = blocking("read", move || session.vault.read(job)).await?;
        read.map_err(|error| self.locked_or(error))
    }

    /// Commits a decision of the employee and then journals it; once begun, both happen even if the future is dropped.
    async fn decide<T: Send + 'static>(
        &self,
        session: Arc<Session>,
        job: impl FnOnce(&mut Write<'_>) -> Result<Option<Decided<T>>, VaultError> + Send + 'static,
    ) -> Result<Option<T>, CompanionError> {
        let now = self.now();
        let deciding = move || {
            let Some(decided) = session.vault.write(job).wait()? else {
                return Ok(None);
            };
            if let Some(code) = decided.journal {
                let journal = session.journal.lock();
                let mut journal = journal.unwrap_or_else(PoisonError::into_inner);
                journal.append(code.as_str(), code.as_str(), "employee", None, now)?;
            }
            Ok::<_, VaultError>(Some(decided.what))
        };
        let decided = blocking("decide", deciding).await?;
        decided.map_err(|error| self.locked_or(error))
    }

    /// What a call answers that found work locked, or failed otherwise.
    fn locked_or(&self, error: VaultError) -> CompanionError {
        match error {
            VaultError::Locked => self.keeper.refusal().unwrap_or_else(|| error.into()),
            error => error.into(),
        }
    }

    fn now(&self) -> Timestamp {
        self.home.surroundings.clock.now()
    }

    fn message_id(&self, now: Timestamp) -> ClientMessageId {
        let mut random = [0u8; 10];
        self.home.surroundings.random.fill(&mut random);
        let ms = u64::try_from(now.ms()).unwrap_or(0);
        let id = uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid();
        ClientMessageId::new(id.to_string())
    }
}
