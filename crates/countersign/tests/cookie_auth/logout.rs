//! `POST /accounts/logout`

use crate::world::World;

#[test]
fn a_logout_empties_the_jar_and_ends_the_session() {
    let world = World::new();
    let browser = world.browser();
    browser.log_in("alice");
    browser.refresh();
    let refresh = browser.cookie("refreshtoken").unwrap();
    let answer = browser.prove("/accounts/logout");
    assert_eq!(answer.line(), "200 {}");
    assert_eq!(
        answer.cookies(),
        [
            "refreshtoken=\"\"; expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Max-Age=0; Path=/accounts; SameSite=Lax",
            "csrftoken=\"\"; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=Lax",
        ]
    );
    assert!(browser.is_empty());
    browser.put("refreshtoken", "/accounts", &refresh);
    browser.put("csrftoken", "/", &"a".repeat(32));
    assert_eq!(browser.refresh().line(), r#"401 {"detail":"Token is blacklisted"}"#);
}

#[test]
fn a_session_that_is_over_already_ends_well() {
    let world = World::new();
    let browser = world.browser();
    browser.log_in("alice");
    world.pass(604_800);
    assert_eq!(browser.prove("/accounts/logout").line(), "200 {}");
    assert!(browser.is_empty());
    assert_eq!(
        browser.prove("/accounts/logout").line(),
        r#"401 {"detail":"Authentication credentials were not provided."}"#
    );
}

#[test]
fn a_logout_needs_the_proof_too() {
    let world = World::new();
    let browser = world.browser();
    browser.log_in("alice");
    let answer = browser.post("/accounts/logout", &[], "");
    assert_eq!(answer.line(), r#"403 {"detail":"CSRF Failed: CSRF token missing."}"#);
    assert_eq!(browser.refresh().status, 200);
}
