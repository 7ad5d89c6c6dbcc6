//! `POST /api/token/refresh/`

use crate::world::{Answer, START, World, not_valid, rotation};
use countersign_core::clock::SignedDuration;
use countersign_core::json::Value;
use countersign_core::settings::SimpleJwt;

fn refresh(world: &World, token: &str) -> Answer {
    world.post("/api/token/refresh/", &[("refresh", token)])
}

fn claim(world: &World, token: &str, name: &str) -> Option<Value> {
    world.tokens.decode(token, world.clock_now()).unwrap().claims().get(name).cloned()
}

#[test]
fn a_refresh_token_gets_an_access_token_and_stays() {
    let world = World::new();
    let (token, _) = world.log_in("alice");
    for _ in 0..2 {
        let answer = refresh(&world, &token);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.object().len(), 1);
        assert_eq!(claim(&world, &answer.text("access"), "token_type"), Some("access".into()));
    }
}

#[test]
fn a_rotated_pair_comes_access_first_and_the_old_token_stays_without_blacklisting() {
    let world = World::with(SimpleJwt { rotate_refresh_tokens: true, ..SimpleJwt::default() });
    let (token, _) = world.log_in("alice");
    world.pass(60);
    let answer = refresh(&world, &token);
    let names: Vec<String> = answer.object().iter().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(names, ["access", "refresh"]);
    let successor = answer.text("refresh");
    assert_ne!(claim(&world, &successor, "jti"), claim(&world, &token, "jti"));
    assert_eq!(claim(&world, &successor, "iat"), Some((START + 60).into()));
    assert_eq!(claim(&world, &successor, "exp"), Some((START + 60 + 86_400).into()));
    assert_eq!(refresh(&world, &token).status, 200);
}

#[test]
fn refresh_rejects_a_token_already_rotated() {
    let world = World::rotating();
    let (token, _) = world.log_in("alice");
    let successor = refresh(&world, &token).text("refresh");
    let answer = refresh(&world, &token);
    assert_eq!(answer.line(), not_valid("Token is blacklisted"));
    assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"api\"");
    assert_eq!(refresh(&world, &successor).status, 200);
}

#[test]
fn within_the_grace_the_same_successor_comes_again() {
    let world = World::with(SimpleJwt { rotation_grace: SignedDuration::from_secs(10), ..rotation() });
    let (token, _) = world.log_in("alice");
    let first = refresh(&world, &token);
    world.pass(9);
    let again = refresh(&world, &token);
    assert_eq!(again.text("refresh"), first.text("refresh"));
    assert_ne!(again.text("access"), first.text("access"));
    world.pass(2);
    assert_eq!(refresh(&world, &token).line(), not_valid("Token is blacklisted"));
}

#[test]
fn once_the_successor_is_used_the_grace_is_over() {
    let world = World::with(SimpleJwt { rotation_grace: SignedDuration::from_secs(10), ..rotation() });
    let (token, _) = world.log_in("alice");
    let successor = refresh(&world, &token).text("refresh");
    assert_eq!(refresh(&world, &successor).status, 200);
    assert_eq!(refresh(&world, &token).line(), not_valid("Token is blacklisted"));
}

#[test]
fn with_reuse_detection_a_reuse_ends_the_family_and_no_other() {
    let world = World::with(SimpleJwt { reuse_detection: true, ..rotation() });
    let (stolen, _) = world.log_in("alice");
    let (other, _) = world.log_in("alice");
    let live = refresh(&world, &stolen).text("refresh");
    assert_eq!(refresh(&world, &stolen).line(), not_valid("Token is blacklisted"));
    assert_eq!(refresh(&world, &live).line(), not_valid("Token is blacklisted"));
    assert_eq!(refresh(&world, &other).status, 200);
    assert_eq!(world.heard.reuses.lock().unwrap().len(), 1);
}

#[test]
fn an_inactive_user_is_told_so_without_a_code() {
    let world = World::new();
    let (token, _) = world.log_in("alice");
    world.set_active(1, false);
    assert_eq!(
        refresh(&world, &token).line(),
        r#"401 {"detail":"No active account found for the given token."}"#
    );
}

#[test]
fn the_blacklist_comes_before_the_user() {
    let world = World::new();
    let (token, _) = world.log_in("alice");
    assert_eq!(world.post("/api/token/blacklist/", &[("refresh", &token)]).status, 200);
    world.set_active(1, false);
    assert_eq!(refresh(&world, &token).line(), not_valid("Token is blacklisted"));
}

