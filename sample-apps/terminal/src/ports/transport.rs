//! HTTP with a switch, as a phone's flight mode.

use async_trait::async_trait;
use companion_engine::ports::{Answer, Attempt, Method, Request, Transport};
use reqwest::{Client, redirect};
use std::{io, time::Duration};
use tokio::sync::watch;

/// The largest answer that is read.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// HTTP that can be switched off: what is under way ends then.
pub struct SwitchedHttp {
    client: Client,
    offline: watch::Sender<bool>,
}

impl SwitchedHttp {
    /// HTTP that is on.
    ///
    /// # Errors
    /// If the system's certificates cannot be used.
    pub fn new() -> io::Result<Self> {
        // Fails if the process has chosen its provider before, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().redirect(redirect::Policy::none());
        Ok(Self {
            client: client.build().map_err(io::Error::other)?,
            offline: watch::Sender::new(false),
        })
    }

    /// Switches it off or on.
    pub fn set_offline(&self, offline: bool) {
        self.offline.send_replace(offline);
    }
}

#[async_trait]
impl Transport for SwitchedHttp {
    async fn exchange(&self, request: Request, timeout: Duration) -> Attempt {
        let mut offline = self.offline.subscribe();
        if *offline.borrow_and_update() {
            return Attempt::NotSent;
        }
        let exchange = tokio::time::timeout(timeout, send(&self.client, request));
        tokio::select! {
            attempt = exchange => attempt.unwrap_or(Attempt::Lost),
            // The sender lives as long as this transport.
            _ = offline.wait_for(|offline| *offline) => Attempt::Lost,
        }
    }
}

async fn send(client: &Client, request: Request) -> Attempt {
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Delete => reqwest::Method::DELETE,
    };
    let mut sending = client.request(method, request.url).body(request.body);
    for (name, value) in request.headers {
        sending = sending.header(name, value);
    }
    match sending.send().await {
        Ok(response) => read(response).await,
        Err(error) if error.is_connect() || error.is_builder() => Attempt::NotSent,
        Err(_) => Attempt::Lost,
    }
}

async fn read(mut response: reqwest::Response) -> Attempt {
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers = headers
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect();
    let mut body = Vec::new();
    while let Ok(chunk) = response.chunk().await {
        match chunk {
            Some(chunk) if body.len() + chunk.len() <= MAX_ANSWER => body.extend_from_slice(&chunk),
            Some(_) => break,
            None => {
                return Attempt::Answered(Answer {
                    status,
                    headers,
                    body,
                });
            }
        }
    }
    Attempt::Lost
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        sync::Notify,
    };

    fn get(url: &str) -> Request {
        Request {
            method: Method::Get,
            url: url.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A server that answers `/here` and tells of every request that came.
    async fn server() -> (String, Arc<Notify>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let came = Arc::new(Notify::new());
        let tell = came.clone();
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = [0; 1024];
                let count = stream.read(&mut head).await.unwrap();
                tell.notify_one();
                if head[..count].starts_with(b"GET /here") {
                    let answer =
                        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
                    stream.write_all(answer).await.unwrap();
                } else {
                    open.push(stream);
                }
            }
        });
        (format!("http://{address}"), came)
    }

    #[tokio::test]
    async fn switched_off_nothing_goes_out_and_what_is_under_way_ends() {
        const LONG: Duration = Duration::from_secs(600);
        const PATIENCE: Duration = Duration::from_secs(30);
        let (url, came) = server().await;
        let http = Arc::new(SwitchedHttp::new().unwrap());
        let here = get(&format!("{url}/here"));
        let answered = http.exchange(here.clone(), LONG).await;
        assert!(matches!(answered, Attempt::Answered(answer) if answer.body == b"ok"));
        came.notified().await;

        let (asking, poll) = (http.clone(), get(&format!("{url}/poll")));
        let poll = tokio::spawn(async move { asking.exchange(poll, LONG).await });
        came.notified().await;
        http.set_offline(true);
        let ended = tokio::time::timeout(PATIENCE, poll).await;
        let ended = ended.expect("what is under way goes on").unwrap();
        assert!(matches!(ended, Attempt::Lost));
        assert!(matches!(
            http.exchange(here.clone(), LONG).await,
            Attempt::NotSent
        ));

        http.set_offline(false);
        let answered = http.exchange(here, LONG).await;
        assert!(matches!(answered, Attempt::Answered(_)));
    }
}
