//! An answer of the router, read to its end.

use axum::Router;
use axum::body::Body;
use countersign_core::json::{Object, Reader, Value};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// What a router answers to a request.
pub(crate) fn send(router: &Router, request: Request<Body>) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    })
}

impl Answer {
    /// The body as an object.
    pub(crate) fn object(&self) -> Object {
        match Reader::BODY.read(self.body.as_bytes()) {
            Ok(Value::Object(object)) => object,
            other => panic!("{other:?} in {}", self.body),
        }
    }

    /// A string member of the body.
    pub(crate) fn text(&self, name: &str) -> String {
        let member = self.object().get(name).and_then(Value::as_str).map(str::to_owned);
        member.unwrap_or_else(|| panic!("no {name} in {}", self.body))
    }

    /// Status and body in one line, to compare.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.status.as_u16(), self.body)
    }

    /// A header, empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
