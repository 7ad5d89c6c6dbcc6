//! One connection, and each of its requests.

use super::health::{self, json};
use super::{App, Shared};
use crate::telemetry;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use tokio::net::TcpStream;
use tower::Service as _;

/// Request line and headers together; more is answered with 431.
const HEAD_BYTES: usize = 16 * 1024;

/// How much of a connection is read ahead and held.
const BUFFER_BYTES: usize = 64 * 1024;

const TIMED_OUT: &str = "{\"detail\":\"The request took too long.\"}";
const FAILED: &str = "{\"detail\":\"Internal server error.\"}";
const WRONG_HOST: &str = "{\"detail\":\"Invalid host.\"}";

/// Serves a connection on a task of its own.
pub(super) fn spawn(
    stream: TcpStream,
    peer: SocketAddr,
    shared: Arc<Shared>,
    connections: &GracefulShutdown,
) {
    prepare(&stream, &shared);
    let header_timeout = shared.header_timeout;
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(identified(request, peer, &shared).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_header_size(HEAD_BYTES)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke");
        }
    });
}

/// Answers go out at once, and a client that takes none of them in is given up. Where the system refuses,
/// the connection works all the same.
fn prepare(stream: &TcpStream, shared: &Shared) {
    let patience = u32::try_from(shared.request_timeout.as_millis()).unwrap_or(u32::MAX);
    let _ = stream.set_nodelay(true);
    let _ = rustix::net::sockopt::set_tcp_user_timeout(stream, patience);
}

/// A request with its id: in every log line, and in the answer.
async fn identified(request: Request<Incoming>, peer: SocketAddr, shared: &Shared) -> Response<Body> {
    let number = shared.requests.fetch_add(1, Ordering::Relaxed);
    let id = telemetry::RequestId::new(&shared.run, number);
    let header = id.header();
    let mut response = telemetry::REQUEST.scope(id, logged(request, peer, shared)).await;
    response.headers_mut().insert("x-request-id", header);
    response
}

async fn logged(request: Request<Incoming>, peer: SocketAddr, shared: &Shared) -> Response<Body> {
    if !tracing::enabled!(tracing::Level::DEBUG) {
        return answer(request, peer, shared).await;
    }
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let began = std::time::Instant::now();
    let response = answer(request, peer, shared).await;
    let (status, micros) = (response.status().as_u16(), began.elapsed().as_micros());
    tracing::debug!(%method, path, status, micros, "answered");
    response
}

async fn answer(request: Request<Incoming>, peer: SocketAddr, shared: &Shared) -> Response<Body> {
    if let Some(response) = health::answer(shared, request.method(), request.uri().path()).await {
        return response;
    }
    let app = shared.app.load_full();
    let (mut parts, body) = request.into_parts();
    if !app.answers_for(&parts) {
        return json(StatusCode::BAD_REQUEST, WRONG_HOST);
    }
    let client = match app.client(peer.ip(), &parts) {
        address if address == peer.ip() => peer,
        address => SocketAddr::new(address, 0),
    };
    parts.extensions.insert(ConnectInfo(client));
    let routed = routed(&app, Request::from_parts(parts, Body::new(body)));
    tokio::time::timeout(shared.request_timeout, routed).await.unwrap_or_else(|_| {
        tracing::warn!("a request took too long");
        let mut response = json(StatusCode::REQUEST_TIMEOUT, TIMED_OUT);
        // What is left of its body may never come.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        response
    })
}

/// The router's answer. A panic is a bug: it is in the log by the panic hook, and the client learns nothing
/// but that there was one.
async fn routed(app: &App, request: Request<Body>) -> Response<Body> {
    let mut future = pin!(app.router.clone().call(request));
    std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(|Ok(response)| response),
        Err(_) => Poll::Ready(json(StatusCode::INTERNAL_SERVER_ERROR, FAILED)),
    })
    .await
}
