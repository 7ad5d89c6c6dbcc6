//! When the database does not answer.

use crate::world::{Scene, World, cookies};
use countersign_core::declared::DeclaredClaims;
use countersign_core::jwt_auth::{JwtAuth as Settings, Profile};

const PUT_OFF: &str = r#"503 {"detail":"Service temporarily unavailable, try again later."}"#;

#[test]
fn every_endpoint_puts_the_client_off() {
    let world = World::fork();
    let token = world.login("root");
    world.store.break_down(true);
    assert_eq!(world.try_login("alice", "alice-pass-1").line(), PUT_OFF);
    assert_eq!(world.verify(&token).line(), PUT_OFF);
    assert_eq!(world.refresh(&token).line(), PUT_OFF);
    let view = world.view(&format!("Bearer {token}"));
    assert_eq!(view.line(), PUT_OFF);
    assert_eq!(view.header("retry-after"), "1");
    assert_eq!(world.post_as(&token, "/api-token-impersonate/", r#"{"user":1}"#).line(), PUT_OFF);
    assert_eq!(world.ask_as(&token, "GET", "/api-token-blacklist/").line(), PUT_OFF);
}

#[test]
fn a_token_that_no_cookie_can_hold_is_a_server_error_and_not_a_lost_login() {
    let mut payload = DeclaredClaims::default();
    payload.declare("long", "x".repeat(4000).into(), &[]).unwrap();
    let settings = Settings { payload, ..Settings::of(Profile::Fork) };
    let world = Scene::of(settings).with(|dialect| dialect.cookies = Some(cookies(false))).build();
    assert_eq!(world.try_login("alice", "alice-pass-1").status, 500);
}
