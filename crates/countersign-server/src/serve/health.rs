//! `/healthz` and `/readyz`, and the few answers that are given without asking the site.

use super::Shared;
use super::app::Answered;
use http::{Method, Response, StatusCode};
use http_body_util::Either;
use std::sync::atomic::Ordering;

/// The answer to a question about the server itself, `None` for anything else.
///
/// `/healthz` is 200 as long as the process answers at all. `/readyz` is 503 while the database does not
/// answer, and from the moment the server is told to stop, so that load balancers look elsewhere.
pub(super) async fn answer(shared: &Shared, method: &Method, path: &str) -> Option<Response<Answered>> {
    if !path.ends_with('z') {
        return None;
    }
    match path {
        "/healthz" | "/readyz" if !matches!(*method, Method::GET | Method::HEAD) => Some(only_get()),
        "/healthz" => Some(json(StatusCode::OK, "{\"status\":\"ok\"}")),
        "/readyz" if shared.draining.load(Ordering::Relaxed) => {
            Some(json(StatusCode::SERVICE_UNAVAILABLE, "{\"status\":\"stopping\"}"))
        }
        "/readyz" if (shared.app.load_full().ready)().await => {
            Some(json(StatusCode::OK, "{\"status\":\"ok\"}"))
        }
        "/readyz" => Some(json(StatusCode::SERVICE_UNAVAILABLE, "{\"status\":\"unavailable\"}")),
        _ => None,
    }
}

/// 405, as every other address says it.
pub(super) fn only_get() -> Response<Answered> {
    let mut response = json(StatusCode::METHOD_NOT_ALLOWED, "{\"detail\":\"Method not allowed.\"}");
    response.headers_mut().insert(http::header::ALLOW, http::HeaderValue::from_static("GET, HEAD"));
    response
}

/// A constant answer.
pub(super) fn json(status: StatusCode, body: &'static str) -> Response<Answered> {
    let mut response = Response::new(Either::Left(body.into()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}
