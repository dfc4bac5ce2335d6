//! The gateway's rate of webhooks, over HTTP on the loopback, beside a plain server that checks the same signature and
//! keeps the same bodies in ordinary SQLite.

use super::{
    Sizes,
    bodies::{ACCOUNT, Bodies},
    phone::Phone,
    plain::connect,
    report::{Goal, Metric, Samples},
};
use crate::{channel::whatsapp, network, world::Failure};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use companion_adapters::channel::whatsapp::inbound::{self, Authenticity};
use companion_crypto::random::SystemRandom;
use companion_domain::{
    fault::FaultPoints,
    time::{Clock, Timestamp},
};
use companion_gateway::{Config, Gateway, Parts, serve};
use rusqlite::Connection;
use std::{
    fs,
    net::Ipv4Addr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

/// How many requests are on their way at once.
const CONNECTIONS: usize = 16;
const APP_SECRET: &str = "testkit-app-secret";

static HOOKS: Metric = Metric {
    name: "gateway, webhooks answered, 16 connections",
    unit: "hooks/s",
    goal: Goal::Open,
};

/// One round of both servers.
pub(super) async fn round(
    folder: &Path,
    sizes: &Sizes,
    seed: u64,
    samples: &mut Samples,
) -> Result<(), Failure> {
    let folder = folder.join("hooks");
    fs::create_dir_all(&folder)?;
    let mut bodies = Bodies::new(seed);
    let bodies: Vec<_> = (0..sizes.hooks).map(|n| bodies.live(n % 20)).collect();

    let phone = Phone::join(&folder, Duration::ZERO).await?;
    phone.close().await?;
    let (stop, gateway) = start_gateway(&folder).await?;
    let url = format!("http://{}/hooks/whatsapp/bench", gateway.address());
    let ours = rate(&url, &bodies).await?;
    stop.send_replace(true);
    gateway.stopped().await;

    let plain = start_plain(&folder).await?;
    let theirs = rate(&plain.url, &bodies).await?;
    samples.add(&HOOKS, ours, theirs);
    Ok(())
}

async fn start_gateway(folder: &Path) -> Result<(watch::Sender<bool>, Gateway), Failure> {
    let config = format!(
        "listen = \"127.0.0.1:0\"\ndatabase = \"gateway.db\"\nkeys = \"keys.json\"\ntenant = \"acme\"\n\
         public_url = \"http://127.0.0.1:9\"\ntest_grants = \"grants\"\n\n\
         [[hook]]\nchannel = \"whatsapp\"\nname = \"bench\"\nsecret = \"{APP_SECRET}\"\n\
         verify_token = \"testkit-verify\"\n\n\
         [[account]]\nchannel = \"whatsapp\"\nid = \"{ACCOUNT}\"\nmode = \"mixed\"\n"
    );
    let (stop, shutdown) = watch::channel(false);
    let parts = Parts {
        clock: Clock::new(|| Timestamp::from_seconds(super::bodies::START)),
        random: Arc::new(SystemRandom),
        faults: FaultPoints::default(),
        shutdown,
    };
    let gateway = serve(Config::parse(&config, folder)?, parts).await?;
    Ok((stop, gateway))
}

/// Posts the bodies over several connections; all must be taken.
async fn rate(url: &str, bodies: &[Vec<u8>]) -> Result<f64, Failure> {
    let client = network::client()?;
    let mut senders = JoinSet::new();
    let started = Instant::now();
    for hand in bodies.chunks(bodies.len().div_ceil(CONNECTIONS)) {
        let (client, url, hand) = (client.clone(), url.to_owned(), hand.to_vec());
        senders.spawn(async move {
            for body in hand {
                let signature = whatsapp::signature(APP_SECRET, &body);
                let request = client
                    .post(&url)
                    .header(inbound::SIGNATURE_HEADER, signature);
                request.body(body).send().await?.error_for_status()?;
            }
            Ok::<(), reqwest::Error>(())
        });
    }
    while let Some(ended) = senders.join_next().await {
        ended??;
    }
    Ok(bodies.len() as f64 / started.elapsed().as_secs_f64())
}

/// The baseline's server; it ends when this is dropped.
struct PlainServer {
    url: String,
    _task: JoinSet<()>,
}

async fn start_plain(folder: &Path) -> Result<PlainServer, Failure> {
    let db = connect(&folder.join("hooks.db"))?;
    db.execute_batch(
        "CREATE TABLE hooks (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, raw BLOB NOT NULL)",
    )?;
    let routes = Router::new()
        .route("/hook", post(take))
        .with_state(Arc::new(Mutex::new(db)));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}/hook", listener.local_addr()?);
    let mut task = JoinSet::new();
    task.spawn(async move {
        if let Err(error) = axum::serve(listener, routes).await {
            tracing::error!(%error, "the listener failed");
        }
    });
    Ok(PlainServer { url, _task: task })
}

/// One transaction a delivery.
async fn take(
    State(db): State<Arc<Mutex<Connection>>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let signature = headers
        .get(inbound::SIGNATURE_HEADER)
        .and_then(|value| value.to_str().ok());
    if inbound::verify_signature(signature, APP_SECRET.as_bytes(), &body) != Authenticity::Valid {
        return StatusCode::UNAUTHORIZED;
    }
    let kept = tokio::task::spawn_blocking(move || keep(&db, &body)).await;
    match kept {
        Ok(Ok(())) => StatusCode::OK,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn keep(db: &Mutex<Connection>, body: &[u8]) -> Result<(), String> {
    let parts = inbound::split(body).map_err(|error| error.to_string())?;
    let mut db = db.lock().unwrap_or_else(PoisonError::into_inner);
    let mut insert = || {
        let transaction = db.transaction()?;
        for part in &parts {
            let sql = "INSERT INTO hooks (key, raw) VALUES (?, ?) ON CONFLICT DO NOTHING";
            let mut statement = transaction.prepare_cached(sql)?;
            statement.execute((part.event_key.as_slice(), part.raw.as_slice()))?;
        }
        transaction.commit()
    };
    insert().map_err(|error: rusqlite::Error| error.to_string())
}
