//! `bench`: the product's own paths beside plain SQLite doing the same work, in the same run, in turns.
//!
//! Only ratios inside one run count; times depend on the machine. Ours is [`companion_engine::CompanionClient`] over
//! test ports and the gateway over HTTP, the baseline is ordinary SQLite with the same durability and cache. A modelled
//! sync is a pause before each commit of either side. Bytes are those that the process hands to `write`, log and
//! checkpoints together; a commit is one sync of the log.

mod bodies;
mod counters;
mod door;
mod hooks;
mod phone;
mod plain;
mod report;
mod sealer;
mod store;

pub use report::{Goal, Metric, Report, Row};

use crate::world::Failure;
use report::Samples;

/// Arguments of the bench.
#[derive(clap::Args)]
pub struct BenchArgs {
    /// Writes JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Takes small sizes: whether everything runs, not how fast.
    #[arg(long)]
    quick: bool,
    /// Makes other texts.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Measures the phones' door instead, with this program beyond it: a `DoorBench`. Must come last.
    #[arg(long, num_args = 1.., allow_hyphen_values = true)]
    door: Vec<String>,
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// How often everything is measured.
    pub rounds: u32,
    /// Messages that arrive, in each of the three ways.
    pub messages: usize,
    /// Conversations of the history.
    pub threads: usize,
    /// Messages of each of them.
    pub thread: usize,
    /// How often the store is opened.
    pub opens: usize,
    /// How many pages are read.
    pub pages: usize,
    /// Webhooks that arrive at the gateway.
    pub hooks: usize,
}

impl Sizes {
    /// The sizes of the goals: a history of 100,000 messages.
    pub const FULL: Self = Self {
        rounds: 5,
        messages: 1_000,
        threads: 500,
        thread: 200,
        opens: 11,
        pages: 500,
        hooks: 2_000,
    };

    /// A smoke test.
    pub const QUICK: Self = Self {
        rounds: 3,
        messages: 320,
        threads: 50,
        thread: 100,
        opens: 5,
        pages: 100,
        hooks: 500,
    };
}

/// Measures and prints.
///
/// # Errors
/// If a side fails, or the two did not do the same work.
pub async fn run(args: BenchArgs) -> Result<(), Failure> {
    let sizes = if args.quick {
        Sizes::QUICK
    } else {
        Sizes::FULL
    };
    let report = if args.door.is_empty() {
        measure(&sizes, args.seed).await?
    } else {
        let folder = tempfile::tempdir()?;
        let samples = door::measure(&args.door, folder.path(), &sizes, args.seed).await?;
        samples.report()
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}

/// Measures everything, in a folder that is gone afterwards.
///
/// # Errors
/// If a side fails, or the two did not do the same work.
pub async fn measure(sizes: &Sizes, seed: u64) -> Result<Report, Failure> {
    let mut samples = Samples::default();
    for _ in 0..sizes.rounds {
        let folder = tempfile::tempdir()?;
        store::round(folder.path(), sizes, seed, &mut samples).await?;
        hooks::round(folder.path(), sizes, seed, &mut samples).await?;
        sealer::round(folder.path(), sizes, seed, &mut samples)?;
    }
    Ok(samples.report())
}
