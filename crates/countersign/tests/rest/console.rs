//! Requests that pages send for their readers, without a script.

use crate::support::*;

/// Posts a form of a page, as a browser does from the page itself.
async fn console(path: &str, form: &str) -> Seen {
    from("http://localhost:8000", path, form).await
}

async fn from(origin: &str, path: &str, form: &str) -> Seen {
    let request = request("POST", &format!("{path}?console"))
        .header("accept", "text/html")
        .header("origin", origin)
        .header("content-type", "application/x-www-form-urlencoded");
    send(&site(), request, form).await
}

#[tokio::test]
async fn fields_are_sent_in_each_of_the_three_ways_and_arrive_the_same() {
    for media_type in ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let media_type = media_type.replace('/', "%2F");
        let form =
            format!("_method=POST&_media_type={media_type}&username=zo%C3%AB+%26&password=p%22%0D%0A--x");
        let seen = console("/api/token/", &form).await;
        assert_eq!(seen.status, 200, "{}", seen.body);
        assert!(seen.body.contains("&#34;username&#34;: &#34;zoë &#38;&#34;"), "{media_type}: {}", seen.body);
        assert!(seen.body.contains("p\\&#34;\\r\\n--x"), "{media_type}: {}", seen.body);
    }
}

#[tokio::test]
async fn raw_data_is_sent_as_it_was_typed() {
    for (media_type, content, status, words) in [
        (
            "application%2Fjson",
            "%7B%22username%22%3A%22a%22%2C%22password%22%3A%22b%22%7D",
            200,
            "HTTP 200 OK",
        ),
        ("application%2Fjson", "%7B", 400, "JSON parse error"),
        ("application%2Fx-www-form-urlencoded", "username%3Da%26password%3Db", 200, "HTTP 200 OK"),
        (
            "multipart%2Fform-data",
            "--b%0D%0AContent-Disposition%3A+form-data%3B+name%3D%22username%22%0D%0A%0D%0Aa%0D%0A--b--%0D%0A",
            400,
            "This field is required.",
        ),
    ] {
        let seen =
            console("/api/token/", &format!("_method=POST&_media_type={media_type}&_content={content}"))
                .await;
        assert_eq!(seen.status, status, "{}", seen.body);
        assert!(seen.body.contains(words), "{}", seen.body);
    }
}

#[tokio::test]
async fn a_token_is_sent_in_the_header_and_comes_back_in_forms_that_no_cache_keeps() {
    let seen = console("/hello/", "_method=GET&_token=anna").await;
    assert_eq!((seen.status, seen.header("cache-control")), (200, "no-store"));
    assert!(seen.body.contains("Hello, World!"), "{}", seen.body);
    assert!(seen.body.contains("name=\"_token\" value=\"anna\""), "{}", seen.body);
    assert!(!seen.body.contains("?anna") && !seen.body.contains("=anna"), "in no address: {}", seen.body);
    let seen = console("/hello/", "_method=GET&_token=").await;
    assert_eq!(seen.status, 401);
}

#[tokio::test]
async fn a_page_of_another_origin_can_send_nothing() {
    for origin in ["https://evil.example", "null", "http://localhost:8001"] {
        let seen = from(origin, "/hello/", "_method=GET&_token=anna").await;
        assert_eq!(seen.status, 403, "{origin}");
        assert!(seen.body.contains("CSRF Failed") && !seen.body.contains("anna"), "{}", seen.body);
    }
    let request = request("POST", "/hello/?console")
        .header("accept", "text/html")
        .header("sec-fetch-site", "cross-site")
        .header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(send(&site(), request, "_method=GET&_token=anna").await.status, 403);
}

#[tokio::test]
async fn any_method_of_an_endpoint_can_be_asked_and_no_other() {
    let seen = console("/api/token/", "_method=OPTIONS").await;
    assert_eq!(seen.status, 200);
    assert!(seen.body.contains("&#34;label&#34;: &#34;Username&#34;"), "{}", seen.body);
    let seen = console("/api/token/", "_method=DELETE").await;
    assert_eq!(seen.status, 405);
    let seen = console("/gone/", "_method=GET").await;
    assert_eq!(seen.status, 200, "an answer without a body has a page all the same");
    assert!(seen.body.contains("HTTP 204 No Content"), "{}", seen.body);
    let seen = console("/broken/", "_method=GET").await;
    assert_eq!((seen.status, seen.body.len()), (500, 145), "Django's page");
}

#[tokio::test]
async fn what_a_cookie_holds_is_not_shown() {
    let seen = console("/cookie/", "_method=GET").await;
    assert_eq!(seen.headers.get_all("set-cookie").iter().count(), 2, "the browser gets them");
    assert!(seen.body.contains("refreshtoken=…") && !seen.body.contains("refreshtoken=b"), "{}", seen.body);
}

#[tokio::test]
async fn clients_of_the_wire_are_never_taken_for_a_page() {
    let form = "_method=GET&_token=anna&username=a&password=b";
    for accept in ["application/json", "*/*"] {
        let request = request("POST", "/api/token/?console")
            .header("accept", accept)
            .header("content-type", "application/x-www-form-urlencoded");
        let seen = send(&site(), request, form).await;
        assert_eq!(seen.short(), (200, r#"{"username":"a","password":"b"}"#));
    }
    let request = request("POST", "/api/token/?console").header("accept", "text/html");
    assert_eq!(send(&json_only(), request, form).await.status, 406);
    let seen = get("/api/token/?console", &[("accept", "text/html")]).await;
    assert_eq!(seen.status, 405, "a reload is no request of a page");
}

#[tokio::test]
async fn a_typed_password_is_not_sent_back_and_a_name_is() {
    let seen = console("/api/token/", "_method=POST&username=alice&password=%00unrepeatable").await;
    assert_eq!(seen.status, 400);
    assert!(seen.body.contains("value=\"alice\""), "{}", seen.body);
    assert!(!seen.body.contains("unrepeatable"), "{}", seen.body);
    assert!(seen.body.contains("$PASSWORD"), "{}", seen.body);
}
