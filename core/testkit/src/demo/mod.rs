//! The main job, for a stranger: a WhatsApp day through the real gateway, over the boundary, through an outage and a
//! kill, into a CRM, once and in order, with proof. Every line shown is read back from a process.

mod day;
mod finish;
mod story;
mod tell;

use crate::world::{Failure, TargetKind};
use std::path::PathBuf;

/// Arguments of the demonstration; none is needed.
#[derive(clap::Args)]
pub struct DemoArgs {
    /// Other people, texts and times.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where records go.
    #[arg(long, value_enum, default_value = "kintone")]
    target: TargetKind,
    /// Keeps everything in this folder, with `records.jsonl`, `checkpoints.jsonl`, `writers.json` and `hooks.jsonl`.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// Tells the story.
///
/// # Errors
/// The reason for which a step failed.
pub async fn run(args: DemoArgs) -> Result<(), Failure> {
    let temporary = tempfile::tempdir()?;
    let folder = match &args.keep {
        Some(folder) => {
            std::fs::create_dir_all(folder)?;
            if std::fs::read_dir(folder)?.next().is_some() {
                return Err(format!("{} is not empty", folder.display()).into());
            }
            std::path::absolute(folder)?
        }
        None => temporary.path().to_owned(),
    };
    story::tell(args.seed, args.target, &folder, args.keep.is_some()).await
}
