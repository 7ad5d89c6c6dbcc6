//! What Django and its REST framework said themselves: `vectors/make.py` asked them.

use crate::support::*;
use countersign::rest::SiteSettings;
use countersign_core::json::{Object, Reader, Value};

/// The rows of a table of vectors.
pub(crate) fn vectors(text: &str) -> Vec<Vec<Value>> {
    let Ok(Value::Array(rows)) = Reader::BODY.read(text.as_bytes()) else { panic!("no vectors") };
    let cells = rows.into_iter().map(|row| match row {
        Value::Array(cells) => cells,
        other => panic!("{other:?}"),
    });
    cells.collect()
}

#[tokio::test]
async fn negotiation_decides_as_the_framework_does() {
    let vectors = vectors(include_str!("vectors/negotiation.json"));
    assert!(vectors.len() > 400);
    for vector in vectors {
        let path = format!("/text/?{}", vector[1].as_str().unwrap());
        let asked = request("GET", &path);
        let asked =
            vector[0].as_str().into_iter().fold(asked, |asked, accept| asked.header("accept", accept));
        let seen = send(&site(), asked, "").await;
        let indent = seen.body.strip_prefix("{\n").map_or(0, |rest| rest.len() - rest.trim_start().len());
        let answer = match (seen.status, seen.header("content-type")) {
            (406, _) => Value::from("not acceptable"),
            (404, _) => Value::from("not found"),
            (_, "application/json") => Value::from(i64::try_from(indent).unwrap()),
            _ => Value::from("html"),
        };
        assert_eq!(answer, vector[2], "{vector:?}");
    }
}

#[tokio::test]
async fn forms_are_decoded_as_django_does() {
    let vectors = vectors(include_str!("vectors/forms.json"));
    assert_eq!(vectors.len(), 400);
    for vector in vectors {
        let hex = vector[1].as_str().unwrap();
        let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        let body = (0..hex.len()).step_by(2).map(byte).collect::<Vec<_>>();
        let charset = vector[0].as_str().unwrap();
        let content_type = format!("application/x-www-form-urlencoded; charset={charset}");
        let login = request("POST", "/accounts/login").header("content-type", content_type);
        let seen = send(&site(), login, body).await;
        let Value::Array(pairs) = &vector[2] else { panic!("{vector:?}") };
        let pair = |pair: &Value| match pair {
            Value::Array(pair) => (pair[0].as_str().unwrap().to_owned(), pair[1].clone()),
            other => panic!("{other:?}"),
        };
        let expected = Value::from(pairs.iter().map(pair).collect::<Object>());
        assert_eq!(seen.short(), (200, &*expected.to_utf8()), "{vector:?}");
    }
}

#[tokio::test]
async fn a_parser_is_chosen_as_the_framework_chooses_it() {
    for vector in vectors(include_str!("vectors/content_types.json")) {
        let seen = post(vector[0].as_str().unwrap(), "x").await;
        let parser = if seen.status == 415 {
            Value::Null
        } else if seen.body.contains("JSON parse error") {
            "application/json".into()
        } else if seen.body.contains("Multipart form parse error") {
            "multipart/form-data".into()
        } else {
            "application/x-www-form-urlencoded".into()
        };
        assert_eq!(parser, vector[1], "{vector:?} {}", seen.body);
    }
}

#[tokio::test]
async fn a_field_is_validated_as_the_framework_does() {
    let vectors = vectors(include_str!("vectors/fields.json"));
    assert!(vectors.len() > 150);
    for vector in vectors {
        let path = if vector[1] == Value::Bool(true) { "/api/token/" } else { "/untrimmed/" };
        let body = format!("{{\"username\":\"u\",\"password\":{}}}", vector[0].as_str().unwrap());
        let seen =
            send(&site(), request("POST", path).header("content-type", "application/json"), body).await;
        let expected = match &vector[3] {
            Value::Null => Object::from([("username", "u".into()), ("password", vector[2].clone())]),
            errors => Object::from([("password", errors.clone())]),
        };
        assert_eq!(seen.body, Value::from(expected).to_utf8(), "{vector:?}");
    }
}

#[tokio::test]
async fn a_host_is_allowed_where_django_allows_it() {
    for vector in vectors(include_str!("vectors/hosts.json")) {
        let Value::Array(patterns) = &vector[0] else { panic!("{vector:?}") };
        let allowed_hosts = patterns.iter().map(|pattern| pattern.as_str().unwrap().to_owned()).collect();
        let site = site_with(SiteSettings { allowed_hosts, ..SiteSettings::default() });
        let asked = http::Request::builder().uri("/text/").header("host", vector[1].as_str().unwrap());
        let allowed = send(&site, asked, "").await.status == 200;
        assert_eq!(Value::Bool(allowed), vector[2], "{vector:?}");
    }
}
