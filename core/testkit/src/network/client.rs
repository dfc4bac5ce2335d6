//! Sends the requests of adapters, for whoever reads a sandbox back.

use companion_adapters::http::{Answer, Attempt, Method, Request};
use std::io;

/// An HTTP client that follows no redirect and uses no proxy. A request may wait as long as its server likes.
pub fn client() -> io::Result<reqwest::Client> {
    // Another part of the process may have installed it already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(io::Error::other)
}

/// Sends `request` once.
pub async fn send(client: &reqwest::Client, request: Request) -> Attempt {
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
    match answer(sending).await {
        Ok(answer) => Attempt::Answered(answer),
        Err(error) if error.is_connect() || error.is_builder() => Attempt::NotSent,
        Err(_) => Attempt::Lost,
    }
}

async fn answer(sending: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
    let answer = sending.send().await?;
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers = answer.headers().iter();
    Ok(Answer {
        status: answer.status().as_u16(),
        headers: headers
            .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
            .collect(),
        body: answer.bytes().await?.into(),
    })
}
