use crate::support::*;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const NOT_ALLOWED: &str = r#"{"detail":"Method \"GET\" not allowed."}"#;
const NOT_ACCEPTABLE: &str = r#"{"detail":"Could not satisfy the request Accept header."}"#;

#[tokio::test]
async fn json_is_what_a_client_gets_unless_it_asks_otherwise() {
    assert_eq!(get("/api/token/", &[]).await.short(), (405, NOT_ALLOWED));
    for accept in ["*/*", "application/json", "application/*", "application/json;q=0, text/html;q=1"] {
        assert_eq!(get("/api/token/", &[("accept", accept)]).await.short(), (405, NOT_ALLOWED), "{accept}");
    }
}

#[tokio::test]
async fn a_browser_gets_a_page_of_the_same_status() {
    for accept in ["text/html", BROWSER] {
        let seen = get("/api/token/", &[("accept", accept)]).await;
        assert_eq!((seen.status, seen.header("content-type")), (405, "text/html; charset=utf-8"));
    }
}

#[tokio::test]
async fn what_cannot_be_satisfied_is_a_406_in_json() {
    for accept in ["application/xml", "xyz", ""] {
        let seen = get("/api/token/", &[("accept", accept)]).await;
        assert_eq!(seen.short(), (406, NOT_ACCEPTABLE), "{accept}");
        assert_eq!(seen.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn an_indent_is_heeded_up_to_eight_spaces() {
    let indented = async |accept| get("/api/token/", &[("accept", accept)]).await.body;
    assert_eq!(
        indented("application/json; indent=4").await,
        "{\n    \"detail\": \"Method \\\"GET\\\" not allowed.\"\n}"
    );
    assert!(indented("application/json; indent=12").await.starts_with("{\n        \"detail\""));
    assert_eq!(indented("application/json; indent=0").await, NOT_ALLOWED);
}

#[tokio::test]
async fn the_query_chooses_the_format() {
    assert_eq!(get("/api/token/?format=json", &[]).await.short(), (405, NOT_ALLOWED));
    let page = get("/api/token/?format=api", &[]).await;
    assert_eq!((page.status, page.header("content-type")), (405, "text/html; charset=utf-8"));
    assert_eq!(get("/api/token/?format=xml", &[]).await.short(), (404, r#"{"detail":"Not found."}"#));
}

#[tokio::test]
async fn a_site_of_json_alone_has_no_page() {
    let status = async |accept: &str, path| {
        send(&json_only(), request("GET", path).header("accept", accept), "").await.status
    };
    assert_eq!(status("text/html", "/api/token/").await, 406);
    assert_eq!(status(BROWSER, "/api/token/").await, 405);
    assert_eq!(status("*/*", "/api/token/?format=api").await, 404);
}

#[tokio::test]
async fn several_accept_lines_are_one_list() {
    let seen = get("/api/token/", &[("accept", "x/y"), ("accept", "application/json")]).await;
    assert_eq!(seen.status, 405);
}
