//! Claims, answers and logins, seen by code of one's own.

use crate::ask::{Answered, post};
use axum::Router;
use countersign::dialects::cookie_auth::CookieAuthSettings;
use countersign::hooks::{ClaimsContext, ClaimsHook, LoginContext, LoginHook, ResponseContext, ResponseHook};
use countersign::rest::Answer;
use countersign::rules::cookie_auth::CookieAuth;
use countersign::rules::jwt_auth::{JwtAuth, Profile};
use countersign::testing::TestIssuer;
use countersign::{BoxError, Builder, LoginOutcome, Object};
use http::{HeaderName, HeaderValue};
use std::sync::{Arc, Mutex};

fn world(decide: impl FnOnce(Builder) -> Builder) -> (TestIssuer, Router) {
    let issuer = TestIssuer::with(|builder| {
        decide(
            builder
                .jwt_auth(JwtAuth { allow_refresh: true, ..JwtAuth::of(Profile::Original) })
                .cookie_auth(CookieAuth::default(), CookieAuthSettings::default()),
        )
    });
    let _ = issuer.user("alice");
    let router = issuer.countersign().router();
    (issuer, router)
}

const LOGIN: &str = r#"{"username":"alice","password":"alice-password"}"#;

fn claim(token: &str, name: &str) -> Option<String> {
    let payload = countersign::rules::jws::peek_payload(token).unwrap();
    let payload: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    payload.get(name).map(ToString::to_string)
}

fn member(answer: &Answered, name: &str) -> String {
    answer.json()[name].as_str().unwrap_or_else(|| panic!("no {name}: {}", answer.line)).to_owned()
}

