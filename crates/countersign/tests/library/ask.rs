//! Asking a router, and reading what it says.

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// An answer, read to its end.
pub(crate) struct Answered {
    pub(crate) headers: HeaderMap,
    /// `401 {"detail":"…"}`
    pub(crate) line: String,
}

impl Answered {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(self.line.split_once(' ').unwrap().1).unwrap()
    }
}

/// Sends a request without a body.
pub(crate) async fn send(app: &Router, method: &str, path: &str, headers: &[(&str, &str)]) -> Answered {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(app, request.body(Body::empty()).unwrap()).await
}

/// Gets a path with this token.
pub(crate) async fn get(app: &Router, path: &str, token: &str) -> Answered {
    send(app, "GET", path, &[("authorization", &format!("Bearer {token}"))]).await
}

/// Posts JSON.
pub(crate) async fn post(app: &Router, path: &str, json: &str) -> Answered {
    let request = Request::post(path).header("content-type", "application/json");
    answer(app, request.body(json.to_owned().into()).unwrap()).await
}

async fn answer(app: &Router, request: Request<Body>) -> Answered {
    let (parts, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answered { headers: parts.headers, line: format!("{} {body}", parts.status.as_u16()) }
}
