//! Counts for the operator, since the start of this process. Never per person.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Mutex, PoisonError},
};

/// Named counters.
#[derive(Default)]
pub(crate) struct Counters(Mutex<BTreeMap<&'static str, u64>>);

impl Counters {
    /// Adds `n` to the counter called `name`.
    pub(crate) fn add(&self, name: &'static str, n: usize) {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counters.entry(name).or_default() += n as u64;
    }

    /// The Prometheus text form.
    pub(crate) fn text(&self) -> String {
        let counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        for (name, count) in counters.iter() {
            // Writing to a String does not fail.
            let _ = writeln!(
                text,
                "# TYPE companion_gateway_{name} counter\ncompanion_gateway_{name} {count}"
            );
        }
        text
    }
}
