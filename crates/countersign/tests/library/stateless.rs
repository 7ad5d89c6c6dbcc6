//! Tokens that are made elsewhere: by a secret, a key or a set of keys.

use crate::ask::{get, send};
use axum::Router;
use axum::routing::get as on_get;
use countersign::rules::clock::SignedDuration;
use countersign::rules::jws::{Algorithm, Key, KeyRing};
use countersign::rules::testing::ManualClock;
use countersign::{Authenticated, Authentication, Stateless, StatelessError, Timestamp};
use std::sync::Arc;

const SECRET: &str = "the secret key of the Django project next door";

fn app(stateless: Stateless) -> Router {
    async fn who(Authenticated(caller): Authenticated) -> String {
        format!("{}|{}|{}|{}", caller.user_id(), caller.username(), caller.email(), caller.is_superuser())
    }
    let clock = ManualClock::new(Timestamp::from_second(1000).unwrap());
    let authentication = stateless.clock(Arc::new(clock)).build().unwrap();
    Router::new().route("/", on_get(who)).layer(authentication)
}

fn signed(claims: &str) -> String {
    KeyRing::new(Key::hmac(Algorithm::Hs256, SECRET.as_bytes(), None)).sign(claims)
}

const CLAIMS: &str = r#"{"token_type":"access","exp":1300,"iat":1000,"jti":"x","user_id":7,"username":"ann","email":"a@b.c","is_superuser":true}"#;

#[tokio::test]
async fn the_secret_of_the_issuer_is_enough() {
    let app = app(Authentication::stateless().secret(SECRET));
    assert_eq!(get(&app, "/", &signed(CLAIMS)).await.line, "200 7|ann|a@b.c|true");
    let bare = signed(r#"{"token_type":"access","exp":1300,"jti":"x","user_id":"u-1"}"#);
    assert_eq!(get(&app, "/", &bare).await.line, "200 u-1|||false");
    for refused in [
        CLAIMS.replace("1300", "1000"),
        CLAIMS.replace("access", "refresh"),
        CLAIMS.replace("user_id", "uid"),
        CLAIMS.replace("\"exp\":1300,", ""),
    ] {
        assert!(get(&app, "/", &signed(&refused)).await.line.starts_with("401 "), "{refused}");
    }
}

#[tokio::test]
async fn audience_and_issuer_are_demanded_where_they_are_said() {
    let stateless = || Authentication::stateless().secret(SECRET);
    let app = app(stateless().audience("orders").issuer("sso").leeway(SignedDuration::from_secs(5)));
    assert!(get(&app, "/", &signed(CLAIMS)).await.line.starts_with("401 "));
    let meant = CLAIMS.replace("\"jti\"", "\"aud\":[\"x\",\"orders\"],\"iss\":\"sso\",\"jti\"");
    assert!(get(&app, "/", &signed(&meant)).await.line.starts_with("200 "));
    assert!(get(&app, "/", &signed(&meant.replace("1300", "996"))).await.line.starts_with("200 "));
    assert!(get(&app, "/", &signed(&meant.replace("1300", "995"))).await.line.starts_with("401 "));
}

#[tokio::test]
async fn tokens_of_other_issuers_have_no_type_and_a_subject() {
    let app = app(Authentication::stateless().secret(SECRET).untyped().user_id_claim("sub").audience("api"));
    let token = signed(r#"{"sub":"auth0|5","aud":"api","exp":1300}"#);
    assert_eq!(get(&app, "/", &token).await.line, "200 auth0|5|||false");
    assert!(get(&app, "/", &signed(r#"{"sub":"auth0|5","exp":1300}"#)).await.line.starts_with("401 "));
}

#[tokio::test]
async fn a_public_key_and_a_set_of_keys_verify_and_sign_nothing() {
    let pem = countersign::rules::jws::generate(Algorithm::Es256, &countersign::rules::random::SystemRandom);
    let private = Key::read(Algorithm::Es256, pem.expose(), None).unwrap();
    let ring = KeyRing::new(private);
    let set = countersign::rules::jwk::publish(ring.keys()).to_ascii();
    let token = ring.sign(CLAIMS);
    let by_set = app(Authentication::stateless().jwks(&set));
    assert!(get(&by_set, "/", &token).await.line.starts_with("200 "));
    assert!(get(&by_set, "/", &signed(CLAIMS)).await.line.starts_with("401 "));
    assert_eq!(send(&by_set, "GET", "/", &[]).await.header("www-authenticate"), r#"Bearer realm="api""#);
    let by_key = app(Authentication::stateless().key(Algorithm::Es256, pem.expose()));
    assert!(get(&by_key, "/", &token).await.line.starts_with("200 "));
}

#[test]
fn what_cannot_verify_is_refused_before_anything_is_served() {
    let refusal = |stateless: Stateless| stateless.build().unwrap_err().to_string();
    assert_eq!(Authentication::stateless().build().unwrap_err(), StatelessError::NoKey);
    assert!(refusal(Authentication::stateless().secret("short")).contains("5 bytes"));
    assert!(Authentication::stateless().allow_weak_secret().secret("short").build().is_ok());
    assert!(refusal(Authentication::stateless().secret("")).contains("empty"));
    assert!(refusal(Authentication::stateless().jwks("{}")).contains("no JWK set"));
    assert_eq!(
        Authentication::stateless().jwks(r#"{"keys":[]}"#).build().unwrap_err(),
        StatelessError::NoKey
    );
    let unknown = r#"{"keys":[{"kty":"OKP","crv":"X448","x":"AA","kid":"a"}]}"#;
    assert!(matches!(Authentication::stateless().jwks(unknown).build(), Err(StatelessError::NoGoodKey(_))));
    assert!(refusal(Authentication::stateless().key(Algorithm::Rs256, "no key")).contains("PEM"));
}
