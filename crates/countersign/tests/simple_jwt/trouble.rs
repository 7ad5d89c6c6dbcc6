//! When the database does not answer: 503, a constant body, and never an open door.

use crate::world::World;
use countersign_core::settings::SimpleJwt as Settings;

#[test]
fn nothing_is_admitted_while_the_store_is_down() {
    let world = World::rotating();
    let (refresh, access) = world.log_in("alice");
    world.store.break_down(true);
    for answer in [
        world.post("/api/token/", &[("username", "alice"), ("password", "alice-pass-1")]),
        world.post("/api/token/refresh/", &[("refresh", &refresh)]),
        world.post("/api/token/verify/", &[("token", &refresh)]),
        world.post("/api/token/blacklist/", &[("refresh", &refresh)]),
        world.post("/api/token/sliding/", &[("username", "alice"), ("password", "alice-pass-1")]),
        world.hello(&format!("Bearer {access}")),
    ] {
        assert_eq!(answer.line(), r#"503 {"detail":"Service temporarily unavailable, try again later."}"#);
        assert_eq!(answer.header("retry-after"), "1");
    }
    world.store.break_down(false);
    assert_eq!(world.post("/api/token/refresh/", &[("refresh", &refresh)]).status, 200);
}

#[test]
fn claims_that_no_token_can_carry_are_the_constant_500() {
    let mut settings = Settings::default();
    settings.claims.declare("much", "x".repeat(7_000).into(), &[]).unwrap();
    let answer =
        World::with(settings).post("/api/token/", &[("username", "alice"), ("password", "alice-pass-1")]);
    assert_eq!(answer.line(), r#"500 {"detail":"A server error occurred."}"#);
}
