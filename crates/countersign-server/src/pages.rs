//! What the server shows of itself beside its endpoints: the description of the API, for programs and for people.

pub mod admin;

use crate::config::Config;
use axum::Router;
use countersign::docs::{self, Documentation};
use countersign::endpoint::{Failure, Member};
use countersign::openapi::{self, Description, Route, RouteAnswer};
use countersign::rest::Site;
use http::StatusCode;
use std::borrow::Cow;

/// The routes of these pages.
pub fn routes(site: &Site, config: &Config) -> Router {
    let document = description(site, config).document();
    let routes = openapi::routes(openapi::PATH, &document);
    if config.server.json_only {
        return routes;
    }
    let documentation = Documentation {
        site: site.clone(),
        title: TITLE,
        version: env!("CARGO_PKG_VERSION"),
        routes: operations(config),
    };
    // Where nothing is protected yet, the endpoints are all there is to see.
    let index = (config.demo.enabled && !site.serves("/")).then_some("/");
    routes.merge(documentation.router(docs::PATH, index))
}

const TITLE: &str = "countersign";

/// Everything that is mounted.
#[must_use]
pub fn description<'a>(site: &'a Site, config: &Config) -> Description<'a> {
    let mut description = Description::of(site, TITLE, env!("CARGO_PKG_VERSION"));
    description.routes = operations(config);
    description.failures = vec![Failure::detail(StatusCode::REQUEST_TIMEOUT, "The request took too long.")];
    description
}

const STATUS: &[Member] = &[Member::text("status")];

const HEALTHZ: Route = Route {
    path: Cow::Borrowed("/healthz"),
    id: "healthz",
    name: "Health",
    about: "Whether the process answers at all.",
    group: "operations",
    answers: &[RouteAnswer::json(200, "It does.", STATUS)],
};

const READYZ: Route = Route {
    path: Cow::Borrowed("/readyz"),
    id: "readyz",
    name: "Readiness",
    about: "Whether requests can be served: not while the database does not answer, and not once the server stops.",
    group: "operations",
    answers: &[RouteAnswer::json(200, "They can.", STATUS), RouteAnswer::json(503, "They cannot.", STATUS)],
};

const JWKS: Route = Route {
    path: Cow::Borrowed(countersign::jwks::PATH),
    id: "jwks",
    name: "Keys",
    about: "The public keys, for whoever verifies tokens elsewhere (RFC 7517 §5).",
    group: "operations",
    answers: &[
        RouteAnswer::json(200, "The keys.", &[]),
        RouteAnswer::other(304, "They are those that the client has.", ""),
    ],
};

const METRICS: Route = Route {
    path: Cow::Borrowed("/metrics"),
    id: "metrics",
    name: "Metrics",
    about: "What has happened since the start, in the text format of Prometheus, for the addresses that may read it.",
    group: "operations",
    answers: &[
        RouteAnswer::other(200, "The numbers.", "text/plain"),
        RouteAnswer::json(404, "To this address there is nothing.", &[Member::text("detail")]),
    ],
};

const OPENAPI: Route = Route {
    path: Cow::Borrowed(openapi::PATH),
    id: "openapi",
    name: "OpenAPI",
    about: "This description.",
    group: "operations",
    answers: &[RouteAnswer::json(200, "The description.", &[])],
};

const DOCS: Route = Route {
    path: Cow::Borrowed(docs::PATH),
    id: "docs",
    name: "Documentation",
    about: "This description, for people.",
    group: "operations",
    answers: &[RouteAnswer::other(200, "The documentation.", "text/html")],
};

fn operations(config: &Config) -> Vec<Route> {
    let mut routes = vec![HEALTHZ, READYZ, OPENAPI];
    if let Some(path) = &config.keys.jwks_path {
        routes.push(Route { path: Cow::Owned(path.as_str().to_owned()), ..JWKS });
    }
    if !config.server.metrics.is_empty() {
        routes.push(METRICS);
    }
    if !config.server.json_only {
        routes.push(DOCS);
    }
    routes
}
