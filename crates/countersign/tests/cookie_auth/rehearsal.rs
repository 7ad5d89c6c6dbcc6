//! What a browser would make of settings, told before there is one.

use crate::world::SECRET;
use countersign::cookie::SameSite;
use countersign::cors::{Cors, CorsSettings};
use countersign::csrf::CsrfSettings;
use countersign::dialects::cookie_auth::{CookieAuth, CookieAuthSettings, rehearse};
use countersign_core::cookie_auth::{CookieAuth as Lifetimes, CookieAuthRules};
use countersign_core::settings::Passwords;
use countersign_core::testing::block_on;

/// Faults, then warnings, each with its step.
fn findings(settings: CookieAuthSettings, cors: CorsSettings, api: &str, page: &str) -> Vec<String> {
    let rules =
        CookieAuthRules::new(&Lifetimes::default(), &SECRET.into(), None, Passwords::default()).unwrap();
    let cors = Cors::new(cors).unwrap();
    let dialect = CookieAuth::new(rules, settings, CsrfSettings::default(), Some(&cors)).unwrap();
    let found = block_on(rehearse(&dialect, Some(&cors), api, page)).unwrap();
    let mark = |is_fault| if is_fault { "fault" } else { "warning" };
    found.iter().map(|found| format!("{} {}: {}", found.step, mark(found.is_fault), found.what)).collect()
}

fn letting(page: &str) -> CorsSettings {
    CorsSettings {
        allowed_origins: vec![page.to_owned()],
        allow_credentials: true,
        ..CorsSettings::default()
    }
}

fn plain() -> CookieAuthSettings {
    CookieAuthSettings { cookie_secure: false, ..CookieAuthSettings::default() }
}

fn anywhere() -> CookieAuthSettings {
    CookieAuthSettings { cookie_samesite: SameSite::None, ..CookieAuthSettings::default() }
}

const NOTHING: [&str; 0] = [];

#[test]
fn good_settings_have_nothing_to_be_said_against_them() {
    let (api, page) = ("http://localhost:8000", "http://localhost:3000");
    assert_eq!(findings(plain(), letting(page), api, page), NOTHING);
    let (api, page) = ("https://api.example.com", "https://app.example.com");
    assert_eq!(findings(CookieAuthSettings::default(), letting(page), api, page), NOTHING);
    assert_eq!(findings(CookieAuthSettings::default(), CorsSettings::default(), api, api), NOTHING);
}

#[test]
fn an_origin_that_is_not_let_in_is_named_with_the_header_it_lacks() {
    let (api, page) = ("https://api.example.com", "https://app.example.com");
    let found = findings(CookieAuthSettings::default(), CorsSettings::default(), api, page);
    assert_eq!(
        found,
        [
            "preflight fault: the answer has no access-control-allow-origin for https://app.example.com",
            "login fault: the answer has no access-control-allow-origin for https://app.example.com",
            "login fault: the answer is 403: {\"detail\":\"CSRF Failed: Origin checking failed - \
             https://app.example.com does not match any trusted origins.\"}",
        ]
    );
    let cors = CorsSettings { allow_credentials: false, ..letting(page) };
    let found = findings(CookieAuthSettings::default(), cors, api, page);
    assert!(found[0].starts_with("preflight fault: the answer has no access-control-allow-credentials"));
    let cors = CorsSettings { allow_all_origins: true, ..CorsSettings::default() };
    let found = findings(CookieAuthSettings::default(), cors, api, page);
    assert_eq!(
        found[0],
        "preflight fault: access-control-allow-origin is *, which browsers refuse with cookies"
    );
}

#[test]
fn a_header_that_may_not_be_sent_is_found_before_a_browser_finds_it() {
    let (api, page) = ("https://api.example.com", "https://app.example.com");
    let allow_headers = vec!["content-type".to_owned(), "authorization".to_owned()];
    let cors = CorsSettings { allow_headers, ..letting(page) };
    assert_eq!(
        findings(CookieAuthSettings::default(), cors, api, page),
        ["preflight fault: access-control-allow-headers does not list x-csrftoken"]
    );
}

#[test]
fn a_cookie_that_would_be_dropped_is_named_with_the_reason() {
    let (api, page) = ("https://api.example.com", "https://shop.example.org");
    let found = findings(CookieAuthSettings::default(), letting(page), api, page);
    assert_eq!(
        found,
        [
            "login fault: browsers drop the cookie refreshtoken: it is SameSite=Lax, and https://shop.example.org \
             is another site than https://api.example.com",
            "login fault: browsers drop the cookie csrftoken: it is SameSite=Lax, and https://shop.example.org \
             is another site than https://api.example.com",
        ]
    );
    let found = findings(anywhere(), letting(page), api, page);
    assert!(found.iter().all(|found| found.contains("warning: the cookie")), "{found:?}");
    assert_eq!(found.len(), 2);
    let apart = CookieAuthSettings { cookie_partitioned: true, ..anywhere() };
    assert_eq!(findings(apart, letting(page), api, page), NOTHING);
    let (api, page) = ("http://api.example.com", "http://app.example.com");
    let found = findings(CookieAuthSettings::default(), letting(page), api, page);
    assert!(found[0].contains("it is Secure, and http://api.example.com is plain HTTP"), "{found:?}");
    let settings = CookieAuthSettings { cookie_domain: Some("example.org".to_owned()), ..plain() };
    let found = findings(settings, letting(page), api, page);
    assert!(found[0].contains("its domain example.org is not that of api.example.com"), "{found:?}");
}

#[test]
fn a_page_that_cannot_learn_the_csrf_token_is_told() {
    let (api, page) = ("https://api.example.com", "https://app.example.com");
    let settings = CookieAuthSettings { strict_peer: true, ..CookieAuthSettings::default() };
    let found = findings(settings, letting(page), api, page);
    assert_eq!(
        found,
        ["refresh fault: the page can neither read the cookie of another host nor the header x-csrftoken"]
    );
    // The guide's own settings, in the recipe's own way: the origin may call and is not trusted.
    let (api, page) = ("http://localhost:8000", "http://localhost:3000");
    let settings = CookieAuthSettings { strict_peer: true, ..plain() };
    let found = findings(settings, letting(page), api, page);
    assert!(found[0].starts_with("refresh fault: the answer is 403"), "{found:?}");
}

#[test]
fn plain_http_from_an_https_page_is_blocked() {
    let (api, page) = ("http://api.example.com", "https://app.example.com");
    let found = findings(plain(), letting(page), api, page);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("browsers block plain HTTP from HTTPS pages"));
}
