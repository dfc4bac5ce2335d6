//! What lives on the other side beside the client: a stream of hints, a handle that ends a call.

use crate::{guard, live::Live};
use companion_engine::{self as engine, CompanionError, values::ChangeHint};
use std::sync::Arc;

/// A stream of hints that something changed. The truth is always queryable.
#[derive(uniffi::Object)]
pub struct ChangeStream {
    engine: Arc<engine::ChangeStream>,
    _live: Live,
}

impl ChangeStream {
    pub(crate) fn new(engine: Arc<engine::ChangeStream>) -> Arc<Self> {
        Arc::new(Self {
            engine,
            _live: Live::new(),
        })
    }
}

#[uniffi::export(async_runtime = "tokio")]
impl ChangeStream {
    /// The next hint; none once the stream or the client is closed.
    ///
    /// # Errors
    /// `Internal` only.
    pub async fn next(&self) -> Result<Option<ChangeHint>, CompanionError> {
        guard::drive(async { Ok(self.engine.next().await) }).await
    }

    /// Ends the stream; a waiting `next` answers none.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn close(&self) -> Result<(), CompanionError> {
        guard::run(|| {
            self.engine.close();
            Ok(())
        })
    }
}

/// Ends a long call from outside: cancelling a Swift task does not reach the core by itself.
#[derive(uniffi::Object)]
pub struct CancelToken {
    pub(crate) engine: Arc<engine::CancelToken>,
    _live: Live,
}

#[uniffi::export]
impl CancelToken {
    /// A token for any number of calls.
    ///
    /// # Errors
    /// `Internal` only.
    #[uniffi::constructor]
    pub fn new() -> Result<Arc<Self>, CompanionError> {
        guard::run(|| {
            Ok(Arc::new(Self {
                engine: Arc::default(),
                _live: Live::new(),
            }))
        })
    }

    /// Ends the calls that carry this token, now and later: they answer `Cancelled`.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn cancel(&self) -> Result<(), CompanionError> {
        guard::run(|| {
            self.engine.cancel();
            Ok(())
        })
    }
}
