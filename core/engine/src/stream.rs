//! Hints for whoever watches, and the end of a long call.

use crate::values::ChangeHint;
use tokio::sync::{Mutex, Notify, broadcast};

/// A stream of hints. Dropping or closing it ends it.
pub struct ChangeStream {
    receiver: Mutex<Option<broadcast::Receiver<ChangeHint>>>,
    closed: Notify,
}

impl ChangeStream {
    pub(crate) fn new(receiver: broadcast::Receiver<ChangeHint>) -> Self {
        Self {
            receiver: Mutex::new(Some(receiver)),
            closed: Notify::new(),
        }
    }

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
    cancelled: std::sync::atomic::AtomicBool,
    notify: Notify,
}

impl CancelToken {
    /// Ends the calls that carry this token, now and later.
    pub fn cancel(&self) {
        self.cancelled
            .store(true, std::sync::atomic::Ordering::Release);
        self.notify.notify_waiters();
    }

    pub(crate) async fn cancelled(&self) {
        let notified = self.notify.notified();
        if !self.cancelled.load(std::sync::atomic::Ordering::Acquire) {
            notified.await;
        }
    }
}
