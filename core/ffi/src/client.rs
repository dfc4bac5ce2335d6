//! The client: each method hands over to the engine's of the same name.

use crate::{
    guard,
    ids::FolderPath,
    live::Live,
    message::MessagePage,
    ports::Ports,
    stream::{CancelToken, ChangeStream},
    values::{InboxPage, JournalPage, LedgerPage, QueuePage, UndecidedPage},
};
use companion_domain::{
    id::EnrolmentId,
    reason::{Language, Reason},
};
use companion_engine::{
    self as engine, CompanionError,
    values::{
        AccountRequest, BindReport, BindRequest, ClientState, Diagnostics, Draft, EnrolmentSummary,
        IngestInput, IngestReport, Lease, MessageQuery, Notice, OpenOptions, Page, PasscodeChange,
        QueueDecision, RecoveryRequest, SendTicket, SyncOptions, SyncReport, UnlockWith,
    },
};
use std::sync::Arc;

/// One enrolment: one company, one folder. Every method may be called from anywhere.
///
/// Every method but `state`, `lock`, `user_active` and `close` throws `Closed` once the client is closed and `Unavailable` with
/// `client.suspended` while it is suspended. What shows or decides on work throws `Locked` while work is locked, or
/// `RecoveryNeeded`; what receives and sends goes on. `StorageFull` means that nothing was written, `Internal` that a file is damaged or that this is a
/// defect; the log tells more under the incident. Malformed ids and JSON are `InvalidInput`.
#[derive(uniffi::Object)]
pub struct CompanionClient {
    engine: Arc<engine::CompanionClient>,
    _live: Live,
}

impl CompanionClient {
    /// The door of a client that was opened in Rust.
    pub fn new(engine: Arc<engine::CompanionClient>) -> Arc<Self> {
        Arc::new(Self {
            engine,
            _live: Live::new(),
        })
    }
}

/// The enrolments under `root`.
///
/// # Errors
/// `Internal` if the folder cannot be read; a missing one holds none.
#[uniffi::export]
pub fn list_enrolments(root: FolderPath) -> Result<Vec<EnrolmentSummary>, CompanionError> {
    guard::run(|| engine::CompanionClient::list(&root))
}

#[uniffi::export(async_runtime = "tokio")]
impl CompanionClient {
    /// Opens the enrolment that lies in its folder.
    ///
    /// # Errors
    /// `NotEnrolled`, `Unavailable` before the first unlock or while another client has it open, `RecoveryNeeded` if the
    /// keys do not fit (nothing is changed then), `UpdateNeeded` if a newer version wrote it.
    #[uniffi::constructor]
    pub async fn open(options: OpenOptions, ports: Ports) -> Result<Arc<Self>, CompanionError> {
        let opening = engine::CompanionClient::open(options, ports.into());
        guard::drive(opening).await.map(Self::new)
    }

