//! The documentation: one page of every endpoint, made of the same description as everything else.
//!
//! It is rendered here, refers to no other file, and can be read offline once it is saved.

use crate::csrf::SiteAddress;
use crate::endpoint::{Endpoint, Field, FieldKind, Operation};
use crate::openapi::{Description, Route, anchor, failures, group_about, meaning, sent, success_example};
use crate::page::snippet::Snippet;
use crate::page::{self, Group, STYLE, menu, paragraphs};
use crate::rest::Site;
use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use countersign_core::json::Value;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderValue, Response};
use std::sync::Arc;

/// Where people look for it.
pub const PATH: &str = "/docs";

/// What is documented.
#[derive(Clone)]
pub struct Documentation {
    /// The endpoints.
    pub site: Site,
    /// The name of the API.
    pub title: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The addresses beside the endpoints.
    pub routes: Vec<Route>,
}

impl Documentation {
    /// The page at `path`, and, if there is one, an index of the endpoints.
    ///
    /// # Panics
    /// Where a path is none for axum.
    pub fn router(self, path: &str, index: Option<&str>) -> Router {
        let this = Arc::new(self);
        let docs = Arc::clone(&this);
        let router = Router::new().route(path, get(async move |request: Request| html(docs.page(&request))));
        match index {
            None => router,
            Some(place) => {
                let docs = path.to_owned();
                router.route(place, get(async move || html(this.index(&docs))))
            }
        }
    }

    fn description(&self) -> Description<'_> {
        Description { routes: self.routes.clone(), ..Description::of(&self.site, self.title, self.version) }
    }

    fn page(&self, request: &Request) -> String {
        let description = self.description();
        let (parts, ()) = {
            let mut bare = http::Request::new(());
            *bare.uri_mut() = request.uri().clone();
            bare.headers_mut().clone_from(request.headers());
            bare.extensions_mut().clone_from(request.extensions());
            bare.into_parts()
        };
        let base = SiteAddress::of(&parts, &self.site.settings().trusted_proxies).origin();
        let groups = description.groups();
        let groups = groups.into_iter().map(|name| Chapter {
            name,
            about: group_about(name),
            entries: entries(&description, name, &base),
            routes: description.routes.iter().filter(|route| route.group == name).collect(),
        });
        let page = Page {
            style: STYLE,
            title: self.title,
            version: self.version,
            has_pages: !description.json_only,
            chapters: groups.collect(),
        };
        page.render().expect("a template that holds only text writes into a string without fail")
    }

    fn index(&self, docs: &str) -> String {
        let groups = menu(self.site.endpoints());
        let index = Index { style: STYLE, title: self.title, version: self.version, docs, groups };
        index.render().expect("a template that holds only text writes into a string without fail")
    }
}

fn html(page: String) -> Response<Body> {
    let mut response = Response::new(Body::from(page));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, page::policy());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // The lines for a shell name the host that was asked.
    headers.insert(VARY, HeaderValue::from_static("Host"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

#[derive(Template)]
#[template(path = "docs.html")]
struct Page<'a> {
    style: &'static str,
    title: &'a str,
    version: &'a str,
    has_pages: bool,
    chapters: Vec<Chapter<'a>>,
}

#[derive(Template)]
#[template(path = "index.html")]
struct Index<'a> {
    style: &'static str,
    title: &'a str,
    version: &'a str,
    docs: &'a str,
    groups: Vec<Group>,
}

/// The endpoints of one group.
struct Chapter<'a> {
    name: &'a str,
    about: &'static str,
    entries: Vec<Entry<'a>>,
    routes: Vec<&'a Route>,
}

/// One operation.
struct Entry<'a> {
    id: String,
    method: &'a str,
    endpoint: &'a Endpoint,
    path: String,
    /// Whether its page has an address of its own.
    has_page: bool,
    fields: Vec<&'a Field>,
    /// By what callers are known: the ways, each of them enough.
    ways: Vec<String>,
    status: u16,
    /// An example of the body that is answered; empty for none.
    answer: String,
    /// An example of the body that is sent; empty for none.
    sent: String,
    cookies: String,
    failures: Vec<Refusals>,
    curl: String,
    httpie: String,
}

/// What is refused with one status.
struct Refusals {
    status: u16,
    meaning: &'static str,
    bodies: Vec<String>,
}

impl Entry<'_> {
    fn paragraphs(&self) -> impl Iterator<Item = &str> {
        paragraphs(&self.endpoint.description)
    }
}

fn entries<'a>(description: &Description<'a>, group: &str, base: &str) -> Vec<Entry<'a>> {
    let of_group = description.endpoints.iter().filter(|endpoint| endpoint.group == group);
    of_group
        .flat_map(|&endpoint| endpoint.operations.iter().map(move |operation| (endpoint, operation)))
        .map(|(endpoint, operation)| entry(description, endpoint, operation, base))
        .collect()
}

fn entry<'a>(
    description: &Description<'a>,
    endpoint: &'a Endpoint,
    operation: &'a Operation,
    base: &str,
) -> Entry<'a> {
    let path = match endpoint.tail {
        Some(tail) => format!("{}/{{{tail}}}/", endpoint.path.trim_end_matches('/')),
        None => endpoint.path.clone(),
    };
    let example = path.replace("{id}", "1");
    let snippet = Snippet::plain(base, &example, endpoint, operation);
    let ways = endpoint.credentials.iter().map(|way| match &way[..] {
        [] => "None of these.".to_owned(),
        way => way.iter().map(|credential| credential.about.as_ref()).collect::<Vec<_>>().join(" "),
    });
    let indented = |value: Value| value.to_utf8_indented(4);
    let failures =
        failures(description, endpoint, operation).into_iter().map(|(status, failures)| Refusals {
            status,
            meaning: meaning(status),
            bodies: failures.iter().map(|failure| Value::from(failure.body()).to_utf8()).collect(),
        });
    let has_fields = operation.shown_fields().next().is_some();
    Entry {
        id: anchor(endpoint, operation),
        method: operation.method.as_str(),
        endpoint,
        path,
        has_page: endpoint.tail.is_none() && !description.json_only,
        fields: operation.shown_fields().collect(),
        ways: ways.collect(),
        status: operation.success.status.as_u16(),
        answer: if operation.success.status == http::StatusCode::NO_CONTENT {
            String::new()
        } else {
            indented(success_example(&operation.success))
        },
        sent: if has_fields { indented(sent(operation)) } else { String::new() },
        cookies: operation.cookies.join(", "),
        failures: failures.collect(),
        curl: snippet.curl(),
        httpie: snippet.httpie(),
    }
}

/// What a field holds, in words.
fn holds(field: &Field) -> String {
    match field.kind {
        FieldKind::Text => "text".to_owned(),
        FieldKind::Password => "a password".to_owned(),
        FieldKind::Token => "a token".to_owned(),
        FieldKind::PrimaryKey => "a primary key".to_owned(),
        FieldKind::Choice(choices) => choices.join(" or "),
    }
}

fn needed(field: &Field) -> &'static str {
    match (field.required, field.elsewhere) {
        (true, false) => "required",
        (true, true) => "here or in the header",
        (false, _) => "optional",
    }
}
