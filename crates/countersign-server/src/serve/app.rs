//! What is served: the endpoints, and who knows whether they can be served.

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use tower::util::BoxCloneSyncService;

/// Says whether requests can be served: whether the database answers.
pub type Ready = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// Answers every request. Hosts, proxies, request ids and panics are its affair.
pub type Service = BoxCloneSyncService<Request<Incoming>, Response<Body>, Infallible>;

/// The endpoints and their readiness. Replaced as a whole on reload.
#[derive(Clone)]
pub struct App {
    pub(super) service: Service,
    pub(super) ready: Ready,
}

impl App {
    /// An application of these.
    #[must_use]
    pub fn new(service: Service, ready: Ready) -> Self {
        Self { service, ready }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("App").finish_non_exhaustive()
    }
}
