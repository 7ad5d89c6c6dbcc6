//! What a page of somebody else can make a browser send, and that it changes nothing.

use crate::world::{World, credentials};

const REFUSED: &str = "CSRF Failed: Origin checking failed";

#[test]
fn a_foreign_page_can_neither_log_in_nor_refresh_nor_log_out() {
    let world = World::new();
    let browser = world.browser();
    browser.log_in("alice");
    let (refresh, csrf) = (browser.cookie("refreshtoken"), browser.cookie("csrftoken"));
    for origin in ["http://evil.example", "null", "https://testserver.evil", "http://localhost:3001"] {
        let forged = world.browser().claiming(Some(origin));
        forged.put("refreshtoken", "/accounts", refresh.as_ref().unwrap());
        forged.put("csrftoken", "/", csrf.as_ref().unwrap());
        for path in ["/accounts/refresh_token", "/accounts/logout"] {
            let answer = forged.prove(path);
            assert_eq!(answer.status, 403);
            assert!(answer.text("detail").starts_with(REFUSED), "{}", answer.body);
            assert!(answer.cookies().is_empty());
            assert_eq!(answer.header("x-csrftoken"), "", "a stranger is given nothing");
        }
        let answer = forged.post("/accounts/login", &[], &credentials("bob"));
        assert_eq!(answer.status, 403);
        assert!(answer.cookies().is_empty());
    }
    assert_eq!(browser.refresh().status, 200);
}

#[test]
fn a_browser_that_hides_its_origin_still_says_that_it_is_another_site() {
    let world = World::new();
    let browser = world.browser().claiming(None);
    let answer = browser.post("/accounts/login", &[("sec-fetch-site", "cross-site")], &credentials("alice"));
    assert_eq!(
        answer.line(),
        r#"403 {"detail":"CSRF Failed: Sec-Fetch-Site checking failed - the request comes from another site."}"#
    );
    assert!(browser.is_empty());
}

#[test]
fn two_cookies_of_one_name_are_nobodys() {
    let world = World::new();
    let browser = world.browser();
    browser.log_in("alice");
    let (refresh, csrf) = (browser.cookie("refreshtoken").unwrap(), browser.cookie("csrftoken").unwrap());
    for (cookies, name) in [
        (format!("refreshtoken={refresh}; refreshtoken=x; csrftoken={csrf}"), "refreshtoken"),
        (format!("refreshtoken={refresh}; csrftoken={csrf}; csrftoken={csrf}"), "csrftoken"),
    ] {
        for path in ["/accounts/refresh_token", "/accounts/logout"] {
            let answer = world.post(path, &[("cookie", &cookies), ("x-csrftoken", &csrf)], "");
            assert_eq!(answer.line(), format!(r#"400 {{"detail":"More than one cookie is named {name}."}}"#));
        }
    }
    assert_eq!(browser.refresh().status, 200);
}

#[test]
fn a_client_that_is_no_browser_needs_the_token_alone() {
    let world = World::new();
    let browser = world.browser();
    browser.log_in("alice");
    let curl = browser.claiming(None);
    assert_eq!(curl.post("/accounts/refresh_token", &[], "").status, 403);
    assert_eq!(curl.refresh().status, 200);
}
