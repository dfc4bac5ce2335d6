//! Random traffic, faults and kills, round after round; after each, what the target holds against what was acknowledged.

mod check;
mod expect;
mod judge;
mod kills;
mod plant;
mod push;
mod rounds;
mod traffic;

use crate::world::{Failure, TargetKind};
use companion_crypto::random::{Random, SystemRandom};
use serde::Serialize;

/// Arguments of the torture.
#[derive(clap::Args)]
pub struct TortureArgs {
    /// Decides everything that is decided here; a fresh one unless given.
    #[arg(long, env = "COMPANION_SEED")]
    seed: Option<u64>,
    /// How many rounds; each kills three times and brings about thirty messages.
    #[arg(long, default_value_t = 70)]
    rounds: u32,
    /// Where records go.
    #[arg(long, value_enum, default_value = "kintone")]
    target: TargetKind,
    /// Spoils one record behind the run's back: it must be found.
    #[arg(long, value_enum)]
    plant: Option<plant::Plant>,
}

/// The last line.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verdict {
    /// What decided everything.
    pub seed: u64,
    /// Rounds that were run.
    pub rounds: u32,
    /// Processes that were killed.
    pub kills: u64,
    /// Requests that met a fault.
    pub faults: u64,
    /// Messages and news of them that were acknowledged in work chats, and sends that returned a ticket.
    pub messages: u64,
    /// Acknowledged and not at the target.
    pub lost: u64,
    /// At the target or with the customer more than once.
    pub doubled: u64,
    /// Arrived before an earlier one of its conversation.
    pub disordered: u64,
    /// Files that hold a word of a chat that nobody bound.
    pub leaked: u64,
    /// Sends whose fate was unknown until somebody decided.
    pub asked: u64,
}

impl Verdict {
    fn is_good(&self) -> bool {
        self.lost + self.doubled + self.disordered + self.leaked == 0
    }
}

/// Runs the torture; the last line on standard output is the verdict as JSON.
///
/// # Errors
/// If something was lost, doubled, disordered or leaked, a planned kill or fault did not happen, a fault point was never
/// reached, or a process did not come back.
pub async fn run(args: TortureArgs) -> Result<(), Failure> {
    let seed = args.seed.unwrap_or_else(|| {
        let mut bytes = [0; 4];
        SystemRandom.fill(&mut bytes);
        u64::from(u32::from_be_bytes(bytes))
    });
    println!(
        "torture: seed {seed}, {} rounds, target {:?}",
        args.rounds, args.target
    );
    let mut folder = tempfile::tempdir()?;
    let started = rounds::Rounds::start(seed, args.target, folder.path()).await;
    let mut run = started.inspect_err(|_| keep(&mut folder))?;
    let ended = run.all(args.rounds, args.plant).await;
    let verdict = run.verdict.clone();
    if ended.is_err() || !verdict.is_good() {
        keep(&mut folder);
    }
    run.stop().await;
    println!("{}", serde_json::to_string(&verdict)?);
    ended?;
    if verdict.is_good() {
        Ok(())
    } else {
        Err("the target does not hold what was acknowledged".into())
    }
}

fn keep(folder: &mut tempfile::TempDir) {
    folder.disable_cleanup(true);
    println!("torture: everything is kept in {}", folder.path().display());
}
