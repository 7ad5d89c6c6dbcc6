use crate::support::*;

#[tokio::test]
async fn the_page_shows_the_answer_and_forms_to_call_with() {
    let seen = get("/api/token/", &[("accept", "text/html")]).await;
    let (style, rest) = seen.body.split_once("</style>").unwrap();
    assert!(style.contains("<style>:root"));
    insta::assert_snapshot!(rest);
}

#[tokio::test]
async fn a_page_is_served_with_a_policy_that_lets_nothing_in() {
    for (method, path) in [("GET", "/api/token/"), ("GET", "/hello/"), ("POST", "/api/token/?console")] {
        let seen = send(&site(), request(method, path).header("accept", "text/html"), "").await;
        let policy = seen.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        for word in ["<script", " style=", " onclick", "src=", "<link", "http:", "https:"] {
            let body = seen.body.replace("http://localhost:8000", "");
            assert!(!body.contains(word), "{word} in {body}");
        }
    }
    let json = get("/api/token/", &[]).await;
    assert!(!json.headers.contains_key("content-security-policy"));
}

#[tokio::test]
async fn the_page_of_a_refused_caller_shows_the_challenge_and_keeps_it_in_the_header() {
    let seen = get("/hello/", &[("accept", "text/html")]).await;
    assert_eq!((seen.status, seen.header("www-authenticate")), (401, "Bearer realm=\"api\""));
    assert!(seen.body.contains("HTTP 401 Unauthorized"), "{}", seen.body);
}

#[tokio::test]
async fn what_is_shown_cannot_break_out_of_the_page() {
    let seen = get("/text/?'%3Cscript%3E&format=api", &[("accept", "text/html")]).await;
    assert!(seen.body.contains("&#60;b&#62;&#38;amp;"), "{}", seen.body);
    assert!(!seen.body.contains("<b>") && !seen.body.contains("<script"), "{}", seen.body);
    assert!(seen.body.contains("/text/?&#39;%3Cscript%3E&#38;format=api"), "{}", seen.body);
}

#[tokio::test]
async fn a_form_sent_by_a_browser_is_answered_with_a_page() {
    let request = request("POST", "/api/token/")
        .header("accept", "text/html")
        .header("content-type", "application/x-www-form-urlencoded");
    let seen = send(&site(), request, "username=&password=unrepeatable").await;
    assert_eq!(seen.status, 400);
    assert!(seen.body.contains("This field may not be blank."), "{}", seen.body);
    assert!(!seen.body.contains("unrepeatable"), "what was typed is not sent back");
}