#[tokio::test]
async fn computed_claims_are_in_every_dialects_tokens_and_read_again_at_each_refresh() {
    let count = Mutex::new(0);
    let (_, app) = world(|builder| {
        builder.claims_hook(move |of: &ClaimsContext<'_>| {
            let mut count = count.lock().unwrap();
            *count += 1;
            let agent = of.request.map(|request| request.headers()["content-type"].to_str().unwrap());
            Object::from([("made", format!("{} {} {}", of.user.username, *count, agent.unwrap()))])
        })
    });
    let pair = post(&app, "/api/token/", LOGIN).await;
    let made = |token: &str| claim(token, "made").unwrap();
    assert_eq!(made(&member(&pair, "access")), r#""alice 1 application/json""#);
    assert_eq!(made(&member(&pair, "refresh")), r#""alice 1 application/json""#);
    let refresh = format!(r#"{{"refresh":"{}"}}"#, member(&pair, "refresh"));
    let refreshed = post(&app, "/api/token/refresh/", &refresh).await;
    assert_eq!(made(&member(&refreshed, "access")), r#""alice 2 application/json""#);
    let jwt = post(&app, "/api-token-auth/", LOGIN).await;
    assert_eq!(made(&member(&jwt, "token")), r#""alice 3 application/json""#);
    let cookie = post(&app, "/accounts/login", LOGIN).await;
    assert_eq!(made(&member(&cookie, "access_token")), r#""alice 4 application/json""#);
}

#[tokio::test]
async fn claims_that_are_not_free_and_hooks_that_fail_are_503_and_nobody_gets_a_token() {
    struct Fails;
    impl ClaimsHook for Fails {
        async fn claims(&self, _: &ClaimsContext<'_>) -> Result<Object, BoxError> {
            Err("the tenants' database is gone".into())
        }
    }
    let (_, failing) = world(|builder| builder.claims_hook(Fails));
    let (_, reserved) =
        world(|builder| builder.claims_hook(|_: &ClaimsContext<'_>| Object::from([("exp", 0)])));
    for app in [failing, reserved] {
        for path in ["/api/token/", "/api-token-auth/", "/accounts/login"] {
            let answer = post(&app, path, LOGIN).await;
            assert_eq!(
                answer.line, r#"503 {"detail":"Service temporarily unavailable, try again later."}"#,
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn the_response_hook_sees_whom_it_is_about_and_changes_what_is_answered() {
    struct Extras;
    impl ResponseHook for Extras {
        async fn respond(&self, of: &ResponseContext<'_>, answer: &mut Answer) {
            let header = HeaderValue::from_str(of.endpoint).unwrap();
            answer.headers.push((HeaderName::from_static("x-endpoint"), header));
            if let Some(user) = of.user {
                answer.insert("user", Object::from([("username", user.username.as_str())]));
                answer.insert("expires_in", 300);
            }
        }
    }
    let (issuer, app) = world(|builder| builder.response_hook(Extras));
    let pair = post(&app, "/api/token/", LOGIN).await;
    assert!(pair.line.ends_with(r#","user":{"username":"alice"},"expires_in":300}"#), "{}", pair.line);
    assert_eq!(pair.header("x-endpoint"), "Token Obtain Pair");
    let refresh = format!(r#"{{"refresh":"{}"}}"#, member(&pair, "refresh"));
    assert!(post(&app, "/api/token/refresh/", &refresh).await.line.contains(r#""username":"alice""#));
    let wrong = post(&app, "/api/token/", &LOGIN.replace("-password", "-x")).await;
    assert_eq!(wrong.line, r#"401 {"detail":"No active account found with the given credentials"}"#);
    let verified =
        post(&app, "/api/token/verify/", &format!(r#"{{"token":"{}"}}"#, issuer.token_for("alice"))).await;
    assert_eq!(verified.line, "200 {}");
    assert_eq!(verified.header("x-endpoint"), "Token Verify");
}

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl LoginHook for Heard {
    async fn login(&self, login: &LoginContext<'_>) {
        tokio::task::yield_now().await;
        let user = login.user.map(|user| user.id.to_string());
        let path = login.request.request.uri.path();
        let LoginContext { username, outcome, method, .. } = login;
        self.0.lock().unwrap().push(format!("{method} {path} {username} {user:?} {outcome:?}"));
    }
}

#[tokio::test]
async fn the_login_hook_hears_of_every_attempt_with_its_outcome() {
    let heard = Heard::default();
    let (issuer, app) = world(|builder| builder.login_hook(heard.clone()));
    post(&app, "/api/token/", LOGIN).await;
    post(&app, "/api-token-auth/", &LOGIN.replace("-password", "-x")).await;
    post(&app, "/accounts/login", &LOGIN.replace("\"alice\"", "\"nobody\"")).await;
    post(&app, "/api/token/verify/", r#"{"token":"x"}"#).await;
    issuer.switch_off("alice");
    post(&app, "/api/token/sliding/", LOGIN).await;
    assert_eq!(
        *heard.0.lock().unwrap(),
        [
            r#"simple_jwt /api/token/ alice Some("1") Success"#,
            r#"jwt_auth /api-token-auth/ alice Some("1") WrongPassword"#,
            "cookie_auth /accounts/login nobody None UnknownUser",
            r#"sliding /api/token/sliding/ alice Some("1") Inactive"#,
        ]
    );
    assert_eq!(LoginOutcome::Success, LoginOutcome::Success);
}

#[tokio::test]
async fn whom_the_rule_refuses_is_inactive_everywhere() {
    let (issuer, app) =
        world(|builder| builder.authentication_rule(|user| user.email != "banned@example.com"));
    let token = issuer.token_for("alice");
    let who = Router::new()
        .route("/", axum::routing::get(|_: countersign::Authenticated| async { "in" }))
        .layer(issuer.authentication());
    assert_eq!(crate::ask::get(&who, "/", &token).await.line, "200 in");
    let banned =
        countersign::User { email: "banned@example.com".to_owned(), ..countersign::User::new("mallory", "") };
    let banned = issuer.add_user(banned);
    let login = LOGIN.replace("alice", "mallory");
    assert_eq!(
        post(&app, "/api/token/", &login).await.line,
        r#"401 {"detail":"No active account found with the given credentials"}"#
    );
    let pair = issuer.countersign().tokens_for(&banned).await.unwrap();
    assert_eq!(
        crate::ask::get(&who, "/", &pair.access).await.line,
        r#"401 {"detail":"User is inactive","code":"user_inactive"}"#
    );
}
