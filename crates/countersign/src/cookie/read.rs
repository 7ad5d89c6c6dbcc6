//! The `Cookie` header, read as Django's `parse_cookie` reads it.

use http::HeaderMap;
use http::header::COOKIE;
use std::borrow::Cow;

/// The cookies of a request, in the order in which they came.
#[derive(Clone, Default)]
pub struct Cookies<'h>(Vec<(&'h str, Cow<'h, str>)>);

/// A name that came twice. Which of the two is ours, nobody can tell: a neighbouring host or an attacker on plain
/// HTTP can put a second one beside it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("More than one cookie is named {0}.")]
pub struct CookieClash(pub String);

impl<'h> Cookies<'h> {
    /// Reads the header; several count as one. What is no text is skipped.
    #[must_use]
    pub fn of(headers: &'h HeaderMap) -> Self {
        let lines =
            headers.get_all(COOKIE).iter().filter_map(|line| std::str::from_utf8(line.as_bytes()).ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|chunk| {
            let (name, value) = chunk.split_once('=').unwrap_or(("", chunk));
            let (name, value) = (name.trim(), value.trim());
            (!name.is_empty() || !value.is_empty()).then(|| (name, unquoted(value)))
        });
        Self(pairs.collect())
    }

    /// The value of a cookie, if there is one of that name.
    ///
    /// # Errors
    /// [`CookieClash`] where there are several, even of the same value.
    pub fn find(&self, name: &str) -> Result<Option<&str>, CookieClash> {
        let mut found = self.0.iter().filter(|(other, _)| *other == name);
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(CookieClash(name.to_owned())),
            (first, _) => Ok(first.map(|(_, value)| value.as_ref())),
        }
    }

    /// Whether there are none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Python's `http.cookies._unquote`: in quotation marks, a backslash stands before three octal digits or any
/// character.
fn unquoted(value: &str) -> Cow<'_, str> {
    let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let Some(inner) = inner else {
        return Cow::Borrowed(value);
    };
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(backslash) = rest.find('\\') {
        out.push_str(&rest[..backslash]);
        rest = &rest[backslash + 1..];
        let octal = rest
            .get(..3)
            .filter(|digits| matches!(digits.as_bytes(), [b'0'..=b'3', b'0'..=b'7', b'0'..=b'7']));
        if let Some(code) = octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            out.push(char::from(code));
            rest = &rest[3..];
        } else if let Some(letter) = rest.chars().next() {
            out.push(letter);
            rest = &rest[letter.len_utf8()..];
        } else {
            out.push('\\');
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (COOKIE, HeaderValue::from_str(line).unwrap())).collect()
    }

    #[test]
    fn a_header_is_read_as_django_reads_it() {
        for (line, value) in [
            ("a=1", Some("1")),
            ("b=2;a=1", Some("1")),
            (" a = 1 ; b=2", Some("1")),
            ("a=\"x.y.z\"", Some("x.y.z")),
            ("a=\"\\\"\\054\\\\\"", Some("\",\\")),
            ("a=\"x\\\"", Some("x\\")),
            ("a=1=2", Some("1=2")),
            ("a=", Some("")),
            ("a", None),
            ("A=1", None),
            ("", None),
        ] {
            assert_eq!(Cookies::of(&headers(&[line])).find("a"), Ok(value), "{line}");
        }
        assert_eq!(Cookies::of(&headers(&["b=1", "a=2"])).find("a"), Ok(Some("2")));
        assert!(Cookies::of(&headers(&["", " ; "])).is_empty());
    }

    #[test]
    fn a_name_that_comes_twice_is_nobodys() {
        for lines in [&["a=1; a=2"][..], &["a=1; b=3; a=1"], &["a=1", "a=2"]] {
            let headers = headers(lines);
            assert_eq!(Cookies::of(&headers).find("a"), Err(CookieClash("a".to_owned())));
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(line in "[ -~\u{e9}\u{6f22}]{0,60}") {
            if let Ok(value) = HeaderValue::from_bytes(line.as_bytes()) {
                let headers = std::iter::once((COOKIE, value)).collect::<HeaderMap>();
                let _ = Cookies::of(&headers).find("a");
            }
        }
    }
}