#[test]
fn a_token_of_nobody_who_exists_is_invalid_and_never_an_error_of_ours() {
    let world = World::new();
    for user_id in [r#""777""#, r#""abc""#, "true", "1.5", "[1]", "{}", r#""99999999999999999999""#, "-1"] {
        let token = world.sign(&format!(
            r#"{{"token_type":"refresh","exp":{},"jti":"x","user_id":{user_id}}}"#,
            START + 100
        ));
        assert_eq!(refresh(&world, &token).line(), not_valid("Token is invalid"), "{user_id}");
    }
}

#[test]
fn a_token_that_names_nobody_is_refreshed_as_the_package_does() {
    let world = World::new();
    for user_id in ["", r#","user_id":null"#, r#","user_id":"""#] {
        let token =
            world.sign(&format!(r#"{{"token_type":"refresh","exp":{},"jti":"x"{user_id}}}"#, START + 100));
        assert_eq!(refresh(&world, &token).status, 200, "{user_id}");
    }
}

#[test]
fn a_numeric_user_id_of_an_older_simplejwt_is_accepted() {
    let world = World::rotating();
    let claims = format!(r#"{{"token_type":"refresh","exp":{},"jti":"old","user_id":1}}"#, START + 100);
    assert_eq!(refresh(&world, &world.sign(&claims)).status, 200);
}

#[test]
fn each_fault_has_its_words() {
    let world = World::new();
    let late = START + 100;
    for (claims, detail) in [
        (format!(r#"{{"token_type":"refresh","exp":{START},"jti":"x"}}"#), "Token is expired"),
        (r#"{"token_type":"refresh","jti":"x"}"#.to_owned(), "Token has no 'exp' claim"),
        (format!(r#"{{"token_type":"refresh","exp":{late}}}"#), "Token has no id"),
        (format!(r#"{{"exp":{late},"jti":"x"}}"#), "Token has no type"),
        (format!(r#"{{"token_type":"access","exp":{late},"jti":"x"}}"#), "Token has wrong type"),
        (format!(r#"{{"token_type":null,"exp":{late},"jti":"x"}}"#), "Token has wrong type"),
        (r#"{"token_type":"refresh","exp":"1795319999","jti":"x"}"#.to_owned(), "Token is invalid"),
        (r#"{"token_type":"refresh","exp":1e300,"jti":"x"}"#.to_owned(), "Token is invalid"),
        (format!(r#"{{"token_type":"refresh","exp":{late},"iat":{late},"jti":"x"}}"#), "Token is invalid"),
        (format!(r#"{{"token_type":"refresh","exp":{late},"jti":7}}"#), "Token is invalid"),
        (format!(r#"{{"token_type":"refresh","exp":{late},"jti":"x","exp":1}}"#), "Token is invalid"),
        ("[1]".to_owned(), "Token is invalid"),
    ] {
        assert_eq!(refresh(&world, &world.sign(&claims)).line(), not_valid(detail), "{claims}");
    }
    for garbage in ["a.b.c", "nope", "....", "\u{e9}"] {
        assert_eq!(refresh(&world, garbage).line(), not_valid("Token is invalid"), "{garbage}");
    }
}

#[test]
fn a_changed_password_ends_a_token_that_follows_it() {
    let world = World::with(SimpleJwt { check_revoke_token: true, ..SimpleJwt::default() });
    let (token, _) = world.log_in("alice");
    assert_eq!(refresh(&world, &token).status, 200);
    world.set_password(1, "!unusable");
    assert_eq!(
        refresh(&world, &token).line(),
        r#"401 {"detail":"The user's password has been changed.","code":"password_changed"}"#
    );
}

#[test]
fn without_the_blacklist_app_rotation_works_and_nothing_is_remembered() {
    let world = World::build(rotation(), false);
    let (token, _) = world.log_in("alice");
    assert!(refresh(&world, &token).object().contains("refresh"));
    assert_eq!(refresh(&world, &token).status, 200);
}

#[test]
fn custom_claims_travel_along() {
    let world = World::rotating();
    let token = world.sign(&format!(
        r#"{{"token_type":"refresh","exp":{},"jti":"x","user_id":"1","role":"admin"}}"#,
        START + 100
    ));
    let answer = refresh(&world, &token);
    for name in ["access", "refresh"] {
        assert_eq!(claim(&world, &answer.text(name), "role"), Some("admin".into()), "{name}");
    }
}
