//! The API's description: where simplejwt's has been wrong for years, and that nothing is left out.

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

mod stage;

use self::stage::{all_dialects, document};
use countersign::rest::SiteSettings;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Follows `$ref`.
fn resolved<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).expect(reference),
        None => value,
    }
}

fn post<'d>(document: &'d Value, path: &str) -> &'d Value {
    let post = &document["paths"][path]["post"];
    assert!(post.is_object(), "{path}");
    post
}

fn request<'d>(document: &'d Value, path: &str) -> &'d Value {
    let content = &post(document, path)["requestBody"]["content"];
    resolved(document, &content["application/json"]["schema"])
}

fn answer<'d>(document: &'d Value, path: &str, status: &str) -> &'d Value {
    let response = resolved(document, &post(document, path)["responses"][status]);
    resolved(document, &response["content"]["application/json"]["schema"])
}

fn names(schema: &Value) -> Vec<&str> {
    let properties = schema["properties"].as_object();
    properties.map_or_else(Vec::new, |properties| properties.keys().map(String::as_str).collect())
}

#[test]
fn what_is_sent_and_what_is_answered_are_described_apart() {
    let document = document(SiteSettings::default());
    for (path, sent, answered) in [
        ("/api/token/", vec!["password", "username"], vec!["access", "refresh"]),
        ("/api/token/refresh/", vec!["refresh"], vec!["access", "refresh"]),
        ("/api/token/verify/", vec!["token"], vec![]),
        ("/api/token/blacklist/", vec!["refresh"], vec![]),
        ("/api/token/sliding/", vec!["password", "username"], vec!["token"]),
        ("/api-token-auth/", vec!["password", "username"], vec!["pk", "token"]),
        (
            "/accounts/login",
            vec!["password", "transport", "username"],
            vec!["access_token", "refresh_token", "user"],
        ),
    ] {
        assert_eq!(names(request(&document, path)), sent, "{path}");
        let status = if path == "/api-token-auth/" { "201" } else { "200" };
        assert_eq!(names(answer(&document, path, status)), answered, "{path}");
    }
}

#[test]
fn a_password_is_only_ever_sent_and_the_bodies_of_all_three_kinds_are_the_same() {
    let document = document(SiteSettings::default());
    let password = &request(&document, "/api/token/")["properties"]["password"];
    assert_eq!((&password["format"], &password["writeOnly"]), (&json!("password"), &json!(true)));
    let content = post(&document, "/api/token/")["requestBody"]["content"].as_object().unwrap();
    assert_eq!(content.len(), 3);
    assert!(content.values().all(|body| body["schema"] == content["application/json"]["schema"]));
}

#[test]
fn a_refused_token_has_a_401_with_a_code_and_a_challenge() {
    let document = document(SiteSettings::default());
    for path in ["/api/token/refresh/", "/api/token/verify/", "/api/token/blacklist/"] {
        let refusal = &post(&document, path)["responses"]["401"];
        assert_eq!(refusal["headers"]["WWW-Authenticate"]["$ref"], "#/components/headers/WWW-Authenticate");
        let examples = refusal["content"]["application/json"]["examples"].as_object().unwrap();
        let expired = json!({ "detail": "Token is expired", "code": "token_not_valid" });
        assert!(examples.values().any(|example| example["value"] == expired), "{path}");
    }
    // The serializer's complaint about a blacklisted token.
    let complaints = &post(&document, "/api/token/verify/")["responses"]["400"];
    assert!(complaints.to_string().contains("Token is blacklisted"));
}

#[test]
fn every_way_to_be_known_is_named_and_nobody_is_asked_who_logs_in() {
    let document = document(SiteSettings::default());
    assert_eq!(post(&document, "/api/token/")["security"], json!([]));
    assert_eq!(document["paths"]["/hello/"]["get"]["security"], json!([{ "simple_jwt": [] }]));
    let refresh = &post(&document, "/accounts/refresh_token")["security"];
    assert_eq!(*refresh, json!([{ "cookie_auth_refresh": [], "csrf": [] }, {}]));
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(
        (&schemes["simple_jwt"]["type"], &schemes["simple_jwt"]["scheme"]),
        (&json!("http"), &json!("bearer"))
    );
    assert_eq!(schemes["csrf"]["name"], "x-csrftoken");
    assert_eq!(schemes["cookie_auth_refresh"]["in"], "cookie");
}

#[test]
fn every_endpoint_is_there_and_every_name_once() {
    let (site, document) = (all_dialects(SiteSettings::default()), document(SiteSettings::default()));
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), site.endpoints().len());
    let mut ids = BTreeSet::new();
    for endpoint in site.endpoints() {
        let path = match endpoint.tail {
            Some(tail) => format!("{}{{{tail}}}/", endpoint.path),
            None => endpoint.path.clone(),
        };
        assert_ne!(endpoint.group, "", "{path} belongs to a dialect");
        for operation in &endpoint.operations {
            let described = &paths[&path][operation.method.as_str().to_ascii_lowercase()];
            assert!(ids.insert(described["operationId"].as_str().unwrap().to_owned()), "{path}");
            let responses = described["responses"].as_object().unwrap();
            assert!(
                ["400", "406", "500", "503"].iter().all(|status| responses.contains_key(*status)),
                "{path}"
            );
            assert_eq!(responses.contains_key("415"), operation.has_body(), "{path}");
            assert!(endpoint.guard.is_none() || responses.contains_key("401"), "{path}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(document: &Value, value: &Value) {
        match value {
            Value::Object(members) => {
                resolved(document, value);
                members.values().for_each(|member| walk(document, member));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(document, item)),
            _ => {}
        }
    }
    let document = document(SiteSettings::default());
    walk(&document, &document);
}

#[test]
fn a_site_without_pages_describes_none_and_one_with_languages_says_so() {
    let json_only = document(SiteSettings { json_only: true, ..SiteSettings::default() });
    assert!(!json_only.to_string().contains("text/html"));
    let translated = document(SiteSettings { locales: true, ..SiteSettings::default() });
    assert!(translated["components"]["parameters"]["Accept-Language"].is_object());
}
