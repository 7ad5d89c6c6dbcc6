//! `POST /api-token-refresh/` of drf-jwt.

use crate::world::{START, Scene, World, claims, complaint, token_with};
use countersign_core::json::Value;
use countersign_core::jwt_auth::{JwtAuth as Settings, Profile};

#[test]
fn a_token_is_refreshed_with_a_new_end_and_the_old_beginning() {
    let world = World::fork();
    let first = world.login("alice");
    world.pass(100);
    let answer = world.refresh(&first);
    let next = answer.text("token");
    assert_eq!(answer.line(), format!(r#"201 {{"pk":{},"token":"{next}"}}"#, START + 100));
    let said = claims(&next);
    assert_eq!(said.get("exp"), Some(&Value::from(START + 400)));
    assert_eq!(said.get("orig_iat"), Some(&Value::from(START)));
    assert_eq!(said.get("orig_jti"), claims(&first).get("jti"));
    assert_eq!(world.view(&format!("Bearer {first}")).status, 200, "the old one stays good");
}

#[test]
fn a_guides_refresh_with_the_token_in_the_header_works() {
    let world = World::fork();
    let token = world.login("alice");
    for scheme in ["Bearer", "bearer"] {
        let headers = [("authorization", &*format!("{scheme} {token}"))];
        assert_eq!(world.ask("POST", "/api-token-refresh/", &headers, "").status, 201);
    }
    let required = r#"400 {"token":["This field is required."]}"#;
    for headers in [&[][..], &[("authorization", "Basic x")], &[("authorization", "Bearer")]] {
        assert_eq!(world.ask("POST", "/api-token-refresh/", headers, "").line(), required);
    }
    let headers = [("authorization", &*format!("Bearer {token}")), ("content-type", "application/json")];
    let answer = world.ask("POST", "/api-token-refresh/", &headers, r#"{"token":"x"}"#);
    assert_eq!(answer.line(), complaint("Error decoding token."), "the body comes first");
}

#[test]
fn a_line_without_a_beginning_or_beyond_its_limit_is_refused() {
    let world = World::fork();
    let token = |orig_iat: &str| {
        crate::world::signed(&format!(
            r#"{{"username":"alice","exp":{},"orig_iat":{orig_iat}}}"#,
            START + 300
        ))
    };
    let week = 7 * 24 * 3600;
    assert_eq!(world.refresh(&token("null")).line(), complaint("orig_iat field not found in token."));
    assert_eq!(
        world.refresh(&token(&(START - week - 1).to_string())).line(),
        complaint("Refresh has expired.")
    );
    assert_eq!(world.refresh(&token(&(START - week).to_string())).status, 201);
    assert_eq!(world.refresh(&token("\"x\"")).line(), complaint("Invalid token."));
    let float = world.refresh(&token("1795319000.5"));
    assert_eq!(claims(&float.text("token")).get("orig_iat").unwrap().to_ascii(), "1795319000.5");
}

#[test]
fn an_endpoint_without_refreshing_says_that_the_beginning_is_missing() {
    let settings = Settings { allow_refresh: false, ..Settings::of(Profile::Fork) };
    let world = Scene::of(settings).build();
    let token = world.login("alice");
    assert!(!claims(&token).contains("orig_iat"));
    assert_eq!(world.refresh(&token).line(), complaint("orig_iat field not found in token."));
}

#[test]
fn a_token_of_simplejwt_is_not_refreshed_even_if_it_names_a_user() {
    let world = World::fork();
    let token = token_with(r#""token_type":"refresh","username":"alice""#);
    assert_eq!(world.refresh(&token).line(), complaint("Invalid token."));
    assert_eq!(world.verify(&token).status, 201, "to verify is as generic as with the package");
}
