//! Hints for whoever watches, and the end of a long call.

use crate::values::ChangeHint;
use std::sync::{
    PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::{Mutex, Notify, broadcast};

/// Hints that a slow reader may fall behind by before it is told to read everything.
const HINTS: usize = 256;

/// Where hints come from, until the client is closed.
pub(crate) struct Hints(RwLock<Option<broadcast::Sender<ChangeHint>>>);

impl Hints {
    pub(crate) fn new() -> Self {
        Self(RwLock::new(Some(broadcast::channel(HINTS).0)))
    }

    pub(crate) fn send(&self, hint: ChangeHint) {
        if let Some(sender) = &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            // Nobody listening is fine: hints are not the truth.
            let _ = sender.send(hint);
        }
    }

    pub(crate) fn stream(&self) -> ChangeStream {
        let sender = self.0.read().unwrap_or_else(PoisonError::into_inner);
        ChangeStream {
            receiver: Mutex::new(sender.as_ref().map(broadcast::Sender::subscribe)),
            closed: Notify::new(),
        }
    }

    /// Ends all streams.
    pub(crate) fn close(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// A stream of hints. Dropping or closing it ends it.
pub struct ChangeStream {
    receiver: Mutex<Option<broadcast::Receiver<ChangeHint>>>,
    closed: Notify,
}

impl ChangeStream {
    /// The next hint; `None` once the stream or the client is closed.
    pub async fn next(&self) -> Option<ChangeHint> {
        let mut receiver = self.receiver.lock().await;
        let next = tokio::select! {
            biased;
            () = self.closed.notified() => None,
            hint = receiver.as_mut()?.recv() => match hint {
                Ok(hint) => Some(hint),
                Err(broadcast::error::RecvError::Lagged(_)) => Some(ChangeHint::Everything),
                Err(broadcast::error::RecvError::Closed) => None,
            },
        };
        if next.is_none() {
            *receiver = None;
        }
        next
    }

    /// Ends the stream; a waiting [`ChangeStream::next`] answers `None`.
    pub fn close(&self) {
        self.closed.notify_one();
    }
}

/// Lets a caller end a long call.
#[derive(Default)]
pub struct CancelToken {
    cancelled: AtomicBool,
    notify: Notify,
}

impl CancelToken {
    /// Ends the calls that carry this token, now and later.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        self.notify.notify_waiters();
    }

    pub(crate) async fn cancelled(&self) {
        let notified = self.notify.notified();
        if !self.cancelled.load(Ordering::Acquire) {
            notified.await;
        }
    }
}
