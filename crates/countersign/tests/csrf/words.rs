//! The reasons, word for word, as recorded from Django.

use crate::{MASKED, SECRET, Scene, cookie, csrf};

fn reason(scene: &Scene) -> String {
    scene.verdict(&csrf()).unwrap_or_else(|| "accepted".to_owned())
}

#[test]
fn the_cookie_and_the_token_must_match_in_any_mask() {
    for cookie_value in [SECRET, MASKED] {
        for token in [SECRET, MASKED] {
            let scene = Scene::post(&[("cookie", &cookie(cookie_value)), ("x-csrftoken", token)]);
            assert_eq!(reason(&scene), "accepted");
            let scene = Scene::post(&[("cookie", &cookie(cookie_value))]).form(token);
            assert_eq!(reason(&scene), "accepted");
        }
    }
}

#[test]
fn every_fault_of_cookie_and_header_has_djangos_words() {
    let good = cookie(SECRET);
    let (c32, c64) = ("c".repeat(32), "c".repeat(64));
    let header = |token: &str| reason(&Scene::post(&[("cookie", &good), ("x-csrftoken", token)]));
    assert_eq!(header(&c32), "CSRF token from the 'X-Csrftoken' HTTP header incorrect.");
    assert_eq!(header(&c64), "CSRF token from the 'X-Csrftoken' HTTP header incorrect.");
    assert_eq!(header("abc"), "CSRF token from the 'X-Csrftoken' HTTP header has incorrect length.");
    assert_eq!(header(""), "CSRF token from the 'X-Csrftoken' HTTP header has incorrect length.");
    assert_eq!(
        header(&"!".repeat(32)),
        "CSRF token from the 'X-Csrftoken' HTTP header has invalid characters."
    );
    let form = |token: &str| reason(&Scene::post(&[("cookie", &good)]).form(token));
    assert_eq!(form(&c32), "CSRF token from POST incorrect.");
    assert_eq!(form("abc"), "CSRF token from POST has incorrect length.");
    assert_eq!(form(&"!".repeat(64)), "CSRF token from POST has invalid characters.");
    assert_eq!(form(""), "CSRF token missing.");
    assert_eq!(reason(&Scene::post(&[("cookie", &good)])), "CSRF token missing.");
    let with_cookie =
        |value: &str| reason(&Scene::post(&[("cookie", &cookie(value)), ("x-csrftoken", SECRET)]));
    assert_eq!(with_cookie("abc"), "CSRF cookie has incorrect length.");
    assert_eq!(with_cookie(&"-".repeat(32)), "CSRF cookie has invalid characters.");
    assert_eq!(reason(&Scene::post(&[("x-csrftoken", SECRET)])), "CSRF cookie not set.");
}

#[test]
fn two_cookies_of_the_name_are_nobodys() {
    let twice = format!("csrftoken={SECRET}; csrftoken={SECRET}");
    let scene = Scene::post(&[("cookie", &twice), ("x-csrftoken", SECRET)]);
    assert_eq!(reason(&scene), "More than one cookie is named csrftoken.");
}

#[test]
fn a_form_field_counts_for_post_alone_and_before_the_header() {
    let good = cookie(SECRET);
    let put = Scene { method: "PUT", ..Scene::post(&[("cookie", &good)]).form(SECRET) };
    assert_eq!(reason(&put), "CSRF token missing.");
    let both = Scene::post(&[("cookie", &good), ("x-csrftoken", SECRET)]).form("abc");
    assert_eq!(reason(&both), "CSRF token from POST has incorrect length.");
}

#[test]
fn methods_that_change_nothing_need_no_proof() {
    for method in ["GET", "HEAD", "OPTIONS", "TRACE"] {
        let scene = Scene { method, ..Scene::post(&[("origin", "http://evil.example")]) };
        assert_eq!(reason(&scene), "accepted");
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "FOO"] {
        assert_eq!(reason(&Scene { method, ..Scene::post(&[]) }), "CSRF cookie not set.");
    }
}

#[test]
fn an_origin_comes_before_the_token() {
    for origin in ["http://evil.example", "null", "http://testserver.evil", "http://TESTSERVER", "::::", ""] {
        assert_eq!(
            reason(&Scene::post(&[("origin", origin)])),
            format!("Origin checking failed - {origin} does not match any trusted origins.")
        );
    }
    for origin in
        ["http://testserver", "http://localhost:3000", "https://a.example.com", "https://example.com"]
    {
        assert_eq!(reason(&Scene::post(&[("origin", origin)])), "CSRF cookie not set.", "{origin}");
    }
}

#[test]
fn over_https_a_referer_stands_in_for_a_missing_origin() {
    let from = |referer: &str| reason(&Scene::post(&[("referer", referer)]).secure());
    assert_eq!(reason(&Scene::post(&[]).secure()), "Referer checking failed - no Referer.");
    for bad in ["", "nonsense", "https:///path", "https://[::1"] {
        assert_eq!(from(bad), "Referer checking failed - Referer is malformed.", "{bad}");
    }
    assert_eq!(
        from("http://testserver/"),
        "Referer checking failed - Referer is insecure while host is secure."
    );
    assert_eq!(
        from("https://evil.example/a?b"),
        "Referer checking failed - https://evil.example/a?b does not match any trusted origins."
    );
    for good in ["https://testserver/page", "https://a.example.com/", "https://localhost:3000/"] {
        assert_eq!(from(good), "CSRF cookie not set.", "{good}");
    }
}
