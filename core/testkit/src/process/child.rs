//! A child process that answers JSON lines on its standard output, and can be killed as a system kills.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{os::unix::process::ExitStatusExt, path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child as Process, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// How long a child may take to answer, in real time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running child.
pub struct Child {
    name: String,
    process: Process,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

/// Why a child did not answer.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// It could not be started.
    #[error("{name}: cannot be started: {cause}")]
    Start {
        /// Which.
        name: String,
        /// The system's words.
        cause: std::io::Error,
    },
    /// It ended before it answered.
    #[error("{name}: ended before it answered")]
    Ended {
        /// Which.
        name: String,
    },
    /// It took too long.
    #[error("{name}: no answer in {} s", PATIENCE.as_secs())]
    Silent {
        /// Which.
        name: String,
    },
    /// It answered with an error.
    #[error("{name}: {error}")]
    Refused {
        /// Which.
        name: String,
        /// Its words.
        error: String,
    },
    /// It answered something else than was expected.
    #[error("{name}: an answer of another shape")]
    Shape {
        /// Which.
        name: String,
    },
}

impl Child {
    /// Starts `program` with `arguments`; what it says on standard error goes to the file `log`.
    ///
    /// # Errors
    /// `Start` if the system refuses.
    pub fn start(
        name: &str,
        program: &Path,
        arguments: &[String],
        log: &Path,
    ) -> Result<Self, ChildError> {
        let failed = |cause| ChildError::Start {
            name: name.to_owned(),
            cause,
        };
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .map_err(failed)?;
        let mut process = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let ended = || ChildError::Ended {
            name: name.to_owned(),
        };
        let stdin = process.stdin.take().ok_or_else(ended)?;
        let stdout = process.stdout.take().ok_or_else(ended)?;
        let lines = BufReader::new(stdout).lines();
        Ok(Self {
            name: name.to_owned(),
            process,
            stdin,
            lines,
        })
    }

    /// The next line that the child says, as JSON.
    ///
    /// # Errors
    /// `Ended`, `Silent` or `Shape`.
    pub async fn hear<T: DeserializeOwned>(&mut self) -> Result<T, ChildError> {
        let name = self.name.clone();
        let line = match timeout(PATIENCE, self.lines.next_line()).await {
            Err(_) => return Err(ChildError::Silent { name }),
            Ok(Ok(Some(line))) => line,
            Ok(_) => return Err(ChildError::Ended { name }),
        };
        serde_json::from_str(&line).map_err(|_| ChildError::Shape { name })
    }

    /// Asks the child and waits for its answer: `{"ok":…}` or `{"error":…}`.
    ///
    /// # Errors
    /// As [`Child::hear`], and `Refused` with the child's own error.
    pub async fn ask<T: DeserializeOwned>(
        &mut self,
        question: &impl Serialize,
    ) -> Result<T, ChildError> {
        let name = self.name.clone();
        let ended = || ChildError::Ended { name: name.clone() };
        let mut line =
            serde_json::to_vec(question).map_err(|_| ChildError::Shape { name: name.clone() })?;
        line.push(b'\n');
        self.stdin.write_all(&line).await.map_err(|_| ended())?;
        let answer: Value = self.hear().await?;
        if let Some(error) = answer.get("error") {
            return Err(ChildError::Refused {
                name,
                error: error.to_string(),
            });
        }
        let ok = answer.get("ok").cloned().unwrap_or(Value::Null);
        serde_json::from_value(ok).map_err(|_| ChildError::Shape { name })
    }

    /// Ends the child at once, as the system does: nothing of it runs after this.
    pub async fn kill(&mut self) {
        // A child that is dead already is what was wanted.
        let _ = self.process.kill().await;
    }

    /// Waits until the child ended by itself. Tells whether it was killed, as at a fault point.
    pub async fn wait(&mut self) -> bool {
        let status = self.process.wait().await;
        status.is_ok_and(|status| status.signal() == Some(rustix::process::Signal::KILL.as_raw()))
    }

    /// Whether the child has ended.
    pub fn ended(&mut self) -> bool {
        !matches!(self.process.try_wait(), Ok(None))
    }

    /// The child's number in the system, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }
}
