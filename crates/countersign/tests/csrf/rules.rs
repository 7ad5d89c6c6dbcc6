//! Where our own rules differ from Django's: requests that name no origin.

use crate::{Scene, with};
use countersign::csrf::OriginRules;

fn reason(scene: &Scene) -> String {
    scene.verdict(&with(OriginRules::FetchMetadata, None)).unwrap_or_else(|| "accepted".to_owned())
}

/// The reason of one who passed the checks of origin and has no token.
const PASSED: &str = "CSRF cookie not set.";

#[test]
fn a_client_that_is_no_browser_is_served_over_https_too() {
    assert_eq!(reason(&Scene::post(&[])), PASSED);
    assert_eq!(reason(&Scene::post(&[]).secure()), PASSED);
}

#[test]
fn a_browser_that_says_cross_site_and_names_no_origin_is_refused() {
    assert_eq!(
        reason(&Scene::post(&[("sec-fetch-site", "cross-site")])),
        "Sec-Fetch-Site checking failed - the request comes from another site."
    );
    for site in ["same-origin", "same-site", "none"] {
        assert_eq!(reason(&Scene::post(&[("sec-fetch-site", site)])), PASSED);
    }
    // A trusted page may live on another site.
    let scene = Scene::post(&[("sec-fetch-site", "cross-site"), ("origin", "http://localhost:3000")]);
    assert_eq!(reason(&scene), PASSED);
}

#[test]
fn a_referer_is_believed_to_be_bad_over_http_too() {
    assert_eq!(
        reason(&Scene::post(&[("referer", "http://evil.example/")])),
        "Referer checking failed - http://evil.example/ does not match any trusted origins."
    );
    for good in ["http://testserver/", "http://localhost:3000/a", "https://a.example.com/"] {
        assert_eq!(reason(&Scene::post(&[("referer", good)])), PASSED, "{good}");
    }
}

#[test]
fn the_https_origin_of_this_host_needs_no_known_proxy() {
    assert_eq!(reason(&Scene::post(&[("origin", "https://testserver")])), PASSED);
    assert!(
        reason(&Scene::post(&[("origin", "http://testserver")]).secure())
            .starts_with("Origin checking failed")
    );
}
