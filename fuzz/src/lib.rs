//! A whole application without a network, for the targets that send it requests.

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::{Router, routing::get};
use bytes::Bytes;
use countersign::dialects::cookie_auth::CookieAuthSettings;
use countersign::rest::SiteSettings;
use countersign::rules::cookie_auth::CookieAuth;
use countersign::rules::jwt_auth::{JwtAuth, Profile};
use countersign::testing::TestIssuer;
use countersign::{Authenticated, User};
use countersign_core::testing::block_on;
use http::{HeaderValue, Request};
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;
use tower::ServiceExt as _;

/// Every dialect, and a route of an application, on a store in memory. It believes every proxy. Tokens that it has given
/// to the one user are good for ever, since its clock stands still; nobody can log in, so that it does not grow.
static APP: LazyLock<Router> = LazyLock::new(|| {
    let settings = SiteSettings {
        trusted_proxies: ["0.0.0.0/0", "::/0"].iter().map(|it| it.parse().expect("a network")).collect(),
        locales: true,
        ..SiteSettings::default()
    };
    let issuer = TestIssuer::with(|builder| {
        builder
            .jwt_auth(JwtAuth::of(Profile::Fork))
            .cookie_auth(CookieAuth::default(), CookieAuthSettings::default())
            .publish_keys(Duration::from_mins(5))
            .site(settings)
    });
    issuer.add_user(User::new("alice", "!"));
    Router::new()
        .route("/hello/", get(hello))
        .layer(issuer.authentication())
        .merge(issuer.countersign().router())
});

async fn hello(Authenticated(caller): Authenticated) -> String {
    caller.username().to_owned()
}

/// Sends a request, as a connection has it. The answer is one that a stranger may see, and never a 5xx.
///
/// # Panics
/// If it is one.
pub fn send(request: Request<Bytes>) {
    let mut request = request.map(Body::from);
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 1))));
    let answer = block_on(APP.clone().oneshot(request)).expect("a router answers");
    assert!(!answer.status().is_server_error(), "{}", answer.status());
}

/// The values of a header that a text has, one a line; `None` if one of them cannot be sent.
#[must_use]
pub fn lines(text: &[u8]) -> Option<Vec<HeaderValue>> {
    text.split(|byte| *byte == b'\n').map(|line| HeaderValue::from_bytes(line).ok()).collect()
}
