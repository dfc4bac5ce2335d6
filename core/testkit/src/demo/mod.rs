//! The main job, for a stranger: a WhatsApp day through the real gateway, over the boundary, through an outage and a
//! kill, into a CRM, once and in order, with proof. Every line shown is read back from a process.

mod day;
mod finish;
mod help_desk;
mod own;
mod stage;
mod story;
mod tell;

use crate::world::{Failure, Target, TargetKind};
use companion_domain::time::Timestamp;
use std::{
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

/// Arguments of the demonstration; none is needed.
#[derive(clap::Args)]
pub struct DemoArgs {
    /// Other people, texts and times.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where records go.
    #[arg(long, value_enum, default_value = "kintone")]
    target: TargetKind,
    /// Sends the records to this webhook instead (Standard Webhooks, CloudEvents).
    #[arg(long, value_name = "URL", requires = "secret_file")]
    webhook: Option<String>,
    /// The file with that webhook's `whsec_…` secret.
    #[arg(long, value_name = "FILE", requires = "webhook")]
    secret_file: Option<PathBuf>,
    /// Delivers the webhook bodies in this folder, in the order of their names, instead of the made-up day.
    #[arg(long, value_name = "DIR", requires = "channel")]
    payloads: Option<PathBuf>,
    /// The reader of these bodies: `whatsapp_cloud`.
    #[arg(long, value_name = "NAME", requires = "payloads")]
    channel: Option<String>,
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
    let target = match (args.webhook, args.secret_file) {
        (Some(url), Some(file)) => Target::Elsewhere {
            url,
            secret: std::fs::read_to_string(file)?.trim().to_owned(),
        },
        _ => args.target.into(),
    };
    let keep = args.keep.is_some();
    match (&args.payloads, args.channel.as_deref()) {
        (None, _) => story::tell(args.seed, target, &folder, keep).await,
        (Some(payloads), Some("whatsapp_cloud")) => {
            own::tell(payloads, target, &folder, keep).await
        }
        (Some(_), _) => Err("the only channel so far is whatsapp_cloud".into()),
    }
}

/// The wall's time: the product's own gateway knows no other.
fn now() -> Result<Timestamp, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Timestamp::from_ms(i64::try_from(since.as_millis())?))
}

/// The product's own gateway, built beside this program.
fn product() -> Result<PathBuf, Failure> {
    Ok(std::env::current_exe()?.with_file_name("companion-gateway"))
}
