//! The command line: its words here, what they do in the files beside.

mod files;
mod serve;

pub(crate) use files::{export, init};
pub(crate) use serve::serve;

use clap::{Args, Parser, Subcommand};
use companion_gateway::Roles;
use std::{net::SocketAddr, path::PathBuf};

/// The company's side of Companion: takes webhooks, seals each event to the phones it belongs to, and delivers what
/// phones send to CRMs and channels.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    /// The configuration file; gateway.example.toml shows every key.
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        default_value = "gateway.toml"
    )]
    pub(crate) config: PathBuf,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Makes the key files that the configuration names, unless they exist, and prints the public keys as JSON.
    Init,
    /// Writes every signed checkpoint and the public keys of their writers, for a check of the mirror; a running
    /// gateway goes on.
    Export {
        /// The folder that gets checkpoints.jsonl and writers.json.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct ServeArgs {
    /// What this process does, separated by commas: ingress takes webhooks, relay serves phones, poster delivers.
    #[arg(long, value_name = "ROLES", default_value = "ingress,relay,poster")]
    roles: Roles,
    /// Listens here instead of where the configuration says; port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Writes the address that it listens on to this file, once it does.
    #[arg(long, value_name = "FILE")]
    address_file: Option<PathBuf>,
    /// What goes to standard error: error, warn, info, debug or trace. No level shows content, numbers or names.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log: tracing::Level,
}
