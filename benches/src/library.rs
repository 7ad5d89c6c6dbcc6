//! What the library adds to an axum route: its extractor against the same check in an extractor written by hand, its layer
//! against the same check in a middleware written by hand. Both by hand verify by our core, so that what differs is the
//! library's share; and one does by jsonwebtoken, which is what people do write.
//!
//! Once as whole servers over HTTP, which is what an application sees, and once through hyper and the router over a pipe
//! in memory, where the kernel's share is missing and a difference looks its largest.

use crate::hello::load;
use crate::median;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use countersign::{Authenticated, Authentication, IsAuthenticated};
use countersign_core::clock::{Clock as _, SystemClock};
use countersign_core::jws::{Algorithm, Key, KeyRing};
use countersign_core::settings::SimpleJwt;
use countersign_core::token::{TokenClass, Tokens};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use jsonwebtoken::{DecodingKey, Validation};
use serde::Deserialize;
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

/// A route that is compared with another of the list.
struct Contender<T> {
    name: &'static str,
    app: T,
    /// The place of the other.
    with: usize,
    figures: Vec<f64>,
}

fn contenders(tokens: &Tokens) -> Result<[Contender<Router>; 6], Error> {
    let contender = |name, with, app| Contender { name, app, with, figures: Vec::new() };
    Ok([
        contender("no check at all", 1, Router::new().route("/hello/", get(async || "Hello, 1!"))),
        contender("an extractor by hand", 1, by_hand(tokens.clone())),
        contender("countersign, the extractor", 1, by_extractor()?),
        contender("a middleware by hand", 3, by_middleware(tokens.clone())),
        contender("countersign, the layer", 3, by_layer()?),
        contender("an extractor by hand, jsonwebtoken", 1, by_jsonwebtoken()),
    ])
}

impl<T> Contender<T> {
    fn with<U>(self, make: impl FnOnce(T) -> U) -> Contender<U> {
        let Self { name, app, with, figures } = self;
        Contender { name, app: make(app), with, figures }
    }
}

/// Prints the medians, and each as a multiple of the one that it is compared with.
fn print<T>(unit: &str, contenders: &[Contender<T>]) {
    let medians: Vec<f64> = contenders.iter().map(|contender| median(contender.figures.clone())).collect();
    for (Contender { name, with, .. }, own) in contenders.iter().zip(&medians) {
        let (ratio, other) = (own / medians[*with], contenders[*with].name);
        println!("  {name:36} {own:8.0} {unit}   {ratio:.3} of {other}");
    }
}

fn over_http(tokens: &Tokens, token: &str) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let serve = |app: Router| {
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?.to_string();
        runtime.spawn(async move { axum::serve(listener, app).await });
        Ok::<_, Error>(address)
    };
    let mut contenders = contenders(tokens)?.map(|contender| contender.with(serve));
    for _ in 0..ROUNDS_OF_HTTP {
        for Contender { app: address, figures, .. } in &mut contenders {
            let address = address.as_ref().map_err(|error| Error::other(error.to_string()))?;
            figures.push(load(address, token, SECONDS)?);
        }
    }
    println!(
        "a route that reads an HS256 token, over HTTP: wrk, one thread, 32 connections, median of {ROUNDS_OF_HTTP} interleaved rounds"
    );
    print("/s", &contenders);
    Ok(())
}

async fn over_a_pipe(tokens: &Tokens, token: &str) -> Result<(), Error> {
    let request = format!(
        "GET /hello/ HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    let mut contenders = contenders(tokens)?.map(|contender| contender.with(connect));
    for _ in 0..ROUNDS {
        for Contender { app: stream, figures, .. } in &mut contenders {
            figures.push(turn(stream, request.as_bytes()).await?);
        }
    }
    println!("the same over a pipe in memory, median of {ROUNDS} interleaved rounds");
    print("ns", &contenders);
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

/// The id of the user whom a request's token names. What somebody writes who knows axum and wants no library.
fn user(request: &HeaderMap, tokens: &Tokens) -> Result<String, StatusCode> {
    let header = request.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or(StatusCode::UNAUTHORIZED)?;
    let token = tokens.decode(token, SystemClock.now()).map_err(|_| StatusCode::UNAUTHORIZED)?;
    tokens.check(&token, TokenClass::Access).map_err(|_| StatusCode::UNAUTHORIZED)?;
    let id = token.claims().get("user_id").and_then(|id| id.as_str());
    id.map(str::to_owned).ok_or(StatusCode::UNAUTHORIZED)
}

/// Who was let in by hand.
#[derive(Clone)]
struct User(String);

fn hello(User(id): User) -> String {
    format!("Hello, {id}!")
}

impl FromRequestParts<Arc<Tokens>> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(request: &mut Parts, tokens: &Arc<Tokens>) -> Result<Self, StatusCode> {
        user(&request.headers, tokens).map(Self)
    }
}

/// An extractor over the application's state.
fn by_hand(tokens: Tokens) -> Router {
    Router::new().route("/hello/", get(async |user: User| hello(user))).with_state(Arc::new(tokens))
}

/// A middleware, from which the handler hears who it was.
fn by_middleware(tokens: Tokens) -> Router {
    async fn check(State(tokens): State<Arc<Tokens>>, mut request: Request, next: Next) -> Response {
        match user(request.headers(), &tokens) {
            Ok(id) => {
                request.extensions_mut().insert(User(id));
                next.run(request).await
            }
            Err(status) => status.into_response(),
        }
    }
    Router::new()
        .route("/hello/", get(async |Extension(user): Extension<User>| hello(user)))
        .layer(from_fn_with_state(Arc::new(tokens), check))
}

/// What jsonwebtoken needs to check a token.
struct Keys {
    key: DecodingKey,
    validation: Validation,
}

/// The five claims of an access token.
#[derive(Deserialize)]
#[expect(dead_code, reason = "a check reads all of them")]
struct Claims {
    token_type: String,
    exp: i64,
    iat: i64,
    jti: String,
    user_id: String,
}

impl FromRequestParts<Arc<Keys>> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(request: &mut Parts, keys: &Arc<Keys>) -> Result<Self, StatusCode> {
        let header = request.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or(StatusCode::UNAUTHORIZED)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &keys.key, &keys.validation);
        let claims = claims.map_err(|_| StatusCode::UNAUTHORIZED)?.claims;
        if claims.token_type == "access" { Ok(Self(claims.user_id)) } else { Err(StatusCode::UNAUTHORIZED) }
    }
}

/// The extractor by a library for tokens alone.
fn by_jsonwebtoken() -> Router {
    let keys = Keys {
        key: DecodingKey::from_secret(SECRET.as_bytes()),
        validation: Validation::new(jsonwebtoken::Algorithm::HS256),
    };
    Router::new().route("/hello/", get(async |user: User| hello(user))).with_state(Arc::new(keys))
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
