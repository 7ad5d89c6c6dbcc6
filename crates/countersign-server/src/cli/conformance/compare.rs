//! Whether two answers are the same, as far as a client can tell.

use super::client::Got;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::HeaderMap;
use serde_json::Value;
use std::collections::BTreeSet;

/// Claims whose values belong to one token alone.
const OWN: [&str; 6] = ["exp", "iat", "jti", "orig_iat", "orig_jti", "refresh_exp"];

/// Members of answers that are numbers or instants of one answer alone.
const VARYING: [&str; 2] = ["pk", "last_login"];

/// What a client would see, one line each: the first is Django's, the second ours.
pub(super) fn differences(django: &Got, ours: &Got) -> Vec<String> {
    let mut found = Vec::new();
    let mut see = |what: &str, one: String, other: String| {
        if one != other {
            found.push(format!("{what}: Django has {one}, this server {other}"));
        }
    };
    see("status", django.status.to_string(), ours.status.to_string());
    for name in ["content-type", "www-authenticate"] {
        see(name, text(&django.headers, name), text(&ours.headers, name));
    }
    for name in ["allow", "vary"] {
        see(name, words(&django.headers, name), words(&ours.headers, name));
    }
    see("body", body(&django.body), body(&ours.body));
    found
}

fn text(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    value.unwrap_or_else(|| "none".to_owned())
}

/// A list whose order says nothing.
fn words(headers: &HeaderMap, name: &str) -> String {
    let values =
        headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase());
    let all: Vec<String> = values.collect();
    let words: BTreeSet<&str> = all.iter().flat_map(|value| value.split(',')).map(str::trim).collect();
    words.into_iter().collect::<Vec<_>>().join(", ")
}

/// JSON with its tokens opened, and without what belongs to one answer alone.
fn body(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => plain(None, value).to_string(),
        Err(_) => text.to_owned(),
    }
}

fn plain(name: Option<&str>, value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let member = |(name, value): (String, Value)| {
                let value = plain(Some(&name), value);
                (name, value)
            };
            Value::Object(members.into_iter().map(member).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| plain(None, item)).collect()),
        _ if name.is_some_and(|name| VARYING.contains(&name)) => "…".into(),
        Value::String(text) => opened(&text).unwrap_or_else(|| Value::String(without_parsers_words(text))),
        other => other,
    }
}

/// Header and claims of a token, each claim that is its own replaced by its kind.
fn opened(text: &str) -> Option<Value> {
    let [header, claims, _signature] = text.split('.').collect::<Vec<_>>()[..] else { return None };
    let read =
        |segment: &str| serde_json::from_slice::<Value>(&BASE64_URL_SAFE_NO_PAD.decode(segment).ok()?).ok();
    let (header, Value::Object(mut claims)) = (read(header)?, read(claims)?) else { return None };
    for (name, value) in &mut claims {
        if OWN.contains(&name.as_str()) {
            *value = if value.is_number() { "a number".into() } else { "a text".into() };
        }
    }
    Some(serde_json::json!({ "header": header, "claims": claims }))
}

/// What a JSON parser says of its own is its own.
fn without_parsers_words(text: String) -> String {
    match text.split_once("JSON parse error - ") {
        Some(_) => "JSON parse error - …".to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn got(status: u16, body: &str) -> Got {
        let mut headers = HeaderMap::new();
        headers.insert("allow", http::HeaderValue::from_static("POST, OPTIONS"));
        Got { status, headers, body: body.to_owned() }
    }

    fn token(claims: &str) -> String {
        let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        format!(r#"{{"access":"{}.{}.{}"}}"#, part(r#"{"alg":"HS256"}"#), part(claims), part("signature"))
    }

    #[test]
    fn tokens_are_the_same_if_they_say_the_same() {
        let one = got(200, &token(r#"{"exp":1,"jti":"a","user_id":"1"}"#));
        let same = got(200, &token(r#"{"exp":2,"jti":"b","user_id":"1"}"#));
        assert_eq!(differences(&one, &same), Vec::<String>::new());
        for other in [r#"{"exp":"2","jti":"b","user_id":"1"}"#, r#"{"exp":2,"jti":"b","user_id":"2"}"#] {
            assert_eq!(differences(&one, &got(200, &token(other))).len(), 1, "{other}");
        }
    }

    #[test]
    fn status_words_and_headers_count_and_the_order_of_allow_does_not() {
        let mut turned = got(400, r#"{"detail":"JSON parse error - theirs"}"#);
        turned.headers.insert("allow", http::HeaderValue::from_static("OPTIONS, POST"));
        let ours = got(400, r#"{"detail":"JSON parse error - ours"}"#);
        assert_eq!(differences(&turned, &ours), Vec::<String>::new());
        let differing = differences(&got(401, r#"{"detail":"a"}"#), &got(400, r#"{"detail":"b"}"#));
        assert_eq!(differing.len(), 2);
        assert!(differing[0].starts_with("status: Django has 401, this server 400"));
    }
}
