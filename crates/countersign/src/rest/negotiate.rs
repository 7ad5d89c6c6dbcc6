//! Which form an answer takes: the framework's `DefaultContentNegotiation`, quirks included. Qualities are
//! ignored, the most specific type that matches decides, and among equals JSON comes first.

use super::form;
use super::media_type::MediaType;
use http::HeaderMap;
use http::header::ACCEPT;
use std::borrow::Cow;

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// JSON; with an indent, each member stands on a line of its own.
    Json {
        /// From 1 to 8 spaces, or none for compact JSON.
        indent: u8,
    },
    /// The browsable page.
    Html,
}

/// Why there is no form that pleases the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// 406: nothing that `Accept` names.
    NotAcceptable,
    /// 404: `?format=` names an unknown one.
    UnknownFormat,
}

/// What there is to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Renderers {
    JsonAndHtml,
    Json,
    Html,
}

impl Format {
    /// Compact JSON.
    pub(super) const JSON: Self = Self::Json { indent: 0 };
}

/// Chooses by `Accept` and `?format=`.
pub(super) fn negotiate(
    headers: &HeaderMap,
    query: Option<&str>,
    json_only: bool,
) -> Result<Format, Refusal> {
    let renderers = if json_only { Renderers::Json } else { Renderers::JsonAndHtml };
    by_accept(headers, by_query(query, renderers)?).ok_or(Refusal::NotAcceptable)
}

/// Chooses by `Accept` alone.
pub(super) fn by_accept(headers: &HeaderMap, renderers: Renderers) -> Option<Format> {
    let mut lines = headers.get_all(ACCEPT).iter();
    let (first, more) = (lines.next().map(http::HeaderValue::as_bytes), lines.next().is_some());
    match first {
        None | Some(b"*/*" | b"application/json") if !more && renderers != Renderers::Html => {
            Some(Format::JSON)
        }
        None => Some(Format::Html),
        Some(_) => by_list(&accept_text(headers), renderers),
    }
}

/// Narrows the choice to what `?format=` names.
fn by_query(query: Option<&str>, renderers: Renderers) -> Result<Renderers, Refusal> {
    let Some(query) = query.filter(|query| query.contains("format")) else { return Ok(renderers) };
    let asked = form::pairs(query).filter(|(name, _)| name == "format").last();
    match (asked.as_ref().map_or("", |(_, value)| value), renderers) {
        ("", _) => Ok(renderers),
        ("json", _) => Ok(Renderers::Json),
        ("api", Renderers::JsonAndHtml) => Ok(Renderers::Html),
        _ => Err(Refusal::UnknownFormat),
    }
}

/// Several lines are one list, as WSGI hands them on.
fn accept_text(headers: &HeaderMap) -> String {
    let lines = headers.get_all(ACCEPT).iter().map(|line| String::from_utf8_lossy(line.as_bytes()));
    lines.collect::<Vec<Cow<'_, str>>>().join(",")
}

fn by_list(list: &str, renderers: Renderers) -> Option<Format> {
    let accepted = tokens(list).map(MediaType::parse).collect::<Vec<_>>();
    for precedence in (0..=3).rev() {
        let level = || accepted.iter().filter(move |media_type| media_type.precedence() == precedence);
        if renderers != Renderers::Html
            && let Some(json) = level().find(|media_type| media_type.takes("application", "json"))
        {
            return Some(Format::Json { indent: indent(json) });
        }
        if renderers != Renderers::Json && level().any(|media_type| media_type.takes("text", "html")) {
            return Some(Format::Html);
        }
    }
    None
}

/// The framework's limits: 8192 characters, 64 types, 256 characters a type.
fn tokens(list: &str) -> impl Iterator<Item = &str> {
    const LONGEST_LIST: usize = 8192;
    let list = if list.len() <= LONGEST_LIST {
        list
    } else {
        let cut = list.as_bytes()[..LONGEST_LIST].iter().rposition(|&byte| byte == b',');
        cut.map_or("", |cut| &list[..cut])
    };
    list.split(',').map(str::trim).filter(|token| !token.is_empty() && token.len() <= 256).take(64)
}

/// The `indent` parameter as Python's `int()` reads it, held between 0 and 8.
fn indent(media_type: &MediaType) -> u8 {
    let text = media_type.parameter("indent").unwrap_or_default().trim();
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    digits.parse().map_or(8, |indent: u8| indent.min(8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const JSON: Result<Format, Refusal> = Ok(Format::JSON);
    const HTML: Result<Format, Refusal> = Ok(Format::Html);
    const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    fn negotiated(accept: Option<&str>, query: Option<&str>, json_only: bool) -> Result<Format, Refusal> {
        let accept = accept.map(|accept| (ACCEPT, HeaderValue::from_str(accept).unwrap()));
        negotiate(&accept.into_iter().collect(), query, json_only)
    }

    #[test]
    fn qualities_are_ignored_and_the_most_specific_type_decides() {
        for (accept, format) in [
            ("*/*", JSON),
            ("application/*", JSON),
            (BROWSER, HTML),
            ("text/*", HTML),
            ("application/json;q=0, text/html;q=1", JSON),
            ("text/html, */*", HTML),
            ("text/html;level=1, application/json", HTML),
            ("application/json; indent=4", Ok(Format::Json { indent: 4 })),
            ("application/json; indent=99", Ok(Format::Json { indent: 8 })),
            ("application/json; indent=x", JSON),
            ("*/*; indent=2", Ok(Format::Json { indent: 2 })),
            ("application/xml", Err(Refusal::NotAcceptable)),
            ("xyz", Err(Refusal::NotAcceptable)),
            ("", Err(Refusal::NotAcceptable)),
            (" , ,", Err(Refusal::NotAcceptable)),
        ] {
            assert_eq!(negotiated(Some(accept), None, false), format, "{accept:?}");
        }
        assert_eq!(negotiated(None, None, false), JSON);
    }

    #[test]
    fn the_query_narrows_the_choice_that_accept_then_makes() {
        assert_eq!(negotiated(None, Some("format=json"), false), JSON);
        assert_eq!(negotiated(None, Some("format=api"), false), HTML);
        assert_eq!(negotiated(None, Some("a=1&format=xml"), false), Err(Refusal::UnknownFormat));
        assert_eq!(negotiated(None, Some("format="), false), JSON);
        assert_eq!(negotiated(None, Some("format=xml&format=json"), false), JSON);
        assert_eq!(negotiated(Some("text/html"), Some("format=json"), false), Err(Refusal::NotAcceptable));
        assert_eq!(
            negotiated(Some("application/json"), Some("format=api"), false),
            Err(Refusal::NotAcceptable)
        );
    }

    #[test]
    fn a_site_of_json_alone_has_no_page() {
        assert_eq!(negotiated(Some(BROWSER), None, true), JSON);
        assert_eq!(negotiated(Some("text/html"), None, true), Err(Refusal::NotAcceptable));
        assert_eq!(negotiated(None, Some("format=api"), true), Err(Refusal::UnknownFormat));
    }

    #[test]
    fn an_endless_list_is_read_up_to_the_frameworks_limits() {
        let many = format!("{}application/json", "x/y,".repeat(64));
        assert_eq!(negotiated(Some(&many), None, false), Err(Refusal::NotAcceptable));
        let long = format!("application/json,{}", "x".repeat(10_000));
        assert_eq!(negotiated(Some(&long), None, false), JSON);
        let longer_type = format!("application/json;a={}, text/html", "x".repeat(300));
        assert_eq!(negotiated(Some(&longer_type), None, false), HTML);
    }
}
