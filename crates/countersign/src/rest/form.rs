//! `application/x-www-form-urlencoded`, read as Django's `QueryDict` reads it: `+` is a space, only `&`
//! separates, blank values count.

use super::charset::Charset;
use percent_encoding::percent_decode;
use std::borrow::Cow;

/// The pairs of a query string.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    decoded_pairs(text, Charset::Utf8)
}

/// The pairs of a body. Bytes that are no text are taken for Latin-1, as Django takes them.
pub(super) fn body_pairs(body: &[u8], charset: Charset) -> Vec<(String, String)> {
    let text = match (charset, std::str::from_utf8(body)) {
        (Charset::Utf8, Ok(text)) => Cow::Borrowed(text),
        (Charset::Ascii, Ok(text)) if text.is_ascii() => Cow::Borrowed(text),
        _ => Charset::Latin1.decode(body),
    };
    decoded_pairs(&text, charset).collect()
}

/// How many pairs a body may hold, counted as Python counts them before it reads any.
pub(super) fn count(body: &[u8]) -> usize {
    1 + body.iter().filter(|&&byte| byte == b'&').count()
}

fn decoded_pairs(text: &str, charset: Charset) -> impl Iterator<Item = (String, String)> {
    text.split('&').filter(|pair| !pair.is_empty()).map(move |pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name, charset), decoded(value, charset))
    })
}

/// Only what is percent-encoded is in the body's character set: the rest is text by now.
fn decoded(text: &str, charset: Charset) -> String {
    let text = text.replace('+', " ");
    if charset == Charset::Utf8 {
        return percent_decode(text.as_bytes()).decode_utf8_lossy().into_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.find('%') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let escaped = rest.as_bytes().chunks_exact(3).take_while(|chunk| is_escape(chunk)).count() * 3;
        if escaped == 0 {
            out.push('%');
            rest = &rest[1..];
        } else {
            out.push_str(&charset.decode(&percent_decode(&rest.as_bytes()[..escaped]).collect::<Vec<_>>()));
            rest = &rest[escaped..];
        }
    }
    out.push_str(rest);
    out
}

fn is_escape(chunk: &[u8]) -> bool {
    chunk[0] == b'%' && chunk[1].is_ascii_hexdigit() && chunk[2].is_ascii_hexdigit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &[u8], charset: Charset) -> Vec<(String, String)> {
        body_pairs(body, charset)
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn a_form_is_read_as_django_reads_it() {
        for (body, value) in [
            (&b"a=b+c"[..], "b c"),
            (b"a=b%20c", "b c"),
            (b"a=%c3%a9", "é"),
            (b"a=%ff", "\u{fffd}"),
            (b"a=%zz%", "%zz%"),
            (b"a=1;b=2", "1;b=2"),
            (b"a=1=2", "1=2"),
            (b"&&a", ""),
            ("a=é".as_bytes(), "é"),
            (b"a=\xe9", "é"),
        ] {
            assert_eq!(read(body, Charset::Utf8), [pair("a", value)], "{body:?}");
        }
    }

    #[test]
    fn a_latin_1_form_has_latin_1_escapes() {
        assert_eq!(read(b"a=%e9+%", Charset::Latin1), [pair("a", "é %")]);
        assert_eq!(read(b"%e9=x%20y", Charset::Ascii), [pair("\u{fffd}", "x y")]);
    }
}
