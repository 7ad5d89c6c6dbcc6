//! Requests that a page sends for its reader, without a script.
//!
//! A form of HTML can neither send JSON nor set a header nor use `DELETE`. So the page posts what was filled in to its
//! own address with `?console`, and the server makes the request of it and answers with the page of the answer. The
//! endpoint sees a request like any other, with the cookies, the origin and the address of this one.
//!
//! A token travels in the body of such a post and comes back in the page, in fields of forms that are sent on. It is
//! in no address, in no cookie and nowhere on the server. What comes from another origin is refused before anything
//! else: only a page of ours can make a browser send cookies and tokens this way.

use crate::cookie::Cookies;
use crate::endpoint::{CredentialPlace, Endpoint, Operation};
use crate::page::snippet::Kind;
use crate::rest::call::Parts;
use crate::rest::form;
use bytes::Bytes;
use countersign_core::json::{Object, Value};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use std::fmt::Write as _;

/// What somebody filled in.
#[derive(Default)]
pub(in crate::rest) struct Sent {
    /// The method that is wanted; none where only a token is to be looked at.
    pub(super) method: Option<Method>,
    pub(super) body: SentBody,
    /// The token for the header that the endpoint looks into; empty for none.
    pub(super) token: String,
    /// A token of an answer before, which is kept at hand: the name of its member, and the token. Empty for none.
    pub(super) kept: (String, String),
    /// The text that is to be looked at; empty for none.
    pub(super) inspected: String,
}

/// The body that is wanted.
#[derive(Default)]
pub(super) enum SentBody {
    /// None.
    #[default]
    Nothing,
    /// These fields, written in this way.
    Fields(Kind, Vec<(String, String)>),
    /// As it was typed.
    Raw(Kind, String),
}

/// Whether a post is one of a page. It is asked for HTML, so no client of the wire is ever taken for a page.
pub(in crate::rest) fn is_wanted(parts: &Parts) -> bool {
    *parts.method() == Method::POST
        && parts
            .request
            .uri
            .query()
            .is_some_and(|query| form::pairs(query).any(|(name, _)| name == "console"))
}

impl Sent {
    /// Reads the form. Its own members begin with `_`; the others are fields of the endpoint.
    pub(in crate::rest) fn read(form: &Object, endpoint: &Endpoint) -> Self {
        let text = |name: &str| form.get(name).and_then(Value::as_str).unwrap_or_default().trim();
        let value = text("_value").to_owned();
        let mut sent = Self {
            token: text("_token").to_owned(),
            inspected: text("_inspect").to_owned(),
            kept: (text("_kept_as").to_owned(), text("_kept").to_owned()),
            ..Self::default()
        };
        let kind = kind(text("_media_type"));
        if !sent.inspected.is_empty() {
            return sent;
        }
        if form.contains("_look") {
            return Self { inspected: value, ..sent };
        }
        if form.contains("_use") {
            return Self { method: Some(Method::GET), token: value, ..sent };
        }
        sent.method = Method::from_bytes(text("_method").as_bytes()).ok();
        if let Some(field) = form.get("_field").and_then(Value::as_str) {
            sent.method = Some(Method::POST);
            sent.body = SentBody::Fields(Kind::Json, vec![(field.to_owned(), value)]);
        } else if let Some(raw) = form.get("_content").and_then(Value::as_str) {
            sent.body = SentBody::Raw(kind, raw.to_owned());
        } else if let Some(operation) = sent.operation(endpoint).filter(|operation| operation.has_body()) {
            sent.body = SentBody::Fields(kind, fields(form, operation));
        }
        sent
    }

    /// Whether there is a request to make.
    pub(in crate::rest) fn is_request(&self) -> bool {
        self.method.is_some()
    }

    /// The text to look at: the one that was asked about, else the token at hand.
    pub(in crate::rest) fn looked_at(&self) -> Option<&str> {
        [&self.inspected, &self.token].into_iter().map(String::as_str).find(|text| !text.is_empty())
    }

