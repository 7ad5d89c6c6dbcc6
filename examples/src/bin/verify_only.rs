//! A service that only verifies: no database, no secret, only the keys that the issuer publishes.
//!
//! ```sh
//! cargo run -p countersign-examples --bin dialects -- 127.0.0.1:8000 &
//! cargo run -p countersign-examples --bin verify_only -- 127.0.0.1:8001 http://127.0.0.1:8000/.well-known/jwks.json
//!
//! curl -s http://127.0.0.1:8000/api/token/ -d username=demo -d password=demo          # from the issuer …
//! curl -s http://127.0.0.1:8001/orders -H "Authorization: Bearer $ACCESS"             # … for another service
//! ```
//!
//! The set is fetched when the first token comes, again after ten minutes, and when a token names a new key.

use axum::{Router, body::Body, routing::get};
use countersign::{Authenticated, Authentication, BoxError};
use countersign_examples::{argument, serve};
use http_body_util::BodyExt as _;
use hyper_util::rt::TokioIo;
use std::time::Duration;

async fn orders(Authenticated(caller): Authenticated) -> String {
    format!("the orders of user {}\n", caller.user_id())
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let url = argument(2, "http://127.0.0.1:8000/.well-known/jwks.json");
    let authentication = Authentication::stateless()
        .remote_jwks(move || {
            let url = url.clone();
            async move { tokio::time::timeout(Duration::from_secs(5), read(&url)).await? }
        })
        .build()?;
    serve(Router::new().route("/orders", get(orders)).layer(authentication)).await
}

/// Reads an address. An application has a client that also speaks TLS.
async fn read(url: &str) -> Result<String, BoxError> {
    let url: axum::http::Uri = url.parse()?;
    let authority = url.authority().ok_or("the address names no host")?.to_string();
    let stream = tokio::net::TcpStream::connect(&authority).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = axum::http::Request::get(url.path()).header("host", authority).body(Body::empty())?;
    let response = sender.send_request(request).await?;
    if !response.status().is_success() {
        return Err(format!("the issuer answered {}", response.status()).into());
    }
    Ok(String::from_utf8(response.collect().await?.to_bytes().into())?)
}
