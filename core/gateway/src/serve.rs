//! A running gateway: its routes, its tasks, its end.

use crate::{
    app::{App, Shared},
    config::Config,
    exchange::Exchange,
    grants, hooks,
    item::ItemMaker,
    keys::{Keys, KeysError},
    messages, poster,
    problem::Problem,
    receipts, records,
    store::{self, Store, StoreError},
    sync, token,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    routing::{get, post},
};
use companion_crypto::random::Random;
use companion_domain::{fault::FaultPoints, policy::Policy, time::Clock};
use std::{
    fs::{File, TryLockError},
    io,
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

/// How often old things are swept, in the clock's time.
const SWEEP: Duration = Duration::from_secs(60);
/// How long open requests may take to end after the gateway was told to stop, in real time.
const GRACE: Duration = Duration::from_secs(10);

/// What a gateway is lent.
pub struct Parts {
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Points at which a test may end the process.
    pub faults: FaultPoints,
    /// Becomes `true` when the gateway is to stop.
    pub shutdown: watch::Receiver<bool>,
}

/// Why a gateway could not start or ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Its keys are not usable.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// Its database is not usable.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It cannot listen.
    #[error("listen: {0}")]
    Listen(io::Error),
    /// It cannot send requests.
    #[error("http client: {0}")]
    Client(#[from] reqwest::Error),
    /// Another process posts from the same database.
    #[error("database: another poster works on it")]
    SecondPoster,
    /// The file that tells posters apart cannot be made.
    #[error("database: {0}")]
    PosterLock(io::Error),
}

/// A running gateway.
pub struct Gateway {
    address: SocketAddr,
    app: Shared,
    tasks: JoinSet<()>,
    _poster_lock: Option<File>,
}

/// Opens the database and the keys, listens, and answers once requests are served.
///
/// # Errors
/// [`ServeError`] names what is not usable.
pub async fn serve(config: Config, parts: Parts) -> Result<Gateway, ServeError> {
    let keys = Keys::load(&config)?;
    let store = Arc::new(Store::open(&config.database, parts.faults.clone())?);
    let maker = ItemMaker::new(
        config.tenant.clone(),
        keys.ingress().clone(),
        parts.random.clone(),
    );
    let listener = TcpListener::bind(config.listen).await;
    let listener = listener.map_err(ServeError::Listen)?;
    let address = listener.local_addr().map_err(ServeError::Listen)?;
    let app: Shared = Arc::new(App {
        config,
        keys,
        store,
        maker,
        clock: parts.clock,
        random: parts.random,
        faults: parts.faults,
        wakes: Default::default(),
        posts: Default::default(),
        counters: Default::default(),
        shutdown: parts.shutdown,
    });
    let mut tasks = JoinSet::new();
    let _poster_lock = start_roles(&app, &mut tasks).await?;
    let service = axum::serve(listener, routes(&app));
    let stopping = app.clone();
    let service = service.with_graceful_shutdown(async move { stopping.stopping().await });
    tasks.spawn(async move {
        if let Err(error) = service.await {
            tracing::error!(%error, "the listener failed");
        }
    });
    Ok(Gateway {
        address,
        app,
        tasks,
        _poster_lock,
    })
}

impl Gateway {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends once the gateway was told to stop and has finished what it had begun.
    pub async fn stopped(mut self) {
        self.app.stopping().await;
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, ended).await.is_err() {
            tracing::warn!("requests were still open");
            self.tasks.shutdown().await;
        }
        let app = self.app;
        // Joins the writer's thread, so not on a thread of the runtime.
        let _ = tokio::task::spawn_blocking(move || app.store.close()).await;
    }
}

async fn start_roles(app: &Shared, tasks: &mut JoinSet<()>) -> Result<Option<File>, ServeError> {
    let roles = app.config.roles;
    if let Some(folder) = app.config.test_grants.clone() {
        grants::enter_all(app, &folder).await?;
        if roles.relay {
            tasks.spawn(grants::follow(app.clone(), folder));
        }
    }
    if roles.relay {
        tasks.spawn(sweep(app.clone()));
    }
    if !roles.poster {
        return Ok(None);
    }
    let lock = lock_poster(&app.config.database)?;
    let exchange = Exchange::new(Policy::default().request_timeout)?;
    poster::start(app, &exchange, tasks);
    Ok(Some(lock))
}

fn routes(app: &Shared) -> Router {
    let roles = app.config.roles;
    let mut routes = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/metrics", get(metrics));
    if roles.ingress {
        let hook = get(hooks::check).post(hooks::take);
        let limit = DefaultBodyLimit::max(hooks::MAX_BODY);
        routes = routes.route("/hooks/{channel}/{hook}", hook.layer(limit));
    }
    if roles.relay {
        let limit = DefaultBodyLimit::max(receipts::MAX_BODY);
        let relay = Router::new()
            .route("/v1/token", post(token::issue))
            .route("/v1/sync", get(sync::sync))
            .route("/v1/ack", post(sync::ack))
            .route("/v1/receipts", post(receipts::take));
        routes = routes.merge(relay.layer(limit));
    }
    if roles.poster {
        let limit = DefaultBodyLimit::max(records::MAX_BODY);
        let poster = Router::new()
            .route("/v1/records", post(records::take))
            .route("/v1/messages", post(messages::take));
        routes = routes.merge(poster.layer(limit));
    }
    routes
        .fallback(|| async { Problem::NOT_FOUND })
        .method_not_allowed_fallback(|| async { Problem::NOT_ALLOWED })
        .with_state(app.clone())
}

async fn metrics(State(app): State<Shared>) -> String {
    app.counters.text()
}

async fn sweep(app: Shared) {
    loop {
        let now = app.clock.now();
        let wait = match app.store.write(move |store| store::sweep(store, now)).await {
            Ok(true) => Duration::ZERO,
            Ok(false) => app.clock.real(SWEEP),
            Err(error) => {
                tracing::error!(%error, "old items could not be swept");
                app.clock.real(SWEEP)
            }
        };
        tokio::select! {
            () = app.stopping() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// One poster works on a database, since it takes what it finds begun for interrupted. The lock ends with the process.
fn lock_poster(database: &Path) -> Result<File, ServeError> {
    let mut path = database.as_os_str().to_owned();
    path.push(".poster");
    let file = File::create(path).map_err(ServeError::PosterLock)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ServeError::SecondPoster),
        Err(TryLockError::Error(error)) => Err(ServeError::PosterLock(error)),
    }
}
