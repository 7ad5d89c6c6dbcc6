//! The CSRF cookie: Django and countersign on one host accept each other's, and what each makes of its secret.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use countersign_conformance::exchange::{Request, Response};
use countersign_conformance::process::{Peer, Server, Settings, program};
use serde_json::json;

/// The value of a cookie that an answer sets.
fn cookie(answer: &Response, name: &str) -> String {
    let mut pairs =
        answer.header("set-cookie").filter_map(|cookie| cookie.split(';').next()?.split_once('='));
    let value = pairs.find(|(own, _)| *own == name).map(|(_, value)| value.to_owned());
    value.unwrap_or_else(|| panic!("no {name} in {:?}", answer.headers))
}

fn log_in(server: &Server) -> Response {
    let body = json!({ "username": "alice", "password": "alice-pass-1" });
    server.ask(&Request::post("/accounts/login", &body)).unwrap()
}

/// What a refresh says with this CSRF cookie and this token in the header.
fn refresh(server: &Server, session: &str, csrf: &str, token: &str) -> u16 {
    let request = Request::new("POST", "/accounts/refresh_token")
        .with("Cookie", &format!("refreshtoken={session}; csrftoken={csrf}"))
        .with("X-CSRFToken", token);
    server.ask(&request).unwrap().status
}

/// The token that Django writes into its pages for the secret in this cookie, masked anew each time.
fn from_a_page(django: &Server, csrf: &str) -> String {
    let request = Request::new("GET", "/accounts/login")
        .with("Accept", "text/html")
        .with("Cookie", &format!("csrftoken={csrf}"));
    let page = String::from_utf8(django.ask(&request).unwrap().body).unwrap();
    let (_, rest) = page.split_once("\"csrfToken\": \"").expect("the page has the token for its scripts");
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn django_and_countersign_accept_each_others_csrf_tokens() {
    let (Some(peer), Some(program)) = (Peer::current(), program()) else { return };
    let settings: Settings = [("COOKIE_STRICT_PEER".to_owned(), "0".to_owned())].into();
    let state = tempfile::tempdir().unwrap();
    peer.prepare(state.path(), &settings).unwrap();
    let django = peer.start(state.path(), &settings).unwrap();
    let database = state.path().join("db.sqlite3");
    let ours = Server::start_countersign(&program, state.path(), &database, &settings).unwrap();

    let (theirs, own) = (log_in(&django), log_in(&ours));
    let masked_by_us = own.header("x-csrftoken").next().expect("pages learn it from the header").to_owned();
    let (secret_of_django, our_secret) = (cookie(&theirs, "csrftoken"), cookie(&own, "csrftoken"));
    let masked_by_django = from_a_page(&django, &secret_of_django);
    assert_eq!((masked_by_us.len(), masked_by_django.len()), (64, 64));

    for token in [&secret_of_django, &masked_by_django] {
        let session = cookie(&log_in(&ours), "refreshtoken");
        assert_eq!(refresh(&ours, &session, &secret_of_django, token), 200, "ours, with Django's {token}");
    }
    let session = cookie(&theirs, "refreshtoken");
    for token in [&our_secret, &masked_by_us, &from_a_page(&django, &our_secret)] {
        assert_eq!(refresh(&django, &session, &our_secret, token), 200, "Django, with ours, {token}");
    }
    // Neither takes the token of another secret.
    assert_eq!(refresh(&django, &session, &our_secret, &masked_by_django), 403);
    let session = cookie(&own, "refreshtoken");
    assert_eq!(refresh(&ours, &session, &secret_of_django, &masked_by_us), 403);
}
