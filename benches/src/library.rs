//! What the library adds to an axum route: its extractor and its layer, against the same check written by hand.
//!
//! Once as whole servers over HTTP, which is what an application sees, and once through hyper and the router over a pipe
//! in memory, where the kernel's share is missing and a difference looks its largest.

use crate::hello::load;
use crate::median;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::routing::get;
use countersign::{Authenticated, Authentication, IsAuthenticated};
use countersign_core::clock::{Clock as _, SystemClock};
use countersign_core::jws::{Algorithm, Key, KeyRing};
use countersign_core::settings::SimpleJwt;
use countersign_core::token::{TokenClass, Tokens};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use std::io::Error;
use std::sync::Arc;
use std::time::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

const SECRET: &str = "benchmark-secret-key-0123456789-abcdefghijklmnop";
/// Rounds in which every contender has its turn.
const ROUNDS: usize = 41;
/// Requests of each turn.
const REQUESTS: u32 = 4_000;

/// Rounds over HTTP in which every contender has its turn.
const ROUNDS_OF_HTTP: usize = 7;
/// Seconds of each of these turns.
const SECONDS: u32 = 2;

/// Prints requests a second and nanoseconds a request, and the ratios to the check by hand.
pub(crate) fn run() -> Result<(), Error> {
    let tokens = tokens();
    let token = token(&tokens);
    over_http(&tokens, &token)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(over_a_pipe(&tokens, &token))
}

/// The routes that are compared, the check by hand second.
fn contenders(tokens: &Tokens) -> Result<[(&'static str, Router); 4], Error> {
    Ok([
        ("no check at all", Router::new().route("/hello/", get(async || "Hello, 1!"))),
        ("the check by hand", by_hand(tokens.clone())),
        ("countersign, the extractor", by_extractor()?),
        ("countersign, the layer", by_layer()?),
    ])
}

fn over_http(tokens: &Tokens, token: &str) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut servers = Vec::new();
    for (name, app) in contenders(tokens)? {
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?.to_string();
        runtime.spawn(async move { axum::serve(listener, app).await });
        servers.push((name, address, Vec::new()));
    }
    for _ in 0..ROUNDS_OF_HTTP {
        for (_, address, figures) in &mut servers {
            figures.push(load(address, token, SECONDS)?);
        }
    }
    println!(
        "a route that reads an HS256 token, over HTTP: wrk, one thread, 32 connections, median of {ROUNDS_OF_HTTP} interleaved rounds"
    );
    let by_hand = median(servers[1].2.clone());
    for (name, _, figures) in servers {
        let rate = median(figures);
        println!("  {name:30} {rate:8.0}/s   {:.3} of the check by hand", rate / by_hand);
    }
    Ok(())
}

async fn over_a_pipe(tokens: &Tokens, token: &str) -> Result<(), Error> {
    let request = format!(
        "GET /hello/ HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    let mut contenders = contenders(tokens)?.map(|(name, app)| (name, connect(app), Vec::new()));
    for _ in 0..ROUNDS {
        for (_, stream, figures) in &mut contenders {
            figures.push(turn(stream, request.as_bytes()).await?);
        }
    }
    println!("the same over a pipe in memory, median of {ROUNDS} interleaved rounds");
    let [_, by_hand, ..] = &contenders;
    let by_hand = median(by_hand.2.clone());
    for (name, _, figures) in contenders {
        let nanoseconds = median(figures);
        println!("  {name:30} {nanoseconds:8.0} ns   {:.3} of the check by hand", nanoseconds / by_hand);
    }
    Ok(())
}

fn tokens() -> Tokens {
    Tokens::new(SimpleJwt::default(), KeyRing::new(Key::hmac(Algorithm::Hs256, SECRET.as_bytes(), None)))
}

/// An access token of simplejwt's five claims that is good for a day.
fn token(tokens: &Tokens) -> String {
    let now = SystemClock.now().as_second();
    let end = now + 24 * 3600;
    let jti = "7f5997b7150d46579dc2b49167097e7b";
    let claims = format!(r#"{{"token_type":"access","exp":{end},"iat":{now},"jti":"{jti}","user_id":"1"}}"#);
    tokens.encode_again(&claims)
}

fn authentication() -> Result<Authentication, Error> {
    Authentication::stateless().secret(SECRET).build().map_err(Error::other)
}

fn by_extractor() -> Result<Router, Error> {
    async fn hello(Authenticated(caller): Authenticated) -> String {
        format!("Hello, {}!", caller.user_id())
    }
    Ok(Router::new().route("/hello/", get(hello)).layer(authentication()?))
}

fn by_layer() -> Result<Router, Error> {
    async fn hello(Authenticated(caller): Authenticated) -> String {
        format!("Hello, {}!", caller.user_id())
    }
    Ok(Router::new().route("/hello/", get(hello)).layer(authentication()?.require(IsAuthenticated)))
}

/// What somebody writes who knows axum and wants no library: an extractor over the application's state.
fn by_hand(tokens: Tokens) -> Router {
    struct User(String);

    impl FromRequestParts<Arc<Tokens>> for User {
        type Rejection = StatusCode;

        async fn from_request_parts(request: &mut Parts, tokens: &Arc<Tokens>) -> Result<Self, StatusCode> {
            let header = request.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
            let token =
                header.and_then(|value| value.strip_prefix("Bearer ")).ok_or(StatusCode::UNAUTHORIZED)?;
            let token = tokens.decode(token, SystemClock.now()).map_err(|_| StatusCode::UNAUTHORIZED)?;
            tokens.check(&token, TokenClass::Access).map_err(|_| StatusCode::UNAUTHORIZED)?;
            let id = token.claims().get("user_id").and_then(|id| id.as_str());
            id.map(|id| Self(id.to_owned())).ok_or(StatusCode::UNAUTHORIZED)
        }
    }

    Router::new()
        .route("/hello/", get(|User(id): User| async move { format!("Hello, {id}!") }))
        .with_state(Arc::new(tokens))
}

/// A connection to an application, without a socket.
fn connect(app: Router) -> DuplexStream {
    let (ours, theirs) = tokio::io::duplex(16 * 1024);
    let service = TowerToHyperService::new(app);
    tokio::spawn(async move {
        let connection = hyper::server::conn::http1::Builder::new();
        // It ends with the benchmark, which drops our end.
        let _ = connection.serve_connection(TokioIo::new(theirs), service).await;
    });
    ours
}

/// Nanoseconds a request.
async fn turn(stream: &mut DuplexStream, request: &[u8]) -> Result<f64, Error> {
    let mut answer = [0; 1024];
    let begun = Instant::now();
    for _ in 0..REQUESTS {
        stream.write_all(request).await?;
        let mut length = 0;
        while !answer[..length].ends_with(b"Hello, 1!") {
            length += match stream.read(&mut answer[length..]).await? {
                0 => return Err(Error::other("the connection was closed")),
                more => more,
            };
        }
        if !answer.starts_with(b"HTTP/1.1 200 ") {
            return Err(Error::other("not every answer was good"));
        }
    }
    Ok(begun.elapsed().as_secs_f64() * 1e9 / f64::from(REQUESTS))
}
