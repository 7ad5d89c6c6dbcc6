//! `Authenticated`, `MaybeAuthenticated` and `Claims`.

use crate::ask::{get, send};
use axum::Router;
use axum::routing::get as on_get;
use countersign::testing::TestIssuer;
use countersign::{Authenticated, Claims, MaybeAuthenticated, Reason, Rejection};

const NOT_PROVIDED: &str = r#"401 {"detail":"Authentication credentials were not provided."}"#;

async fn name(Authenticated(caller): Authenticated) -> String {
    caller.username().to_owned()
}

async fn perhaps(MaybeAuthenticated(caller): MaybeAuthenticated) -> String {
    caller.map_or("nobody".to_owned(), |caller| caller.username().to_owned())
}

async fn optional(caller: Option<Authenticated>) -> String {
    caller.map_or("nobody".to_owned(), |Authenticated(caller)| caller.username().to_owned())
}

fn app(issuer: &TestIssuer) -> Router {
    Router::new()
        .route("/name", on_get(name))
        .route("/perhaps", on_get(perhaps))
        .route("/optional", on_get(optional))
        .layer(issuer.authentication())
}

#[tokio::test]
async fn authenticated_names_the_caller_and_refuses_in_the_packages_words() {
    let issuer = TestIssuer::new();
    let app = app(&issuer);
    let token = issuer.token_for("alice");
    assert_eq!(get(&app, "/name", &token).await.line, "200 alice");

    let anonymous = send(&app, "GET", "/name", &[]).await;
    assert_eq!(anonymous.line, NOT_PROVIDED);
    assert_eq!(anonymous.header("www-authenticate"), r#"Bearer realm="api""#);
    assert_eq!(anonymous.header("content-type"), "application/json");
    assert_eq!(send(&app, "GET", "/name", &[("authorization", "Basic YTpi")]).await.line, NOT_PROVIDED);
    assert_eq!(
        send(&app, "GET", "/name", &[("authorization", "Bearer")]).await.line,
        r#"401 {"detail":"Authorization header must contain two space-delimited values","code":"bad_authorization_header"}"#
    );
    let not_valid = r#"401 {"detail":"Given token not valid for any token type","code":"token_not_valid","messages":[{"token_class":"AccessToken","token_type":"access","message":"Token is MESSAGE"}]}"#;
    for (token, message) in
        [(issuer.expired_token_for("alice"), "expired"), (issuer.forged_token_for("alice"), "invalid")]
    {
        let refused = get(&app, "/name", &token).await;
        assert_eq!(refused.line, not_valid.replace("MESSAGE", message));
        assert_eq!(refused.header("www-authenticate"), r#"Bearer realm="api""#);
    }

    issuer.switch_off("alice");
    assert_eq!(
        get(&app, "/name", &token).await.line,
        r#"401 {"detail":"User is inactive","code":"user_inactive"}"#
    );
}

#[tokio::test]
async fn a_stale_token_spoils_no_public_page_unless_it_is_asked_for() {
    let issuer = TestIssuer::new();
    let app = app(&issuer);
    let (good, stale) = (issuer.token_for("alice"), issuer.expired_token_for("alice"));
    for path in ["/perhaps", "/optional"] {
        assert_eq!(get(&app, path, &good).await.line, "200 alice");
        assert_eq!(send(&app, "GET", path, &[]).await.line, "200 nobody");
    }
    assert_eq!(get(&app, "/perhaps", &stale).await.line, "200 nobody");
    assert!(get(&app, "/optional", &stale).await.line.starts_with("401 "));
}

#[tokio::test]
async fn a_database_in_trouble_is_503_and_never_nobody() {
    let issuer = TestIssuer::new();
    let app = app(&issuer);
    let token = issuer.token_for("alice");
    issuer.store().break_down(true);
    for path in ["/name", "/perhaps", "/optional"] {
        let answer = get(&app, path, &token).await;
        assert_eq!(answer.line, r#"503 {"detail":"Service temporarily unavailable, try again later."}"#);
        assert_eq!(answer.header("retry-after"), "1");
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Tier {
    Gold,
    Silver,
}

#[derive(serde::Deserialize)]
struct Mine {
    tier: Tier,
    seats: u8,
    #[serde(default)]
    scopes: Vec<String>,
    nick: Option<String>,
    nested: std::collections::HashMap<String, f64>,
}

async fn mine(Claims(mine): Claims<Mine>, Authenticated(caller): Authenticated) -> String {
    let tier = match mine.tier {
        Tier::Gold => "gold",
        Tier::Silver => "silver",
    };
    let Mine { seats, scopes, nick, nested, .. } = mine;
    format!("{} {tier} {seats} {scopes:?} {nick:?} {}", caller.user_id(), nested["a"])
}

#[tokio::test]
async fn claims_are_read_into_a_type_and_a_misfit_is_a_token_to_replace() {
    let issuer = TestIssuer::new();
    let app = Router::new().route("/mine", on_get(mine)).layer(issuer.authentication());
    let claims = |seats: &str| {
        let claims = format!(
            r#"{{"tier":"gold","seats":{seats},"scopes":["a","b"],"nick":null,"nested":{{"a":1.5}}}}"#
        );
        let countersign::Value::Object(claims) =
            countersign::rules::json::Reader::BODY.read(claims.as_bytes()).unwrap()
        else {
            panic!("it is an object")
        };
        let pairs = claims.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect::<Vec<_>>();
        issuer.token_with("alice", pairs)
    };
    assert_eq!(get(&app, "/mine", &claims("3")).await.line, r#"200 1 gold 3 ["a", "b"] None 1.5"#);
    for misfit in ["300", "-1", "\"3\"", "null"] {
        let answer = get(&app, "/mine", &claims(misfit)).await;
        assert_eq!(answer.line, r#"401 {"detail":"Token is invalid","code":"token_not_valid"}"#, "{misfit}");
    }
    assert!(get(&app, "/mine", &issuer.token_for("alice")).await.line.starts_with("401 "));
    assert_eq!(send(&app, "GET", "/mine", &[]).await.line, NOT_PROVIDED);
}

#[tokio::test]
async fn without_a_layer_the_request_fails_and_nobody_comes_in() {
    let app = Router::new().route("/name", on_get(name)).route("/perhaps", on_get(perhaps));
    for path in ["/name", "/perhaps"] {
        assert_eq!(get(&app, path, "x").await.line, r#"500 {"detail":"A server error occurred."}"#);
    }
}

#[tokio::test]
async fn who_was_let_in_by_one_issuer_is_nobody_to_another() {
    let (outer, inner) = (
        TestIssuer::new(),
        TestIssuer::with(|builder| {
            let ring = countersign::rules::jws::Key::hmac(
                countersign::rules::jws::Algorithm::Hs256,
                b"the key of another issuer, also long enough",
                None,
            );
            builder.keys(countersign::rules::jws::KeyRing::new(ring))
        }),
    );
    let app = Router::new()
        .route("/name", on_get(name))
        .layer(inner.authentication())
        .layer(outer.authentication().require(countersign::IsAuthenticated));
    assert!(get(&app, "/name", &outer.token_for("alice")).await.line.starts_with("401 "));
    assert!(get(&app, "/name", &inner.token_for("alice")).await.line.starts_with("401 "));
}

#[tokio::test]
async fn a_handler_may_read_the_reason_and_answer_in_its_own_form() {
    async fn own(caller: Result<Authenticated, Rejection>) -> String {
        match caller.as_ref().map_err(Rejection::reason) {
            Ok(_) => "in".to_owned(),
            Err(Reason::NotProvided) => "who?".to_owned(),
            Err(Reason::InvalidToken(why)) => why[0].1.to_string(),
            Err(other) => format!("{other:?}"),
        }
    }
    let issuer = TestIssuer::new();
    let app = Router::new().route("/own", on_get(own)).layer(issuer.authentication());
    assert_eq!(send(&app, "GET", "/own", &[]).await.line, "200 who?");
    assert_eq!(get(&app, "/own", &issuer.expired_token_for("bob")).await.line, "200 Token is expired");
    assert_eq!(get(&app, "/own", &issuer.token_for("bob")).await.line, "200 in");
}
