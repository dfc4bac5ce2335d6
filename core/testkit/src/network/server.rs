//! A server on the loopback whose network does what a plan says.

use super::faults::{Draw, Fault, Faults, Plan, Stats};
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::{Request, Response, StatusCode, header, request::Parts},
    routing::{get, post},
};
use companion_domain::time::Clock;
use hyper::{
    body::{Frame, Incoming},
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{AbortHandle, JoinSet},
};

/// A server before it starts.
pub struct Server {
    /// What answers where no fault hits.
    pub traffic: Router,
    /// What answers beside `POST /_faults` and `GET /_stats`, on a port of its own that no fault hits.
    pub control: Router,
    /// What it says when it refuses.
    pub refusals: Refusals,
    /// The faults to begin with.
    pub plan: Plan,
    /// The clock by which delays and dates are told.
    pub clock: Clock,
    /// A file to which every request is appended as it arrived.
    pub log: Option<PathBuf>,
}

/// The JSON bodies of refusals.
#[derive(Clone, Copy, Default)]
pub struct Refusals {
    /// Of 429.
    pub throttled: &'static str,
    /// Of 500.
    pub failed: &'static str,
    /// Of 401.
    pub unauthorized: &'static str,
}

/// A server that runs. It stops when this is dropped.
pub struct Handle {
    /// Where it answers.
    pub address: SocketAddr,
    /// Where it is told what goes wrong and asked what happened.
    pub control: SocketAddr,
    plans: Plans,
    tasks: [AbortHandle; 2],
}

/// Puts plans in force.
#[derive(Clone)]
struct Plans {
    faults: Arc<Faults>,
    /// Whether the port is open.
    open: watch::Receiver<bool>,
}

impl Plans {
    async fn set(&self, plan: Plan) {
        self.faults.set(plan);
        let offline = self.faults.offline();
        let as_planned = |open: &bool| *open != *offline.borrow();
        // It fails once the server is gone, and then nothing is open.
        let _ = self.open.clone().wait_for(as_planned).await;
    }
}

impl Handle {
    /// Where it answers, as the beginning of a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts another plan in force; the counters go on. When it returns, the port is open or closed as the plan says.
    pub async fn set_faults(&self, plan: Plan) {
        self.plans.set(plan).await;
    }

    /// What it has seen.
    pub fn stats(&self) -> Stats {
        self.plans.faults.stats()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Server {
    /// Starts it on two free ports of the loopback.
    pub async fn start(self) -> io::Result<Handle> {
        let traffic = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let control = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let faults = Arc::new(Faults::new(self.plan));
        let log = match self.log {
            Some(path) => Some(OpenOptions::new().create(true).append(true).open(path)?),
            None => None,
        };
        let (address, control_address) = (traffic.local_addr()?, control.local_addr()?);
        let exchange = Arc::new(Exchange {
            service: TowerToHyperService::new(self.traffic),
            refusals: self.refusals,
            faults: Arc::clone(&faults),
            clock: self.clock,
            log: log.map(Mutex::new),
        });
        let (opened, open) = watch::channel(true);
        let traffic = tokio::spawn(accept(traffic, address, exchange, opened));
        let plans = Plans { faults, open };
        let routes = control_routes(plans.clone()).merge(self.control);
        let control = tokio::spawn(async move { axum::serve(control, routes).await });
        Ok(Handle {
            address,
            control: control_address,
            plans,
            tasks: [traffic.abort_handle(), control.abort_handle()],
        })
    }
}

fn control_routes(plans: Plans) -> Router {
    async fn set(State(plans): State<Plans>, Json(plan): Json<Plan>) {
        plans.set(plan).await;
    }
    async fn stats(State(plans): State<Plans>) -> Json<Stats> {
        Json(plans.faults.stats())
    }
    Router::new()
        .route("/_faults", post(set))
        .route("/_stats", get(stats))
        .with_state(plans)
}

/// Takes connections while the network is on; closes the port and every connection while it is off.
async fn accept(
    mut listener: TcpListener,
    address: SocketAddr,
    exchange: Arc<Exchange>,
    opened: watch::Sender<bool>,
) {
    let mut offline = exchange.faults.offline();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                connections.spawn(serve(stream, Arc::clone(&exchange)));
            }
            Some(_) = connections.join_next() => {}
            () = becomes(&mut offline, true) => {
                drop(listener);
                connections.shutdown().await;
                opened.send_replace(false);
                becomes(&mut offline, false).await;
                listener = rebind(address).await;
                opened.send_replace(true);
            }
        }
    }
}

async fn becomes(offline: &mut watch::Receiver<bool>, wanted: bool) {
    // It cannot fail: the sender lives in the exchange that the caller holds.
    let _ = offline.wait_for(|offline| *offline == wanted).await;
}

