//! Ends the process, as `kill -9` does, when it reaches a named point for the n-th time.

use companion_domain::fault::FaultPoints;
use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    io::Write,
    path::PathBuf,
    str::FromStr,
    sync::{Mutex, PoisonError},
};

/// Where and when a process is to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KillAt {
    /// The point's name.
    pub point: String,
    /// Ends it at the n-th time, from 1.
    pub nth: u32,
}

impl FromStr for KillAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (point, nth) = text.rsplit_once(':').ok_or("POINT:N is expected")?;
        let nth = nth.parse().map_err(|_| "N is a positive number")?;
        Ok(Self {
            point: point.to_owned(),
            nth,
        })
    }
}

impl std::fmt::Display for KillAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.point, self.nth)
    }
}

/// The fault points of this process. Each point's first visit is noted in the file `reached`, and the process ends at
/// `kill`.
pub fn fault_points(kill: Option<KillAt>, reached: Option<PathBuf>) -> FaultPoints {
    let visits: Mutex<BTreeMap<&'static str, u32>> = Mutex::default();
    FaultPoints::new(move |point| {
        let mut visits = visits.lock().unwrap_or_else(PoisonError::into_inner);
        let visit = visits.entry(point).or_default();
        *visit += 1;
        if *visit == 1 {
            note(reached.as_ref(), point);
        }
        if kill
            .as_ref()
            .is_some_and(|kill| kill.point == point && kill.nth == *visit)
        {
            end();
        }
    })
}

fn note(file: Option<&PathBuf>, point: &str) {
    let Some(path) = file else { return };
    let line = format!("{point}\n");
    let written = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(line.as_bytes()));
    if let Err(error) = written {
        eprintln!("cannot note a fault point: {error}");
    }
}

/// Nothing of the process runs after this, as when the system kills it.
fn end() {
    let myself = rustix::process::getpid();
    if rustix::process::kill_process(myself, rustix::process::Signal::KILL).is_err() {
        std::process::abort();
    }
    loop {
        std::thread::park();
    }
}
