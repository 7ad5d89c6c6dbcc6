//! The description of an API in the words of OpenAPI 3.1, written from its [endpoints](crate::endpoint::Endpoint).
//!
//! What is sent and what is answered are described apart, so that no field is in a body where it cannot be; every
//! refusal has its status, its form and its words; and by what a caller is known is said for each operation.

mod answers;
mod names;
mod operation;
mod route;
mod schema;
mod security;

pub(crate) use self::answers::{by_status as failures, why as meaning};
pub use self::route::{Route, RouteAnswer};
pub(crate) use self::schema::{answered as success_example, sent};

use self::names::Names;
use crate::endpoint::{Endpoint, Failure, Operation};
use crate::rest::Site;
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use countersign_core::json::{Object, Value};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Response};

/// Where clients look for it.
pub const PATH: &str = "/openapi.json";

/// Everything that is described.
pub struct Description<'a> {
    /// The name of the API.
    pub title: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The endpoints, in the order in which they are shown.
    pub endpoints: Vec<&'a Endpoint>,
    /// The addresses beside them.
    pub routes: Vec<Route>,
    /// What any request may be refused with, beside what the framework refuses with.
    pub failures: Vec<Failure>,
    /// Whether there are no pages.
    pub json_only: bool,
    /// Whether refusals are translated.
    pub locales: bool,
}

impl<'a> Description<'a> {
    /// Of all that a site serves, and nothing else.
    #[must_use]
    pub fn of(site: &'a Site, title: &'a str, version: &'a str) -> Self {
        let settings = site.settings();
        Self {
            title,
            version,
            endpoints: site.endpoints(),
            routes: Vec::new(),
            failures: Vec::new(),
            json_only: settings.json_only,
            locales: settings.locales,
        }
    }

    /// The OpenAPI document.
    #[must_use]
    pub fn document(&self) -> Value {
        let names = Names::of(&self.endpoints);
        let mut schemas = schema::shared();
        let mut paths = Object::new();
        for endpoint in &self.endpoints {
            paths.insert(&names::path(endpoint), operation::item(self, endpoint, &names, &mut schemas));
        }
        for route in &self.routes {
            paths.insert(&route.path, route.item());
        }
        object([
            ("openapi", "3.1.0".into()),
            ("info", self.info()),
            ("servers", vec![object([("url", "/".into())])].into()),
            ("tags", self.tags().into()),
            ("paths", paths.into()),
            ("components", self.components(schemas)),
        ])
    }

    /// The groups of the endpoints and routes, in order, each once.
    #[must_use]
    pub fn groups(&self) -> Vec<&str> {
        let endpoints = self.endpoints.iter().map(|endpoint| endpoint.group.as_ref());
        let mut groups = Vec::new();
        for group in endpoints.chain(self.routes.iter().map(|route| route.group)) {
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        groups
    }

    fn info(&self) -> Value {
        let about = "Tokens for REST APIs. Fields and members that are not named here are ignored, and may come later.";
        object([
            ("title", self.title.into()),
            ("version", self.version.into()),
            ("description", about.into()),
            (
                "license",
                object([("name", "MIT OR Apache-2.0".into()), ("identifier", "MIT OR Apache-2.0".into())]),
            ),
        ])
    }

    fn tags(&self) -> Vec<Value> {
        let groups = self.groups().into_iter().filter(|group| !group.is_empty());
        groups
            .map(|group| match group_about(group) {
                "" => object([("name", group.into())]),
                about => object([("name", group.into()), ("description", about.into())]),
            })
            .collect()
    }

    fn components(&self, schemas: Object) -> Value {
        let mut components = Object::from([
            ("schemas", Value::from(schemas)),
            ("responses", answers::shared(self).into()),
            ("headers", answers::headers().into()),
            ("parameters", operation::parameters(self).into()),
        ]);
        let credentials = security::schemes(&self.endpoints);
        if !credentials.is_empty() {
            components.insert("securitySchemes", credentials);
        }
        components.into()
    }
}

/// The id of an operation within a page: no two of a site have the same.
pub(crate) fn anchor(endpoint: &Endpoint, operation: &Operation) -> String {
    let place = names::path(endpoint).replace(['/', '{', '}'], "-");
    format!("{}{place}", operation.method.as_str().to_ascii_lowercase()).trim_end_matches('-').to_owned()
}

/// What the group of a name is.
#[must_use]
pub(crate) fn group_about(group: &str) -> &'static str {
    match group {
        "simple_jwt" => "The wire of djangorestframework-simplejwt.",
        "jwt_auth" => "The wire of djangorestframework-jwt and drf-jwt.",
        "cookie_auth" => "The refresh token in an HttpOnly cookie, the access token in the answer.",
        "demo" => "Something to protect, for trying it out.",
        "operations" => "For whoever keeps the server running.",
        _ => "",
    }
}

/// The document at `path`, for `GET` and `HEAD`.
///
/// # Panics
/// Where the path is none for axum.
pub fn routes(path: &str, document: &Value) -> Router {
    let bytes = Bytes::from(document.to_utf8());
    Router::new().route(path, get(move || std::future::ready(response(bytes.clone()))))
}

fn response(document: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(document));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// An object of members of any kind.
fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Object::from(members).into()
}

/// A reference to a component: `schemas/Detail`.
fn reference(component: &str) -> Value {
    object([("$ref", format!("#/components/{component}").into())])
}
