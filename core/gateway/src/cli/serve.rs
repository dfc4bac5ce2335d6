//! The service: what it is lent, and its end by a signal.

use super::{ServeArgs, files::write_whole};
use companion_crypto::random::SystemRandom;
use companion_domain::{
    fault::FaultPoints,
    time::{Clock, Timestamp},
};
use companion_gateway::{Config, Parts};
use std::{error::Error, io, sync::Arc, time::SystemTime};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tracing_subscriber::EnvFilter;

/// Serves until a signal ends it.
pub(crate) async fn serve(mut config: Config, args: ServeArgs) -> Result<(), Box<dyn Error>> {
    // Other crates log addresses and headers, so only this one is heard.
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(format!("companion_gateway={}", args.log)))
        .with_writer(io::stderr)
        .init();
    config.roles = args.roles;
    config.listen = args.listen.unwrap_or(config.listen);
    let parts = Parts {
        clock: Clock::new(now),
        random: Arc::new(SystemRandom),
        faults: FaultPoints::default(),
        shutdown: stop_signal()?,
    };
    let gateway = companion_gateway::serve(config, parts).await?;
    tracing::info!(address = %gateway.address(), "listening");
    if let Some(path) = args.address_file {
        write_whole(&path, &gateway.address().to_string())?;
    }
    gateway.stopped().await;
    Ok(())
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let ms = since.map_or(0, |since| since.as_millis());
    Timestamp::from_ms(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// Becomes `true` at the first SIGTERM or ctrl-c.
fn stop_signal() -> io::Result<watch::Receiver<bool>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (stop, stopping) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.send_replace(true);
        // Kept until the process ends: a sender that is gone would read as a stop that was never asked for.
        std::future::pending::<()>().await;
    });
    Ok(stopping)
}
