//! Who opens a WebSocket: by header, by subprotocol, by cookie, by the first message.

use crate::ask::send;
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{any, get as on_get};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use countersign::dialects::jwt_auth::JwtAuthCookies;
use countersign::testing::TestIssuer;
use countersign::{Authentication, WEBSOCKET_PROTOCOL, WebSocketAuthenticated, WebSocketCookie};
use hyper_util::rt::TokioIo;
use sha1::{Digest as _, Sha1};
use std::net::SocketAddr;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

fn app(authentication: Authentication) -> Router {
    async fn who(WebSocketAuthenticated(caller): WebSocketAuthenticated) -> String {
        caller.username().to_owned()
    }
    Router::new().route("/socket", on_get(who)).layer(authentication)
}

const NOT_PROVIDED: &str = r#"401 {"detail":"Authentication credentials were not provided."}"#;

#[tokio::test]
async fn the_header_and_the_subprotocol_carry_a_token_and_the_address_never_does() {
    let issuer = TestIssuer::new();
    let app = app(issuer.authentication());
    let token = issuer.token_for("alice");
    let by = async |name: &str, value: String| send(&app, "GET", "/socket", &[(name, &value)]).await.line;
    assert_eq!(by("authorization", format!("Bearer {token}")).await, "200 alice");
    assert_eq!(by("sec-websocket-protocol", format!("bearer, {token}")).await, "200 alice");
    assert_eq!(by("sec-websocket-protocol", format!("chat, bearer,{token}")).await, "200 alice");
    assert_eq!(by("sec-websocket-protocol", "chat".to_owned()).await, NOT_PROVIDED);
    assert!(by("sec-websocket-protocol", "bearer, x.y.z".to_owned()).await.starts_with("401 "));
    let path = format!("/socket?token={token}&access_token={token}");
    assert_eq!(send(&app, "GET", &path, &[]).await.line, NOT_PROVIDED);
}

#[tokio::test]
async fn a_cookie_counts_where_that_is_said_and_the_page_is_ours() {
    let issuer = TestIssuer::new();
    let token = issuer.token_for("alice");
    let cookie = format!("access={token}");
    let host = ("host", "api.example.com");
    let without = app(issuer.authentication());
    assert_eq!(send(&without, "GET", "/socket", &[host, ("cookie", &cookie)]).await.line, NOT_PROVIDED);

    let trusted = vec!["https://app.example.com".to_owned()];
    let with = WebSocketCookie::trusting("access", trusted, Vec::new()).unwrap();
    let app = app(issuer.authentication().websocket_cookie(with));
    for origin in ["http://api.example.com", "https://api.example.com", "https://app.example.com"] {
        let headers = [host, ("cookie", &*cookie), ("origin", origin)];
        assert_eq!(send(&app, "GET", "/socket", &headers).await.line, "200 alice", "{origin}");
    }
    for origin in ["https://evil.example", "null", "https://app.example.com.evil.example"] {
        let answer = send(&app, "GET", "/socket", &[host, ("cookie", &*cookie), ("origin", origin)]).await;
        assert!(answer.line.starts_with("403 "), "{origin}: {}", answer.line);
    }
    let twice = format!("{cookie}; {cookie}");
    assert!(send(&app, "GET", "/socket", &[host, ("cookie", &twice)]).await.line.starts_with("400 "));
    assert!(WebSocketCookie::trusting("access", vec!["no origin".to_owned()], Vec::new()).is_err());
}

#[tokio::test]
async fn the_cookie_of_another_dialect_is_no_way_around_the_origin() {
    use countersign::rules::jwt_auth::{JwtAuth, Profile};
    let issuer = TestIssuer::with(|builder| {
        builder.jwt_auth(JwtAuth::of(Profile::Fork)).jwt_auth_with(|dialect| {
            let csrf = countersign::csrf::Csrf::new(countersign::csrf::CsrfSettings::default()).unwrap();
            let cookie = countersign::cookie::Cookie::new(
                "jwt",
                countersign::cookie::CookieAttributes {
                    domain: None,
                    path: "/".to_owned(),
                    secure: false,
                    http_only: true,
                    same_site: countersign::cookie::SameSite::Lax,
                    partitioned: false,
                },
            )
            .unwrap();
            let cookies = JwtAuthCookies { auth: Some(cookie), impersonation: None, csrf, csrf_token: false };
            countersign::dialects::jwt_auth::JwtAuth { cookies: Some(cookies), ..dialect }
        })
    });
    let _ = issuer.user("alice");
    let login = r#"{"username":"alice","password":"alice-password"}"#;
    let router: Router = issuer.countersign().router();
    let answer = crate::ask::post(&router, "/api-token-auth/", login).await;
    let cookie = format!("jwt={}", answer.json()["token"].as_str().unwrap());
    let app = app(issuer.authentication());
    let host = ("host", "api.example.com");
    let ours = [host, ("cookie", &*cookie), ("origin", "http://api.example.com")];
    assert_eq!(send(&app, "GET", "/socket", &ours).await.line, "200 alice");
    let theirs = [host, ("cookie", &*cookie), ("origin", "https://evil.example")];
    assert!(send(&app, "GET", "/socket", &theirs).await.line.starts_with("403 "));
}