    fn operation<'e>(&self, endpoint: &'e Endpoint) -> Option<&'e Operation> {
        endpoint.operation_for(self.method.as_ref()?)
    }

    /// What was typed into a field.
    pub(super) fn typed(&self, name: &str) -> Option<&str> {
        match &self.body {
            SentBody::Fields(_, fields) => {
                fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
            }
            _ => None,
        }
    }

    /// The request of it, without the body.
    pub(in crate::rest) fn request(&self, from: &Parts, endpoint: &Endpoint) -> (Parts, Bytes) {
        let boundary = format!("countersign-{}", from.request_id.as_str());
        let (content_type, body) = self.body(&boundary);
        let mut request = from.request.clone();
        request.method = self.method.clone().unwrap_or(Method::GET);
        for name in [CONTENT_TYPE, CONTENT_LENGTH, TRANSFER_ENCODING, AUTHORIZATION] {
            request.headers.remove(name);
        }
        if !content_type.is_empty() {
            insert(&mut request.headers, CONTENT_TYPE, &content_type);
        }
        self.identify(&mut request.headers, endpoint);
        let parts = Parts {
            request,
            address: from.address,
            request_id: from.request_id.clone(),
            language: from.language,
        };
        (parts, body)
    }

    /// Sets the headers by which the endpoint knows callers.
    fn identify(&self, headers: &mut HeaderMap, endpoint: &Endpoint) {
        if let Some((name, word)) = endpoint.token_header().filter(|_| !self.token.is_empty()) {
            insert(headers, name, &format!("{word} {}", self.token));
        }
        for credential in endpoint.credentials.iter().flatten() {
            let CredentialPlace::CsrfToken { header, cookie } = &credential.place else { continue };
            // The page's origin was looked at, which is what this token would prove.
            let secret = Cookies::of(headers).find(cookie).ok().flatten().map(str::to_owned);
            if let Some(secret) = secret {
                insert(headers, header.clone(), &secret);
            }
        }
    }

    fn body(&self, boundary: &str) -> (String, Bytes) {
        match &self.body {
            SentBody::Nothing => (String::new(), Bytes::new()),
            SentBody::Raw(Kind::Multipart, text) => {
                // Whoever writes one by hand begins it with its boundary.
                let first = text.lines().next().unwrap_or_default().trim_end();
                let boundary = first.strip_prefix("--").unwrap_or(first);
                // A form's text area has its own idea of line ends, and so has a multipart body: the same one.
                (format!("multipart/form-data; boundary={boundary}"), text.clone().into())
            }
            SentBody::Raw(kind, text) => (media_type(*kind).to_owned(), text.clone().into()),
            SentBody::Fields(Kind::Json, fields) => {
                let object =
                    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Object>();
                (media_type(Kind::Json).to_owned(), Value::from(object).to_utf8().into())
            }
            SentBody::Fields(Kind::Form, fields) => {
                let pairs =
                    fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
                (media_type(Kind::Form).to_owned(), pairs.collect::<Vec<_>>().join("&").into())
            }
            SentBody::Fields(Kind::Multipart, fields) => {
                (format!("multipart/form-data; boundary={boundary}"), multipart(fields, boundary).into())
            }
        }
    }
}

/// The fields that were filled in. One that may be left out and is blank was left out.
fn fields(form: &Object, operation: &Operation) -> Vec<(String, String)> {
    let shown = operation.shown_fields();
    let filled = shown.filter_map(|field| {
        let value = form.get(&field.name).and_then(Value::as_str).unwrap_or_default();
        let is_sent = !value.is_empty() || (field.required && !field.elsewhere);
        is_sent.then(|| (field.name.clone().into_owned(), value.to_owned()))
    });
    filled.collect()
}

pub(super) const fn media_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Json => "application/json",
        Kind::Form => "application/x-www-form-urlencoded",
        Kind::Multipart => "multipart/form-data",
    }
}

fn kind(media_type: &str) -> Kind {
    match media_type {
        "application/x-www-form-urlencoded" => Kind::Form,
        "multipart/form-data" => Kind::Multipart,
        _ => Kind::Json,
    }
}

fn encoded(text: &str) -> percent_encoding::PercentEncode<'_> {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
}

fn multipart(fields: &[(String, String)], boundary: &str) -> String {
    let mut body = String::new();
    for (name, value) in fields {
        let name = name.replace(['"', '\r', '\n'], "_");
        let _ = write!(
            body,
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
    }
    let _ = write!(body, "--{boundary}--\r\n");
    body
}

/// Sets a header. What cannot stand in one is left out: the endpoint then says what is missing.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
        headers.insert(name, value);
    }
}