/// Takes the port again, however long another process holds it.
async fn rebind(address: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn serve(stream: TcpStream, exchange: Arc<Exchange>) {
    let service = service_fn(move |request| Arc::clone(&exchange).answer(request));
    // A connection that a fault closes ends in an error, as it should.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// The connection ends here.
#[derive(Debug, thiserror::Error)]
#[error("closed on purpose")]
struct Closed;

struct Exchange {
    service: TowerToHyperService<Router>,
    refusals: Refusals,
    faults: Arc<Faults>,
    clock: Clock,
    log: Option<Mutex<File>>,
}

impl Exchange {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Body>, Closed> {
        let (parts, body) = request.into_parts();
        let body = whole(Body::new(body)).await?;
        self.note(&parts, &body);
        let Draw { fault, heads, plan } = self.faults.draw();
        let apply = || self.apply(&parts, &body);
        match fault {
            None => apply().await,
            Some(Fault::Reset) => Err(Closed),
            Some(Fault::Drop) => {
                apply().await?;
                Err(Closed)
            }
            Some(Fault::Delay) => {
                let answer = apply().await;
                let late = Duration::from_millis(plan.delay_ms);
                tokio::time::sleep(self.clock.real(late)).await;
                answer
            }
            Some(Fault::Repeat) => {
                apply().await?;
                apply().await
            }
            Some(Fault::Cut) => cut(apply().await?).await,
            Some(Fault::Throttle) => self.throttled(plan.retry_after_s.to_string()),
            Some(Fault::ThrottleDate) => self.throttled(self.date_after(plan.retry_after_s)),
            Some(Fault::Fail) => {
                if heads {
                    apply().await?;
                }
                json(StatusCode::INTERNAL_SERVER_ERROR, self.refusals.failed)
            }
            Some(Fault::Unavailable) => respond(
                Response::builder()
                    .status(StatusCode::SERVICE_UNAVAILABLE)
                    .header(header::CONTENT_TYPE, "text/html"),
                "<html><body>Under maintenance</body></html>",
            ),
            Some(Fault::Unauthorized) => json(StatusCode::UNAUTHORIZED, self.refusals.unauthorized),
        }
    }

    async fn apply(&self, parts: &Parts, body: &Bytes) -> Result<Response<Body>, Closed> {
        let request = Request::from_parts(parts.clone(), Body::from(body.clone()));
        let answer = self.service.call(request).await;
        answer.map_err(|never| match never {})
    }

    fn note(&self, parts: &Parts, body: &[u8]) {
        let Some(log) = &self.log else {
            return;
        };
        let mut entry = format!("{} {}\n", parts.method, parts.uri).into_bytes();
        entry.extend_from_slice(body);
        entry.push(b'\n');
        // A log that cannot be written shows in the scans that read it.
        let _ = log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write_all(&entry);
    }

    fn throttled(&self, retry_after: String) -> Result<Response<Body>, Closed> {
        let response = Response::builder()
            .status(StatusCode::TOO_MANY_REQUESTS)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::RETRY_AFTER, retry_after);
        respond(response, self.refusals.throttled)
    }

    /// The date `seconds` from now as RFC 9110, 5.6.7 writes it. It has no fractions, so it is rounded up.
    fn date_after(&self, seconds: u32) -> String {
        let at = self.clock.now() + Duration::from_millis(u64::from(seconds) * 1000 + 999);
        jiff::Timestamp::from_second(at.seconds())
            .and_then(|at| {
                jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at)
            })
            .unwrap_or_default()
    }
}

async fn whole(body: Body) -> Result<Bytes, Closed> {
    axum::body::to_bytes(body, usize::MAX)
        .await
        .map_err(|_| Closed)
}

fn json(status: StatusCode, body: &'static str) -> Result<Response<Body>, Closed> {
    let response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json");
    respond(response, body)
}

fn respond(
    response: axum::http::response::Builder,
    body: &'static str,
) -> Result<Response<Body>, Closed> {
    response.body(Body::from(body)).map_err(|_| Closed)
}

/// The answer with the second half of its body missing; none at all where there is no body.
async fn cut(answer: Response<Body>) -> Result<Response<Body>, Closed> {
    let (mut parts, body) = answer.into_parts();
    let body = whole(body).await?;
    if body.is_empty() {
        return Err(Closed);
    }
    parts
        .headers
        .insert(header::CONTENT_LENGTH, body.len().into());
    let half = body.slice(..body.len() / 2);
    Ok(Response::from_parts(parts, Body::new(CutBody::Half(half))))
}

/// A body that gives what it has, lets the connection send it, and then breaks.
enum CutBody {
    Half(Bytes),
    Sending,
    Broken,
}

impl hyper::body::Body for CutBody {
    type Data = Bytes;
    type Error = Closed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Closed>>> {
        match std::mem::replace(&mut *self, Self::Sending) {
            Self::Half(half) => Poll::Ready(Some(Ok(Frame::data(half)))),
            Self::Sending => {
                *self = Self::Broken;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Broken => Poll::Ready(Some(Err(Closed))),
        }
    }
}
