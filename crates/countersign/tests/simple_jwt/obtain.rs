//! `POST /api/token/`

use crate::world::{START, World};
use axum::body::Body;
use countersign_core::event::LoginOutcome::{self, Inactive, Success, UnknownUser, WrongPassword};
use countersign_core::settings::SimpleJwt;
use countersign_core::store::Users as _;
use countersign_core::testing::block_on;
use http::Request;

const REFUSED: &str = r#"401 {"detail":"No active account found with the given credentials"}"#;

#[test]
fn a_name_and_a_password_get_a_pair_refresh_first() {
    let world = World::new();
    let answer = world.post("/api/token/", &[("username", "alice"), ("password", "alice-pass-1")]);
    assert_eq!(answer.status, 200);
    let names: Vec<String> = answer.object().iter().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(names, ["refresh", "access"]);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("allow"), "POST, OPTIONS");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("www-authenticate"), "");
}

#[test]
fn the_pair_carries_the_claims_of_simplejwt() {
    let world = World::new();
    let (refresh, access) = world.log_in("alice");
    let now = world.clock_now();
    let claims = world.tokens.decode(&refresh, now).unwrap().claims().to_ascii();
    assert!(
        claims.starts_with(&format!(
            r#"{{"token_type":"refresh","exp":{},"iat":{START},"jti":""#,
            START + 86_400
        ))
    );
    assert!(claims.ends_with(r#"","user_id":"1"}"#), "{claims}");
    let claims = world.tokens.decode(&access, now).unwrap().claims().to_ascii();
    assert!(
        claims
            .starts_with(&format!(r#"{{"token_type":"access","exp":{},"iat":{START},"jti":""#, START + 300))
    );
}

#[test]
fn everyone_who_may_not_log_in_is_told_the_same() {
    let world = World::new();
    for (username, password) in [
        ("alice", "wrong"),
        ("nobody", "alice-pass-1"),
        ("ida", "ida-pass-1"),
        ("ida", "wrong"),
        ("Alice", "alice-pass-1"),
        ("zoe\u{308}", "x"),
    ] {
        let answer = world.post("/api/token/", &[("username", username), ("password", password)]);
        assert_eq!(answer.line(), REFUSED, "{username}");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"api\"");
    }
}

#[test]
fn white_space_around_a_password_is_cut_off_as_the_package_does() {
    let world = World::new();
    let answer = world.post("/api/token/", &[("username", " alice\t"), ("password", "alice-pass-1 ")]);
    assert_eq!(answer.status, 200);
}

#[test]
fn an_authorization_header_is_ignored() {
    let world = World::new();
    let request = Request::post("/api/token/")
        .header("authorization", "Bearer garbage")
        .header("content-type", "application/x-www-form-urlencoded");
    let answer = world.send(request.body(Body::from("username=alice&password=alice-pass-1")).unwrap());
    assert_eq!(answer.status, 200);
}

#[test]
fn fields_that_are_missing_are_named_in_order() {
    let world = World::new();
    assert_eq!(
        world.post("/api/token/", &[]).line(),
        r#"400 {"username":["This field is required."],"password":["This field is required."]}"#
    );
}

#[test]
fn a_login_is_heard_of_with_its_true_outcome() {
    let world = World::new();
    for (username, password) in
        [("alice", "alice-pass-1"), ("alice", "x"), ("nobody", "x"), ("ida", "ida-pass-1"), ("ida", "x")]
    {
        world.post("/api/token/", &[("username", username), ("password", password)]);
    }
    let outcomes: Vec<LoginOutcome> =
        world.heard.logins.lock().unwrap().iter().map(|(_, outcome)| *outcome).collect();
    assert_eq!(outcomes, [Success, WrongPassword, UnknownUser, Inactive, WrongPassword]);
}

#[test]
fn a_cheaper_hash_is_replaced_at_the_next_login_and_only_then() {
    let world = World::new();
    // md5 is not among the listed hashers, so it verifies nothing; one more iteration than configured does.
    let costly = {
        let passwords = countersign_core::settings::Passwords {
            pbkdf2_iterations: 2,
            ..countersign_core::settings::Passwords::default()
        };
        countersign_core::password::Hashers::new(&passwords)
            .encode(&"alice-pass-1".into(), &countersign_core::random::SystemRandom)
            .unwrap()
    };
    world.set_password(1, &costly);
    world.post("/api/token/", &[("username", "alice"), ("password", "wrong")]);
    let stored = || block_on(world.store.find_by_username("alice")).unwrap().unwrap().password.clone();
    assert_eq!(stored(), costly);
    world.log_in("alice");
    assert!(stored().starts_with("pbkdf2_sha256$1$"), "{}", stored());
    world.log_in("alice");
}

#[test]
fn last_login_is_set_only_when_asked_for() {
    let last_login =
        |world: &World| block_on(world.store.find_by_username("alice")).unwrap().unwrap().last_login;
    let world = World::new();
    world.log_in("alice");
    assert_eq!(last_login(&world), None);
    let world = World::with(SimpleJwt { update_last_login: true, ..SimpleJwt::default() });
    world.log_in("alice");
    assert_eq!(last_login(&world), Some(world.clock_now()));
}
