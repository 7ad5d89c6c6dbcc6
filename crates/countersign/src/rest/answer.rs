//! What an endpoint answers, before it is known whether as JSON or as a page.

use bytes::Bytes;
use countersign_core::json::{Object, Reader, Value};
use http::{HeaderName, HeaderValue, StatusCode};
use std::fmt;
use std::time::Duration;

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its body.
    pub body: Body,
    /// Headers of its own. They take the place of those that every answer of the endpoint has; only
    /// `Set-Cookie` may come several times.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Whether it carries a secret, so that no cache may keep it.
    pub secret: bool,
    /// Whether it depends on a cookie, or sets one that later answers depend on: `Vary` then says so.
    pub varies_by_cookie: bool,
    /// Why it failed: for the log, never for the client.
    pub(crate) cause: Option<Box<str>>,
    /// Whether the database did not do its part.
    pub(super) of_store: bool,
}

/// The body of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// None at all, and no `Content-Type`.
    Empty,
    /// A value, yet to be written.
    Json(Value),
    /// Compact JSON, written long ago. It is parsed again only for clients who want it otherwise.
    Raw(Bytes),
}

impl Answer {
    /// An answer with a status and a body, nothing else.
    #[must_use]
    pub fn new(status: StatusCode, body: Body) -> Self {
        Self {
            status,
            body,
            headers: Vec::new(),
            secret: false,
            varies_by_cookie: false,
            cause: None,
            of_store: false,
        }
    }

    /// 200 with a value.
    pub fn ok(value: impl Into<Value>) -> Self {
        Self::new(StatusCode::OK, Body::Json(value.into()))
    }

    /// 200 with JSON that was written before.
    pub fn raw(json: impl Into<Bytes>) -> Self {
        Self::new(StatusCode::OK, Body::Raw(json.into()))
    }

    /// A status and one sentence: `{"detail":"Not found."}`.
    #[must_use]
    pub fn detail(status: StatusCode, detail: &str) -> Self {
        Self::new(status, Body::Json(Object::from([("detail", detail)]).into()))
    }

    /// A status, one sentence and a word for programs: `{"detail":"…","code":"token_not_valid"}`.
    #[must_use]
    pub fn code(status: StatusCode, detail: &str, code: &str) -> Self {
        Self::new(status, Body::Json(Object::from([("detail", detail), ("code", code)]).into()))
    }

    /// 400 with the complaints about each field, in order: `{"username":["This field is required."]}`.
    pub fn field_errors<N, M>(errors: impl IntoIterator<Item = (N, Vec<M>)>) -> Self
    where
        N: Into<String>,
        M: Into<Value>,
    {
        let errors = errors.into_iter().collect::<Object>();
        Self::new(StatusCode::BAD_REQUEST, Body::Json(errors.into()))
    }

    /// 400 with a complaint about the body as a whole: `{"non_field_errors":["No data provided"]}`.
    #[must_use]
    pub fn non_field_error(message: &str) -> Self {
        Self::field_errors([("non_field_errors", vec![message])])
    }

    /// 503: too much is going on, and the client may try again after a while (rounded up to a second).
    pub fn unavailable(retry_after: Duration, cause: impl fmt::Display) -> Self {
        let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
        Self::detail(StatusCode::SERVICE_UNAVAILABLE, "Service temporarily unavailable, try again later.")
            .header(http::header::RETRY_AFTER, HeaderValue::from(seconds))
            .caused_by(cause)
    }

    /// 503: the database did not do its part, and the client may try again in a second.
    pub fn store_unavailable(cause: impl fmt::Display) -> Self {
        Self { of_store: true, ..Self::unavailable(Duration::from_secs(1), cause) }
    }

    /// 500, of which the client learns nothing. The cause goes to the log.
    pub fn server_error(cause: impl fmt::Display) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, Body::Empty).caused_by(cause)
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Sets a member of the body, if that is an object: in place where it is there, else at the end. A body that was
    /// written long ago is read again first.
    pub fn insert(&mut self, name: &str, value: impl Into<Value>) {
        if let Body::Raw(bytes) = &self.body
            && let Ok(read) = Reader::BODY.read(bytes)
        {
            self.body = Body::Json(read);
        }
        if let Body::Json(Value::Object(object)) = &mut self.body {
            object.insert(name, value);
        }
    }

    /// The same with another status.
    #[must_use]
    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The same, kept by no cache: it carries a token.
    #[must_use]
    pub fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// The same, with `Cookie` in its `Vary`.
    #[must_use]
    pub fn varying_by_cookie(self) -> Self {
        Self { varies_by_cookie: true, ..self }
    }

    fn caused_by(self, cause: impl fmt::Display) -> Self {
        Self { cause: Some(cause.to_string().into()), ..self }
    }
}
