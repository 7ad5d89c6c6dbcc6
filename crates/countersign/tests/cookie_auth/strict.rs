//! `strict_peer`: the recipe's own status codes and words, its weaknesses excepted.

use crate::world::{Answer, PAGE, World, credentials};

#[test]
fn credentials_that_are_wanting_are_403_without_a_challenge() {
    let world = World::strict();
    for (body, detail) in [
        ("{}", "username and password required"),
        (r#"{"username":"alice","password":"x"}"#, "wrong password"),
        // The recipe says "user not found", and lets inactive users in.
        (r#"{"username":"nobody","password":"x"}"#, "wrong password"),
        (&credentials("ida"), "wrong password"),
    ] {
        let answer = world.browser().post("/accounts/login", &[], body);
        assert_eq!(answer.line(), format!(r#"403 {{"detail":"{detail}"}}"#));
        assert_eq!(answer.header("www-authenticate"), "");
        assert!(answer.cookies()[0].starts_with("csrftoken="));
        assert_eq!(answer.header("x-csrftoken"), "");
    }
    for (authorization, detail) in [
        ("", "Authentication credentials were not provided."),
        ("Bearer", "Token prefix missing"),
        ("Bearer\tx", "Token prefix missing"),
        ("Bearer garbage", "Token is invalid"),
    ] {
        let answer = world.get("/accounts/user", &[("authorization", authorization)]);
        assert_eq!(answer.line(), format!(r#"403 {{"detail":"{detail}"}}"#));
    }
}

#[test]
fn a_header_is_split_at_single_spaces_and_read_up_to_the_second_word() {
    let world = World::strict();
    let access = world.browser().log_in("alice").text("access_token");
    let ask = |header: String| world.get("/accounts/user", &[("authorization", &header)]).status;
    assert_eq!(ask(format!("Bearer {access} extra")), 200);
    assert_eq!(ask(format!("Bearer  {access}")), 403);
}

#[test]
fn a_header_that_is_sent_must_be_good_even_to_log_in() {
    let world = World::strict();
    let access = world.browser().log_in("alice").text("access_token");
    for (authorization, detail) in [
        ("garbage".to_owned(), "Token prefix missing"),
        ("token garbage".to_owned(), "Token is invalid"),
        (format!("token {access}"), "CSRF Failed: CSRF cookie not set."),
    ] {
        let answer =
            world.post("/accounts/login", &[("authorization", &authorization)], &credentials("alice"));
        assert_eq!(answer.line(), format!(r#"403 {{"detail":"{detail}"}}"#));
    }
}

#[test]
fn an_unsafe_request_with_a_header_token_needs_the_csrf_token() {
    let world = World::strict();
    let browser = world.browser();
    let access = format!("token {}", browser.log_in("alice").text("access_token"));
    let csrf = browser.cookie("csrftoken").unwrap();
    let user = "/accounts/user";
    assert_eq!(
        browser.post(user, &[("authorization", &access)], "").line(),
        r#"403 {"detail":"CSRF Failed: CSRF token missing."}"#
    );
    assert_eq!(browser.post(user, &[("authorization", &access), ("x-csrftoken", &csrf)], "").status, 200);
    let form = |token: &str| {
        let request = http::Request::post(user)
            .header("authorization", access.as_str())
            .header("cookie", format!("csrftoken={csrf}"))
            .header("content-type", "application/x-www-form-urlencoded");
        world.send(request.body(format!("csrfmiddlewaretoken={token}").into()).unwrap()).line()
    };
    assert!(form(&csrf).starts_with("200"));
    assert_eq!(form("abc"), r#"403 {"detail":"CSRF Failed: CSRF token from POST has incorrect length."}"#);
}

#[test]
fn an_origin_that_may_call_is_not_trusted_with_the_cookie() {
    let world = World::strict();
    let browser = world.browser().claiming(Some(PAGE));
    assert_eq!(browser.log_in("alice").status, 200);
    assert_eq!(
        browser.refresh().line(),
        r#"403 {"detail":"CSRF Failed: Origin checking failed - http://localhost:3000 does not match any trusted origins."}"#
    );
    // The recipe lets every page log a visitor in.
    let stranger = world.browser().claiming(Some("http://evil.example"));
    assert_eq!(stranger.log_in("alice").status, 403);
}

#[test]
fn the_proof_is_asked_for_before_the_cookie() {
    let world = World::strict();
    assert_eq!(world.browser().refresh().line(), r#"403 {"detail":"CSRF Failed: CSRF cookie not set."}"#);
    let browser = world.browser();
    browser.put("csrftoken", "/", &"a".repeat(32));
    assert_eq!(browser.refresh().line(), r#"403 {"detail":"Authentication credentials were not provided."}"#);
    browser.put("csrftoken", "/", "abc");
    let answer = browser.refresh();
    assert_eq!(answer.line(), r#"403 {"detail":"CSRF Failed: CSRF cookie has incorrect length."}"#);
    assert!(answer.cookies()[0].starts_with("csrftoken="), "a fresh one is sent along");
}

#[test]
fn the_session_rotates_and_ends_here_too() {
    let world = World::strict();
    let browser = world.browser();
    browser.log_in("alice");
    let before = browser.cookie("refreshtoken");
    let answer = browser.refresh();
    assert_eq!((answer.status.as_u16(), answer.names()), (200, vec!["access_token".to_owned()]));
    assert_ne!(browser.cookie("refreshtoken"), before);
    assert_eq!(browser.prove("/accounts/logout").line(), "200 {}");
    assert!(browser.is_empty());
}

#[test]
fn the_csrf_cookie_comes_with_what_is_answered_before_the_action_too() {
    let world = World::strict();
    let sets = |answer: &Answer| answer.cookies().iter().any(|cookie| cookie.starts_with("csrftoken="));
    let login = |kind: &str, body: &str| {
        let request = http::Request::post("/accounts/login").header("content-type", kind);
        world.send(request.body(body.to_owned().into()).unwrap())
    };
    for (kind, body, status) in [("text/plain", "x", 415), ("application/json", "{", 400)] {
        let answer = login(kind, body);
        assert_eq!(answer.status, status);
        assert!(sets(&answer), "{kind}");
    }
    // Django replaces one that it cannot read, whatever is asked; nothing else brings one.
    let user = |cookie: &str| world.get("/accounts/user", &[("cookie", cookie)]);
    assert!(sets(&user("csrftoken=abc")));
    assert!(!sets(&user("csrftoken=abcdefghijklmnopqrstuvwxyzABCDEF")));
    assert!(!sets(&world.get("/accounts/login", &[])));
}
