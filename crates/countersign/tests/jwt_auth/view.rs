//! The protected endpoints behind drf-jwt.

use crate::world::{NOT_PROVIDED, START, Scene, World, refused, signed, token_with};
use axum::body::Body;
use countersign_core::jwt_auth::{JwtAuth as Settings, Profile};
use countersign_core::store::UserChange;
use http::Request;

#[test]
fn both_endpoints_of_the_guides_say_who_asks() {
    let world = World::fork();
    let token = world.login("alice");
    for path in ["/api/endpoint/", "/api/protected-endpoint/"] {
        assert_eq!(world.ask_as(&token, "GET", path).line(), r#"200 {"user":"alice"}"#);
    }
}

#[test]
fn nobody_is_told_how_to_prove_who_they_are() {
    let answer = World::fork().ask("GET", "/api/endpoint/", &[], "");
    assert_eq!(answer.line(), refused(NOT_PROVIDED));
    assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"api\"");
    assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
}

#[test]
fn the_scheme_is_read_without_case_and_behind_exactly_one_space() {
    let world = World::fork();
    let token = world.login("alice");
    for good in ["Bearer", "bearer", "BEARER", "  Bearer"] {
        assert_eq!(world.view(&format!("{good} {token}")).status, 200, "{good}");
    }
    for bad in [
        format!("JWT {token}"),
        format!("Bearer  {token}"),
        format!("Bearer\t{token}"),
        format!("Bearer {token} x"),
        format!("Bearer {token}, Bearer {token}"),
        token.clone(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Basic x".to_owned(),
        String::new(),
    ] {
        assert_eq!(world.view(&bad).line(), refused(NOT_PROVIDED), "{bad}");
    }
    let odd = Request::get("/api/endpoint/").header("authorization", &b"Bearer \xe9"[..]);
    assert_eq!(world.send(odd.body(Body::empty()).unwrap()).line(), refused(NOT_PROVIDED));
}

#[test]
fn several_words_are_ours_where_several_are_set() {
    let world = Scene::of(Settings::of(Profile::Fork))
        .with(|dialect| dialect.auth_header_prefix = vec!["JWT".to_owned(), "Bearer".to_owned()])
        .build();
    let token = world.login("alice");
    for word in ["JWT", "Bearer", "jwt"] {
        assert_eq!(world.view(&format!("{word} {token}")).status, 200, "{word}");
    }
    assert_eq!(world.view("").header("www-authenticate"), "JWT realm=\"api\"");
}

#[test]
fn every_fault_has_drf_jwts_words() {
    let world = World::fork();
    for (token, words) in [
        (signed(&format!(r#"{{"username":"alice","exp":{START}}}"#)), "Token has expired."),
        ("garbage".to_owned(), "Error decoding token."),
        (format!("{}x", world.login("alice")), "Error decoding token."),
        (signed(r#"{"username":"alice"}"#), "Invalid token."),
        (token_with(r#""username":"alice","aud":"x""#), "Invalid token."),
        (token_with(r#""user_id":1"#), "Invalid payload."),
        (token_with(r#""username":null"#), "Invalid payload."),
        (token_with(r#""username":"nobody""#), "Invalid token."),
        (token_with(r#""username":"ida""#), "User account is disabled."),
        (token_with(r#""username":"alice","jti":"zz""#), "Invalid token."),
        (token_with(r#""username":"alice","orig_jti":"zz""#), "Invalid token."),
    ] {
        let answer = world.view(&format!("Bearer {token}"));
        assert_eq!(answer.line(), refused(words), "{token}");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"api\"");
    }
}

#[test]
fn the_user_is_found_by_name_and_never_by_number() {
    let world = World::fork();
    for user_id in ["3", "\"x\"", "null", "[]", "99999999999999999999"] {
        let token = token_with(&format!(r#""username":"alice","user_id":{user_id}"#));
        assert_eq!(world.view(&format!("Bearer {token}")).line(), r#"200 {"user":"alice"}"#);
    }
}

#[test]
fn a_disabled_user_is_out_at_once() {
    let world = World::fork();
    let token = world.login("alice");
    world.change(1, UserChange { is_active: Some(false), ..UserChange::default() });
    assert_eq!(world.view(&format!("Bearer {token}")).line(), refused("User account is disabled."));
}

#[test]
fn a_change_of_the_password_ends_tokens_where_users_have_keys_of_their_own() {
    let settings = Settings { user_secret: true, ..Settings::of(Profile::Fork) };
    let world = Scene::of(settings).build();
    let token = world.login("alice");
    assert_eq!(world.view(&format!("Bearer {token}")).status, 200);
    world.change(1, UserChange { password: Some("!another"), ..UserChange::default() });
    assert_eq!(world.view(&format!("Bearer {token}")).line(), refused("Error decoding token."));
    let unknown = token_with(r#""username":"nobody""#);
    assert_eq!(world.view(&format!("Bearer {unknown}")).line(), refused("Invalid token."));
    assert_eq!(world.verify(&unknown).line(), r#"400 {"non_field_errors":["User doesn't exist."]}"#);
}

#[test]
fn an_end_that_is_not_verified_lets_old_tokens_in() {
    let settings = Settings { verify_expiration: false, ..Settings::of(Profile::Fork) };
    let world = Scene::of(settings).build();
    let token = world.login("alice");
    world.pass(10_000);
    assert_eq!(world.view(&format!("Bearer {token}")).status, 200);
}

#[test]
fn methods_are_refused_after_the_token_is_looked_at() {
    let world = World::fork();
    assert_eq!(world.ask("PUT", "/api/endpoint/", &[], "").status, 401);
    assert_eq!(world.ask_as(&world.login("alice"), "PUT", "/api/endpoint/").status, 405);
    assert_eq!(world.ask_as(&world.login("alice"), "HEAD", "/api/endpoint/").status, 200);
}