#[tokio::test]
async fn a_first_message_is_checked_like_a_header() {
    let issuer = TestIssuer::new();
    let authentication = issuer.authentication();
    assert_eq!(authentication.check(&issuer.token_for("alice")).await.unwrap().username(), "alice");
    let refused = authentication.check("x").await.unwrap_err();
    assert_eq!(refused.status(), 401);
}

/// `Sec-WebSocket-Accept` for this `Sec-WebSocket-Key` (RFC 6455 §4.2.2).
fn accept(key: &str) -> String {
    BASE64_STANDARD.encode(Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")))
}

/// The server's side of a socket, without a library: it says whose it is, in a frame of text (RFC 6455 §5.2).
async fn greet(WebSocketAuthenticated(caller): WebSocketAuthenticated, request: Request) -> Response {
    let key = request.headers()["sec-websocket-key"].to_str().unwrap();
    let mut answer = Response::builder()
        .status(101)
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-accept", accept(key));
    if request.headers().contains_key("sec-websocket-protocol") {
        answer = answer.header("sec-websocket-protocol", WEBSOCKET_PROTOCOL);
    }
    tokio::spawn(async move {
        let mut socket = TokioIo::new(hyper::upgrade::on(request).await.unwrap());
        let text = format!("{} may talk", caller.username());
        socket.write_all(&[0x81, u8::try_from(text.len()).unwrap()]).await.unwrap();
        socket.write_all(text.as_bytes()).await.unwrap();
        socket.shutdown().await.unwrap();
    });
    answer.body(axum::body::Body::empty()).unwrap()
}

/// Opens a socket as a client does that sends this header: the answer's first line, the subprotocol that was chosen,
/// and what the server said then.
async fn open(address: SocketAddr, header: &str) -> (String, Option<String>, String) {
    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
    let mut socket = BufReader::new(TcpStream::connect(address).await.unwrap());
    let handshake = format!(
        "GET /chat HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{header}\r\n\r\n"
    );
    socket.get_mut().write_all(handshake.as_bytes()).await.unwrap();
    let mut lines = Vec::new();
    while lines.last().is_none_or(|line: &String| line != "\r\n") {
        let mut line = String::new();
        assert!(socket.read_line(&mut line).await.unwrap() > 0, "the answer ends too soon: {lines:?}");
        lines.push(line);
    }
    let value = |name: &str| {
        let mut headers = lines.iter().filter_map(|line| line.split_once(": "));
        headers.find(|(header, _)| *header == name).map(|(_, value)| value.trim().to_owned())
    };
    let first = lines[0].trim().to_owned();
    let mut said = Vec::new();
    if first.starts_with("HTTP/1.1 101 ") {
        // The example of RFC 6455 §1.3.
        assert_eq!(value("sec-websocket-accept").as_deref(), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        socket.read_to_end(&mut said).await.unwrap();
        assert_eq!(said[..2], [0x81, u8::try_from(said.len() - 2).unwrap()]);
        said.drain(..2);
    }
    (first, value("sec-websocket-protocol"), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn a_real_handshake_opens_a_socket_that_knows_its_caller_and_lets_no_stranger_in() {
    let issuer = TestIssuer::new();
    let app = Router::new().route("/chat", any(greet)).layer(issuer.authentication());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    let offered = format!("Sec-WebSocket-Protocol: {WEBSOCKET_PROTOCOL}, {}", issuer.token_for("alice"));
    let (status, chosen, said) = open(address, &offered).await;
    assert_eq!((&*status, &*said), ("HTTP/1.1 101 Switching Protocols", "alice may talk"));
    assert_eq!(chosen.as_deref(), Some(WEBSOCKET_PROTOCOL));

    let (status, chosen, said) = open(address, &format!("Authorization: {}", issuer.bearer_for("bob"))).await;
    assert_eq!((&*status, &*said), ("HTTP/1.1 101 Switching Protocols", "bob may talk"));
    assert_eq!(chosen, None);

    let expired =
        format!("Sec-WebSocket-Protocol: {WEBSOCKET_PROTOCOL}, {}", issuer.expired_token_for("alice"));
    assert_eq!(open(address, &expired).await.0, "HTTP/1.1 401 Unauthorized");
    assert_eq!(open(address, "Origin: https://evil.example").await.0, "HTTP/1.1 403 Forbidden");
    assert_eq!(open(address, "Accept: */*").await.0, "HTTP/1.1 401 Unauthorized");
    server.abort();
}
