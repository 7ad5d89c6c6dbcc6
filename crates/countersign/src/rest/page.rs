//! The browsable page: what the endpoint is for, forms to call it with, the answer, the same request for a shell, and
//! what is in the token at hand.

mod console;
mod next;

pub(super) use self::console::{Sent, is_wanted};

use self::console::{SentBody, media_type};
use self::next::Token;
use super::call::Parts;
use crate::csrf::SiteAddress;
use crate::endpoint::{Endpoint, Field, FieldKind, Operation};
use crate::inspect::Inspection;
use crate::page::snippet::{Kind, Snippet};
use crate::page::{Group, STYLE, menu, paragraphs};
use askama::Template;
use countersign_core::json::{Object, Value};
use http::{Method, StatusCode};

/// What a page shows. It refers to no other file and holds no script.
#[derive(Template)]
#[template(path = "rest/page.html")]
pub(super) struct Page<'a> {
    endpoint: &'a Endpoint,
    style: &'static str,
    /// The address, without the query.
    path: &'a str,
    /// The address with its query, as it was asked for; without it where a form was sent.
    target: &'a str,
    /// Where the documentation is; empty where there is none.
    docs: &'a str,
    groups: Vec<Group>,
    response: Option<Response<'a>>,
    /// The request stands above the answer, which only says that there is nothing to `GET`.
    request_first: bool,
    forms: Vec<Form<'a>>,
    /// The token at hand; empty for none.
    token: &'a str,
    /// The text that is looked at.
    looked_at: &'a str,
    inspection: Option<Inspection>,
    /// The tokens in the answer and the one that was kept, and what to do with them.
    tokens: Vec<Token>,
    /// The token that is kept at hand: the name of its member, and the token. Empty for none.
    kept: (String, String),
}

/// The answer.
struct Response<'a> {
    method: &'a Method,
    status: u16,
    reason: &'a str,
    /// The headers that tell something about the answer.
    headers: Vec<(&'static str, String)>,
    body: String,
    curl: String,
    httpie: String,
}

/// The forms for one method.
struct Form<'a> {
    method: &'a str,
    fields: Vec<Input<'a>>,
    has_body: bool,
    /// The word before the token that this endpoint asks for; empty where it asks for none.
    word: &'a str,
    kind: Kind,
    /// What stands in the form for raw data.
    raw: String,
    /// Whether that form was the one that was sent.
    is_raw: bool,
    curl: String,
    httpie: String,
}

/// A field of a form.
struct Input<'a> {
    field: &'a Field,
    /// What was typed, where that is no password.
    value: &'a str,
}

/// Everything that a page is made of.
pub(super) struct Contents<'a> {
    pub(super) endpoint: &'a Endpoint,
    /// Every endpoint of the site.
    pub(super) endpoints: Vec<&'a Endpoint>,
    pub(super) docs: &'a str,
    pub(super) parts: &'a Parts,
    pub(super) site: SiteAddress,
    pub(super) sent: Option<&'a Sent>,
    pub(super) inspection: Option<Inspection>,
}

/// The answer that a page shows.
pub(super) struct Shown {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
}

impl<'a> Page<'a> {
    pub(super) fn new(contents: Contents<'a>, shown: Option<Shown>) -> Self {
        let Contents { endpoint, endpoints, docs, parts, site, sent, inspection } = contents;
        let base = site.origin();
        let path = parts.request.uri.path();
        let method = sent.and_then(|sent| sent.method.as_ref()).unwrap_or(parts.method());
        let status = shown.as_ref().map(|shown| shown.status);
        let mut tokens = match (status, shown.as_ref().and_then(|shown| shown.body.as_ref())) {
            (Some(status), Some(body)) if status.is_success() => {
                next::tokens(endpoint, &endpoints, method, body)
            }
            _ => Vec::new(),
        };
        // What an answer brings takes the place of what was kept.
        let fresh = tokens.iter().find(|token| token.name.starts_with("refresh"));
        let kept = match (fresh, sent) {
            (Some(fresh), _) => (fresh.name.clone(), fresh.text.clone()),
            (None, Some(sent)) => sent.kept.clone(),
            (None, None) => Default::default(),
        };
        if fresh.is_none() {
            tokens.extend(next::kept(&endpoints, &kept.0, &kept.1));
        }
        let forms = endpoint.operations.iter().map(|operation| form(&base, path, endpoint, operation, sent));
        let response = shown.map(|shown| response(shown, method, &base, path, endpoint, sent));
        let target = parts.request.uri.path_and_query().map_or("", |target| target.as_str());
        Self {
            endpoint,
            style: STYLE,
            path,
            target: if sent.is_some() { path } else { target },
            docs,
            groups: menu(endpoints.iter().copied()),
            request_first: sent.is_none() && status == Some(StatusCode::METHOD_NOT_ALLOWED),
            forms: forms.collect(),
            response,
            token: sent.map_or("", |sent| &sent.token),
            looked_at: sent.and_then(Sent::looked_at).unwrap_or_default(),
            inspection,
            tokens,
            kept,
        }
    }

