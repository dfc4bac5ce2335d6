//! `companionctl inspect`: bytes of a channel in, our understanding of them out, with no vault and no network.

mod context;
mod event;
mod whatsapp_cloud;

use context::{BadContext, Context};
use serde_json::Value;
use std::{fs, path::PathBuf};

/// What to inspect.
#[derive(clap::Args)]
pub struct Arguments {
    /// The reader.
    #[arg(long)]
    channel: Channel,
    /// What was known beside the bytes: headers, secret, query (JSON).
    #[arg(long)]
    context: Option<PathBuf>,
    /// The raw body, byte for byte.
    file: PathBuf,
}

/// The readers there are.
#[derive(Clone, Copy, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum Channel {
    /// Webhooks of the WhatsApp Cloud API and of Coexistence.
    WhatsappCloud,
}

/// Why nothing could be inspected.
#[derive(Debug, thiserror::Error)]
pub enum WrongUse {
    /// A file cannot be read.
    #[error("{0} cannot be read: {1}")]
    File(PathBuf, std::io::Error),
    /// The context is none.
    #[error("the context {0}")]
    Context(#[from] BadContext),
}

/// Judges the file; a refusal is a judgement too.
pub fn run(arguments: &Arguments) -> Result<Value, WrongUse> {
    let context = match &arguments.context {
        Some(path) => Context::parse(&file(path)?)?,
        None => Context::default(),
    };
    let raw = file(&arguments.file)?;
    Ok(match arguments.channel {
        Channel::WhatsappCloud => whatsapp_cloud::inspect(&raw, &context),
    })
}

fn file(path: &PathBuf) -> Result<Vec<u8>, WrongUse> {
    fs::read(path).map_err(|error| WrongUse::File(path.clone(), error))
}
