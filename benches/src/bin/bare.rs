//! The limit: an axum route that answers the bytes of `GET /hello/` and does nothing else.

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::routing::get;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The headers of a good answer, the request id included.
const HEADERS: [(&str, &str); 8] = [
    ("content-type", "application/json"),
    ("vary", "Accept, origin"),
    ("allow", "GET, HEAD, OPTIONS"),
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("x-request-id", "00000000000000000000000000000000"),
];

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let hello = async || {
        let headers: HeaderMap = HEADERS
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        (headers, r#"{"message":"Hello, World!"}"#)
    };
    debug_assert_eq!(header::CONTENT_TYPE, HEADERS[0].0);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/hello/", get(hello))).await
}
