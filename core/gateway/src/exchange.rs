//! One HTTP exchange with a target or a channel.

use companion_adapters::http::{Answer, Attempt, Method, Request};
use reqwest::{Client, redirect};
use std::time::Duration;

/// The largest answer that is read.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Sends requests. Redirects are answers like others: a request goes to where its secrets belong.
#[derive(Clone)]
pub(crate) struct Exchange(Client);

impl Exchange {
    /// Waits at most `timeout` of real time for a whole answer, however fast the gateway's clock runs: the other side
    /// lives in the world, and an answer given up too early leaves a message in doubt.
    pub(crate) fn new(timeout: Duration) -> Result<Self, reqwest::Error> {
        // Fails if the process has chosen its provider before, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(timeout);
        Ok(Self(client.build()?))
    }

    /// Sends `request` and waits for the whole answer.
    pub(crate) async fn send(&self, request: Request) -> Attempt {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self.0.request(method, &request.url).body(request.body);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        match builder.send().await {
            Ok(response) => read(response).await,
            Err(error) if error.is_connect() || error.is_builder() => Attempt::NotSent,
            Err(_) => Attempt::Lost,
        }
    }
}

async fn read(mut response: reqwest::Response) -> Attempt {
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_ANSWER => {
                body.extend_from_slice(&chunk);
            }
            Ok(None) => break,
            Ok(Some(_)) | Err(_) => return Attempt::Lost,
        }
    }
    Attempt::Answered(Answer {
        status,
        headers,
        body,
    })
}
