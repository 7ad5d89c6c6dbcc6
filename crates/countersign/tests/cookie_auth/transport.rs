//! The refresh token in the body, for clients that are no browsers.

use crate::world::World;

const LOGIN: &str = r#"{"username":"alice","password":"alice-pass-1","transport":"body"}"#;

fn with(token: &str) -> String {
    format!(r#"{{"refresh_token":"{token}"}}"#)
}

#[test]
fn a_client_that_asks_for_it_gets_the_refresh_token_in_the_body_and_no_cookie() {
    let world = World::new();
    let answer = world.post("/accounts/login", &[], LOGIN);
    assert_eq!(answer.names(), ["access_token", "refresh_token", "user"]);
    assert!(answer.cookies().is_empty());
    assert_eq!(answer.header("x-csrftoken"), "");
    assert_eq!(answer.header("cache-control"), "no-store");
    let first = answer.text("refresh_token");
    let answer = world.post("/accounts/refresh_token", &[], &with(&first));
    assert_eq!(answer.names(), ["access_token", "refresh_token"]);
    assert!(answer.cookies().is_empty());
    let second = answer.text("refresh_token");
    assert_ne!(first, second);
    assert_eq!(world.post("/accounts/logout", &[], &with(&second)).line(), "200 {}");
    let answer = world.post("/accounts/refresh_token", &[], &with(&second));
    assert_eq!(answer.line(), r#"401 {"detail":"Token is blacklisted"}"#);
}

#[test]
fn a_browser_never_sees_the_refresh_token() {
    let world = World::new();
    for header in [
        ("origin", "http://testserver"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-mode", "cors"),
        ("sec-fetch-dest", "empty"),
    ] {
        let answer = world.post("/accounts/login", &[header], LOGIN);
        assert_eq!(
            answer.line(),
            r#"400 {"transport":["A browser gets the refresh token in a cookie, where no script can read it."]}"#
        );
        assert!(answer.cookies().iter().all(|line| line.starts_with("csrftoken")));
    }
    let browser = world.browser();
    browser.log_in("alice");
    assert_eq!(browser.post("/accounts/refresh_token", &[], r#"{"transport":"body"}"#).status, 400);
}

#[test]
fn two_transports_at_once_are_refused() {
    let world = World::new();
    let token = world.post("/accounts/login", &[], LOGIN).text("refresh_token");
    let cookie = format!("refreshtoken={token}");
    let answer = world.post("/accounts/refresh_token", &[("cookie", &cookie)], &with(&token));
    assert_eq!(
        answer.line(),
        r#"400 {"transport":["The refresh token comes in the cookie or in the body, not in both."]}"#
    );
}

#[test]
fn what_is_no_transport_is_no_choice() {
    let world = World::new();
    let login = r#"{"username":"alice","password":"alice-pass-1","transport":"pigeon"}"#;
    let answer = world.post("/accounts/login", &[], login);
    assert_eq!(answer.line(), r#"400 {"transport":["\"pigeon\" is not a valid choice."]}"#);
    for path in ["/accounts/refresh_token", "/accounts/logout"] {
        let answer = world.post(path, &[], r#"{"transport":"body"}"#);
        assert_eq!(answer.line(), r#"400 {"refresh_token":["This field is required."]}"#);
    }
}
