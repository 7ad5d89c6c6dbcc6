use crate::support::*;
use countersign::endpoint::{Endpoint, Field, Success};
use countersign::openapi::Description;
use countersign::rest::{Site, SiteSettings};
use countersign_core::random::SystemRandom;

#[tokio::test]
async fn options_describes_an_endpoint_byte_for_byte_as_the_framework_does() {
    let seen = send(&site(), request("OPTIONS", "/api/token/"), "").await;
    assert_eq!(
        seen.short(),
        (
            200,
            r#"{"name":"Token Obtain Pair","description":"Takes a set of user credentials and returns an access and refresh JSON web\ntoken pair to prove the authentication of those credentials.","renders":["application/json","text/html"],"parses":["application/json","application/x-www-form-urlencoded","multipart/form-data"],"actions":{"POST":{"username":{"type":"string","required":true,"read_only":false,"label":"Username"},"password":{"type":"string","required":true,"read_only":false,"label":"Password"}}}}"#
        )
    );
    assert_eq!(seen.body.len(), 497);
    let seen = send(&json_only(), request("OPTIONS", "/api/token/"), "").await;
    assert_eq!(seen.body.len(), 485);
}

#[tokio::test]
async fn options_shows_no_actions_where_there_is_no_serializer() {
    let asked = request("OPTIONS", "/hello/").header("authorization", "Bearer a");
    let hello = r#"{"name":"Hello","description":"","renders":["application/json","text/html"],"parses":["application/json","application/x-www-form-urlencoded","multipart/form-data"]}"#;
    assert_eq!(send(&site(), asked, "").await.short(), (200, hello));
}

#[tokio::test]
async fn options_marks_fields_that_are_only_answered() {
    let endpoint = Endpoint::new("/refresh/", "Token Refresh", "").post(
        vec![Field::text("refresh"), Field::text("access").read_only()],
        Success::ok(&[]),
        Echo(&["refresh", "access"]),
    );
    let site = Site::new([endpoint], SiteSettings::default(), &SystemRandom);
    let seen = send(&site, request("OPTIONS", "/refresh/"), "").await;
    let actions = r#""actions":{"POST":{"refresh":{"type":"string","required":true,"read_only":false,"label":"Refresh"},"access":{"type":"string","required":false,"read_only":true,"label":"Access"}}}}"#;
    assert!(seen.body.ends_with(actions), "{}", seen.body);
    let sent = request("POST", "/refresh/").header("content-type", "application/json");
    let seen = send(&site, sent, r#"{"refresh":"r","access":[]}"#).await;
    assert_eq!(seen.short(), (200, r#"{"refresh":"r"}"#));
}

#[tokio::test]
async fn one_description_makes_the_route_the_validation_the_metadata_the_page_and_the_openapi_document() {
    let endpoint = Endpoint::new("/api/colour/", "Favourite Colour", "Takes a colour.").post(
        vec![Field::text("favourite_colour")],
        Success::ok(&[]),
        Echo(&["favourite_colour"]),
    );
    let site = Site::new([endpoint], SiteSettings::default(), &SystemRandom);
    let send = async |method, accept: &str, body: &str| {
        let request = request(method, "/api/colour/").header("accept", accept);
        send(&site, request.header("content-type", "application/json"), body).await
    };
    let body = r#"{"favourite_colour":"blue"}"#;
    assert_eq!(send("POST", "*/*", body).await.short(), (200, body));
    let required = r#"{"favourite_colour":["This field is required."]}"#;
    assert_eq!(send("POST", "*/*", "{}").await.short(), (400, required));
    let metadata = send("OPTIONS", "*/*", "").await.body;
    assert!(metadata.contains(r#""label":"Favourite colour""#), "{metadata}");
    let page = send("GET", "text/html", "").await.body;
    assert!(
        page.contains("<h1>Favourite Colour</h1>") && page.contains("name=\"favourite_colour\""),
        "{page}"
    );
    let document = Description::of(&site, "colours", "1").document().to_utf8();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let post = &document["paths"]["/api/colour/"]["post"];
    assert_eq!(post["operationId"], "favouriteColour");
    assert_eq!(post["description"], "Takes a colour.");
    let request = &document["components"]["schemas"]["FavouriteColourRequest"];
    assert_eq!(request["required"], serde_json::json!(["favourite_colour"]));
    assert_eq!(request["properties"]["favourite_colour"]["title"], "Favourite colour");
}

#[tokio::test]
async fn the_endpoints_can_be_merged_into_a_router_that_has_other_routes() {
    use tower::ServiceExt as _;
    let router =
        axum::Router::new().route("/healthz", axum::routing::get(async || "ok")).merge(site().routes());
    let status = async |path| {
        let request = request("GET", path).body(axum::body::Body::empty()).unwrap();
        router.clone().oneshot(request).await.unwrap().status().as_u16()
    };
    assert_eq!([status("/healthz").await, status("/hello").await, status("/hello/").await], [200, 401, 401]);
    let whole = site().into_router().oneshot(request("GET", "/x").body(axum::body::Body::empty()).unwrap());
    assert_eq!(whole.await.unwrap().headers()["content-type"], "application/json");
}
