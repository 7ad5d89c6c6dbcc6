//! By what a caller is known.

use http::{HeaderName, header};
use std::borrow::Cow;

/// Something that a request carries to say who makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Its name in descriptions, `simple_jwt_access`: the same name is the same credential.
    pub name: Cow<'static, str>,
    /// Where it stands.
    pub place: CredentialPlace,
    /// A sentence for people.
    pub about: Cow<'static, str>,
}

/// Where a credential stands in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialPlace {
    /// In a header, behind a word and a space: `Authorization: Bearer …`.
    Header {
        /// The header.
        name: HeaderName,
        /// The word.
        word: String,
    },
    /// In a cookie.
    Cookie {
        /// Its name.
        name: String,
    },
    /// In a header that repeats a cookie which scripts can read: the proof that the request was meant.
    CsrfToken {
        /// The header.
        header: HeaderName,
        /// The cookie.
        cookie: String,
    },
}

impl Credential {
    /// A token in a header.
    #[must_use]
    pub fn in_header(name: &'static str, header: HeaderName, word: &str) -> Self {
        let about = if header == header::AUTHORIZATION {
            format!("A token behind the word `{word}` in `Authorization`.")
        } else {
            format!("A token behind the word `{word}` in `{header}`.")
        };
        let place = CredentialPlace::Header { name: header, word: word.to_owned() };
        Self { name: name.into(), place, about: about.into() }
    }

    /// A token in a cookie.
    #[must_use]
    pub fn in_cookie(name: &'static str, cookie: &str) -> Self {
        Self {
            name: name.into(),
            about: format!("A token in the cookie `{cookie}`, which the server sets.").into(),
            place: CredentialPlace::Cookie { name: cookie.to_owned() },
        }
    }

    /// The CSRF token of a cookie, in a header.
    #[must_use]
    pub fn csrf(name: &'static str, header: HeaderName, cookie: &str) -> Self {
        Self {
            name: name.into(),
            about: format!("The CSRF token: the cookie `{cookie}` repeated in the header `{header}`.").into(),
            place: CredentialPlace::CsrfToken { header, cookie: cookie.to_owned() },
        }
    }
}
