//! From an answer to the bytes of a response.

use super::answer::{Answer, Body};
use super::call::Parts;
use super::headers::{self, EndpointHeaders, Vary};
use super::negotiate::Format;
use super::page::Page;
use super::site::SiteSettings;
use crate::endpoint::Endpoint;
use crate::locale::Language;
use askama::Template;
use bytes::Bytes;
use countersign_core::json::{Reader, Value};
use http::header::{CONTENT_TYPE, SET_COOKIE, VARY, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};

/// What the pages are made of beside the answer.
pub(super) struct Renderer<'a> {
    pub(super) endpoint: &'a Endpoint,
    pub(super) headers: &'a EndpointHeaders,
    pub(super) settings: &'a SiteSettings,
}

impl Renderer<'_> {
    pub(super) fn render(&self, answer: Answer, format: Format, parts: &Parts) -> (HeaderMap, Bytes) {
        let mut headers = match format {
            Format::Json { .. } => self.headers.json.clone(),
            Format::Html => self.headers.html.clone(),
        };
        if let (StatusCode::UNAUTHORIZED, Some(challenge)) = (answer.status, &self.endpoint.challenge) {
            headers.insert(WWW_AUTHENTICATE, challenge.clone());
        }
        if answer.secret {
            let (name, value) = headers::NO_STORE;
            headers.insert(name, value);
        }
        if answer.varies_by_cookie {
            headers.insert(VARY, Vary::of_endpoint(self.settings, true).header());
        }
        for (name, value) in answer.headers {
            if name == SET_COOKIE {
                headers.append(name, value);
            } else {
                headers.insert(name, value);
            }
        }
        let answer_body = match parts.language {
            Some(language) if answer.status.is_client_error() => translated(answer.body, language),
            _ => answer.body,
        };
        let body = match format {
            _ if answer.status == StatusCode::NO_CONTENT => Bytes::new(),
            Format::Json { indent } => json(answer_body, indent),
            Format::Html => Bytes::from(self.page(answer.status, answer_body, &headers, parts)),
        };
        if body.is_empty() {
            headers.remove(CONTENT_TYPE);
        }
        (headers, body)
    }

    fn page(&self, status: StatusCode, body: Body, headers: &HeaderMap, parts: &Parts) -> String {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let mut shown = vec![("Allow", self.headers.allow.as_str()), ("Content-Type", "application/json")];
        shown.extend(text(VARY).map(|vary| ("Vary", vary)));
        shown.extend(text(WWW_AUTHENTICATE).map(|challenge| ("WWW-Authenticate", challenge)));
        let body = match body {
            Body::Empty => String::new(),
            body => value(body).to_utf8_indented(4),
        };
        let page = Page::new(self.endpoint, &parts.request, status, shown, body);
        page.render().expect("a template that holds only text writes into a string without fail")
    }
}

/// The messages of a refusal in the client's language. Server errors stay as they are, always the same.
fn translated(body: Body, language: Language) -> Body {
    match body {
        Body::Empty => Body::Empty,
        body => Body::Json(language.translate_body(&value(body))),
    }
}

fn json(body: Body, indent: u8) -> Bytes {
    match (body, indent) {
        (Body::Empty, _) => Bytes::new(),
        (Body::Json(value), 0) => value.to_utf8().into(),
        (Body::Raw(bytes), 0) => bytes,
        (body, indent) => value(body).to_utf8_indented(indent.into()).into(),
    }
}

fn value(body: Body) -> Value {
    match body {
        Body::Empty => Value::Null,
        Body::Json(value) => value,
        Body::Raw(bytes) => Reader::BODY.read(&bytes).unwrap_or(Value::Null),
    }
}
