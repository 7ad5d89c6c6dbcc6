//! `POST /api-token-auth/` of drf-jwt.

use crate::world::{START, Scene, World, claims, complaint};
use countersign_core::json::Value;
use countersign_core::jwt_auth::{JwtAuth as Settings, Profile, TokenId};
use countersign_core::settings::Passwords;

#[test]
fn a_login_answers_201_with_the_instant_and_a_token() {
    let world = World::fork();
    let answer = world.try_login("alice", "alice-pass-1");
    let token = answer.text("token");
    assert_eq!(answer.line(), format!(r#"201 {{"pk":{START},"token":"{token}"}}"#));
    assert_eq!(claims(&token).get("username"), Some(&Value::from("alice")));
    assert_eq!(world.view(&format!("Bearer {token}")).line(), r#"200 {"user":"alice"}"#);
}

#[test]
fn an_answer_has_the_frameworks_headers_and_is_kept_by_no_cache() {
    let answer = World::fork().try_login("alice", "alice-pass-1");
    assert_eq!(answer.header("allow"), "POST, OPTIONS");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("set-cookie"), "");
    assert_eq!(answer.header("www-authenticate"), "");
}

#[test]
fn a_wrong_password_an_unknown_name_and_an_inactive_user_are_told_the_same() {
    let world = World::fork();
    for (name, password) in [("alice", "wrong"), ("nobody", "alice-pass-1"), ("ida", "ida-pass-1")] {
        let expected = complaint("Unable to log in with provided credentials.");
        assert_eq!(world.try_login(name, password).line(), expected, "{name}");
    }
}

#[test]
fn an_inactive_user_who_may_log_in_gets_a_token() {
    let mut scene = Scene::of(Settings::of(Profile::Fork));
    scene.passwords = Passwords { allow_inactive: true, pbkdf2_iterations: 1, ..Passwords::default() };
    assert_eq!(scene.build().try_login("ida", "ida-pass-1").status, 201);
}

#[test]
fn missing_fields_are_named_password_first() {
    let world = World::fork();
    let required = r#"["This field is required."]"#;
    let expected = format!(r#"400 {{"password":{required},"username":{required}}}"#);
    assert_eq!(world.post("/api-token-auth/", "{}").line(), expected);
    assert_eq!(
        world.post("/api-token-auth/", r#"{"username":"","password":null}"#).line(),
        r#"400 {"password":["This field may not be null."],"username":["This field may not be blank."]}"#
    );
}

#[test]
fn a_form_logs_in_and_spaces_around_a_password_do_not_matter() {
    let world = World::fork();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = world.ask("POST", "/api-token-auth/", &form, "username=alice&password=+alice-pass-1+");
    assert_eq!(answer.status, 201);
}

#[test]
fn an_id_is_left_out_where_ids_are_off() {
    let settings = Settings { token_id: TokenId::Off, ..Settings::of(Profile::Fork) };
    let token = Scene::of(settings).build().login("alice");
    assert!(!claims(&token).contains("jti"));
    assert!(claims(&World::fork().login("alice")).contains("jti"));
}
