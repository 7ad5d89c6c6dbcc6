//! The CSRF layer and the CORS layer, each alone in front of routes that know nothing of the rest.

use crate::ask::send;
use axum::Router;
use axum::routing::{get as on_get, post as on_post};
use countersign::cors::{Cors, CorsSettings};
use countersign::csrf::{Csrf, CsrfLayer, CsrfSettings, CsrfToken};

fn app(change: impl FnOnce(CsrfLayer) -> CsrfLayer) -> Router {
    let layer = change(CsrfLayer::new(Csrf::new(CsrfSettings::default()).unwrap()));
    Router::new()
        .route("/form", on_get(|token: CsrfToken| async move { token.masked() }))
        .route("/save", on_post(|| async { "saved" }))
        .route(
            "/check",
            on_get(|token: CsrfToken, form: String| async move { token.matches(&form).to_string() }),
        )
        .layer(layer)
}

#[tokio::test]
async fn a_page_gets_the_cookie_and_proves_with_it_that_it_means_what_it_sends() {
    let app = app(|layer| layer);
    let page = send(&app, "GET", "/form", &[]).await;
    let cookie = page.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("csrftoken="), "{cookie}");
    assert_eq!(page.header("vary"), "Cookie");
    let token = page.line.split_once(' ').unwrap().1.to_owned();
    assert_eq!(token.len(), 64);
    let saved = send(&app, "POST", "/save", &[("cookie", &cookie), ("x-csrftoken", &token)]).await;
    assert_eq!(saved.line, "200 saved");
    assert_eq!(saved.header("set-cookie"), "", "who has it is not given it again");

    let nothing = send(&app, "POST", "/save", &[]).await;
    assert_eq!(nothing.line, r#"403 {"detail":"CSRF Failed: CSRF cookie not set."}"#);
    assert!(nothing.header("set-cookie").starts_with("csrftoken="));
    assert_eq!(
        send(&app, "POST", "/save", &[("cookie", &cookie)]).await.line,
        r#"403 {"detail":"CSRF Failed: CSRF token missing."}"#
    );
    let wrong = "x".repeat(32);
    assert_eq!(
        send(&app, "POST", "/save", &[("cookie", &cookie), ("x-csrftoken", &wrong)]).await.line,
        r#"403 {"detail":"CSRF Failed: CSRF token from the 'X-Csrftoken' HTTP header incorrect."}"#
    );
    let foreign = [("cookie", &*cookie), ("x-csrftoken", &*token), ("origin", "https://evil.example")];
    assert!(send(&app, "POST", "/save", &foreign).await.line.contains("Origin checking failed"));
    let twice = format!("{cookie}; {cookie}");
    assert!(send(&app, "POST", "/save", &[("cookie", &twice)]).await.line.starts_with("400 "));
}

#[tokio::test]
async fn a_header_that_no_page_can_forge_needs_no_proof_where_that_is_said() {
    let bearer = [("authorization", "Bearer x")];
    assert!(send(&app(|layer| layer), "POST", "/save", &bearer).await.line.starts_with("403 "));
    let app = app(CsrfLayer::unless_authorization);
    assert_eq!(send(&app, "POST", "/save", &bearer).await.line, "200 saved");
    assert!(send(&app, "POST", "/save", &[]).await.line.starts_with("403 "));
}

#[tokio::test]
async fn a_token_without_its_layer_is_a_server_error() {
    let app = Router::new().route("/", on_get(|_: CsrfToken| async { "never" }));
    assert!(send(&app, "GET", "/", &[]).await.line.starts_with("500 "));
}

#[tokio::test]
async fn the_cross_origin_layer_works_alone_on_any_router() {
    let cors = Cors::new(CorsSettings {
        allowed_origins: vec!["https://app.example.com".to_owned()],
        allow_credentials: true,
        ..CorsSettings::default()
    })
    .unwrap();
    let app = Router::new().route("/save", on_post(|| async { "saved" })).layer(cors);
    let origin = ("origin", "https://app.example.com");
    let preflight =
        send(&app, "OPTIONS", "/save", &[origin, ("access-control-request-method", "POST")]).await;
    assert_eq!(preflight.header("access-control-allow-origin"), "https://app.example.com");
    let saved = send(&app, "POST", "/save", &[origin]).await;
    assert_eq!(
        (saved.line.as_str(), saved.header("access-control-allow-credentials")),
        ("200 saved", "true")
    );
    let foreign = send(&app, "POST", "/save", &[("origin", "https://evil.example")]).await;
    assert_eq!(foreign.header("access-control-allow-origin"), "");
}
