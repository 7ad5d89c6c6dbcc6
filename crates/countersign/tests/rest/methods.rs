use crate::support::*;
use countersign::rest::SiteSettings;

#[tokio::test]
async fn a_method_that_is_not_implemented_is_named_in_a_405() {
    for method in ["GET", "PUT", "PATCH", "DELETE", "TRACE", "FOO"] {
        let seen = send(&site(), request(method, "/api/token/"), "").await;
        assert_eq!(seen.short(), (405, &*format!("{{\"detail\":\"Method \\\"{method}\\\" not allowed.\"}}")));
    }
}

#[tokio::test]
async fn head_without_get_is_a_405_with_the_length_of_the_body_it_leaves_out() {
    let seen = send(&site(), request("HEAD", "/api/token/"), "").await;
    assert_eq!((seen.short(), seen.header("content-length")), ((405, ""), "41"));
    assert_eq!(seen.header("content-type"), "application/json");
}

#[tokio::test]
async fn head_with_get_answers_as_get_does() {
    let seen = send(&site(), request("HEAD", "/hello/").header("authorization", "Bearer a"), "").await;
    assert_eq!((seen.short(), seen.header("content-length")), ((200, ""), "27"));
}

#[tokio::test]
async fn negotiation_comes_before_the_guard_and_the_guard_before_the_method() {
    let status = async |request| send(&site(), request, "").await.status;
    assert_eq!(status(request("PUT", "/hello/").header("accept", "x/y")).await, 406);
    assert_eq!(status(request("PUT", "/hello/?format=xml")).await, 404);
    assert_eq!(status(request("PUT", "/hello/")).await, 401);
    assert_eq!(status(request("OPTIONS", "/hello/")).await, 401);
    assert_eq!(status(request("PUT", "/hello/").header("authorization", "Bearer a")).await, 405);
}

#[tokio::test]
async fn the_method_comes_before_the_body() {
    let request = request("PUT", "/api/token/").header("content-type", "text/plain");
    assert_eq!(send(&site(), request, "x").await.status, 405);
}

#[tokio::test]
async fn a_body_that_no_operation_reads_is_left_alone() {
    let request = request("GET", "/hello/").header("authorization", "Bearer a");
    assert_eq!(send(&site(), request.header("content-type", "text/plain"), "x").await.status, 200);
}

#[tokio::test]
async fn a_method_override_is_ignored() {
    let request = request("POST", "/hello/").header("x-http-method-override", "GET");
    assert_eq!(send(&site(), request.header("authorization", "Bearer a"), "").await.status, 405);
}

#[tokio::test]
async fn a_missing_slash_is_no_redirect() {
    let bare = || request("POST", "/api/token").header("content-type", "application/json");
    let seen = send(&site(), bare(), r#"{"username":"a","password":"b"}"#).await;
    assert_eq!(seen.status, 200);
    let exact = site_with(SiteSettings { append_slash: false, ..SiteSettings::default() });
    assert_eq!(send(&exact, bare(), "{}").await.status, 404);
}

#[test]
fn a_site_serves_both_spellings_and_no_other_path() {
    let served = ["/hello/", "/hello", "/accounts/login", "/accounts/login/", "/", ""];
    assert_eq!(served.map(|path| site().serves(path)), [true, true, true, false, false, false]);
}

#[tokio::test]
async fn a_slash_too_many_is_another_path() {
    let status = async |path| send(&site(), request("POST", path), "").await.status;
    assert_eq!([status("/accounts/login").await, status("/accounts/login/").await], [200, 404]);
    assert_eq!([status("/api/token//").await, status("//api/token/").await], [404, 404]);
}

#[tokio::test]
async fn an_escaped_path_is_the_same_path() {
    assert_eq!(send(&site(), request("POST", "/api/tok%65n/"), "").await.status, 400);
    assert_eq!(send(&site(), request("POST", "/api/tok%ffn/"), "").await.status, 404);
}
