//! A network with faults: a proxy that stands between two processes and routes by path.

mod client;
mod faults;
mod server;

pub use client::{client, send};
pub use faults::{Fault, Plan, Stats};
pub use server::{Handle, Refusals, Server};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use companion_crypto::random::{Random, SystemRandom};
use companion_domain::time::Clock;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
};

/// Systems take ports for outgoing connections from 32768 upwards (Linux) or from higher ones.
const PORTS: std::ops::Range<u16> = 20_000..32_768;
/// How many ports are looked at before there is said to be none.
const TRIES: u32 = 1_000;

/// How a proxy is set up.
pub struct Options {
    /// Prefixes of paths with the address (`http://127.0.0.1:4000`) that answers them; the first that fits is taken.
    pub routes: Vec<(String, String)>,
    /// The faults to begin with.
    pub plan: Plan,
    /// The clock by which delays and dates are told.
    pub clock: Clock,
    /// A file to which every request is appended.
    pub log: Option<PathBuf>,
}

/// A port of the loopback that is free, for a server that is to come back to it: while the server is down, no outgoing
/// connection is given the port, as one that the system chooses might be.
///
/// # Errors
/// If no port is free.
pub fn free_address() -> io::Result<SocketAddr> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..TRIES {
        let mut bytes = [0; 2];
        SystemRandom.fill(&mut bytes);
        let port = PORTS.start + u16::from_be_bytes(bytes) % (PORTS.end - PORTS.start);
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => return listener.local_addr(),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Starts a proxy on a free port of the loopback.
pub async fn start(options: Options) -> io::Result<Handle> {
    let proxy = Arc::new(Proxy {
        routes: options.routes,
        client: client()?,
    });
    Server {
        traffic: Router::new().fallback(forward).with_state(proxy),
        control: Router::new(),
        refusals: Refusals::default(),
        plan: options.plan,
        clock: options.clock,
        log: options.log,
    }
    .start()
    .await
}

struct Proxy {
    routes: Vec<(String, String)>,
    client: reqwest::Client,
}

/// Passes a request on and its answer back; 502 where nobody answers.
async fn forward(
    State(proxy): State<Arc<Proxy>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let route = proxy
        .routes
        .iter()
        .find(|(prefix, _)| path.starts_with(prefix));
    let Some((_, backend)) = route else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let request = proxy
        .client
        .request(method, format!("{backend}{path}"))
        .headers(end_to_end(headers))
        .body(body);
    match exchange(request).await {
        Ok(answer) => answer.into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

async fn exchange(
    request: reqwest::RequestBuilder,
) -> Result<(StatusCode, HeaderMap, Bytes), reqwest::Error> {
    let answer = request.send().await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    Ok((status, end_to_end(headers), answer.bytes().await?))
}

/// The headers that are meant for the other end and not for one connection (RFC 9110, 7.6.1).
fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    const HOP_BY_HOP: [HeaderName; 5] = [
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::HOST,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
    ];
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::{get, post};
    use companion_domain::time::Timestamp;
    use std::{
        sync::atomic::{AtomicU32, Ordering},
        time::Duration,
    };

    /// A backend that counts what it applied, behind a proxy.
    struct Net {
        proxy: Handle,
        _backend: Handle,
        applied: Arc<AtomicU32>,
        client: reqwest::Client,
    }

    fn clock() -> Clock {
        Clock::new(|| Timestamp::from_seconds(1_767_323_045)).with_speed(1000)
    }

    async fn net(plan: Plan) -> Net {
        let applied = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&applied);
        let apply = move |body: String| {
            let count = counter.fetch_add(1, Ordering::Relaxed) + 1;
            async move { format!("{count}:{body}") }
        };
        let backend = Server {
            traffic: Router::new()
                .route("/a/apply", post(apply))
                .route("/a/poll", get(std::future::pending::<()>)),
            control: Router::new(),
            refusals: Refusals::default(),
            plan: Plan::default(),
            clock: clock(),
            log: None,
        };
        let backend = backend.start().await.unwrap();
        let options = Options {
            routes: vec![
                ("/a/".into(), backend.url()),
                ("/dead/".into(), "http://127.0.0.1:1".into()),
            ],
            plan,
            clock: clock(),
            log: None,
        };
        Net {
            proxy: start(options).await.unwrap(),
            _backend: backend,
            applied,
            client: client().unwrap(),
        }
    }

    fn always(fault: Fault) -> Plan {
        Plan {
            rates: [(fault, 1000)].into(),
            delay_ms: 50_000,
            retry_after_s: 90,
            ..Plan::default()
        }
    }

    impl Net {
        async fn apply(&self) -> Result<(StatusCode, HeaderMap, Bytes), reqwest::Error> {
            let url = format!("{}/a/apply", self.proxy.url());
            exchange(self.client.post(url).body("こんにちは")).await
        }

        fn applied(&self) -> u32 {
            self.applied.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn what_no_fault_hits_passes_as_it_is() {
        let net = net(Plan::default()).await;
        let (status, _, body) = net.apply().await.unwrap();
        assert_eq!((status, body), (StatusCode::OK, "1:こんにちは".into()));
        let url = net.proxy.url();
        for (path, status) in [("/dead/x", 502), ("/other", 404), ("/a/none", 404)] {
            let (answered, ..) = exchange(net.client.get(format!("{url}{path}")))
                .await
                .unwrap();
            assert_eq!(answered.as_u16(), status, "{path}");
        }
    }

    #[tokio::test]
    async fn each_fault_shows_as_it_should_and_applies_as_often_as_it_says() {
        for (fault, status, applied) in [
            (Fault::Reset, None, 0..=0),
            (Fault::Drop, None, 1..=1),
            (Fault::Delay, Some(200), 1..=1),
            (Fault::Repeat, Some(200), 2..=2),
            (Fault::Cut, None, 1..=1),
            (Fault::Throttle, Some(429), 0..=0),
            (Fault::ThrottleDate, Some(429), 0..=0),
            (Fault::Fail, Some(500), 0..=1),
            (Fault::Unavailable, Some(503), 0..=0),
            (Fault::Unauthorized, Some(401), 0..=0),
        ] {
            let net = net(always(fault)).await;
            let answer = net.apply().await;
            let seen = answer.as_ref().ok().map(|(status, ..)| status.as_u16());
            assert_eq!(seen, status, "{fault:?}");
            assert!(applied.contains(&net.applied()), "{fault:?}");
            assert_eq!(net.proxy.stats().faults, [(fault, 1)].into());
        }
    }

    #[tokio::test]
    async fn both_forms_of_retry_after_name_the_same_time() {
        for (fault, value) in [
            (Fault::Throttle, "90"),
            (Fault::ThrottleDate, "Fri, 02 Jan 2026 03:05:35 GMT"),
        ] {
            let net = net(always(fault)).await;
            let (_, headers, _) = net.apply().await.unwrap();
            assert_eq!(headers[header::RETRY_AFTER], value);
        }
    }

    #[tokio::test]
    async fn while_it_is_off_nobody_connects_and_open_requests_end() {
        let net = net(Plan::default()).await;
        let url = format!("{}/a/poll", net.proxy.url());
        let poll = tokio::spawn(exchange(net.client.get(url)));
        while net.proxy.stats().requests == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        net.proxy.set_faults(Plan::offline()).await;
        assert!(
            poll.await.unwrap().is_err(),
            "the long poll outlived the network"
        );
        assert!(net.apply().await.is_err_and(|error| error.is_connect()));
        net.proxy.set_faults(Plan::default()).await;
        net.apply().await.unwrap();
    }

    #[tokio::test]
    async fn it_is_controlled_while_it_is_off() {
        let net = net(Plan::offline()).await;
        let control = format!("http://{}", net.proxy.control);
        let plan = serde_json::to_vec(&Plan::default()).unwrap();
        let request = net.client.post(format!("{control}/_faults"));
        let json = request
            .header("content-type", "application/json")
            .body(plan);
        assert_eq!(exchange(json).await.unwrap().0, StatusCode::OK);
        net.apply().await.unwrap();
        let (_, _, stats) = exchange(net.client.get(format!("{control}/_stats")))
            .await
            .unwrap();
        assert_eq!(
            serde_json::from_slice::<Stats>(&stats).unwrap(),
            net.proxy.stats()
        );
    }

    #[tokio::test]
    async fn the_log_holds_what_arrived_even_where_it_was_not_applied() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("requests.log");
        let options = Options {
            routes: Vec::new(),
            plan: always(Fault::Reset),
            clock: clock(),
            log: Some(log.clone()),
        };
        let proxy = start(options).await.unwrap();
        let request = client().unwrap().post(format!("{}/x?y=1", proxy.url()));
        assert!(exchange(request.body("山田")).await.is_err());
        assert_eq!(std::fs::read_to_string(log).unwrap(), "POST /x?y=1\n山田\n");
    }
}
