//! Why the disaster kit could not do what it was asked to.

use std::fmt::Display;

/// A test's surroundings failed; the test can only fail with them.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum TestError {
    /// Something did not work.
    #[error("{what}: {why}")]
    Failed {
        /// What was tried.
        what: String,
        /// What came of it.
        why: String,
    },
}

/// Adds what was tried to any error.
pub(crate) trait During<T> {
    fn during(self, what: &str) -> Result<T, TestError>;
}

impl<T, E: Display> During<T> for Result<T, E> {
    fn during(self, what: &str) -> Result<T, TestError> {
        self.map_err(|why| TestError::Failed {
            what: what.to_owned(),
            why: why.to_string(),
        })
    }
}
