use crate::log::Log;
use crate::support::*;
use countersign::rest::SiteSettings;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[tokio::test]
async fn an_unknown_path_is_json_for_programs_and_djangos_page_for_people() {
    for headers in [&[][..], &[("accept", "*/*")], &[("accept", "application/json")]] {
        assert_eq!(get("/nowhere/", headers).await.short(), (404, r#"{"detail":"Not found."}"#));
    }
    for accept in [BROWSER, "text/html", "image/png"] {
        let seen = get("/nowhere/", &[("accept", accept)]).await;
        assert_eq!((seen.status, seen.body.len()), (404, 179), "{accept}");
        assert_eq!(seen.header("content-type"), "text/html; charset=utf-8");
        assert_eq!((seen.header("vary"), seen.header("x-frame-options")), ("origin", "DENY"));
    }
}

#[tokio::test]
async fn a_host_that_is_not_served_is_refused_before_anything_else() {
    let hosts = SiteSettings { allowed_hosts: vec![".example.com".to_owned()], ..SiteSettings::default() };
    let site = site_with(hosts);
    let status = async |host: &str| {
        let request = http::Request::builder().uri("/nowhere/").header("host", host);
        send(&site, request, "").await.status
    };
    assert_eq!(status("api.example.com:443").await, 404);
    assert_eq!(status("evil.example").await, 400);
    assert_eq!(status("a b").await, 400);
    assert_eq!(send(&site, http::Request::builder().uri("/hello/"), "").await.status, 400);
    let twice = http::Request::builder().uri("/hello/").header("host", "example.com");
    assert_eq!(send(&site, twice.header("host", "example.com"), "").await.status, 400);
    assert_eq!(send(&site, http::Request::builder().uri("http://evil.example/hello/"), "").await.status, 400);
}

#[tokio::test]
async fn a_panic_is_the_constant_500_of_one_request() {
    let site = site();
    let broken = send(&site, request("GET", "/panic/"), "").await;
    assert_eq!(broken.short(), (500, r#"{"detail":"A server error occurred."}"#));
    assert_eq!((broken.header("vary"), broken.header("x-request-id").len()), ("origin", 16));
    assert_eq!(send(&site, request("GET", "/text/"), "").await.status, 200);
}

#[tokio::test]
async fn a_500_tells_the_client_nothing() {
    let json = get("/broken/", &[]).await;
    assert_eq!(json.short(), (500, r#"{"detail":"A server error occurred."}"#));
    let page = get("/broken/", &[("accept", BROWSER)]).await;
    assert_eq!((page.status, page.body.len()), (500, 145));
    assert!(!page.body.contains("disk") && page.header("allow").is_empty());
}

#[tokio::test]
async fn a_503_says_when_to_come_back() {
    let seen = get("/busy/", &[]).await;
    let body = r#"{"detail":"Service temporarily unavailable, try again later."}"#;
    assert_eq!((seen.short(), seen.header("retry-after")), ((503, body), "2"));
}

#[tokio::test]
async fn a_5xx_is_logged_once_with_its_cause_under_the_id_of_its_request() {
    for (path, line) in [
        ("/broken/", "message=a request failed request=\"r-1\" status=500 cause=\"disk full\""),
        ("/busy/", "message=a request was put off request=\"r-1\" status=503 cause=\"queue full\""),
        ("/panic/", "message=a request failed request=\"r-1\" status=500 cause=\"panic\""),
        ("/text/", ""),
        ("/nowhere/", ""),
    ] {
        Log::listen();
        get(path, &[("x-request-id", "r-1")]).await;
        assert_eq!(Log::lines(), line, "{path}");
    }
}
