//! One connection, and each of its requests.

use super::Shared;
use super::app::Answered;
use super::counting;
use super::health::{self, json};
use super::waiting::{Sending, Waiting};
use arc_swap::Guard;
use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::net::TcpStream;

/// Request line and headers together; more is answered with 431.
const HEAD_BYTES: usize = 16 * 1024;

/// How much of a connection is read ahead and held.
const BUFFER_BYTES: usize = 64 * 1024;

const TIMED_OUT: &str = "{\"detail\":\"The request took too long.\"}";

/// The other end of a connection, as each of its requests needs it: one handle for all, which no other connection has.
pub(super) struct Client {
    shared: Arc<Shared>,
    peer: SocketAddr,
    pub(super) waiting: Waiting,
}

/// Serves a connection on a task of its own.
pub(super) fn spawn(
    stream: TcpStream,
    peer: SocketAddr,
    shared: Arc<Shared>,
    connections: &GracefulShutdown,
) {
    prepare(&stream, &shared);
    let header_timeout = shared.header_timeout;
    let client = Arc::new(Client { shared, peer, waiting: Waiting::begin() });
    let clock = Arc::clone(&client);
    let service = service_fn(move |request| {
        // Boxed, so that no future on the way carries it around.
        let (client, request) = (Arc::clone(&client), Box::new(request));
        async move {
            client.waiting.stop();
            let answered = answer(request, client.peer, &client.shared).await;
            Ok::<_, Infallible>(answered.map(|body| Sending::new(body, client)))
        }
    });
    let connection = http1::Builder::new()
        .max_header_size(HEAD_BYTES)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        tokio::select! {
            biased;
            ended = connection => if let Err(error) = ended {
                tracing::debug!(%error, "a connection broke");
            },
            () = clock.waiting.longer_than(header_timeout) => tracing::debug!("a connection was silent for too long"),
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

async fn answer(request: Box<Request<Incoming>>, peer: SocketAddr, shared: &Shared) -> Response<Answered> {
    if let Some(response) = health::answer(shared, request.method(), request.uri().path()).await {
        return response;
    }
    let mut app = shared.app.load();
    if request.uri().path() == counting::PATH
        && let Some(counting) = &app.counting
        && let Some(response) = counting.page(request.method(), request.headers(), peer.ip())
    {
        return response;
    }
    let answered = {
        let answer = pin!(async {
            // Boxed, so that other requests do not carry the state of this around.
            if app.awaits_keys() && Box::pin(app.looks_for_key(&request)).await {
                app = Guard::from_inner(Box::pin(shared.with_present_keys()).await);
            }
            app.answer(peer, request).await
        });
        within(shared.request_timeout, answer).await
    };
    answered.unwrap_or_else(|| {
        tracing::warn!(client = %peer.ip(), "a request took too long");
        if let Some(counting) = &app.counting {
            counting.timed_out();
        }
        let mut response = json(StatusCode::REQUEST_TIMEOUT, TIMED_OUT);
        // What is left of its body may never come.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        response
    })
}

/// What a future comes to, if it does within this time. One that need not wait costs no timer.
async fn within<T>(time: Duration, mut future: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    let at_once = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
    match at_once {
        Poll::Ready(value) => Some(value),
        Poll::Pending => tokio::time::timeout(time, future).await.ok(),
    }
}
