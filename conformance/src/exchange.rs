//! A question and its answer, as they are on the wire.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer};

/// A request. `Host` and `Content-Length` are added where it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Request {
    /// Any method, known or not.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names and values in order. A value is text of which each character is one byte (Latin-1).
    pub headers: Vec<(String, String)>,
    /// The body, empty if there is none.
    #[serde(deserialize_with = "bytes")]
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers or body.
    #[must_use]
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    /// A POST of a JSON document.
    #[must_use]
    pub fn post(path: &str, document: &serde_json::Value) -> Self {
        Self { body: document.to_string().into_bytes(), ..Self::new("POST", path) }
            .with("Content-Type", "application/json")
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The request as the `http` crate has it, addressed to `host`.
    ///
    /// # Errors
    ///
    /// If a method, path or header cannot be on the wire at all.
    pub fn to_http(&self, host: &str) -> Result<http::Request<Vec<u8>>, http::Error> {
        let mut request =
            http::Request::builder().method(self.method.as_str()).uri(&self.path).header("host", host);
        for (name, value) in &self.headers {
            let value = http::HeaderValue::from_bytes(&latin1(value))?;
            request = request.header(name, value);
        }
        if !self.body.is_empty() || matches!(self.method.as_str(), "POST" | "PUT" | "PATCH") {
            request = request.header("content-length", self.body.len());
        }
        request.body(self.body.clone())
    }
}

/// The cookie that the recipe keeps its refresh token in.
pub const REFRESH_COOKIE: &str = "refreshtoken";

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names, in lower case, and values in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(deserialize_with = "bytes")]
    pub body: Vec<u8>,
}

impl Response {
    /// An answer that was received.
    #[must_use]
    pub fn from_http(parts: &http::response::Parts, body: Vec<u8>) -> Self {
        let text = |value: &http::HeaderValue| value.as_bytes().iter().copied().map(char::from).collect();
        let headers =
            parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        Self { status: parts.status.as_u16(), headers, body }
    }

    /// Every value of a header, in order.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON, `null` if it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The tokens in the body, by the name of their field, and the refresh token in a cookie, by that of the cookie.
    #[must_use]
    pub fn tokens(&self) -> Vec<(&'static str, String)> {
        let body = self.json();
        let token = |name| Some((name, body.get(name)?.as_str().filter(|it| it.contains('.'))?.to_owned()));
        let mut tokens: Vec<_> =
            ["access", "refresh", "token", "access_token"].into_iter().filter_map(token).collect();
        let cookies =
            self.header("set-cookie").filter_map(|cookie| cookie.split(';').next()?.split_once('='));
        let refresh = cookies.filter(|(name, token)| *name == REFRESH_COOKIE && token.contains('.'));
        tokens.extend(refresh.map(|(_, token)| (REFRESH_COOKIE, token.to_owned())));
        tokens
    }
}

/// The bytes of text of which each character is one. Others become `?`.
fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?')).collect()
}

/// A body is text, or `{"base64": …}` where it is not UTF-8.
fn bytes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Body {
        Text(String),
        Encoded { base64: String },
    }
    match Body::deserialize(from)? {
        Body::Text(text) => Ok(text.into_bytes()),
        Body::Encoded { base64 } => STANDARD.decode(base64).map_err(serde::de::Error::custom),
    }
}
