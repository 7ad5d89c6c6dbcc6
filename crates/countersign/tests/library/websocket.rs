//! Who opens a WebSocket: by header, by subprotocol, by cookie, by the first message.

use crate::ask::send;
use axum::Router;
use axum::routing::get as on_get;
use countersign::dialects::jwt_auth::JwtAuthCookies;
use countersign::testing::TestIssuer;
use countersign::{Authentication, WebSocketAuthenticated, WebSocketCookie};

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
