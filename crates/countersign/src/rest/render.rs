//! From an answer to the bytes of a response.

use super::answer::{Answer, Body};
use super::call::Parts;
use super::headers::{self, EndpointHeaders, Vary};
use super::negotiate::Format;
use super::page::{Contents, Page, Sent, Shown};
use super::site::{Inner, SiteSettings};
use crate::csrf::SiteAddress;
use crate::endpoint::Endpoint;
use crate::inspect::{Inspection, Inspector};
use crate::locale::Language;
use askama::Template;
use bytes::Bytes;
use countersign_core::json::{Reader, Value};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, SET_COOKIE, VARY, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};

/// What pages have that not every site has.
#[derive(Default)]
pub(super) struct Extras {
    /// What knows about tokens.
    pub(super) inspector: Option<Inspector>,
    /// Where the documentation is; empty where there is none.
    pub(super) docs: String,
}

/// What the pages are made of beside the answer.
pub(super) struct Renderer<'a> {
    pub(super) site: &'a Inner,
    pub(super) endpoint: &'a Endpoint,
    pub(super) headers: &'a EndpointHeaders,
    pub(super) settings: &'a SiteSettings,
    pub(super) extras: Option<&'a Extras>,
}

impl Renderer<'_> {
    pub(super) fn render(&self, answer: Answer, format: Format, parts: &Parts) -> (HeaderMap, Bytes) {
        let (status, mut headers, body) = self.translated(answer, format, parts);
        let body = match format {
            _ if status == StatusCode::NO_CONTENT => Bytes::new(),
            Format::Json { indent } => json(body, indent),
            Format::Html => {
                let shown = self.shown(status, body, &headers);
                self.page(Some(shown), None, None, parts)
            }
        };
        if body.is_empty() {
            headers.remove(CONTENT_TYPE);
        }
        (headers, body)
    }

    /// The page after a form of it was sent, with the answer if there was a request. It may hold tokens.
    pub(super) async fn render_sent(
        &self,
        answer: Option<Answer>,
        sent: &Sent,
        parts: &Parts,
    ) -> (StatusCode, (HeaderMap, Bytes)) {
        let inspection = match (self.extras.and_then(|extras| extras.inspector.as_ref()), sent.looked_at()) {
            // A database that does not answer has no part in what can be read.
            (Some(inspector), Some(text)) => inspector.inspect(text).await.ok(),
            _ => None,
        };
        let (status, mut headers, shown) = match answer {
            None => (StatusCode::OK, self.headers.html.clone(), None),
            Some(answer) => {
                let (status, headers, body) = self.translated(answer, Format::Html, parts);
                let shown = self.shown(status, body, &headers);
                // There is something to see even where the answer has nothing.
                (if status == StatusCode::NO_CONTENT { StatusCode::OK } else { status }, headers, Some(shown))
            }
        };
        let (name, value) = headers::NO_STORE;
        headers.insert(name, value);
        let body = self.page(shown, Some(sent), inspection, parts);
        (status, (headers, body))
    }

    /// The answer's status, headers and body, as they are whatever the form.
    fn translated(&self, answer: Answer, format: Format, parts: &Parts) -> (StatusCode, HeaderMap, Body) {
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
        let body = match parts.language {
            Some(language) if answer.status.is_client_error() => translated(answer.body, language),
            _ => answer.body,
        };
        (answer.status, headers, body)
    }

    /// The answer as the page shows it: as JSON has it. What a cookie holds is not shown, since no page may read it.
    fn shown(&self, status: StatusCode, body: Body, headers: &HeaderMap) -> Shown {
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let mut shown = vec![("Allow", self.headers.allow.clone())];
        if body != Body::Empty {
            shown.push(("Content-Type", "application/json".to_owned()));
        }
        for (name, header) in [
            ("Vary", VARY),
            ("WWW-Authenticate", WWW_AUTHENTICATE),
            ("Retry-After", RETRY_AFTER),
            ("Cache-Control", CACHE_CONTROL),
        ] {
            shown.extend(headers.get(header).map(|value| (name, text(value))));
        }
        shown.extend(
            headers.get_all(SET_COOKIE).iter().map(|value| ("Set-Cookie", without_value(&text(value)))),
        );
        let body = match body {
            Body::Empty => None,
            body => Some(value(body)),
        };
        Shown { status, headers: shown, body }
    }

    fn page(
        &self,
        shown: Option<Shown>,
        sent: Option<&Sent>,
        inspection: Option<Inspection>,
        parts: &Parts,
    ) -> Bytes {
        let contents = Contents {
            endpoint: self.endpoint,
            endpoints: self.site.endpoints(),
            docs: self.extras.map_or("", |extras| &extras.docs),
            parts,
            site: SiteAddress::of(&parts.request, &self.settings.trusted_proxies),
            sent,
            inspection,
        };
        let page = Page::new(contents, shown).render();
        page.expect("a template that holds only text writes into a string without fail").into()
    }
}

/// `Set-Cookie` without what the cookie holds.
fn without_value(cookie: &str) -> String {
    let (pair, attributes) = cookie.split_once(';').map_or((cookie, ""), |(pair, rest)| (pair, rest));
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let value = if value.is_empty() || value == "\"\"" { value } else { "…" };
    let end = if attributes.is_empty() { "" } else { ";" };
    format!("{name}={value}{end}{attributes}")
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
