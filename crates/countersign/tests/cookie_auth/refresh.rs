//! `POST /accounts/refresh_token`

use crate::world::{PAGE, START, World};
use countersign::csrf::CsrfSecret;

#[test]
fn a_refresh_answers_an_access_token_and_rotates_the_cookie() {
    let world = World::new();
    let browser = world.browser();
    browser.log_in("alice");
    let before = browser.cookie("refreshtoken").unwrap();
    world.pass(60);
    let answer = browser.refresh();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.names(), ["access_token"]);
    assert_ne!(browser.cookie("refreshtoken").unwrap(), before);
    assert!(answer.cookies()[0].contains("; HttpOnly; Max-Age=604800; Path=/accounts; SameSite=Lax"));
    assert_eq!(answer.header("cache-control"), "no-store");
    let header = format!("token {}", answer.text("access_token"));
    assert_eq!(world.get("/accounts/user", &[("authorization", &header)]).status, 200);
}

#[test]
fn within_the_grace_a_used_cookie_gets_the_same_successor_and_after_it_the_session_ends() {
    let world = World::new();
    let browser = world.browser();
    browser.log_in("alice");
    let first = browser.cookie("refreshtoken").unwrap();
    browser.refresh();
    let second = browser.cookie("refreshtoken").unwrap();
    // The other tab, or the same one whose answer got lost.
    world.pass(9);
    browser.put("refreshtoken", "/accounts", &first);
    assert_eq!(browser.refresh().status, 200);
    assert_eq!(browser.cookie("refreshtoken").unwrap(), second);
    // A thief, or a backup.
    world.pass(60);
    browser.put("refreshtoken", "/accounts", &first);
    let answer = browser.refresh();
    assert_eq!(answer.line(), r#"401 {"detail":"Token is blacklisted"}"#);
    assert!(answer.cookies().is_empty(), "whoever lost has no say in whether the session is over");
    browser.put("refreshtoken", "/accounts", &second);
    assert_eq!(browser.refresh().line(), r#"401 {"detail":"Token is blacklisted"}"#);
}

#[test]
fn no_failure_clears_a_cookie() {
    let world = World::new();
    for (break_it, line) in [
        (
            Box::new(|world: &World| world.pass(604_800)) as Box<dyn Fn(&World)>,
            "expired refresh token, please login again.",
        ),
        (Box::new(|world| world.set_active(1, false)), "user is inactive"),
        (Box::new(|world| world.delete(3)), "User not found"),
    ] {
        let name = if line == "User not found" { "bob" } else { "alice" };
        let browser = world.browser();
        world.set_active(1, true);
        assert_eq!(browser.log_in(name).status, 200);
        break_it(&world);
        let answer = browser.refresh();
        assert_eq!(answer.line(), format!(r#"401 {{"detail":"{line}"}}"#));
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"api\"");
        assert!(answer.cookies().is_empty());
    }
    let browser = world.browser();
    browser.put("csrftoken", "/", &"a".repeat(32));
    for garbage in ["garbage", "a.b.c", "%00"] {
        browser.put("refreshtoken", "/accounts", garbage);
        assert_eq!(browser.refresh().line(), r#"401 {"detail":"Token is invalid"}"#);
    }
}

#[test]
fn without_the_cookie_there_is_nothing_to_refresh() {
    let world = World::new();
    let answer = world.browser().refresh();
    assert_eq!(answer.line(), r#"401 {"detail":"Authentication credentials were not provided."}"#);
}

#[test]
fn the_token_in_the_header_must_be_the_cookies() {
    let world = World::new();
    let browser = world.browser();
    browser.log_in("alice");
    let before = browser.cookie("refreshtoken");
    let answer = browser.post("/accounts/refresh_token", &[], "");
    assert_eq!(answer.line(), r#"403 {"detail":"CSRF Failed: CSRF token missing."}"#);
    let answer = browser.post("/accounts/refresh_token", &[("x-csrftoken", &"c".repeat(32))], "");
    assert_eq!(
        answer.line(),
        r#"403 {"detail":"CSRF Failed: CSRF token from the 'X-Csrftoken' HTTP header incorrect."}"#
    );
    assert_eq!(browser.cookie("refreshtoken"), before);
    // The answer brings what is needed, for pages that cannot read the cookie.
    let token = answer.header("x-csrftoken").to_owned();
    assert!(CsrfSecret::read(&token).is_ok());
    assert_eq!(browser.post("/accounts/refresh_token", &[("x-csrftoken", &token)], "").status, 200);
}

#[test]
fn a_lost_csrf_cookie_comes_back() {
    let world = World::new();
    let browser = world.browser();
    browser.log_in("alice");
    let refresh = browser.cookie("refreshtoken").unwrap();
    let browser = world.browser();
    browser.put("refreshtoken", "/accounts", &refresh);
    assert_eq!(browser.refresh().line(), r#"403 {"detail":"CSRF Failed: CSRF cookie not set."}"#);
    assert_eq!(browser.refresh().status, 200);
}

#[test]
fn a_form_may_bring_the_token_in_a_field() {
    let world = World::new();
    let browser = world.browser();
    browser.log_in("alice");
    let cookies = format!(
        "refreshtoken={}; csrftoken={}",
        browser.cookie("refreshtoken").unwrap(),
        browser.cookie("csrftoken").unwrap()
    );
    let request = http::Request::post("/accounts/refresh_token")
        .header("cookie", cookies)
        .header("content-type", "application/x-www-form-urlencoded");
    let body = format!("csrfmiddlewaretoken={}", browser.cookie("csrftoken").unwrap());
    assert_eq!(world.send(request.body(body.into()).unwrap()).status, 200);
}

#[test]
fn the_page_of_the_guide_is_trusted_without_being_listed_twice() {
    let world = World::new();
    let browser = world.browser().claiming(Some(PAGE));
    browser.log_in("alice");
    let answer = browser.refresh();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-expose-headers"), "x-csrftoken");
}

#[test]
fn a_refresh_token_that_names_nobody_gives_nothing() {
    let world = World::new();
    let browser = world.browser();
    browser.log_in("alice");
    let named = |claims: &str| {
        let (exp, jti) = (START + 600, "0123456789abcdef0123456789abcdef");
        let claims =
            format!(r#"{{"cookie_auth":"refresh","exp":{exp},"iat":{START},"jti":"{jti}"{claims}}}"#);
        browser.put("refreshtoken", "/accounts", &world.rules.refresh().encode_again(&claims));
        browser.refresh().line()
    };
    for nobody in ["", r#","user_id":null"#, r#","user_id":"""#] {
        assert_eq!(named(nobody), r#"401 {"detail":"User not found"}"#, "{nobody}");
    }
    assert!(named(r#","user_id":"1""#).starts_with("200 "));
}
