//! `POST /api/token/verify/`

use crate::world::{Answer, START, World, not_valid};

fn verify(world: &World, token: &str) -> Answer {
    world.post("/api/token/verify/", &[("token", token)])
}

#[test]
fn every_kind_of_token_is_good() {
    let world = World::new();
    let (refresh, access) = world.log_in("alice");
    for token in [refresh, access] {
        assert_eq!(verify(&world, &token).line(), "200 {}");
    }
    let foreign = format!(r#"{{"username":"alice","exp":{},"jti":"x"}}"#, START + 100);
    assert_eq!(verify(&world, &world.sign(&foreign)).line(), "200 {}");
}

#[test]
fn its_user_is_not_looked_at() {
    let world = World::new();
    let (_, access) = world.log_in("alice");
    world.set_active(1, false);
    assert_eq!(verify(&world, &access).line(), "200 {}");
}

#[test]
fn the_blacklist_is_looked_at_only_where_rotation_blacklists_and_the_answer_is_400() {
    let world = World::new();
    let (refresh, _) = world.log_in("alice");
    world.post("/api/token/blacklist/", &[("refresh", &refresh)]);
    assert_eq!(verify(&world, &refresh).line(), "200 {}");

    let world = World::rotating();
    let (refresh, _) = world.log_in("alice");
    world.post("/api/token/blacklist/", &[("refresh", &refresh)]);
    assert_eq!(verify(&world, &refresh).line(), r#"400 {"non_field_errors":["Token is blacklisted"]}"#);
}

#[test]
fn faults_have_their_words() {
    let world = World::new();
    let (_, access) = world.log_in("alice");
    world.pass(300);
    assert_eq!(verify(&world, &access).line(), not_valid("Token is expired"));
    let no_id = world.sign(&format!(r#"{{"exp":{}}}"#, START + 1000));
    assert_eq!(verify(&world, &no_id).line(), not_valid("Token has no id"));
    assert_eq!(verify(&world, &world.sign(r#"{"jti":"x"}"#)).line(), not_valid("Token has no 'exp' claim"));
    let (head, _) = access.rsplit_once('.').unwrap();
    assert_eq!(verify(&world, &format!("{head}.AAAA")).line(), not_valid("Token is invalid"));
}
