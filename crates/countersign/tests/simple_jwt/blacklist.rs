//! `POST /api/token/blacklist/`

use crate::world::{Answer, World, not_valid};
use countersign_core::settings::SimpleJwt;

fn blacklist(world: &World, token: &str) -> Answer {
    world.post("/api/token/blacklist/", &[("refresh", token)])
}

#[test]
fn a_blacklisted_token_is_refused_from_then_on() {
    let world = World::new();
    let (refresh, _) = world.log_in("alice");
    assert_eq!(blacklist(&world, &refresh).line(), "200 {}");
    assert_eq!(blacklist(&world, &refresh).line(), not_valid("Token is blacklisted"));
    assert_eq!(
        world.post("/api/token/refresh/", &[("refresh", &refresh)]).line(),
        not_valid("Token is blacklisted")
    );
}

#[test]
fn a_token_of_another_kind_has_the_wrong_type() {
    let world = World::new();
    let (_, access) = world.log_in("alice");
    assert_eq!(blacklist(&world, &access).line(), not_valid("Token has wrong type"));
}

#[test]
fn without_the_app_it_verifies_and_does_nothing() {
    let world = World::build(SimpleJwt::default(), false);
    let (refresh, _) = world.log_in("alice");
    for _ in 0..2 {
        assert_eq!(blacklist(&world, &refresh).line(), "200 {}");
    }
    assert_eq!(blacklist(&world, "garbage").line(), not_valid("Token is invalid"));
}

#[test]
fn logging_out_ends_the_family_in_its_grace_too() {
    let world = World::with(SimpleJwt {
        rotation_grace: countersign_core::clock::SignedDuration::from_secs(10),
        ..crate::world::rotation()
    });
    let (first, _) = world.log_in("alice");
    let second = world.post("/api/token/refresh/", &[("refresh", &first)]).text("refresh");
    assert_eq!(blacklist(&world, &second).line(), "200 {}");
    assert_eq!(
        world.post("/api/token/refresh/", &[("refresh", &first)]).line(),
        not_valid("Token is blacklisted")
    );
}
