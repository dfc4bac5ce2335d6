//! Requests and answers of the port `Transport`.

use companion_engine::ports as engine;

/// The methods that a request may have.
pub type HttpMethod = engine::Method;

/// One request, complete with its credentials: never log it.
#[derive(uniffi::Record)]
pub struct HttpRequest {
    /// The method.
    pub method: HttpMethod,
    /// The absolute address.
    pub url: String,
    /// Headers in the order in which they are sent.
    pub headers: Vec<HttpHeader>,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

/// A complete answer.
#[derive(uniffi::Record)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// Headers as received.
    pub headers: Vec<HttpHeader>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// One header.
#[derive(uniffi::Record)]
pub struct HttpHeader {
    /// Its name, in any case.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// The methods that a request may have.
#[uniffi::remote(Enum)]
pub enum HttpMethod {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `DELETE`
    Delete,
}

impl From<engine::Request> for HttpRequest {
    fn from(request: engine::Request) -> Self {
        let engine::Request {
            method,
            url,
            headers,
            body,
        } = request;
        let headers = headers.into_iter();
        Self {
            method,
            url,
            headers: headers
                .map(|(name, value)| HttpHeader { name, value })
                .collect(),
            body,
        }
    }
}

impl From<HttpAnswer> for engine::Answer {
    fn from(answer: HttpAnswer) -> Self {
        let HttpAnswer {
            status,
            headers,
            body,
        } = answer;
        let headers = headers.into_iter();
        Self {
            status,
            headers: headers.map(|header| (header.name, header.value)).collect(),
            body,
        }
    }
}
