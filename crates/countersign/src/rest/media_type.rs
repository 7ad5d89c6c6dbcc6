//! Media types, read as Django's `parse_header_parameters` reads them and matched as the framework does.

use super::charset::Charset;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use std::borrow::Cow;

/// A media type with its parameters, as it stands in `Accept` and `Content-Type`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MediaType {
    main: String,
    sub: String,
    parameters: Vec<(String, String)>,
}

/// The framework's parsers, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parser {
    Json,
    Urlencoded,
    Multipart,
}

impl Parser {
    /// Whether it reads forms.
    pub(super) const fn is_form(self) -> bool {
        matches!(self, Self::Urlencoded | Self::Multipart)
    }
}

impl MediaType {
    /// The one that a body says it is of; one that matches nothing where it says none.
    pub(super) fn of_body(headers: &HeaderMap) -> (Self, Cow<'_, str>) {
        let content_type = headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
        let content_type = Charset::Latin1.decode(content_type);
        (Self::parse(&content_type), content_type)
    }

    /// Reads anything: what makes no sense matches nothing.
    pub(super) fn parse(text: &str) -> Self {
        let mut pieces = Pieces(Some(text));
        let full = pieces.next().unwrap_or_default().trim().to_lowercase();
        let (main, sub) = full.split_once('/').unwrap_or((&full, ""));
        let parameters = pieces.filter_map(parameter).collect();
        Self { main: main.to_owned(), sub: sub.to_owned(), parameters }
    }

    /// Whether it takes `main/sub`.
    pub(super) fn takes(&self, main: &str, sub: &str) -> bool {
        (self.sub == "*" || self.sub == sub) && (self.main == "*" || self.main == main)
    }

    /// Which parser reads it: the first of the framework's three that takes it.
    pub(super) fn parser(&self) -> Option<Parser> {
        let parsers = [
            (Parser::Json, "application", "json"),
            (Parser::Urlencoded, "application", "x-www-form-urlencoded"),
            (Parser::Multipart, "multipart", "form-data"),
        ];
        parsers.into_iter().find(|(_, main, sub)| self.takes(main, sub)).map(|(parser, ..)| parser)
    }

    /// How specific it is, from 0 for `*/*` to 3 for a type with parameters. `q` alone does not count.
    pub(super) fn precedence(&self) -> u8 {
        match self {
            Self { main, .. } if main == "*" => 0,
            Self { sub, .. } if sub == "*" => 1,
            Self { parameters, .. } if parameters.iter().all(|(name, _)| name == "q") => 2,
            _ => 3,
        }
    }

    /// The value of a parameter; the last one, where there are several.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// The text between semicolons, except those in double quotes.
struct Pieces<'a>(Option<&'a str>);

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.0?;
        let (mut quoted, mut escaped) = (false, false);
        let end = text.bytes().position(|byte| {
            let ends = byte == b';' && !quoted;
            quoted ^= byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        });
        self.0 = end.map(|end| &text[end + 1..]);
        Some(end.map_or(text, |end| &text[..end]))
    }
}

fn parameter(piece: &str) -> Option<(String, String)> {
    let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
    let name = name.trim().to_lowercase();
    if name.is_empty() { None } else { Some((name, unquoted(value.trim()))) }
}

fn unquoted(value: &str) -> String {
    match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
        Some(inner) => inner.replace("\\\\", "\\").replace("\\\"", "\""),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_by_the_first_parser_that_takes_it() {
        for (text, parser) in [
            ("application/json", Some(Parser::Json)),
            ("*/*", Some(Parser::Json)),
            ("application/x-www-form-urlencoded; charset=utf-8", Some(Parser::Urlencoded)),
            ("Multipart/Form-Data; boundary=x", Some(Parser::Multipart)),
            ("application/x-www-form-urlencodedx", None),
            ("text/plain", None),
            ("", None),
        ] {
            assert_eq!(MediaType::parse(text).parser(), parser, "{text:?}");
        }
        assert!([Parser::Urlencoded, Parser::Multipart].into_iter().all(Parser::is_form));
        assert!(!Parser::Json.is_form());
    }

    #[test]
    fn a_media_type_takes_what_it_names() {
        for (text, json) in [
            ("application/json", true),
            (" Application/JSON ", true),
            ("application/*", true),
            ("*/*", true),
            ("*/json", true),
            ("application/json; charset=utf-8", true),
            ("*", false),
            ("json", false),
            ("", false),
            ("text/html", false),
        ] {
            assert_eq!(MediaType::parse(text).takes("application", "json"), json, "{text:?}");
        }
    }

    #[test]
    fn parameters_are_named_in_lower_case_and_may_be_quoted() {
        let parsed = MediaType::parse("multipart/form-data; BOUNDARY=\"a;b\\\"c\"; x; =y");
        assert_eq!(parsed.parameter("boundary"), Some("a;b\"c"));
        assert_eq!(parsed.parameter("x"), Some(""));
    }

    #[test]
    fn a_quality_does_not_make_a_type_more_specific() {
        let precedence = |text| MediaType::parse(text).precedence();
        assert_eq!(
            ["*/*;q=1", "text/*", "text/html;q=0.1", "text/html", "text/html;a=b"].map(precedence),
            [0, 1, 2, 2, 3]
        );
    }
}
