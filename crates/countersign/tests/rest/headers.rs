use crate::support::*;
use countersign::rest::SiteSettings;

const ALICE: &str = r#"{"username":"alice","password":"pw"}"#;

#[tokio::test]
async fn every_answer_has_the_frameworks_headers() {
    for seen in
        [post_json(ALICE).await, post_json("{}").await, get("/api/token/", &[("accept", "x/y")]).await]
    {
        for (name, value) in [
            ("content-type", "application/json"),
            ("vary", "Accept, origin"),
            ("allow", "POST, OPTIONS"),
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cache-control", ""),
        ] {
            assert_eq!(seen.header(name), value, "{name} of {}", seen.status);
        }
    }
}

#[tokio::test]
async fn a_401_alone_carries_the_challenge() {
    let (without, with) = (get("/hello/", &[]).await, get("/hello/", &[("authorization", "Bearer x")]).await);
    assert_eq!((without.status, without.header("www-authenticate")), (401, "Bearer realm=\"api\""));
    assert_eq!((with.status, with.header("www-authenticate")), (200, ""));
    assert_eq!(with.header("allow"), "GET, HEAD, OPTIONS");
}

#[tokio::test]
async fn vary_names_accept_only_where_there_is_a_choice() {
    let seen = send(&json_only(), request("GET", "/api/token/"), "").await;
    assert_eq!((seen.status, seen.header("vary")), (405, "origin"));
    let seen = send(&json_only(), request("GET", "/cookie/"), "").await;
    assert_eq!(seen.header("vary"), "Cookie, origin");
}

#[tokio::test]
async fn an_answer_that_depends_on_a_cookie_says_so_and_keeps_each_cookie() {
    let seen = get("/cookie/", &[]).await;
    assert_eq!(seen.header("vary"), "Accept, Cookie, origin");
    assert_eq!(seen.headers.get_all("set-cookie").iter().count(), 2);
}

#[tokio::test]
async fn an_answer_with_a_token_is_kept_by_no_cache() {
    assert_eq!(get("/secret/", &[]).await.header("cache-control"), "no-store");
}

#[tokio::test]
async fn no_content_has_no_content_type() {
    let seen = get("/gone/", &[]).await;
    assert_eq!((seen.short(), seen.header("content-type")), ((204, ""), ""));
}

#[tokio::test]
async fn json_is_utf_8_with_the_line_separators_escaped() {
    assert_eq!(get("/text/", &[]).await.body, "{\"text\":\"“é” \\u2028 <b>&amp;\"}");
}

#[tokio::test]
async fn each_request_has_an_id_in_the_answer_and_in_what_the_action_sees() {
    let (one, two) = (get("/who/", &[("authorization", "Bearer a")]).await, get("/nowhere/", &[]).await);
    assert!(one.body.contains(&format!("\"request_id\":\"{}\"", one.header("x-request-id"))), "{}", one.body);
    assert_eq!(one.header("x-request-id").len(), 16);
    assert_ne!(one.header("x-request-id"), two.header("x-request-id"));
}

#[tokio::test]
async fn a_plain_request_id_is_taken_over_and_any_other_replaced() {
    let taken = get("/hello/", &[("x-request-id", "abc-1")]).await;
    assert_eq!(taken.header("x-request-id"), "abc-1");
    let replaced = get("/hello/", &[("x-request-id", "a\" b")]).await;
    assert_eq!(replaced.header("x-request-id").len(), 16);
}

#[tokio::test]
async fn the_guard_tells_the_action_who_is_calling_and_the_socket_from_where() {
    let connected = |request: http::request::Builder| {
        let socket: std::net::SocketAddr = "10.0.0.1:4711".parse().unwrap();
        request.header("authorization", "Bearer alice").extension(axum::extract::ConnectInfo(socket))
    };
    let direct = connected(request("GET", "/who/").header("x-forwarded-for", "203.0.113.9"));
    assert!(send(&site(), direct, "").await.body.starts_with(r#"{"address":"10.0.0.1","name":"alice""#));
    let trusting =
        SiteSettings { trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()], ..SiteSettings::default() };
    let proxied = connected(request("GET", "/who/").header("x-forwarded-for", "6.6.6.6, 203.0.113.9"));
    assert!(send(&site_with(trusting), proxied, "").await.body.starts_with(r#"{"address":"203.0.113.9""#));
}
