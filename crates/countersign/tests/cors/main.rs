//! The answers of django-cors-headers, as a browser sees them: a layer around a site that knows nothing of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should stop")]

use bytes::Bytes;
use countersign::cors::{Cors, CorsError, CorsSettings};
use countersign::endpoint::{Endpoint, Success};
use countersign::rest::{Action, Answer, BoxFuture, Call, Site, SiteSettings};
use countersign_core::testing::SeededRandom;
use http::header::{CONTENT_LENGTH, VARY};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tower::{Layer as _, ServiceExt as _};

const HERE: &str = "http://localhost:3000";

fn guide() -> CorsSettings {
    CorsSettings {
        allowed_origins: vec![HERE.to_owned()],
        allow_credentials: true,
        ..CorsSettings::default()
    }
}

/// An endpoint that counts its calls, exposes a header and, when asked, breaks.
struct Counter(Arc<AtomicUsize>);

impl Action for Counter {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let breaks = call.parts.request.uri.query() == Some("break");
        let exposed =
            (HeaderName::from_static("access-control-expose-headers"), HeaderValue::from_static("x-inner"));
        Box::pin(async move {
            if breaks {
                return Answer::server_error("it was told to");
            }
            Answer::ok("here").header(exposed.0, exposed.1)
        })
    }
}

struct World {
    cors: Cors,
    site: Site,
    calls: Arc<AtomicUsize>,
}

impl World {
    fn new(settings: CorsSettings) -> Self {
        let calls = Arc::new(AtomicUsize::new(0));
        let endpoint = Endpoint::new("/here/", "Here", "").get(Success::ok(&[]), Counter(Arc::clone(&calls)));
        let site = Site::new([endpoint], SiteSettings::default(), &SeededRandom::new(1));
        Self { cors: Cors::new(settings).unwrap(), site, calls }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Response<Full<Bytes>> {
        let mut request = Request::builder().method(method).uri(path).header("host", "api.example.com");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::new())).unwrap();
        self.cors.layer(self.site.clone()).oneshot(request).await.unwrap()
    }
}

/// The headers of cross-origin sharing in a response, and `Vary`.
fn shared<B>(response: &Response<B>) -> Vec<String> {
    let mut lines = response
        .headers()
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("access-control-") || *name == VARY)
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect::<Vec<_>>();
    lines.sort();
    lines
}

const PREFLIGHT: (&str, &str) = ("access-control-request-method", "POST");

