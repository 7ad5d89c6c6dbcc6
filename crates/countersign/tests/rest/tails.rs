use crate::support::*;
use countersign::endpoint::{Endpoint, Success};
use countersign::rest::{Answer, Site, SiteSettings};
use countersign_core::json::Object;
use countersign_core::random::SystemRandom;

/// A list, and one thing below it.
fn things(settings: SiteSettings) -> Site {
    let list = Endpoint::new("/things/", "List", "").get(Success::ok(&[]), Does(|_| Answer::raw("\"list\"")));
    let thing = Endpoint::new("/things/", "Thing", "").with_tail("id").get(
        Success::ok(&[]),
        Does(|call| Answer::ok(Object::from([("id", call.parts.tail().into_owned())]))),
    );
    Site::new([list, thing], settings, &SystemRandom)
}

async fn seen(site: &Site, path: &str) -> (u16, String) {
    let seen = send(site, request("GET", path).header("accept", "application/json"), "").await;
    (seen.status, if seen.status == 200 { seen.body } else { String::new() })
}

#[tokio::test]
async fn an_endpoint_with_a_tail_lives_one_segment_below_its_path() {
    let site = things(SiteSettings::default());
    assert_eq!(seen(&site, "/things/").await, (200, "\"list\"".to_owned()));
    assert_eq!(seen(&site, "/things").await, (200, "\"list\"".to_owned()));
    assert_eq!(seen(&site, "/things/7/").await, (200, "{\"id\":\"7\"}".to_owned()));
    assert_eq!(seen(&site, "/things/7").await, (200, "{\"id\":\"7\"}".to_owned()));
    assert_eq!(seen(&site, "/things/a%20b/?x=1").await, (200, "{\"id\":\"a b\"}".to_owned()));
    for path in ["/things/7/8/", "/things//", "/things/7.json", "/other/7/", "/7/", "/"] {
        assert_eq!(seen(&site, path).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn a_tail_without_its_slash_is_unknown_where_slashes_are_not_appended() {
    let site = things(SiteSettings { append_slash: false, ..SiteSettings::default() });
    assert_eq!(seen(&site, "/things/7/").await.0, 200);
    assert_eq!(seen(&site, "/things/7").await.0, 404);
}

#[tokio::test]
async fn an_endpoint_with_a_tail_is_listed_and_routed_beside_the_one_above_it() {
    let site = things(SiteSettings::default());
    let tails: Vec<_> = site.endpoints().iter().map(|endpoint| endpoint.tail).collect();
    assert_eq!(tails, [None, Some("id")]);
    let router = site.routes();
    for path in ["/things/7/", "/things/7", "/things/"] {
        let sent = request("GET", path).body(axum::body::Body::empty()).unwrap();
        let answered = tower::ServiceExt::oneshot(router.clone(), sent).await.unwrap();
        assert_eq!(answered.status(), 200, "{path}");
    }
}
