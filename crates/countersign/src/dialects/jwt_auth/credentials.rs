//! The token of a request, found as the packages find it: in the header, else in a cookie.

use countersign_core::jwt_auth::Profile;
use http::HeaderMap;
use http::header::AUTHORIZATION;

/// What the header holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Presented {
    /// A token behind one of our words.
    Token(String),
    /// Another scheme: the request is somebody else's to authenticate, and no cookie is tried.
    OtherScheme,
    /// Nothing that could be credentials: a cookie may have them.
    Nothing,
    /// Our word and nothing behind it. The original package says so.
    NoCredentials,
    /// Our word and more than one behind it. The original package says so.
    Spaces,
}

/// Looks for a token behind one of the words, whatever their case. Several headers count as one, joined by
/// commas, as WSGI hands them over.
pub(super) fn presented(headers: &HeaderMap, words: &[String], profile: Profile) -> Presented {
    let values: Vec<&[u8]> = headers.get_all(AUTHORIZATION).iter().map(http::HeaderValue::as_bytes).collect();
    let joined = values.join(&b","[..]);
    // Both packages read it as UTF-8. drf-jwt then tries the cookie; the original fails, which helps nobody.
    let Ok(value) = std::str::from_utf8(&joined) else { return Presented::Nothing };
    match profile {
        Profile::Fork => fork(value.trim_matches([' ', '\t']), words),
        Profile::Original => original(value, words),
    }
}

/// Exactly one space between exactly two words.
fn fork(value: &str, words: &[String]) -> Presented {
    match value.split(' ').collect::<Vec<_>>()[..] {
        [scheme, _] if !is_ours(scheme, words) => Presented::OtherScheme,
        [_, token] if !token.is_empty() => Presented::Token(token.to_owned()),
        _ => Presented::Nothing,
    }
}

/// Any white space between the words.
fn original(value: &str, words: &[String]) -> Presented {
    match value.split_ascii_whitespace().collect::<Vec<_>>()[..] {
        [] => Presented::Nothing,
        [scheme, ..] if !is_ours(scheme, words) => Presented::OtherScheme,
        [_] => Presented::NoCredentials,
        [_, token] => Presented::Token(token.to_owned()),
        _ => Presented::Spaces,
    }
}

fn is_ours(scheme: &str, words: &[String]) -> bool {
    let scheme = scheme.to_lowercase();
    words.iter().any(|word| word.to_lowercase() == scheme)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn of(values: &[&[u8]], profile: Profile) -> Presented {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        presented(&headers, &["JWT".to_owned(), "Bearer".to_owned()], profile)
    }

    fn token() -> Presented {
        Presented::Token("x".to_owned())
    }

    #[test]
    fn the_words_are_ours_in_any_case() {
        for profile in [Profile::Fork, Profile::Original] {
            for value in ["JWT x", "jwt x", "Bearer x", "BEARER x", "  Bearer x "] {
                assert_eq!(of(&[value.as_bytes()], profile), token(), "{value}");
            }
            for value in ["Basic x", "Token x", "Béarer x"] {
                assert_eq!(of(&[value.as_bytes()], profile), Presented::OtherScheme, "{value}");
            }
            for value in [&b""[..], b"  ", b"Bearer \xe9"] {
                assert_eq!(of(&[value], profile), Presented::Nothing, "{value:?}");
            }
            assert_eq!(of(&[], profile), Presented::Nothing);
        }
    }

    #[test]
    fn drf_jwt_wants_one_space_and_takes_anything_else_for_nothing() {
        for value in ["Bearer", "Bearer ", "Bearer  x", "Bearer\tx", "Bearer a b", "x.y.z", "JWT"] {
            assert_eq!(of(&[value.as_bytes()], Profile::Fork), Presented::Nothing, "{value:?}");
        }
        assert_eq!(of(&[b"Bearer a", b"Bearer b"], Profile::Fork), Presented::Nothing);
    }

    #[test]
    fn the_original_takes_any_white_space_and_says_what_is_wrong() {
        for value in ["JWT  x", "JWT\tx"] {
            assert_eq!(of(&[value.as_bytes()], Profile::Original), token(), "{value:?}");
        }
        assert_eq!(of(&[b"JWT"], Profile::Original), Presented::NoCredentials);
        assert_eq!(of(&[b"JWT a b"], Profile::Original), Presented::Spaces);
        assert_eq!(of(&[b"x.y.z"], Profile::Original), Presented::OtherScheme);
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(value in proptest::collection::vec(0x20u8..=0xff, 0..40)) {
            if HeaderValue::from_bytes(&value).is_ok() {
                of(&[&value], Profile::Fork);
                of(&[&value], Profile::Original);
            }
        }
    }
}