    fn paragraphs(&self) -> impl Iterator<Item = &str> {
        paragraphs(&self.endpoint.description)
    }
}

fn form<'a>(
    base: &str,
    path: &str,
    endpoint: &'a Endpoint,
    operation: &'a Operation,
    sent: Option<&'a Sent>,
) -> Form<'a> {
    let sent = sent.filter(|sent| sent.method.as_ref() == Some(&operation.method));
    let (kind, raw) = match sent.map(|sent| &sent.body) {
        Some(SentBody::Raw(kind, text)) => (*kind, Some(text.clone())),
        Some(SentBody::Fields(kind, _)) => (*kind, None),
        _ => (Kind::Json, None),
    };
    let fields = operation.shown_fields().map(|field| Input {
        field,
        value: sent
            .and_then(|sent| sent.typed(&field.name))
            .filter(|_| field.kind != FieldKind::Password)
            .unwrap_or_default(),
    });
    let snippet = Snippet::plain(base, path, endpoint, operation);
    Form {
        method: operation.method.as_str(),
        fields: fields.collect(),
        has_body: operation.has_body(),
        word: endpoint.token_header().map_or("", |(_, word)| word),
        kind,
        is_raw: raw.is_some(),
        raw: raw.unwrap_or_else(|| template(operation)),
        curl: snippet.curl(),
        httpie: snippet.httpie(),
    }
}

/// The fields as JSON, yet to be filled in.
fn template(operation: &Operation) -> String {
    let fields = operation.shown_fields().filter(|field| field.required);
    Value::from(fields.map(|field| (field.name.as_ref(), "")).collect::<Object>()).to_utf8_indented(4)
}

fn response<'a>(
    shown: Shown,
    method: &'a Method,
    base: &str,
    path: &str,
    endpoint: &Endpoint,
    sent: Option<&Sent>,
) -> Response<'a> {
    let (curl, httpie) = match endpoint.operation_for(method) {
        None => (String::new(), String::new()),
        Some(operation) => {
            let plain = Snippet::plain(base, path, endpoint, operation);
            let snippet = match sent.map(|sent| &sent.body) {
                Some(SentBody::Fields(kind, fields)) => Snippet {
                    kind: *kind,
                    fields: operation
                        .shown_fields()
                        .filter_map(|field| {
                            let sent = fields.iter().find(|(name, _)| *name == field.name)?;
                            Some((field, Some(sent.1.as_str())))
                        })
                        .collect(),
                    ..plain
                },
                _ => plain,
            };
            (snippet.curl(), snippet.httpie())
        }
    };
    Response {
        method,
        status: shown.status.as_u16(),
        reason: shown.status.canonical_reason().unwrap_or_default(),
        headers: shown.headers,
        body: shown.body.map_or_else(String::new, |body| body.to_utf8_indented(4)),
        curl,
        httpie,
    }
}

impl Response<'_> {
    /// The class of the status: what colour it has. The number says the same.
    fn tone(&self) -> &'static str {
        match self.status {
            200..300 => "good",
            500.. => "bad",
            400.. => "note",
            _ => "",
        }
    }
}

impl Form<'_> {
    /// The media types of a body, and which of them is chosen.
    fn media_types(&self) -> [(&'static str, bool); 3] {
        [Kind::Json, Kind::Form, Kind::Multipart].map(|kind| (media_type(kind), kind == self.kind))
    }
}

/// The `type` of a field's `<input>`.
fn input_type(field: &Field) -> &'static str {
    match field.kind {
        FieldKind::Password => "password",
        FieldKind::Text | FieldKind::PrimaryKey | FieldKind::Token | FieldKind::Choice(_) => "text",
    }
}

/// What a browser may fill the field with.
fn autocomplete(field: &Field) -> &'static str {
    match (field.kind, field.name.as_ref()) {
        (FieldKind::Password, _) => "current-password",
        (FieldKind::Text, "username") => "username",
        _ => "off",
    }
}

fn choices(field: &Field) -> &'static [&'static str] {
    match field.kind {
        FieldKind::Choice(choices) => choices,
        _ => &[],
    }
}

fn indented(object: &Object) -> String {
    Value::from(object.clone()).to_utf8_indented(4)
}
