//! The way of the core's log lines to the phone's own log. No line carries what CONTRIBUTING forbids its level.

use crate::guard;
use companion_engine::CompanionError;
use std::{
    cell::Cell,
    fmt::{self, Write},
    panic::{self, AssertUnwindSafe},
    sync::{Arc, OnceLock, PoisonError, RwLock},
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::{self, Interest},
};
use uniffi::UnexpectedUniFFICallbackError;

/// What our own crates' names begin with: nobody else's lines are known to keep the rule.
const OURS: &str = "companion_";

static SINK: RwLock<Option<Sink>> = RwLock::new(None);

thread_local! {
    /// Whether this thread is inside a sink: a sink that calls the core must not be told about it.
    static TELLING: Cell<bool> = const { Cell::new(false) };
}

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum LogLevel {
    /// A promise is broken or needs a person.
    Error,
    /// Something was refused or will be tried again.
    Warn,
    /// The life of a client: opened, closed, the end of a sync.
    Info,
    /// The steps of a flow, with record keys.
    Debug,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct LogLine {
    /// How much it matters.
    pub level: LogLevel,
    /// Where in the core it was written.
    pub target: String,
    /// What it says: a sentence, then `name=value` pairs.
    pub text: String,
}

/// Where lines go: OSLog, logcat. Called from any thread; it should return at once.
#[uniffi::export(foreign)]
pub trait LogSink: Send + Sync {
    /// Takes one line.
    ///
    /// # Errors
    /// If it could not: the line is lost and nothing else happens.
    fn write(&self, line: LogLine) -> Result<(), LogSinkError>;
}

/// Why a line was not written.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum LogSinkError {
    /// The system did not take it.
    #[error("not written")]
    NotWritten,
}

impl From<UnexpectedUniFFICallbackError> for LogSinkError {
    fn from(_: UnexpectedUniFFICallbackError) -> Self {
        Self::NotWritten
    }
}

/// Sends the core's lines of `level` and above to `sink`; none ends that. One sink serves the whole process.
///
/// # Errors
/// `Internal` if the process has another subscriber of `tracing` already.
#[uniffi::export]
pub fn set_log_sink(level: LogLevel, sink: Option<Arc<dyn LogSink>>) -> Result<(), CompanionError> {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    guard::run(|| {
        guard::remember_places();
        if !INSTALLED.get_or_init(|| subscriber::set_global_default(Forwarder).is_ok()) {
            return Err(guard::internal("log"));
        }
        let sink = sink.map(|to| Sink { level, to });
        let before = {
            let mut current = SINK.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *current, sink)
        };
        // Only now, with the lock given back: what the phone does when its sink is freed is its own.
        drop(before);
        Ok(())
    })
}

#[derive(Clone)]
struct Sink {
    level: LogLevel,
    to: Arc<dyn LogSink>,
}

/// The subscriber of `tracing` that forwards to the sink. It knows no spans.
struct Forwarder;

impl Subscriber for Forwarder {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        // Asked each time, as the sink and its level may change.
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let sink = SINK.read().unwrap_or_else(PoisonError::into_inner);
        sink.as_ref().is_some_and(|sink| {
            metadata.target().starts_with(OURS)
                && metadata.is_event()
                && level(metadata.level()) as u8 <= sink.level as u8
        })
    }

    fn event(&self, event: &Event<'_>) {
        let sink = SINK.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(sink) = sink else { return };
        if TELLING.replace(true) {
            return;
        }
        let telling = || {
            let mut text = Text::default();
            event.record(&mut text);
            let line = LogLine {
                level: level(event.metadata().level()),
                target: event.metadata().target().to_owned(),
                text: text.message + &text.fields,
            };
            // A line that cannot be written is lost: there is nobody to tell.
            let _ = sink.to.write(line);
        };
        let _ = panic::catch_unwind(AssertUnwindSafe(telling));
        TELLING.set(false);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

fn level(level: &Level) -> LogLevel {
    match *level {
        Level::ERROR => LogLevel::Error,
        Level::WARN => LogLevel::Warn,
        Level::INFO => LogLevel::Info,
        Level::DEBUG | Level::TRACE => LogLevel::Debug,
    }
}

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push(field, format_args!("{value:?}"));
    }
}

impl Text {
    /// Writing to a string cannot fail.
    fn push(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let _ = match field.name() {
            "message" => write!(self.message, "{value}"),
            name => write!(self.fields, " {name}={value}"),
        };
    }
}
