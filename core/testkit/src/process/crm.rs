//! The sandbox CRM in a process of its own.

use crate::{clock::Pace, network::Plan, sandbox};
use companion_adapters::crm::webhook::SigningSecret;
use std::{error::Error, path::PathBuf};

/// Arguments of the CRM process.
#[derive(clap::Args)]
pub struct CrmArgs {
    /// The number of its one app.
    #[arg(long)]
    app: u64,
    /// The app's API token.
    #[arg(long)]
    token: String,
    /// The secret by which its webhook receiver knows the gateway.
    #[arg(long)]
    secret: String,
    /// Its clock.
    #[arg(long)]
    pace: Pace,
    /// A folder for the log of its requests.
    #[arg(long)]
    data: PathBuf,
}

/// Serves until it is killed; says `{"listening":…,"control":…}` once it does.
///
/// # Errors
/// Those of the network and the file system.
pub async fn run(args: CrmArgs) -> Result<(), Box<dyn Error>> {
    let options = sandbox::Options {
        app: args.app,
        token: args.token,
        secrets: vec![SigningSecret::parse(&args.secret)?],
        plan: Plan::default(),
        clock: args.pace.clock(),
        data: Some(args.data),
    };
    let handle = sandbox::start(options).await?;
    let (listening, control) = (handle.address.to_string(), handle.control.to_string());
    println!(
        "{}",
        serde_json::json!({"listening": listening, "control": control})
    );
    std::future::pending().await
}
