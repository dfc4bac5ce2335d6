//! Why a task could not run.

use std::{io, path::Path, process::ExitStatus};

/// A task that could not do its work; a check that found something is no error but an answer.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// A program is missing or may not be started.
    #[error("`{program}` cannot be started: {source}")]
    Start {
        /// The program as it was called.
        program: String,
        /// What the system answered.
        source: io::Error,
    },
    /// A program ran and failed.
    #[error("`{command}` failed: {status}")]
    Failed {
        /// The whole command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// A file or folder cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The path.
        path: String,
        /// What the system answered.
        source: io::Error,
    },
    /// A file or an answer has another shape than expected.
    #[error("{place}: {reason}")]
    Malformed {
        /// The file or the command.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Something is not installed and cannot be installed from here.
    #[error("{what} is missing; run: {line}")]
    Missing {
        /// What is missing.
        what: String,
        /// The command that installs it.
        line: String,
    },
}

impl TaskError {
    /// What the system answered about the file or folder at `path`.
    pub fn file(path: &Path, source: io::Error) -> Self {
        Self::File {
            path: path.display().to_string(),
            source,
        }
    }
}
