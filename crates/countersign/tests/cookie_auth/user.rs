//! `GET /accounts/user`

use crate::world::World;
use countersign::dialects::cookie_auth::CookieAuthSettings;
use countersign_core::store::UserColumns;

fn asked(world: &World, authorization: &str) -> String {
    world.get("/accounts/user", &[("authorization", authorization)]).line()
}

#[test]
fn any_word_may_stand_before_a_good_token() {
    let world = World::new();
    let access = world.browser().log_in("alice").text("access_token");
    for word in ["token", "Token", "Bearer", "bearer", "JWT"] {
        assert_eq!(
            asked(&world, &format!("{word} {access}")),
            r#"200 {"user":{"id":1,"username":"alice","email":"alice@example.com","first_name":"ALICE","is_active":true}}"#
        );
    }
    assert!(asked(&world, &format!("Bearer \t {access}")).starts_with("200"));
}

#[test]
fn everything_else_is_401_with_a_reason_and_a_challenge() {
    let world = World::new();
    let access = world.browser().log_in("alice").text("access_token");
    let none = "Authentication credentials were not provided.";
    let many = "Authorization header must contain two space-delimited values";
    for (authorization, detail) in [
        ("", none),
        ("   ", none),
        ("Bearer", "Token prefix missing"),
        (&access, "Token prefix missing"),
        (&format!("Bearer {access} extra"), many),
        ("Bearer garbage", "Token is invalid"),
        ("Basic YWxpY2U6eA==", "Token is invalid"),
        (&format!("Bearer {access}x"), "Token is invalid"),
    ] {
        let answer = world.get("/accounts/user", &[("authorization", authorization)]);
        assert_eq!(answer.line(), format!(r#"401 {{"detail":"{detail}"}}"#), "{authorization}");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"api\"");
    }
    assert_eq!(world.get("/accounts/user", &[]).line(), format!(r#"401 {{"detail":"{none}"}}"#));
}

#[test]
fn a_user_who_may_not_and_a_token_that_is_over_are_told_apart() {
    let world = World::new();
    let access = world.browser().log_in("alice").text("access_token");
    let header = format!("Bearer {access}");
    world.set_active(1, false);
    assert_eq!(asked(&world, &header), r#"401 {"detail":"user is inactive"}"#);
    world.delete(1);
    assert_eq!(asked(&world, &header), r#"401 {"detail":"User not found"}"#);
    world.pass(300);
    assert_eq!(asked(&world, &header), r#"401 {"detail":"access_token expired"}"#);
}

#[test]
fn the_cookie_is_no_access_token() {
    let world = World::new();
    let browser = world.browser();
    browser.log_in("alice");
    let refresh = browser.cookie("refreshtoken").unwrap();
    assert_eq!(asked(&world, &format!("Bearer {refresh}")), r#"401 {"detail":"Token is invalid"}"#);
    let cookie = format!("refreshtoken={refresh}");
    assert_eq!(world.get("/accounts/user", &[("cookie", &cookie)]).status, 401);
}

#[test]
fn a_table_without_an_address_has_none_in_its_answers() {
    let user_columns = UserColumns { email: false, first_name: false, ..UserColumns::ALL };
    let world = World::with(CookieAuthSettings { user_columns, ..CookieAuthSettings::default() });
    let login = world.browser().log_in("alice");
    let shown = r#""user":{"id":1,"username":"alice","is_active":true}"#;
    assert!(login.body.contains(shown), "{}", login.body);
    let access = login.text("access_token");
    assert_eq!(asked(&world, &format!("Bearer {access}")), format!("200 {{{shown}}}"));
}
