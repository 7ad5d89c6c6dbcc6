//! `GET /accounts/sessions/`

use crate::world::World;
use countersign_core::settings::Sessions;
use http::Method;
use serde_json::{Value, json};

#[test]
fn ones_own_sessions_are_listed_the_last_used_first_and_this_one_is_marked() {
    let world = World::new();
    let (_, first) = world.log_in("alice");
    world.log_in("bob");
    world.pass(60);
    world.log_in("alice");
    let told = world.list(&first);
    assert_eq!(told.status, 200);
    let sessions = told.body.as_array().unwrap();
    let current: Vec<_> = sessions.iter().map(|session| session["current"].as_bool().unwrap()).collect();
    assert_eq!(current, [false, true]);
    let mine = sessions[1].as_object().unwrap();
    assert_eq!(mine["id"].as_str().unwrap().len(), 32);
    let mut shown = mine.clone();
    shown.remove("id");
    let expected = json!({
        "created_at": "2026-11-22T03:52:30Z",
        "last_used_at": "2026-11-22T03:52:30Z",
        "ends_at": "2026-11-23T03:52:30Z",
        "address": null,
        "user_agent": "a browser",
        "current": true,
    });
    assert_eq!(Value::Object(shown), expected);
}

#[test]
fn an_access_token_leads_to_its_session_after_every_refresh() {
    for world in [World::new(), World::rotating(Sessions::default())] {
        let (mut refresh, _) = world.log_in("alice");
        for _ in 0..3 {
            let told = world.refresh(&refresh);
            let access = told.body["access"].as_str().unwrap();
            let sessions = world.list(access).body;
            assert_eq!(sessions.as_array().unwrap().len(), 1, "{sessions}");
            assert_eq!(sessions[0]["current"], true);
            if let Some(next) = told.body["refresh"].as_str() {
                next.clone_into(&mut refresh);
            }
        }
    }
}

#[test]
fn sessions_of_the_cookie_dialect_are_ones_own_too() {
    let world = World::new();
    world.log_in("alice");
    let body = json!({ "username": "alice", "password": "alice-pass-1" });
    let told = world.send(Method::POST, "/accounts/login", "", Some(body));
    let access = told.body["access_token"].as_str().unwrap();
    let sessions = world.list(access).body;
    let current = sessions.as_array().unwrap().iter().filter(|session| session["current"] == true);
    assert_eq!((sessions.as_array().unwrap().len(), current.count()), (2, 1));
    assert_eq!(world.end("current/", access).status, 204);
    assert_eq!(world.list(access).status, 401, "its session is over");
}

#[test]
fn a_sliding_token_is_a_session_too() {
    let world = World::new();
    let body = json!({ "username": "alice", "password": "alice-pass-1" });
    world.send(Method::POST, "/api/token/sliding/", "", Some(body));
    let (_, access) = world.log_in("alice");
    assert_eq!(world.list(&access).body.as_array().unwrap().len(), 2);
}

#[test]
fn nobody_is_let_in_without_an_access_token() {
    let world = World::new();
    let (refresh, _) = world.log_in("alice");
    let told = world.list("");
    assert_eq!(told.status, 401);
    assert_eq!(told.body, json!({ "detail": "Authentication credentials were not provided." }));
    for token in [&*refresh, "x.y.z"] {
        let told = world.list(token);
        assert_eq!((told.status, &told.body["code"]), (401, &json!("token_not_valid")));
    }
}
