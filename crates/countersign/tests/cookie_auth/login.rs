//! `POST /accounts/login`

use crate::world::{PAGE, START, World, credentials};
use countersign::cookie::SameSite;
use countersign::csrf::CsrfSecret;
use countersign::dialects::cookie_auth::CookieAuthSettings;
use countersign_core::clock::Timestamp;
use countersign_core::json::Value;
use countersign_core::token::TokenClass;

const REFUSED: &str = r#"401 {"detail":"No active account found with the given credentials"}"#;

#[test]
fn a_login_answers_the_access_token_and_the_user_and_sets_two_cookies() {
    let world = World::new();
    let answer = world.browser().log_in("alice");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.names(), ["access_token", "user"]);
    assert_eq!(
        answer.object().get("user").unwrap().to_utf8(),
        r#"{"id":1,"username":"alice","email":"alice@example.com","first_name":"ALICE","is_active":true}"#
    );
    let cookies = answer.cookies();
    assert_eq!(cookies.len(), 2);
    let (refresh, attributes) = cookies[0].split_once("; ").unwrap();
    assert_eq!(
        attributes,
        "expires=Sun, 29 Nov 2026 03:52:30 GMT; HttpOnly; Max-Age=604800; Path=/accounts; SameSite=Lax"
    );
    assert!(!answer.body.contains(refresh.strip_prefix("refreshtoken=").unwrap()));
    let (_, attributes) = cookies[1].split_once("; ").unwrap();
    assert_eq!(attributes, "expires=Sun, 21 Nov 2027 03:52:30 GMT; Max-Age=31449600; Path=/; SameSite=Lax");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("vary"), "Accept, Cookie, origin");
}

#[test]
fn the_csrf_token_is_in_a_header_too_that_only_the_listed_page_may_read() {
    let world = World::new();
    let browser = world.browser().claiming(Some(PAGE));
    let answer = browser.log_in("alice");
    let token = CsrfSecret::read(answer.header("x-csrftoken")).unwrap();
    assert_eq!(token.expose(), browser.cookie("csrftoken").unwrap());
    assert_eq!(answer.header("access-control-expose-headers"), "x-csrftoken");
    assert_eq!(answer.header("access-control-allow-origin"), PAGE);
    assert_eq!(answer.header("access-control-allow-credentials"), "true");
}

#[test]
fn a_good_csrf_cookie_is_kept_and_a_bad_one_replaced() {
    let world = World::new();
    let browser = world.browser();
    browser.put("csrftoken", "/", &"a".repeat(32));
    browser.log_in("alice");
    assert_eq!(browser.cookie("csrftoken"), Some("a".repeat(32)));
    browser.put("csrftoken", "/", &"a".repeat(64));
    browser.log_in("alice");
    assert_eq!(browser.cookie("csrftoken"), Some("a".repeat(32)));
    browser.put("csrftoken", "/", "!!");
    browser.log_in("alice");
    assert!(CsrfSecret::read(&browser.cookie("csrftoken").unwrap()).is_ok());
}

#[test]
fn unknown_wrong_and_inactive_get_one_answer() {
    let world = World::new();
    for body in [
        r#"{"username":"nobody","password":"x"}"#,
        r#"{"username":"alice","password":"x"}"#,
        r#"{"username":"ida","password":"ida-pass-1"}"#,
        r#"{"username":"ALICE","password":"alice-pass-1"}"#,
        r#"{"username":" alice ","password":"alice-pass-1"}"#,
        r#"{"username":"alice","password":"alice-pass-1 "}"#,
        r#"{"username":"a\u0000","password":"x"}"#,
        r#"{"username":"\ud800","password":"x"}"#,
        r#"{"username":"alice","password":5}"#,
        r#"{"username":{"a":1},"password":"x"}"#,
        r#"{"username":true,"password":[]}"#,
    ] {
        let answer = world.browser().post("/accounts/login", &[], body);
        assert_eq!(answer.line(), REFUSED, "{body}");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"api\"");
        assert!(answer.cookies()[0].starts_with("csrftoken="), "{body}");
        assert_eq!(answer.cookies().len(), 1);
    }
}

#[test]
fn a_name_and_a_password_are_wanted_in_any_body() {
    let world = World::new();
    for body in ["", "{}", r#"{"username":"alice"}"#, r#"{"username":null,"password":"x"}"#] {
        let answer = world.browser().post("/accounts/login", &[], body);
        assert_eq!(answer.line(), r#"401 {"detail":"username and password required"}"#, "{body}");
    }
    for body in ["[]", "null", "3", "{"] {
        assert_eq!(world.browser().post("/accounts/login", &[], body).status, 400, "{body}");
    }
    let request =
        http::Request::post("/accounts/login").header("content-type", "application/x-www-form-urlencoded");
    let answer = world.send(request.body("username=alice&password=alice-pass-1".into()).unwrap());
    assert_eq!(answer.status, 200);
}

#[test]
fn an_old_access_token_keeps_nobody_from_logging_in() {
    let world = World::new();
    let headers = [("authorization", "Bearer garbage")];
    assert_eq!(world.post("/accounts/login", &headers, &credentials("alice")).status, 200);
}

#[test]
fn the_session_that_a_login_finds_is_ended_not_gone_on_with() {
    let world = World::new();
    let browser = world.browser();
    browser.log_in("alice");
    let old = browser.cookie("refreshtoken").unwrap();
    browser.log_in("bob");
    let thief = world.browser();
    thief.put("refreshtoken", "/accounts", &old);
    thief.put("csrftoken", "/", &"a".repeat(32));
    assert_eq!(thief.refresh().line(), r#"401 {"detail":"Token is blacklisted"}"#);
    assert_eq!(browser.refresh().status, 200);
}

#[test]
fn tokens_say_what_they_are_and_no_other_dialect_takes_them() {
    let world = World::new();
    let browser = world.browser();
    let access = browser.log_in("alice").text("access_token");
    let refresh = browser.cookie("refreshtoken").unwrap();
    let now = Timestamp::from_second(START).unwrap();
    let claims = world.rules.access().decode(&access, now).unwrap();
    assert!(world.rules.access().check(&claims, TokenClass::Access).is_ok());
    assert_eq!(claims.claims().get("cookie_auth"), Some(&Value::from("access")));
    assert_eq!(claims.claims().get("exp"), Some(&Value::from(START + 300)));
    // Signed with different keys.
    assert!(world.rules.refresh().decode(&access, now).is_err());
    assert!(world.rules.access().decode(&refresh, now).is_err());
    // Neither passes for simplejwt's, nor the other way round.
    let token = format!(r#"{{"refresh":"{refresh}"}}"#);
    assert_eq!(world.post("/api/token/refresh/", &[], &token).status, 401);
    let pair = world.post("/api/token/", &[], &credentials("alice"));
    for name in ["access", "refresh"] {
        let header = format!("Bearer {}", pair.text(name));
        let answer = world.get("/accounts/user", &[("authorization", &header)]);
        assert_eq!(answer.line(), r#"401 {"detail":"Token has no type"}"#);
    }
    browser.put("refreshtoken", "/accounts", &pair.text("refresh"));
    assert_eq!(browser.refresh().line(), r#"401 {"detail":"Token is invalid"}"#);
}

#[test]
fn a_cookie_for_another_site_is_secure_and_so_is_its_companion() {
    let settings = CookieAuthSettings { cookie_samesite: SameSite::None, ..CookieAuthSettings::default() };
    let world = World::with(settings);
    for line in world.browser().log_in("alice").cookies() {
        assert!(line.ends_with("SameSite=None; Secure"), "{line}");
    }
}
