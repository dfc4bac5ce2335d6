//! Errors as RFC 9457 describes them, with a `code` that a program can test.

use crate::store::StoreError;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

/// An error answer. Its code is stable; its title is for people and never holds content.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
}

impl Problem {
    pub(crate) const MALFORMED: Self = Self::new(400, "malformed", "The request has another shape");
    pub(crate) const INVALID_GRANT: Self =
        Self::new(400, "invalid_grant", "The assertion is not accepted");
    pub(crate) const UNSUPPORTED_GRANT: Self = Self::new(
        400,
        "unsupported_grant_type",
        "Only the JWT bearer grant is served",
    );
    pub(crate) const BEYOND_END: Self = Self::new(
        400,
        "ack_beyond_end",
        "The inbox has no item of this number yet",
    );
    pub(crate) const TOO_MANY: Self = Self::new(400, "too_many", "The batch is too long");
    pub(crate) const UNAUTHENTICATED: Self = Self::new(
        401,
        "invalid_token",
        "The token is missing, expired or unknown",
    );
    pub(crate) const BAD_SIGNATURE: Self =
        Self::new(401, "bad_signature", "The signature does not match");
    pub(crate) const DISABLED: Self = Self::new(
        403,
        "enrolment_disabled",
        "The company has ended this enrolment",
    );
    pub(crate) const REFUSED: Self = Self::new(403, "refused", "The request is refused");
    pub(crate) const NOT_FOUND: Self = Self::new(404, "not_found", "Nothing is here");
    pub(crate) const NOT_ALLOWED: Self =
        Self::new(405, "method_not_allowed", "Not with this method");
    pub(crate) const TIMEOUT: Self = Self::new(408, "timeout", "The request took too long");
    pub(crate) const OTHER_INBOX: Self =
        Self::new(409, "other_inbox", "The inbox began anew; read it from 0");
    pub(crate) const TOO_LARGE: Self = Self::new(413, "too_large", "The body is too large");
    pub(crate) const UNAVAILABLE: Self = Self::new(
        503,
        "unavailable",
        "The gateway cannot store now; try again",
    );

    const fn new(status: u16, code: &'static str, title: &'static str) -> Self {
        let status = match StatusCode::from_u16(status) {
            Ok(status) => status,
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self {
            status,
            code,
            title,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::json!({
            "type": "about:blank",
            "title": self.title,
            "status": self.status.as_u16(),
            "code": self.code,
        });
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (self.status, kind, body.to_string()).into_response()
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if let StoreError::OutOfRange = error {
            return Self::MALFORMED;
        }
        tracing::error!(%error, "a request failed");
        Self::UNAVAILABLE
    }
}
