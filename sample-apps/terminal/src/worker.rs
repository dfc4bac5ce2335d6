//! Does what the model wants done: one effect after the other, so that answers come in the order of the questions, and
//! beside them one synchronisation after the other.

mod take_back;

use crate::{
    model::{Answer, Decided, Effect, Event, Waiting, What},
    ports::SwitchedHttp,
};
use companion_domain::{id::Key, reason::Language};
use companion_engine::{
    CompanionClient, CompanionError,
    values::{MessagePage, MessageQuery, Page, Paged, SyncOptions},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::{Notify, mpsc};

/// How long the gateway may hold a question while nothing is new. A reply waits as long, so it is short.
const WAIT: Duration = Duration::from_secs(2);
/// The pause after a synchronisation that did not come to its end.
const PAUSE: Duration = Duration::from_secs(1);

/// What effects work with.
pub(crate) struct Worker {
    pub(crate) client: Arc<CompanionClient>,
    pub(crate) http: Arc<SwitchedHttp>,
    pub(crate) events: mpsc::UnboundedSender<Event>,
    pub(crate) online: Arc<Notify>,
}

impl Worker {
    /// Works until there is nobody who wants something done.
    pub(crate) async fn work(self, mut effects: mpsc::UnboundedReceiver<Effect>) {
        while let Some(effect) = effects.recv().await {
            if let Some(answer) = self.perform(effect).await
                && self.events.send(Event::Answered(Box::new(answer))).is_err()
            {
                return;
            }
        }
    }

    async fn perform(&self, effect: Effect) -> Option<Answer> {
        let client = &self.client;
        Some(match effect {
            Effect::Load(what, pages) => self.load(what, pages).await,
            Effect::Accept(account) => Answer::Accepted(client.register_account(account).await),
            Effect::Bind(request) => Answer::Bound(request.clone(), client.bind(request).await),
            Effect::Send(draft) => Answer::Sent(draft.clone(), client.send(draft).await),
            Effect::Resolve(decision) => Answer::Resolved(client.resolve(decision).await),
            Effect::Edit(entry) => {
                let text = take_back::take_back(client, &entry).await;
                Answer::Edited(entry.conversation, text)
            }
            Effect::Offline(offline) => {
                self.http.set_offline(offline);
                self.online.notify_one();
                return None;
            }
            Effect::Unlock(with) => Answer::Opened(client.unlock(with, Arc::default()).await),
            Effect::SetPasscode(change) => {
                Answer::Opened(client.set_passcode(change, Arc::default()).await)
            }
            Effect::Prepare => {
                self.prepare();
                return None;
            }
            // These wait for nothing, so the loop does them itself.
            Effect::Lock | Effect::Active | Effect::Quit => return None,
        })
    }

    async fn load(&self, what: What, pages: usize) -> Answer {
        let client = &self.client;
        match what {
            What::State => Answer::State(client.state()),
            What::Inbox => Answer::Inbox(read(pages, |page| client.inbox(page)).await),
            What::Undecided => Answer::Undecided(read(pages, |page| client.undecided(page)).await),
            What::Queue(language) => Answer::Queue(self.queue(pages, language).await),
            What::Ledger => Answer::Ledger(read(pages, |page| client.ledger(page)).await),
            What::Journal => Answer::Journal(self.journal(pages).await),
            What::Messages(key) => {
                let page = messages(client, &key, pages).await;
                Answer::Messages(key, page)
            }
            What::Diagnostics => Answer::Diagnostics(client.diagnostics().await),
            What::Why(language) => Answer::Why(client.explain("lock", language)),
            What::Request => Answer::Request(client.recovery_request().await),
        }
    }

    /// Beside everything else: an unlock does not wait for the network.
    fn prepare(&self) {
        let (client, events) = (self.client.clone(), self.events.clone());
        tokio::spawn(async move {
            let prepared = client.prepare_offline().await;
            // Nobody listens once the app is ending.
            let _ = events.send(Event::Answered(Box::new(Answer::Prepared(prepared))));
        });
    }

    /// The queue; an entry that left it meanwhile has no reason.
    async fn queue(
        &self,
        pages: usize,
        language: Language,
    ) -> Result<Paged<Waiting>, CompanionError> {
        let page = read(pages, |page| self.client.queue(page)).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for entry in page.items {
            let subject = format!("queue:{}", entry.id);
            let reasons = self.client.explain(&subject, language);
            let reasons = reasons.unwrap_or_default();
            items.push(Waiting { entry, reasons });
        }
        Ok(Paged {
            items,
            next: page.next,
        })
    }

    async fn journal(&self, pages: usize) -> Result<Paged<Decided>, CompanionError> {
        let page = read(pages, |page| self.client.journal(page)).await?;
        let decided = page.items.into_iter().map(|entry| Decided {
            n: entry.n,
            at: entry.at,
            code: entry.code,
            by: entry.by,
        });
        Ok(Paged {
            items: decided.collect(),
            next: page.next,
        })
    }
}

/// So many pages of a chat's messages, newest first.
async fn messages(
    client: &CompanionClient,
    key: &Key,
    pages: usize,
) -> Result<MessagePage, CompanionError> {
    let mut all = MessagePage {
        messages: Vec::new(),
        next: None,
    };
    for _ in 0..pages.max(1) {
        let query = MessageQuery {
            conversation: key.clone(),
            before: all.next,
            limit: Page::default().limit,
        };
        let page = client.messages(query).await?;
        all.messages.extend(page.messages);
        all.next = page.next;
        if all.next.is_none() {
            break;
        }
    }
    Ok(all)
}

/// So many pages of a list.
async fn read<T, F: Future<Output = Result<Paged<T>, CompanionError>>>(
    pages: usize,
    page: impl Fn(Page) -> F,
) -> Result<Paged<T>, CompanionError> {
    let mut all = page(Page::default()).await?;
    for _ in 1..pages {
        let Some(after) = all.next else { break };
        let next = page(Page {
            after: Some(after),
            ..Page::default()
        });
        let next = next.await?;
        all.items.extend(next.items);
        all.next = next.next;
    }
    Ok(all)
}

/// Synchronises again and again, as an app in the foreground does, until the client is closed.
pub(crate) async fn keep_syncing(
    client: Arc<CompanionClient>,
    online: Arc<Notify>,
    events: mpsc::UnboundedSender<Event>,
) {
    let options = SyncOptions {
        wait: WAIT,
        ..SyncOptions::default()
    };
    loop {
        let result = client.sync_once(options, Arc::default()).await;
        if result == Err(CompanionError::Closed) {
            return;
        }
        let failed = result.is_err();
        if events
            .send(Event::Answered(Box::new(Answer::Synced(result))))
            .is_err()
        {
            return;
        }
        if failed {
            // Whatever ends the pause, the next try tells.
            let _ = tokio::time::timeout(PAUSE, online.notified()).await;
        }
    }
}

/// Tells that something changed, once for all hints that came together.
pub(crate) async fn follow_changes(
    client: Arc<CompanionClient>,
    events: mpsc::UnboundedSender<Event>,
) {
    const TOGETHER: Duration = Duration::from_millis(100);
    let changes = client.changes();
    while changes.next().await.is_some() {
        let rest = async { while changes.next().await.is_some() {} };
        // Ends with the time, or with the client: the next turn sees that.
        let _ = tokio::time::timeout(TOGETHER, rest).await;
        if events.send(Event::Changed).is_err() {
            return;
        }
    }
}
