//! Every route of a router, asked without credentials.

use crate::guarded::{GuardedRoute, GuardedRouter};
use axum::body::Body;
use http::{Request, StatusCode};
use std::fmt;
use tower::Service as _;

/// A route and what it answered to somebody without credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WalkedRoute {
    /// The route.
    pub route: GuardedRoute,
    /// What it answered.
    pub status: StatusCode,
}

/// Asks every route of a router for itself, without credentials: the proof that the guards are where the list says they
/// are.
///
/// ```
/// use countersign::testing::{TestIssuer, walk};
/// use countersign::{GuardedRouter, IsAuthenticated, Open};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let issuer = TestIssuer::new();
/// let app = GuardedRouter::new(issuer.authentication())
///     .get("/hello/{name}/", IsAuthenticated, || async { "hello" })
///     .get("/health", Open, || async { "well" });
///
/// let walked = walk(app).await.iter().map(ToString::to_string).collect::<Vec<_>>();
/// assert_eq!(walked, ["GET /health Open: 200", "GET /hello/{name}/ IsAuthenticated: 401"]);
/// # }
/// ```
///
/// Parameters of a path become `1`. Open routes are really called: their handlers see an empty body, and should do no
/// harm in a test. A route for all methods is asked with `GET`.
pub async fn walk(app: GuardedRouter) -> Vec<WalkedRoute> {
    let listed = app.routes();
    let mut router = app.into_router();
    let mut walked = Vec::with_capacity(listed.len());
    for route in listed {
        let method = route.method.as_deref().unwrap_or("GET");
        let request = Request::builder().method(method).uri(filled(&route.path)).body(Body::empty());
        let request = request.expect("a route's path is a path, and its method a method");
        let Ok(response) = router.call(request).await;
        walked.push(WalkedRoute { status: response.status(), route });
    }
    walked
}

/// The path with something in place of its parameters.
fn filled(path: &str) -> String {
    let mut filled = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, parameter)) = rest.split_once('{') {
        filled.push_str(before);
        filled.push('1');
        rest = parameter.split_once('}').map_or("", |(_, after)| after);
    }
    filled + rest
}

/// Method, path, guard and status.
impl fmt::Display for WalkedRoute {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let GuardedRoute { path, method, guard, .. } = &self.route;
        write!(out, "{} {path} {guard}: {}", method.as_deref().unwrap_or("*"), self.status.as_u16())
    }
}
