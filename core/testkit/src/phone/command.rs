//! What a phone can be told, and what it does then.

use super::{
    Begun, Phone, Said,
    answer::{Shown, hint},
};
use companion_domain::{
    id::{AccountId, ChannelId, Key},
    outbound::OutboundContent,
    reason::Language,
    time::Timestamp,
};
use companion_engine::{
    CancelToken, CompanionClient, CompanionError,
    values::{
        AccountRequest, BindRequest, BindTo, ConversationRef, Draft, IngestInput, MessageQuery,
        Page, Paged, PasscodeChange, QueueDecision, SyncOptions, SyncReport, UnlockWith,
    },
};
use serde::{Deserialize, Serialize};
use std::{
    sync::{Arc, MutexGuard, PoisonError, atomic::Ordering},
    time::Duration,
};
use tokio::time::timeout;

/// One command, as one line of JSON.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// Flight mode on or off.
    Network {
        /// Whether there is one.
        online: bool,
    },
    /// Synchronise in the background from now on, or no longer.
    Background {
        /// Whether to.
        on: bool,
    },
    /// Synchronise once.
    Sync,
    /// Begin to synchronise, with a request that waits for news at the gateway.
    BeginSync {
        /// How long it may wait, in seconds.
        wait_s: u64,
    },
    /// End what was begun, by its cancel token.
    CancelSync,
    /// Wait for what was begun.
    EndSync,
    /// Set the clock that stands still.
    Clock {
        /// Milliseconds since 1970.
        at_ms: i64,
    },
    /// Put the app into the background.
    Suspend,
    /// Bring it back.
    Resume,
    /// The employee did something.
    Touch,
    /// Lock work now.
    Lock,
    /// Open work with the passcode.
    Unlock {
        /// As it is typed.
        code: String,
    },
    /// Set a passcode.
    SetPasscode {
        /// The one in use.
        old: Option<String>,
        /// The new one.
        new: String,
    },
    /// Ask the company for its way to open work.
    RecoveryRequest,
    /// Open work by the company's answer.
    Recover {
        /// What it answered.
        answer: String,
        /// The new passcode.
        new: String,
    },
    /// Close the client.
    Close,
    /// The enrolments in the root folder.
    List,
    /// Accept an account.
    Accept {
        /// The channel.
        channel: String,
        /// The account.
        account: String,
    },
    /// Conversations that wait for a decision.
    Undecided,
    /// Decide on a conversation.
    Bind {
        /// Which.
        conversation: ConversationRef,
        /// As what.
        to: BindTo,
    },
    /// The inbox.
    Inbox,
    /// All messages of a conversation, newest first.
    Messages {
        /// `c1…`.
        conversation: Key,
    },
    /// Queue a message.
    Send {
        /// `c1…`.
        conversation: Key,
        /// What it says.
        content: OutboundContent,
    },
    /// What waits to be sent.
    Queue,
    /// Decide on an entry of the queue.
    Resolve {
        /// Its number.
        id: i64,
        /// What to do.
        decision: String,
    },
    /// Why something is as it is.
    Explain {
        /// `lock`, or `queue:<entry>`.
        subject: String,
        /// For whom.
        language: Language,
    },
    /// What the system should show.
    Notices,
    /// Hints since the last time that this was asked.
    Changes,
    /// Take what the host received itself.
    Ingest {
        /// Who reads it.
        reader: String,
        /// The payload.
        raw: String,
    },
    /// What left the phone.
    Ledger,
    /// What was decided.
    Journal,
    /// The client at a glance.
    State,
    /// Counts and versions.
    Diagnostics,
}

/// All of a list at once: tests read everything.
const ALL: Page = Page {
    after: None,
    limit: 200,
};