#[tokio::test]
async fn a_preflight_is_answered_on_any_path_before_anything_else_sees_it() {
    let world = World::new(guide());
    for path in ["/here/", "/nowhere/"] {
        let response = world.ask("OPTIONS", path, &[("origin", HERE), PREFLIGHT]).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[CONTENT_LENGTH], "0");
        assert_eq!(
            shared(&response),
            [
                "access-control-allow-credentials: true",
                "access-control-allow-headers: accept, authorization, content-type, user-agent, x-csrftoken, \
                 x-requested-with",
                "access-control-allow-methods: DELETE, GET, OPTIONS, PATCH, POST, PUT",
                "access-control-allow-origin: http://localhost:3000",
                "access-control-max-age: 86400",
                "vary: origin",
            ]
        );
        assert!(response.into_body().collect().await.unwrap().to_bytes().is_empty());
    }
    assert_eq!(world.calls.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_preflight_from_elsewhere_gets_an_empty_answer_that_allows_nothing() {
    let world = World::new(guide());
    for origin in
        ["http://evil.example", "null", "https://localhost:3000", "::::", "http://localhost:3000.evil"]
    {
        let response = world.ask("OPTIONS", "/here/", &[("origin", origin), PREFLIGHT]).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(shared(&response), ["vary: origin"], "{origin}");
    }
}

#[tokio::test]
async fn every_answer_says_that_it_varies_by_origin_errors_too() {
    let world = World::new(guide());
    for (method, path, status, vary) in [
        ("GET", "/here/", 200, "Accept, origin"),
        ("POST", "/here/", 405, "Accept, origin"),
        ("GET", "/nowhere/", 404, "origin"),
        ("GET", "/here/?break", 500, "origin"),
    ] {
        for origin in [Some(HERE), Some("http://evil.example"), None] {
            let headers = origin.map(|origin| ("origin", origin));
            let response = world.ask(method, path, headers.as_slice()).await;
            assert_eq!(response.status(), status);
            assert_eq!(
                response.headers().get_all(VARY).iter().collect::<Vec<_>>(),
                [vary],
                "{method} {path}"
            );
            let allowed = response.headers().get("access-control-allow-origin");
            assert_eq!(allowed.is_some(), origin == Some(HERE), "{method} {path} {origin:?}");
        }
    }
}

#[tokio::test]
async fn an_ordinary_options_request_reaches_the_endpoint_and_is_told_what_is_allowed() {
    let world = World::new(guide());
    let response = world.ask("OPTIONS", "/here/", &[("origin", HERE)]).await;
    assert!(shared(&response).contains(&"access-control-max-age: 86400".to_owned()));
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert!(body.starts_with(b"{\"name\":\"Here\""));
}

#[tokio::test]
async fn what_the_service_exposes_is_added_to_the_setting_and_kept_from_strangers() {
    let world = World::new(CorsSettings { expose_headers: vec!["x-outer".to_owned()], ..guide() });
    let response = world.ask("GET", "/here/", &[("origin", HERE)]).await;
    assert_eq!(
        shared(&response),
        [
            "access-control-allow-credentials: true",
            "access-control-allow-origin: http://localhost:3000",
            "access-control-expose-headers: x-inner",
            "access-control-expose-headers: x-outer",
            "vary: Accept, origin",
        ]
    );
    let response = world.ask("GET", "/here/", &[("origin", "http://evil.example")]).await;
    assert_eq!(shared(&response), ["vary: Accept, origin"]);
}

#[tokio::test]
async fn every_origin_without_credentials_is_a_star() {
    let world = World::new(CorsSettings { allow_all_origins: true, ..CorsSettings::default() });
    let response = world.ask("GET", "/here/", &[("origin", "http://any.example")]).await;
    assert_eq!(
        shared(&response),
        ["access-control-allow-origin: *", "access-control-expose-headers: x-inner", "vary: Accept, origin"]
    );
    assert_eq!(shared(&world.ask("GET", "/here/", &[]).await), ["vary: Accept, origin"]);
}

#[tokio::test]
async fn rules_for_some_paths_leave_the_others_alone() {
    let world = World::new(CorsSettings { urls_regex: "^/her".to_owned(), ..guide() });
    assert_eq!(shared(&world.ask("GET", "/here/", &[("origin", HERE)]).await).len(), 4);
    // Percent-encoding does not hide a path.
    assert_eq!(shared(&world.ask("GET", "/%68ere/", &[("origin", HERE)]).await).len(), 4);
    assert_eq!(shared(&world.ask("GET", "/nowhere/", &[("origin", HERE)]).await), ["vary: origin"]);
    let response = world.ask("OPTIONS", "/elsewhere/", &[("origin", HERE), PREFLIGHT]).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_private_network_is_opened_only_where_asked_and_allowed() {
    let asks = ("access-control-request-private-network", "true");
    let opened = |response: &Response<Full<Bytes>>| {
        response.headers().contains_key("access-control-allow-private-network")
    };
    let world = World::new(CorsSettings { allow_private_network: true, ..guide() });
    assert!(opened(&world.ask("OPTIONS", "/here/", &[("origin", HERE), PREFLIGHT, asks]).await));
    assert!(!opened(&world.ask("OPTIONS", "/here/", &[("origin", HERE), PREFLIGHT]).await));
    assert!(!opened(&world.ask("OPTIONS", "/here/", &[("origin", "null"), PREFLIGHT, asks]).await));
    let world = World::new(guide());
    assert!(!opened(&world.ask("OPTIONS", "/here/", &[("origin", HERE), PREFLIGHT, asks]).await));
}

#[tokio::test]
async fn a_max_age_of_zero_is_not_sent() {
    let world = World::new(CorsSettings { preflight_max_age: std::time::Duration::ZERO, ..guide() });
    let response = world.ask("OPTIONS", "/here/", &[("origin", HERE), PREFLIGHT]).await;
    assert!(!response.headers().contains_key("access-control-max-age"));
}

#[test]
fn credentials_for_everybody_are_refused_in_every_disguise() {
    let refusal = |settings: CorsSettings| Cors::new(settings).unwrap_err();
    assert_eq!(
        refusal(CorsSettings { allow_all_origins: true, ..guide() }),
        CorsError::AnyOriginWithCredentials
    );
    let listed = vec!["null".to_owned()];
    assert_eq!(refusal(CorsSettings { allowed_origins: listed, ..guide() }), CorsError::NullWithCredentials);
    for regex in [".*", "^https?://.*$", "^https://[a-z.]+$", "", "n?"] {
        let regexes = vec![regex.to_owned()];
        assert_eq!(
            refusal(CorsSettings { allowed_origin_regexes: regexes, ..guide() }),
            CorsError::RegexForEverything(regex.to_owned())
        );
    }
    let regexes = vec!["^https://[a-z]+\\.example\\.com$".to_owned()];
    assert!(Cors::new(CorsSettings { allowed_origin_regexes: regexes, ..guide() }).is_ok());
}

#[test]
fn settings_that_cannot_be_sent_are_refused() {
    let bad = CorsSettings { allow_headers: vec!["x\r\ny".to_owned()], ..guide() };
    assert_eq!(Cors::new(bad).unwrap_err(), CorsError::Name("x\r\ny".to_owned()));
    let bad = CorsSettings { allowed_origin_regexes: vec!["(".to_owned()], ..guide() };
    assert!(matches!(Cors::new(bad).unwrap_err(), CorsError::Regex { .. }));
    let bad = CorsSettings { allowed_origins: vec!["*".to_owned()], ..guide() };
    assert!(Cors::new(bad).unwrap_err().to_string().starts_with("\"*\" is not exact"));
}
