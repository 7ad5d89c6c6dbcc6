//! From decisions to a router, or to a refusal that names what is missing.

use crate::ask::{get, post, send};
use axum::Router;
use axum::extract::State;
use axum::routing::get as on_get;
use countersign::dialects::cookie_auth::CookieAuthSettings;
use countersign::rules::cookie_auth::CookieAuth;
use countersign::rules::jwt_auth::{JwtAuth, Profile};
use countersign::rules::settings::SimpleJwt;
use countersign::testing::{InlineHashing, MemoryStore, TestIssuer};
use countersign::{Authenticated, BuildError, Builder, Countersign};
use std::sync::Arc;

fn everything(builder: Builder) -> Builder {
    builder
        .jwt_auth(JwtAuth::of(Profile::Original))
        .cookie_auth(CookieAuth::default(), CookieAuthSettings::default())
}

fn app(countersign: &Countersign) -> Router {
    async fn who(State(greeting): State<&'static str>, Authenticated(caller): Authenticated) -> String {
        format!("{greeting} {}", caller.username())
    }
    // A router with a state of its own takes the endpoints as they are.
    Router::new()
        .route("/who", on_get(who))
        .layer(countersign.authentication())
        .merge(countersign.router())
        .with_state("Hello,")
}

const LOGIN: &str = r#"{"username":"alice","password":"alice-password"}"#;

#[tokio::test]
async fn the_tokens_of_every_mounted_dialect_let_in() {
    let issuer = TestIssuer::with(everything);
    let _ = issuer.user("alice");
    let app = app(issuer.countersign());
    for (path, member, word) in [
        ("/api/token/", "access", "Bearer"),
        ("/api-token-auth/", "token", "JWT"),
        ("/accounts/login", "access_token", "Bearer"),
    ] {
        let answer = post(&app, path, LOGIN).await;
        let token =
            answer.json()[member].as_str().unwrap_or_else(|| panic!("{path}: {}", answer.line)).to_owned();
        let header = format!("{word} {token}");
        let answer = send(&app, "GET", "/who", &[("authorization", &header)]).await;
        assert_eq!(answer.line, "200 Hello, alice", "{path}");
    }
    let refresh = post(&app, "/api/token/", LOGIN).await.json()["refresh"].as_str().unwrap().to_owned();
    assert!(get(&app, "/who", &refresh).await.line.contains("Token has wrong type"));
    let jwt = |token: &str| format!("JWT {token}");
    let garbage = send(&app, "GET", "/who", &[("authorization", &jwt("x"))]).await;
    assert_eq!(garbage.line, r#"401 {"detail":"Error decoding signature."}"#);
    assert_eq!(garbage.header("www-authenticate"), r#"Bearer realm="api""#);
}

#[tokio::test]
async fn a_dialect_that_is_not_mounted_lets_nobody_in() {
    let both = TestIssuer::with(everything);
    let one = TestIssuer::new();
    let _ = (both.user("alice"), one.user("alice"));
    let app = app(one.countersign());
    let other = self::app(both.countersign());
    for (path, member) in [("/api-token-auth/", "token"), ("/accounts/login", "access_token")] {
        assert!(post(&app, path, LOGIN).await.line.starts_with("404 "), "{path}");
        let token = post(&other, path, LOGIN).await.json()[member].as_str().unwrap().to_owned();
        assert!(get(&app, "/who", &token).await.line.starts_with("401 "), "{path}");
    }
}

#[tokio::test]
async fn the_endpoints_may_be_nested() {
    let issuer = TestIssuer::new();
    let _ = issuer.user("alice");
    let app = Router::new().nest("/auth", issuer.countersign().router());
    assert!(post(&app, "/auth/api/token/", LOGIN).await.line.starts_with("200 "));
    assert!(post(&app, "/api/token/", LOGIN).await.line.starts_with("404 "));
}

#[tokio::test]
async fn tokens_for_a_user_who_was_recognised_otherwise_are_a_login() {
    let issuer = TestIssuer::new();
    let app = app(issuer.countersign());
    let (refresh, access) = issuer.pair_for("alice");
    assert_eq!(get(&app, "/who", &access).await.line, "200 Hello, alice");
    let body = format!(r#"{{"refresh":"{refresh}"}}"#);
    assert!(post(&app, "/api/token/refresh/", &body).await.line.starts_with("200 "));
    assert!(post(&app, "/api/token/refresh/", &body).await.line.contains("Token is blacklisted"));
}

#[tokio::test]
async fn public_keys_are_published_where_that_is_wanted() {
    use countersign::rules::jws::{Algorithm, Key, KeyRing, generate};
    let pem = generate(Algorithm::Es256, &countersign::rules::random::SystemRandom);
    let ring = KeyRing::new(Key::read(Algorithm::Es256, pem.expose(), Some("one")).unwrap());
    let issuer =
        TestIssuer::with(|builder| builder.keys(ring).publish_keys(std::time::Duration::from_mins(5)));
    let app = app(issuer.countersign());
    let answer = send(&app, "GET", "/.well-known/jwks.json", &[]).await;
    assert_eq!(answer.json()["keys"][0]["kid"], "one");
    // Whoever has only that verifies what is issued here.
    let set = answer.line.split_once(' ').unwrap().1;
    let clock = Arc::new(countersign::testing::ManualClock::new(countersign::rules::clock::Clock::now(
        issuer.clock(),
    )));
    let elsewhere = countersign::Authentication::stateless().jwks(set).clock(clock).build().unwrap();
    assert_eq!(elsewhere.check(&issuer.token_for("alice")).await.unwrap().user_id(), "1");
}

fn refusal(builder: Builder) -> String {
    builder.hashing(Arc::new(InlineHashing::default())).build().map(|_| ()).unwrap_err().to_string()
}

const SECRET: &str = "the secret key of the Django project next door";

#[test]
fn what_is_missing_is_named_with_its_remedy() {
    let store = || Arc::new(MemoryStore::new());
    let builder = Countersign::builder;
    assert!(refusal(builder().store(store())).contains("call `secret_key`"));
    assert!(refusal(builder().secret_key(SECRET)).contains("call `store` or `users`"));
    assert!(refusal(builder().secret_key("short").store(store())).contains("5 bytes"));
    let insecure = "django-insecure-0123456789012345678901234567890123456789";
    assert!(refusal(builder().secret_key(insecure).store(store())).contains("django-insecure-"));
    let hashing = Arc::new(InlineHashing::default());
    assert!(
        builder().allow_weak_secret().secret_key(insecure).store(store()).hashing(hashing).build().is_ok()
    );
    let rotating = SimpleJwt { blacklist_after_rotation: true, ..SimpleJwt::default() };
    let without = || builder().secret_key(SECRET).users_of(store());
    assert!(refusal(without().simple_jwt(rotating)).starts_with("blacklist_after_rotation needs"));
    let cookies = without().cookie_auth(CookieAuth::default(), CookieAuthSettings::default());
    assert!(refusal(cookies).starts_with("cookie_auth needs"));
    let same = builder()
        .secret_key(SECRET)
        .store(store())
        .refresh_token_secret(SECRET)
        .cookie_auth(CookieAuth::default(), CookieAuthSettings::default())
        .hashing(Arc::new(InlineHashing::default()));
    assert!(matches!(same.build(), Err(BuildError::EqualSecrets(_))));
}