    /// Whose client this is.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn enrolment(&self) -> Result<EnrolmentId, CompanionError> {
        guard::run(|| Ok(self.engine.enrolment().clone()))
    }

    /// The client at a glance.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub fn state(&self) -> Result<ClientState, CompanionError> {
        guard::run(|| self.engine.state())
    }

    /// Why something is as it is. `subject`: `lock`, `lease`, or `queue:<entry id>`.
    ///
    /// # Errors
    /// `NotFound` for an unknown subject.
    pub fn explain(
        &self,
        subject: String,
        language: Language,
    ) -> Result<Vec<Reason>, CompanionError> {
        guard::run(|| self.engine.explain(&subject, language))
    }

    /// A stream of hints with a cursor of its own.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn changes(&self) -> Result<Arc<ChangeStream>, CompanionError> {
        guard::run(|| Ok(ChangeStream::new(self.engine.changes())))
    }

    /// Dated texts for the system to show.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub fn notices(&self) -> Result<Vec<Notice>, CompanionError> {
        guard::run(|| self.engine.notices())
    }

    /// Asks the company for its way to open work: after a forgotten passcode, a lost key, a hard lock. Asking again gives the
    /// same request until it was answered.
    ///
    /// # Errors
    /// `NotPermitted` with `recovery.off` if the company has no way.
    pub async fn recovery_request(&self) -> Result<RecoveryRequest, CompanionError> {
        guard::drive(self.engine.recovery_request()).await
    }

    /// Opens work. It takes about half a second, of which the caller's thread spends nothing.
    ///
    /// # Errors
    /// `InvalidInput` at `answer` with `not_asked`, `malformed` or `refused`, or at `passcode` as `set_passcode`, where the
    /// company's answer opens; else `WrongPasscode`; `Locked` if something else keeps work locked, or the passcode must be changed; `NotPermitted` with
    /// `passcode.not_set` before there is one; `RecoveryNeeded` once only the company can help; `Unavailable` while the phone
    /// itself is locked; `Cancelled`: the try stays counted.
    pub async fn unlock(
        &self,
        with: UnlockWith,
        cancel: Arc<CancelToken>,
    ) -> Result<(), CompanionError> {
        guard::drive(self.engine.unlock(with, cancel.engine.clone())).await
    }

    /// Sets the first passcode, or another one. Work is open afterwards, unless something else keeps it locked.
    ///
    /// # Errors
    /// `InvalidInput` at `passcode` with the code of the reason why the new one is refused, or at `old` with `missing`; those of
    /// `unlock` for the old one.
    pub async fn set_passcode(
        &self,
        change: PasscodeChange,
        cancel: Arc<CancelToken>,
    ) -> Result<(), CompanionError> {
        guard::drive(self.engine.set_passcode(change, cancel.engine.clone())).await
    }

    /// Locks work now: the key of what is stored is gone when this returns. Messages go on arriving and leaving.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn lock(&self) -> Result<(), CompanionError> {
        guard::run(|| {
            self.engine.lock();
            Ok(())
        })
    }

    /// The employee did something: to be called while the app is in the foreground, and when it comes back there, at most once
    /// in a few seconds.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn user_active(&self) -> Result<(), CompanionError> {
        guard::run(|| {
            self.engine.user_active();
            Ok(())
        })
    }

    /// Prepares for a time without a network: synchronises and renews the lease for as long as the policy allows.
    ///
    /// # Errors
    /// Those of `sync_once`; `Unavailable` with `gateway.unreadable` if the gateway tells no time that renews it.
    pub async fn prepare_offline(&self) -> Result<Lease, CompanionError> {
        guard::drive(self.engine.prepare_offline()).await
    }

    /// Accepts an account that the grant names.
    ///
    /// # Errors
    /// `NotPermitted` if the grant does not name it.
    pub async fn register_account(&self, request: AccountRequest) -> Result<(), CompanionError> {
        guard::drive(self.engine.register_account(request)).await
    }

    /// Decides on a conversation; as work, its quarantined items are released in order.
    ///
    /// # Errors
    /// `NotPermitted` if its account is not accepted.
    pub async fn bind(&self, request: BindRequest) -> Result<BindReport, CompanionError> {
        guard::drive(self.engine.bind(request)).await
    }

    /// Conversations that wait for a decision.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub async fn undecided(&self, page: Page) -> Result<UndecidedPage, CompanionError> {
        let page = guard::drive(self.engine.undecided(page)).await?;
        Ok(page.into())
    }

    /// Takes what the host itself received. Durable when it returns.
    ///
    /// # Errors
    /// `InvalidInput` for an unknown reader or bytes that are no payload of it.
    pub async fn ingest(&self, input: IngestInput) -> Result<IngestReport, CompanionError> {
        guard::drive(self.engine.ingest(input)).await
    }

    /// Conversations, latest activity first.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub async fn inbox(&self, page: Page) -> Result<InboxPage, CompanionError> {
        let page = guard::drive(self.engine.inbox(page)).await?;
        Ok(page.into())
    }

    /// Messages of one conversation, newest first.
    ///
    /// # Errors
    /// `NotFound` if there is no such conversation.
    pub async fn messages(&self, query: MessageQuery) -> Result<MessagePage, CompanionError> {
        let page = guard::drive(self.engine.messages(query)).await?;
        Ok(page.into())
    }

    /// Queues a message. Durable when it returns: sent once, or visible in the queue.
    ///
    /// # Errors
    /// `NotFound` if there is no such conversation; `NotPermitted` if it is not work now; `InvalidInput` with
    /// `content.text` and `empty` or `too_long` for a text that the channel does not take.
    pub async fn send(&self, draft: Draft) -> Result<SendTicket, CompanionError> {
        guard::drive(self.engine.send(draft)).await
    }

    /// Customer messages that are not delivered yet, oldest first.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub async fn queue(&self, page: Page) -> Result<QueuePage, CompanionError> {
        let page = guard::drive(self.engine.queue(page)).await?;
        Ok(page.into())
    }

    /// Applies the employee's decision to a queue entry.
    ///
    /// # Errors
    /// `InvalidInput` for an unknown decision or one that does not fit where the entry stands, `NotFound` for an unknown
    /// entry.
    pub async fn resolve(&self, decision: QueueDecision) -> Result<(), CompanionError> {
        guard::drive(self.engine.resolve(decision)).await
    }

    /// What left the phone, newest first.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub async fn ledger(&self, page: Page) -> Result<LedgerPage, CompanionError> {
        let page = guard::drive(self.engine.ledger(page)).await?;
        Ok(page.into())
    }

    /// Control decisions, oldest first.
    ///
    /// # Errors
    /// `Internal` if the journal cannot be read or was changed by somebody else.
    pub async fn journal(&self, page: Page) -> Result<JournalPage, CompanionError> {
        let page = guard::drive(self.engine.journal(page)).await?;
        Ok(page.into())
    }

    /// Counts and versions for a support request.
    ///
    /// # Errors
    /// `Internal` if the vault cannot be read.
    pub async fn diagnostics(&self) -> Result<Diagnostics, CompanionError> {
        guard::drive(self.engine.diagnostics()).await
    }

    /// Synchronises once: at a push, in the foreground, when the connection comes back, from a background task. Calls
    /// beside a running one wait for it. What is queued here ends its waiting for news, so that it is sent at once. An end
    /// at any moment leaves every step done or not begun.
    ///
    /// # Errors
    /// `Offline`; `Unavailable` while the gateway is busy, or cannot be read; `SignInNeeded` if it does not let this
    /// enrolment in; `Cancelled`; those of the key store that signs in.
    pub async fn sync_once(
        &self,
        options: SyncOptions,
        cancel: Arc<CancelToken>,
    ) -> Result<SyncReport, CompanionError> {
        guard::drive(self.engine.sync_once(options, cancel.engine.clone())).await
    }

    /// Closes every file, so that a frozen process holds none. Reading and writing throw `Unavailable` until `resume`.
    ///
    /// # Errors
    /// `Closed` if the client is closed; `Unavailable` with `client.busy` if a call that nobody polls keeps the files open:
    /// they close when it is dropped.
    pub async fn suspend(&self) -> Result<(), CompanionError> {
        guard::drive(self.engine.suspend()).await
    }

    /// Opens the files again, for the foreground or for a task in the background: that somebody is there says `user_active`
    /// alone. Work is open afterwards if it was and nobody was away for too long.
    ///
    /// # Errors
    /// As `open`, and `Closed` if the client is closed.
    pub async fn resume(&self) -> Result<(), CompanionError> {
        guard::drive(self.engine.resume()).await
    }

    /// Ends the client and its change streams; what is stored stays. Later calls throw `Closed`.
    ///
    /// # Errors
    /// `Unavailable` as `suspend`; closing twice is fine.
    pub async fn close(&self) -> Result<(), CompanionError> {
        guard::drive(self.engine.close()).await
    }
}
