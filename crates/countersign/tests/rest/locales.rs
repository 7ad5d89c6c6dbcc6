use crate::support::*;
use countersign::rest::{Site, SiteSettings};

fn site() -> Site {
    site_with(SiteSettings { locales: true, ..SiteSettings::default() })
}

async fn asked(site: &Site, method: &str, path: &str, language: &str, body: &str) -> Seen {
    let request = request(method, path).header("accept-language", language);
    send(site, request.header("content-type", "application/json"), body).await
}

#[tokio::test]
async fn a_refusal_is_in_the_clients_language_and_says_so() {
    let site = site();
    for (method, path, body, german) in [
        (
            "POST",
            "/api/token/",
            "{}",
            r#"{"username":["Dieses Feld ist zwingend erforderlich."],"password":["Dieses Feld ist zwingend erforderlich."]}"#,
        ),
        (
            "POST",
            "/api/token/",
            "[]",
            r#"{"non_field_errors":["Ungültige Daten. Dictionary erwartet, aber list erhalten."]}"#,
        ),
        ("PUT", "/api/token/", "", r#"{"detail":"Methode \"PUT\" nicht erlaubt."}"#),
        ("GET", "/hello/", "", r#"{"detail":"Anmeldedaten fehlen."}"#),
        ("GET", "/hello/?format=xml", "", r#"{"detail":"Nicht gefunden."}"#),
    ] {
        let seen = asked(&site, method, path, "xx, de-at;q=0.5, fr;q=0.1", body).await;
        assert_eq!(seen.body, german);
        assert_eq!(seen.header("content-language"), "de");
        assert_eq!(seen.header("vary"), "Accept, Accept-Language, origin");
    }
}

#[tokio::test]
async fn every_answer_names_its_language_even_if_nothing_in_it_is_translated() {
    let site = site();
    let hello = request("GET", "/hello/").header("authorization", "Bearer x");
    for (seen, vary) in [
        (send(&site, hello.header("accept-language", "fr"), "").await, "Accept, Accept-Language, origin"),
        (asked(&site, "OPTIONS", "/api/token/", "fr", "").await, "Accept, Accept-Language, origin"),
        (asked(&site, "GET", "/cookie/", "fr", "").await, "Accept, Cookie, Accept-Language, origin"),
        (asked(&site, "GET", "/nothing/", "fr", "").await, "Accept-Language, origin"),
        (asked(&site, "HEAD", "/api/token/", "fr", "").await, "Accept, Accept-Language, origin"),
    ] {
        assert_eq!(seen.header("content-language"), "fr", "{}", seen.body);
        assert_eq!(seen.header("vary"), vary, "{}", seen.body);
    }
}

#[tokio::test]
async fn who_asks_for_nothing_known_gets_english() {
    let site = site();
    let seen = send(&site, request("GET", "/hello/"), "").await;
    assert_eq!(seen.body, r#"{"detail":"Authentication credentials were not provided."}"#);
    assert_eq!(seen.header("content-language"), "en");
    for language in ["xx", "*", "de;q=2", ""] {
        let seen = asked(&site, "GET", "/hello/", language, "").await;
        assert_eq!(seen.body, r#"{"detail":"Authentication credentials were not provided."}"#, "{language}");
    }
}

#[tokio::test]
async fn an_address_where_nothing_lives_is_not_found_in_the_clients_language_by_programs_alone() {
    let site = site();
    let json = asked(&site, "GET", "/nothing/", "de", "").await;
    assert_eq!(json.short(), (404, r#"{"detail":"Nicht gefunden."}"#));
    let page = request("GET", "/nothing/").header("accept-language", "de").header("accept", "text/html");
    assert!(send(&site, page, "").await.body.contains("<h1>Not Found</h1>"));
}

#[tokio::test]
async fn the_page_shows_the_translation_too() {
    let page = request("GET", "/hello/").header("accept-language", "de").header("accept", "text/html");
    let seen = send(&site(), page, "").await;
    assert!(seen.body.contains("Anmeldedaten fehlen."), "{}", seen.body);
}

#[tokio::test]
async fn without_locales_nothing_is_translated_and_no_language_named() {
    let seen = asked(&site_with(SiteSettings::default()), "GET", "/hello/", "de", "").await;
    assert_eq!(seen.body, r#"{"detail":"Authentication credentials were not provided."}"#);
    assert!(!seen.headers.contains_key("content-language"));
    assert_eq!(seen.header("vary"), "Accept, origin");
}
