//! What counts as the same answer.
//!
//! - The status.
//! - The body, character by character, so that the order of members, numbers and spaces count too. A token
//!   stands for its header, its payload and whether the signature holds; its id is masked. Whatever follows
//!   `JSON parse error - ` is a parser's own words, and free. Of HTML only that it is HTML: a page is for
//!   people.
//! - `Content-Type`, `WWW-Authenticate`, `Location`, `Content-Language`; `Allow`, `Vary` and the lists of
//!   `Access-Control-*` as sets; of `Set-Cookie` the names and attributes. Other headers say nothing to a
//!   client of these endpoints.

use crate::SECRET_KEY;
use crate::exchange::Response;
use crate::token::readable;
use std::collections::{BTreeMap, BTreeSet};

/// One aspect in which two answers differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `status`, `body` or the name of a header.
    pub aspect: String,
    /// The peer's.
    pub theirs: String,
    /// countersign's.
    pub ours: String,
}

/// How far apart, in seconds, the clocks of two answers may be: 0 where time is given, a little where two
/// live servers are asked one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Slack(pub u64);

/// The aspects in which two answers differ; none if they are the same.
#[must_use]
pub fn differences(theirs: &Response, ours: &Response, slack: Slack) -> Vec<Difference> {
    let (theirs, ours) = (view(theirs), view(ours));
    let aspects: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
    let side =
        |view: &BTreeMap<String, String>, aspect: &String| view.get(aspect).cloned().unwrap_or_default();
    aspects
        .into_iter()
        .map(|aspect| Difference {
            aspect: aspect.clone(),
            theirs: side(&theirs, aspect),
            ours: side(&ours, aspect),
        })
        .filter(|difference| !alike(&difference.theirs, &difference.ours, slack))
        .collect()
}

/// What is compared of an answer, by aspect. An absent aspect is the same as an empty one.
#[must_use]
pub fn view(response: &Response) -> BTreeMap<String, String> {
    let mut view = BTreeMap::from([("status".to_owned(), response.status.to_string())]);
    view.insert("body".to_owned(), body(response));
    view.insert("set-cookie".to_owned(), cookies(response));
    for name in response.headers.iter().map(|(name, _)| name.to_ascii_lowercase()) {
        let joined = || response.header(&name).collect::<Vec<_>>().join(", ");
        let value = match name.as_str() {
            "content-type" => joined().to_ascii_lowercase().replace("; ", ";"),
            "allow" | "vary" => set(&joined()),
            other if other.starts_with("access-control-") && other.ends_with('s') => set(&joined()),
            other if AS_IT_IS.contains(&other) => joined(),
            _ => continue,
        };
        view.insert(name, value);
    }
    view.retain(|_, value| !value.is_empty());
    view
}

const AS_IT_IS: [&str; 6] = [
    "www-authenticate",
    "location",
    "content-language",
    "access-control-allow-origin",
    "access-control-allow-private-network",
    "access-control-max-age",
];

fn set(list: &str) -> String {
    let words: BTreeSet<String> = list.split(',').map(|word| word.trim().to_ascii_lowercase()).collect();
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ")
}

fn body(response: &Response) -> String {
    if response.header("content-type").any(|value| value.starts_with("text/html"))
        && !response.body.is_empty()
    {
        return "<html>".to_owned();
    }
    let text = readable(&String::from_utf8_lossy(&response.body), SECRET_KEY);
    match text.split_once("JSON parse error - ") {
        Some((before, _)) => format!("{before}JSON parse error - …"),
        None => text,
    }
}

/// One line a cookie, `name=… attributes`, sorted. Values and dates are not compared, only whether there is one.
fn cookies(response: &Response) -> String {
    let line = |cookie: &str| {
        let mut parts = cookie.split(';').map(str::trim);
        let (name, value) = parts.next().unwrap_or_default().split_once('=').unwrap_or_default();
        let attribute = |part: &str| match part.split_once('=') {
            Some((name, _)) if name.eq_ignore_ascii_case("expires") => "expires".to_owned(),
            Some((name, value)) => format!("{}={value}", name.to_ascii_lowercase()),
            None => part.to_ascii_lowercase(),
        };
        let attributes: BTreeSet<String> = parts.map(attribute).collect();
        let value = if value.trim_matches('"').is_empty() { "<empty>" } else { "<value>" };
        let attributes = attributes.into_iter().map(|attribute| format!("; {attribute}"));
        format!("{name}={value}{}", attributes.collect::<String>())
    };
    response
        .header("set-cookie")
        .map(line)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect::<Vec<_>>()
        .join("\n")
}

