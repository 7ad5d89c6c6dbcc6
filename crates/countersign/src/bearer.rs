//! The token in a request's header, found as simplejwt finds it.

use http::{HeaderMap, HeaderName};
use std::borrow::Cow;

/// What a request's header holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Presented<'h> {
    /// Nothing for us: no header, an empty one, or another scheme. Somebody else may know what to do with it.
    Nothing,
    /// Our scheme, but not followed by exactly one word.
    Malformed,
    /// A word that claims to be a token.
    Token(Cow<'h, str>),
}

/// Looks for a token behind one of the words `types` (case counts) in the header `name`.
///
/// Words are split as Python splits bytes: on any run of ASCII white space. Several headers of the name count as
/// one, joined by commas, as WSGI hands them over.
pub(crate) fn presented<'h>(headers: &'h HeaderMap, name: &HeaderName, types: &[String]) -> Presented<'h> {
    let mut values = headers.get_all(name).iter().map(http::HeaderValue::as_bytes);
    let Some(first) = values.next() else {
        return Presented::Nothing;
    };
    match values.next() {
        None => split(first, types).map_or_else(|nothing| nothing, |word| Presented::Token(text(word))),
        Some(second) => {
            let mut joined = [first, b",", second].concat();
            for value in values {
                joined.push(b',');
                joined.extend_from_slice(value);
            }
            split(&joined, types).map_or_else(
                |nothing| nothing,
                |word| Presented::Token(Cow::Owned(String::from_utf8_lossy(word).into_owned())),
            )
        }
    }
}

/// A word as text; asked first what nearly all are, which is several times faster.
fn text(word: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(word).map_or_else(|_| String::from_utf8_lossy(word), Cow::Borrowed)
}

fn split<'v, 'h>(value: &'v [u8], types: &[String]) -> Result<&'v [u8], Presented<'h>> {
    if let Some(token) = types.iter().find_map(|kind| plainly(value, kind)) {
        return Ok(token);
    }
    let mut words = value.split(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).filter(|word| !word.is_empty());
    let Some(scheme) = words.next() else {
        return Err(Presented::Nothing);
    };
    if !types.iter().any(|kind| kind.as_bytes() == scheme) {
        return Err(Presented::Nothing);
    }
    match (words.next(), words.next()) {
        (Some(token), None) => Ok(token),
        _ => Err(Presented::Malformed),
    }
}

/// The token where it stands as clients write it: behind the word and one space. Every byte is looked at, since a loop
/// that may end early is slower than one that may not.
fn plainly<'v>(value: &'v [u8], kind: &str) -> Option<&'v [u8]> {
    let token = value.strip_prefix(kind.as_bytes())?.strip_prefix(b" ")?;
    let least = token.iter().copied().min()?;
    (least > b' ').then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderValue, header::AUTHORIZATION};
    use proptest::prelude::*;

    fn of(values: &[&[u8]]) -> Presented<'static> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        match presented(&headers, &AUTHORIZATION, &["Bearer".to_owned(), "JWT".to_owned()]) {
            Presented::Token(token) => Presented::Token(Cow::Owned(token.into_owned())),
            Presented::Nothing => Presented::Nothing,
            Presented::Malformed => Presented::Malformed,
        }
    }

    #[test]
    fn another_scheme_or_another_case_is_nothing_for_us() {
        for value in ["", "  ", "bearer x", "BEARER x", "Token x", "Basic x", "x.y.z", "Bearerx"] {
            assert_eq!(of(&[value.as_bytes()]), Presented::Nothing, "{value:?}");
        }
        assert_eq!(of(&[]), Presented::Nothing);
    }

    #[test]
    fn our_scheme_wants_exactly_one_word() {
        for value in ["Bearer", "Bearer ", "Bearer a b", "Bearer a, Bearer b", "JWT"] {
            assert_eq!(of(&[value.as_bytes()]), Presented::Malformed, "{value:?}");
        }
        assert_eq!(of(&[b"Bearer a", b"Bearer b"]), Presented::Malformed);
    }

    #[test]
    fn white_space_around_and_between_does_not_matter() {
        for value in ["Bearer x", " Bearer x ", "Bearer   x", "Bearer\tx", "JWT x"] {
            assert_eq!(of(&[value.as_bytes()]), Presented::Token("x".into()), "{value:?}");
        }
        assert_eq!(of(&[b"Bearer \xff"]), Presented::Token("\u{fffd}".into()));
    }

    proptest! {
        #[test]
        fn what_is_read_plainly_is_read_the_same_word_by_word(value in "Bearer [ \t\x1c-\x1f!-~é]{0,12}") {
            let value = value.as_bytes();
            let mut words = value.split(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).filter(|word| !word.is_empty());
            let (_, token, more) = (words.next(), words.next(), words.next());
            if let Some(read) = plainly(value, "Bearer") {
                prop_assert_eq!((Some(read), None), (token, more));
            }
        }

        #[test]
        fn no_header_makes_it_panic(value in proptest::collection::vec(0x20u8..=0xff, 0..40)) {
            if HeaderValue::from_bytes(&value).is_ok() {
                of(&[&value]);
            }
        }
    }
}
