//! The real gateway in a process of its own, on a clock and with fault points that its runner chooses.

use crate::{clock::Pace, kill};
use companion_crypto::random::SystemRandom;
use companion_gateway::{Config, Parts, Roles, serve};
use std::{error::Error, net::SocketAddr, path::PathBuf, sync::Arc};
use tokio::sync::watch;

/// Arguments of the gateway process.
#[derive(clap::Args)]
pub struct GatewayArgs {
    /// The gateway's configuration.
    #[arg(long)]
    config: PathBuf,
    /// Where it listens.
    #[arg(long)]
    listen: SocketAddr,
    /// What it does.
    #[arg(long, default_value = "ingress,relay,poster")]
    roles: Roles,
    /// Its clock.
    #[arg(long)]
    pace: Pace,
    /// Where it ends: POINT:N.
    #[arg(long)]
    kill: Option<kill::KillAt>,
    /// The file that takes the names of the points that it reached.
    #[arg(long)]
    reached: Option<PathBuf>,
}

/// Serves until it is killed; says `{"listening":"ADDRESS"}` once it does.
///
/// # Errors
/// Those of the gateway.
pub async fn run(args: GatewayArgs) -> Result<(), Box<dyn Error>> {
    let mut config = Config::load(&args.config)?;
    config.listen = args.listen;
    config.roles = args.roles;
    let (_stop, shutdown) = watch::channel(false);
    let parts = Parts {
        clock: args.pace.clock(),
        random: Arc::new(SystemRandom),
        faults: kill::fault_points(args.kill, args.reached),
        shutdown,
    };
    let gateway = serve(config, parts).await?;
    println!(
        "{}",
        serde_json::json!({"listening": gateway.address().to_string()})
    );
    gateway.stopped().await;
    Ok(())
}
