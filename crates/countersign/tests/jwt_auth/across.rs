//! Between this dialect and simplejwt's.

use crate::world::{Scene, World, claims, refused, simple, token_with};
use countersign::dialects::jwt_auth::JwtAuth;
use countersign_core::json::Value;
use countersign_core::jwt_auth::{JwtAuth as Settings, Profile};

const EXCHANGE: &str = "/api/token/exchange/";

fn scene() -> Scene {
    Scene::of(Settings::of(Profile::Fork))
}

fn exchanging(dialect: &mut JwtAuth) {
    dialect.exchange_for = Some(simple());
}

fn pair(world: &World) -> (String, String) {
    let answer = world.post("/api/token/", r#"{"username":"alice","password":"alice-pass-1"}"#);
    (answer.text("access"), answer.text("refresh"))
}

fn hello(world: &World, token: &str) -> u16 {
    world.ask_as(token, "GET", "/hello/").status.as_u16()
}

#[test]
fn the_dialects_do_not_authenticate_with_each_others_tokens() {
    let world = World::fork();
    let (access, refresh) = pair(&world);
    let token = world.login("alice");
    assert_eq!(hello(&world, &access), 200);
    assert_eq!(hello(&world, &token), 401);
    for foreign in [&access, &refresh] {
        assert_eq!(world.view(&format!("Bearer {foreign}")).line(), refused("Invalid payload."));
        assert_eq!(world.refresh(foreign).status, 400);
    }
    let named = token_with(r#""token_type":"access","jti":"x","user_id":"1","username":"alice""#);
    assert_eq!(world.view(&format!("Bearer {named}")).status, 401);
}

#[test]
fn they_do_where_that_is_configured_each_on_its_own() {
    let accepting = |dialect: &mut JwtAuth| dialect.accept_simple_jwt = Some(simple());
    let world = scene().with(accepting).build();
    let (access, refresh) = pair(&world);
    assert_eq!(world.view(&format!("Bearer {access}")).line(), r#"200 {"user":"alice"}"#);
    assert_eq!(world.view(&format!("Bearer {refresh}")).line(), refused("Invalid payload."));
    assert_eq!(hello(&world, &world.login("alice")), 401);
    let mut scene = scene();
    scene.accept_jwt_auth = true;
    let world = scene.build();
    let token = world.login("alice");
    assert_eq!(hello(&world, &token), 200);
    assert_eq!(world.view(&format!("Bearer {}", pair(&world).0)).status, 401);
    world.pass(300);
    assert_eq!(hello(&world, &token), 401);
}

#[test]
fn a_user_who_is_disabled_is_out_of_both() {
    let mut scene = scene().with(|dialect| dialect.accept_simple_jwt = Some(simple()));
    scene.accept_jwt_auth = true;
    let world = scene.build();
    let (token, access) = (world.login("alice"), pair(&world).0);
    let change = countersign_core::store::UserChange { is_active: Some(false), ..Default::default() };
    world.change(1, change);
    assert_eq!(hello(&world, &token), 401);
    assert_eq!(world.view(&format!("Bearer {access}")).status, 401);
}

#[test]
fn a_token_is_exchanged_for_a_pair_once() {
    let world = scene().with(exchanging).build();
    let token = world.login("alice");
    let sibling = world.refresh(&token).text("token");
    let answer = world.post_token(EXCHANGE, &token);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(hello(&world, &answer.text("access")), 200);
    let refreshed =
        world.post("/api/token/refresh/", &format!(r#"{{"refresh":"{}"}}"#, answer.text("refresh")));
    assert_eq!(refreshed.status, 200);
    assert_eq!(claims(&answer.text("access")).get("user_id"), Some(&Value::from("1")));
    for again in [&token, &sibling] {
        let answer = world.post_token(EXCHANGE, again);
        assert_eq!(answer.line(), r#"401 {"detail":"Token is blacklisted.","code":"token_not_valid"}"#);
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"api\"");
    }
    assert_eq!(world.view(&format!("Bearer {token}")).status, 403);
}

#[test]
fn a_token_is_exchanged_from_the_header_too_and_a_bad_one_is_refused() {
    let world = scene().with(exchanging).build();
    assert_eq!(world.ask_as(&world.login("alice"), "POST", EXCHANGE).status, 200);
    assert_eq!(world.post(EXCHANGE, "{}").line(), r#"400 {"token":["This field is required."]}"#);
    let bad = |detail: &str| format!(r#"401 {{"detail":"{detail}","code":"token_not_valid"}}"#);
    assert_eq!(world.post_token(EXCHANGE, "x").line(), bad("Error decoding token."));
    assert_eq!(world.post_token(EXCHANGE, &pair(&world).1).line(), bad("Invalid token."));
    let ida = token_with(r#""username":"ida""#);
    assert_eq!(world.post_token(EXCHANGE, &ida).line(), bad("User account is disabled."));
}

#[test]
fn a_token_of_the_original_package_is_exchanged_once_too() {
    let world = Scene::of(crate::world::original()).with(exchanging).build();
    let token = world.login("alice");
    assert_eq!(world.post_token(EXCHANGE, &token).status, 200);
    assert_eq!(world.post_token(EXCHANGE, &token).status, 401);
    assert_eq!(world.view(&format!("JWT {token}")).line(), refused("Token is blacklisted."));
}

#[test]
fn nothing_is_exchanged_unless_that_is_configured() {
    assert_eq!(World::fork().post_token(EXCHANGE, "x").status, 404);
}