/// The same text, except that moments (whole numbers of ten digits) may lie `slack` apart.
fn alike(one: &str, other: &str, Slack(slack): Slack) -> bool {
    if slack == 0 || one == other {
        return one == other;
    }
    let (one, other) = (pieces(one), pieces(other));
    let moment = |piece: &str| piece.parse::<u64>().ok().filter(|_| piece.len() == 10);
    let close = |one: &str, other: &str| match (moment(one), moment(other)) {
        (Some(one), Some(other)) => one.abs_diff(other) <= slack,
        _ => one == other,
    };
    one.len() == other.len() && one.iter().zip(&other).all(|(one, other)| close(one, other))
}

/// The text in runs of digits and runs of everything else.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|character: char| character.is_ascii_digit() != digits).unwrap_or(rest.len());
        pieces.push(&rest[..end]);
        rest = &rest[end..];
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        let headers = headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        Response { status, headers, body: body.as_bytes().to_vec() }
    }

    fn aspects(one: &Response, other: &Response, slack: u64) -> Vec<String> {
        differences(one, other, Slack(slack)).into_iter().map(|difference| difference.aspect).collect()
    }

    #[test]
    fn the_order_of_members_counts_and_the_order_of_allow_does_not() {
        let one = answer(200, &[("allow", "POST, OPTIONS"), ("server", "a")], r#"{"a":1,"b":2}"#);
        let other = answer(200, &[("Allow", "OPTIONS, POST"), ("server", "b")], r#"{"b":2,"a":1}"#);
        assert_eq!(aspects(&one, &other, 0), ["body"]);
    }

    #[test]
    fn a_missing_header_is_a_difference() {
        let one = answer(401, &[("www-authenticate", "Bearer realm=\"api\"")], "");
        assert_eq!(aspects(&one, &answer(401, &[], ""), 0), ["www-authenticate"]);
        assert_eq!(aspects(&answer(403, &[], ""), &answer(401, &[], ""), 0), ["status"]);
    }

    #[test]
    fn moments_may_lie_apart_by_the_slack_and_other_numbers_may_not() {
        let at = |moment: &str| answer(200, &[], moment);
        assert_eq!(aspects(&at("[1795319550,5]"), &at("[1795319552,5]"), 2), [""; 0]);
        assert_eq!(aspects(&at("[1795319550,5]"), &at("[1795319553,5]"), 2), ["body"]);
        assert_eq!(aspects(&at("[1795319550,5]"), &at("[1795319550,6]"), 2), ["body"]);
        assert_eq!(aspects(&at("[1795319550]"), &at("[1795319551]"), 0), ["body"]);
    }

    #[test]
    fn of_cookies_the_attributes_count_and_the_value_does_not() {
        let cookie = |value: &str| answer(200, &[("set-cookie", value)], "");
        let one = cookie("csrftoken=abc; expires=Mon, 22 Nov 2027 03:52:30 GMT; Path=/; SameSite=Lax");
        assert_eq!(aspects(&one, &cookie("csrftoken=x; Path=/; SameSite=Lax; Expires=never"), 0), [""; 0]);
        assert_eq!(aspects(&one, &cookie("csrftoken=x; Path=/; Expires=never"), 0), ["set-cookie"]);
    }

    #[test]
    fn a_parsers_own_words_are_free_and_what_stands_before_them_is_not() {
        let parse = |words: &str| answer(400, &[], &format!("{{\"detail\":\"{words}\"}}"));
        assert_eq!(aspects(&parse("JSON parse error - a"), &parse("JSON parse error - b"), 0), [""; 0]);
        assert_eq!(aspects(&parse("JSON parse error - a"), &parse("JSON error - a"), 0), ["body"]);
    }
}
