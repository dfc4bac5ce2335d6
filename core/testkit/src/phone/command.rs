//! What a phone can be told, and what it says.

use super::Phone;
use companion_domain::{id::Key, message::Message, outbound::OutboundContent};
use companion_engine::{
    CancelToken, CompanionError,
    values::{
        AccountRequest, BindRequest, BindTo, ClientState, Conversation, ConversationRef,
        Diagnostics, Draft, LedgerEntry, MessageQuery, Page, Paged, QueueDecision, QueueEntry,
        SendTicket, SyncOptions, SyncReport, UndecidedConversation,
    },
};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, atomic::Ordering};

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
    /// Put the app into the background.
    Suspend,
    /// Bring it back.
    Resume,
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
    /// What left the phone.
    Ledger,
    /// The client at a glance.
    State,
    /// Counts and versions.
    Diagnostics,
}

/// An answer.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Said {
    /// It is done.
    Done,
    /// `Sync`.
    Report(SyncReport),
    /// `Undecided`.
    Undecided(Vec<UndecidedConversation>),
    /// `Bind`: how many items were released or dropped.
    Items(u64),
    /// `Inbox`.
    Inbox(Vec<Conversation>),
    /// `Messages`.
    Messages(Vec<Message>),
    /// `Send`.
    Ticket(SendTicket),
    /// `Queue`.
    Queue(Vec<QueueEntry>),
    /// `Ledger`.
    Ledger(Vec<LedgerEntry>),
    /// `State`.
    State(ClientState),
    /// `Diagnostics`.
    Diagnostics(Diagnostics),
}

/// All of a list at once: tests read everything.
const ALL: Page = Page {
    after: None,
    limit: 200,
};

pub(super) async fn obey(phone: &Phone, command: Command) -> Result<Said, String> {
    answer(phone, command)
        .await
        .map_err(|error| error.to_string())
}

async fn answer(phone: &Phone, command: Command) -> Result<Said, CompanionError> {
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
        Command::Suspend => {
            client.suspend().await?;
            Said::Done
        }
        Command::Resume => {
            client.resume().await?;
            Said::Done
        }
        Command::Accept { channel, account } => {
            let (channel, account) = (
                companion_domain::id::ChannelId::new(channel),
                account_id(account),
            );
            client
                .register_account(AccountRequest { channel, account })
                .await?;
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

async fn messages(phone: &Phone, conversation: Key) -> Result<Vec<Message>, CompanionError> {
    let mut all = Vec::new();
    let mut before = None;
    loop {
        let query = MessageQuery {
            conversation: conversation.clone(),
            before,
            limit: 200,
        };
        let page = phone.client.messages(query).await?;
        all.extend(page.messages);
        before = page.next;
        if before.is_none() {
            return Ok(all);
        }
    }
}

fn account_id(text: String) -> companion_domain::id::AccountId {
    companion_domain::id::AccountId::new(text)
}