pub(super) async fn obey(phone: &Phone, command: Command) -> Result<Said, CompanionError> {
    let client = &phone.client;
    Ok(match command {
        Command::Network { online } => {
            phone.transport.set_offline(!online);
            Said::Done
        }
        Command::Background { on } => {
            phone.syncing.store(on, Ordering::Release);
            Said::Done
        }
        Command::Sync => {
            let cancel = Arc::new(CancelToken::default());
            Said::Report(client.sync_once(SyncOptions::default(), cancel).await?)
        }
        Command::BeginSync { wait_s } => {
            begin(phone, Duration::from_secs(wait_s));
            Said::Done
        }
        Command::CancelSync => {
            if let Some(begun) = &*begun(phone) {
                begun.cancel.cancel();
            }
            Said::Done
        }
        Command::EndSync => Said::Report(end(phone).await?),
        Command::Clock { at_ms } => {
            let dial = phone.dial.as_ref().ok_or_else(|| invalid("clock"))?;
            dial.set(Timestamp::from_ms(at_ms));
            Said::Done
        }
        Command::Suspend => {
            client.suspend().await?;
            Said::Done
        }
        Command::Resume => {
            client.resume().await?;
            Said::Done
        }
        Command::Touch => {
            client.user_active();
            Said::Done
        }
        Command::Lock => {
            client.lock();
            Said::Done
        }
        Command::Unlock { code } => {
            let cancel = Arc::new(CancelToken::default());
            client.unlock(UnlockWith::Passcode { code }, cancel).await?;
            Said::Done
        }
        Command::RecoveryRequest => Said::Request(client.recovery_request().await?),
        Command::Recover { answer, new } => {
            let cancel = Arc::new(CancelToken::default());
            let with = UnlockWith::Recovery { answer, new };
            client.unlock(with, cancel).await?;
            Said::Done
        }
        Command::SetPasscode { old, new } => {
            let cancel = Arc::new(CancelToken::default());
            client
                .set_passcode(PasscodeChange { old, new }, cancel)
                .await?;
            Said::Done
        }
        Command::Close => {
            client.close().await?;
            Said::Done
        }
        Command::List => {
            let all = CompanionClient::list(&phone.root)?.into_iter();
            Said::Enrolments(all.map(|one| one.enrolment).collect())
        }
        Command::Accept { channel, account } => {
            let request = AccountRequest {
                channel: ChannelId::new(channel),
                account: AccountId::new(account),
            };
            client.register_account(request).await?;
            Said::Done
        }
        Command::Undecided => Said::Undecided(all(|page| client.undecided(page)).await?),
        Command::Bind { conversation, to } => {
            Said::Items(client.bind(BindRequest { conversation, to }).await?.items)
        }
        Command::Inbox => Said::Inbox(client.inbox(ALL).await?.items),
        Command::Messages { conversation } => Said::Messages(messages(phone, conversation).await?),
        Command::Send {
            conversation,
            content,
        } => Said::Ticket(
            client
                .send(Draft {
                    conversation,
                    content,
                })
                .await?,
        ),
        Command::Queue => Said::Queue(client.queue(ALL).await?.items),
        Command::Resolve { id, decision } => {
            client.resolve(QueueDecision { id, decision }).await?;
            Said::Done
        }
        Command::Explain { subject, language } => {
            Said::Reasons(client.explain(&subject, language)?)
        }
        Command::Notices => Said::Notices(client.notices()?),
        Command::Changes => Said::Changes(changes(phone).await),
        Command::Ingest { reader, raw } => {
            let raw = raw.into_bytes();
            Said::Intake(client.ingest(IngestInput { reader, raw }).await?)
        }
        Command::Journal => Said::Journal(all(|page| client.journal(page)).await?),
        Command::Ledger => Said::Ledger(all(|page| client.ledger(page)).await?),
        Command::State => Said::State(client.state()?),
        Command::Diagnostics => Said::Diagnostics(client.diagnostics().await?),
    })
}

/// All pages of a list.
async fn all<T, F: Future<Output = Result<Paged<T>, CompanionError>>>(
    page: impl Fn(Page) -> F,
) -> Result<Vec<T>, CompanionError> {
    let mut items = Vec::new();
    let mut after = None;
    loop {
        let paged = page(Page { after, ..ALL }).await?;
        items.extend(paged.items);
        after = paged.next;
        if after.is_none() {
            return Ok(items);
        }
    }
}

async fn messages(phone: &Phone, conversation: Key) -> Result<Vec<Shown>, CompanionError> {
    let mut all = Vec::new();
    let mut before = None;
    loop {
        let query = MessageQuery {
            conversation: conversation.clone(),
            before,
            limit: 200,
        };
        let page = phone.client.messages(query).await?;
        all.extend(page.messages.iter().map(Shown::of));
        before = page.next;
        if before.is_none() {
            return Ok(all);
        }
    }
}

fn begin(phone: &Phone, wait: Duration) {
    let cancel = Arc::new(CancelToken::default());
    let (client, token) = (phone.client.clone(), cancel.clone());
    let options = SyncOptions {
        deadline: wait + SyncOptions::default().deadline,
        wait,
    };
    let running = tokio::spawn(async move { client.sync_once(options, token).await });
    *begun(phone) = Some(Begun { running, cancel });
}

async fn end(phone: &Phone) -> Result<SyncReport, CompanionError> {
    let begun = begun(phone).take();
    let running = begun.ok_or_else(|| invalid("end_sync"))?.running;
    running.await.map_err(|_| invalid("end_sync"))?
}

fn begun(phone: &Phone) -> MutexGuard<'_, Option<Begun>> {
    phone.begun.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The hints that are there; asking waits for none.
async fn changes(phone: &Phone) -> Vec<String> {
    let mut hints = Vec::new();
    while let Ok(Some(next)) = timeout(Duration::from_millis(20), phone.changes.next()).await {
        hints.push(hint(&next));
    }
    hints
}

fn invalid(place: &str) -> CompanionError {
    CompanionError::InvalidInput {
        place: place.into(),
        code: "not_now".into(),
    }
}
