//! The log's way to the phone. One sink serves the whole process, so this is a process of its own.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on may stop"
)]

use companion_ffi::log::{LogLevel, LogLine, LogSink, LogSinkError, set_log_sink};
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct Sink {
    lines: Mutex<Vec<LogLine>>,
    trouble: Option<fn() -> Result<(), LogSinkError>>,
}

impl LogSink for Sink {
    fn write(&self, line: LogLine) -> Result<(), LogSinkError> {
        self.lines.lock().unwrap().push(line);
        self.trouble.map_or(Ok(()), |trouble| trouble())
    }
}

fn told(level: LogLevel, trouble: Option<fn() -> Result<(), LogSinkError>>) -> Vec<String> {
    let sink = Arc::new(Sink {
        lines: Mutex::default(),
        trouble,
    });
    set_log_sink(level, Some(sink.clone())).unwrap();
    tracing::error!(target: "companion_engine", place = "vault", count = 3, "broken");
    tracing::warn!(target: "companion_engine", "again");
    tracing::debug!(target: "companion_engine", "a step");
    tracing::error!(target: "hyper", "somebody else's");
    set_log_sink(level, None).unwrap();
    tracing::error!(target: "companion_engine", "after the end");
    assert_eq!(Arc::strong_count(&sink), 1, "the sink is given back");
    let lines = sink.lines.lock().unwrap_or_else(|held| held.into_inner());
    lines.iter().map(|line| line.text.clone()).collect()
}

#[test]
fn lines_of_ours_reach_the_sink_by_level_and_a_sink_in_trouble_harms_nothing() {
    let broken = "broken place=vault count=3";
    assert_eq!(told(LogLevel::Error, None), [broken]);
    assert_eq!(told(LogLevel::Warn, None), [broken, "again"]);
    assert_eq!(told(LogLevel::Debug, None), [broken, "again", "a step"]);
    let throws = || Err(LogSinkError::NotWritten);
    assert_eq!(told(LogLevel::Warn, Some(throws)), [broken, "again"]);
    let panics = || panic!("a sink");
    assert_eq!(told(LogLevel::Warn, Some(panics)), [broken, "again"]);
    let logs = || {
        tracing::error!(target: "companion_engine", "from inside the sink");
        Ok(())
    };
    assert_eq!(told(LogLevel::Warn, Some(logs)), [broken, "again"]);
}
