//! `DELETE /accounts/sessions/…`, and what else ends a session.

use crate::world::{Told, World};
use countersign_core::clock::SignedDuration;
use countersign_core::settings::Sessions;
use countersign_core::store::Limits;
use http::Method;
use serde_json::{Value, json};

const BLACKLISTED: &str = "Token is blacklisted";

fn ended(count: u64) -> Told {
    Told { status: 200, body: json!({ "ended": count }) }
}

fn detail(told: &Told) -> (u16, &str) {
    (told.status, told.body["detail"].as_str().unwrap_or_default())
}

/// The id of the session of this access token.
fn id(world: &World, access: &str) -> String {
    let sessions = world.list(access).body;
    let mut own = sessions.as_array().unwrap().iter().filter(|session| session["current"] == true);
    own.next().unwrap()["id"].as_str().unwrap().to_owned()
}

fn hello(world: &World, access: &str) -> Told {
    world.send(Method::GET, "/hello/", access, None)
}

fn checking() -> Sessions {
    Sessions { check_access_tokens: true, ..Sessions::default() }
}

#[test]
fn one_session_is_ended_by_its_id() {
    let world = World::new();
    let (refresh, access) = world.log_in("alice");
    let (_, elsewhere) = world.log_in("alice");
    let id = id(&world, &access);
    assert_eq!(world.end(&format!("{id}/"), &elsewhere), Told { status: 204, body: Value::Null });
    assert_eq!(detail(&world.refresh(&refresh)), (401, BLACKLISTED));
    assert_eq!(detail(&world.end(&format!("{id}/"), &elsewhere)), (404, "Not found."));
}

#[test]
fn nobody_ends_a_session_of_somebody_else() {
    let world = World::new();
    let (refresh, access) = world.log_in("alice");
    let (_, bobs) = world.log_in("bob");
    let id = id(&world, &access);
    assert_eq!(detail(&world.end(&format!("{id}/"), &bobs)), (404, "Not found."));
    assert_eq!(world.refresh(&refresh).status, 200);
    for id in ["0", "%00", "0123456789abcdef0123456789abcdef", "OTHERS"] {
        assert_eq!(world.end(&format!("{id}/"), &bobs).status, 404, "{id}");
    }
}

#[test]
fn this_one_the_others_or_all_are_ended() {
    let world = World::new();
    let tokens: Vec<_> = (0..4).map(|_| world.log_in("alice")).collect();
    let (bobs, _) = world.log_in("bob");
    let works = |number: usize| world.refresh(&tokens[number].0).status == 200;
    assert_eq!(world.end("current/", &tokens[0].1).status, 204);
    assert_eq!([0, 1, 2, 3].map(works), [false, true, true, true]);
    assert_eq!(world.end("others/", &tokens[1].1), ended(2));
    assert_eq!([0, 1, 2, 3].map(works), [false, true, false, false]);
    assert_eq!(world.end("", &tokens[1].1), ended(1));
    assert_eq!([0, 1, 2, 3].map(works), [false; 4]);
    assert_eq!(world.refresh(&bobs).status, 200);
}

#[test]
fn a_token_whose_session_is_over_ends_nothing() {
    let world = World::new();
    let (_, stolen) = world.log_in("alice");
    let (refresh, access) = world.log_in("alice");
    world.end("others/", &access);
    for which in ["", "others/", "current/"] {
        let told = world.end(which, &stolen);
        assert_eq!(
            (told.status, &told.body["messages"][0]["message"]),
            (401, &json!(BLACKLISTED)),
            "{which}"
        );
    }
    assert_eq!(hello(&world, &stolen).status, 200, "elsewhere it is good until its end, as with the peers");
    assert_eq!(world.refresh(&refresh).status, 200);
}

#[test]
fn an_access_token_ends_with_its_session_where_that_is_looked_at() {
    let world = World::rotating(checking());
    let (refresh, access) = world.log_in("alice");
    let (_, elsewhere) = world.log_in("alice");
    assert_eq!(hello(&world, &access).status, 200);
    world.send(Method::POST, "/api/token/blacklist/", "", Some(json!({ "refresh": refresh })));
    let told = hello(&world, &access);
    assert_eq!((told.status, &told.body["messages"][0]["message"]), (401, &json!(BLACKLISTED)));
    assert_eq!(hello(&world, &elsewhere).status, 200);
    world.change_password();
    assert_eq!(hello(&world, &elsewhere).body["code"], "password_changed");
}

#[test]
fn a_password_that_django_changed_ends_refresh_tokens_that_rotate_or_stay() {
    for world in [World::new(), World::rotating(Sessions::default())] {
        let (refresh, access) = world.log_in("alice");
        let (bobs, _) = world.log_in("bob");
        world.change_password();
        let told = world.refresh(&refresh);
        assert_eq!((told.status, &told.body["code"]), (401, &json!("password_changed")));
        assert_eq!(detail(&world.refresh(&refresh)), (401, BLACKLISTED));
        assert_eq!(hello(&world, &access).status, 200, "access tokens are as with the peers");
        assert_eq!(world.refresh(&bobs).status, 200);
    }
}

#[test]
fn a_password_that_django_changed_ends_a_sliding_token_at_its_refresh() {
    let world = World::new();
    let body = json!({ "username": "alice", "password": "alice-pass-1" });
    let told = world.send(Method::POST, "/api/token/sliding/", "", Some(body));
    let refresh = |token: &Value| {
        world.send(Method::POST, "/api/token/sliding/refresh/", "", Some(json!({ "token": token })))
    };
    assert_eq!(refresh(&told.body["token"]).status, 200);
    world.change_password();
    assert_eq!(refresh(&told.body["token"]).body["code"], "password_changed");
    assert_eq!(detail(&refresh(&told.body["token"])), (401, BLACKLISTED));
}

#[test]
fn a_password_ends_nothing_where_sessions_are_not_tied_to_it() {
    let untied = Sessions { end_on_password_change: false, ..Sessions::default() };
    let world = World::rotating(untied);
    let (refresh, _) = world.log_in("alice");
    world.change_password();
    assert_eq!(world.refresh(&refresh).status, 200);
}

#[test]
fn a_session_ends_however_often_it_is_refreshed() {
    let limits = Limits { absolute: Some(SignedDuration::from_hours(36)), idle: None };
    let world = World::rotating(Sessions { limits, ..Sessions::default() });
    let (mut refresh, _) = world.log_in("alice");
    for _ in 0..35 {
        world.pass(3600);
        let told = world.refresh(&refresh);
        told.body["refresh"].as_str().unwrap_or_else(|| panic!("{told:?}")).clone_into(&mut refresh);
    }
    world.pass(3600);
    assert_eq!(detail(&world.refresh(&refresh)), (401, "Token is expired"));
}

#[test]
fn a_session_that_is_not_used_ends() {
    let limits = Limits { absolute: None, idle: Some(SignedDuration::from_hours(2)) };
    let world = World::rotating(Sessions { limits, ..Sessions::default() });
    let (refresh, _) = world.log_in("alice");
    world.pass(7199);
    let told = world.refresh(&refresh);
    world.pass(7200);
    assert_eq!(detail(&world.refresh(told.body["refresh"].as_str().unwrap())), (401, "Token is expired"));
    let (_, access) = world.log_in("alice");
    assert_eq!(world.list(&access).body.as_array().unwrap().len(), 1, "what is over is not listed");
}
