//! The cookies that carry tokens.

use crate::cookie::{Cookie, CookieClash, Cookies};
use crate::csrf::Csrf;
use crate::rest::Answer;
use countersign_core::clock::{SignedDuration, Timestamp};
use http::HeaderMap;
use http::header::SET_COOKIE;

/// `JWT_AUTH_COOKIE*` and `JWT_IMPERSONATION_COOKIE`.
///
/// The packages set them with `JWT_EXPIRATION_DELTA` as their age, and drf-jwt with `Secure` and `SameSite=Lax`
/// unless told otherwise. Here the profile of djangorestframework-jwt has these two attributes as well.
#[derive(Clone, Debug)]
pub struct JwtAuthCookies {
    /// `JWT_AUTH_COOKIE`: the user's own token, set by obtaining and refreshing one.
    pub auth: Option<Cookie>,
    /// `JWT_IMPERSONATION_COOKIE`: the token of whom a superuser has become. It comes before the other one.
    pub impersonation: Option<Cookie>,
    /// Looks where an unsafe request that a cookie authenticates comes from. Neither package does, so that any
    /// page could act for whoever visits it.
    pub csrf: Csrf,
    /// Ours: whether such a request must bring the CSRF token too.
    pub csrf_token: bool,
}

impl JwtAuthCookies {
    /// The token in a request's cookies. An empty cookie of impersonation is none; an empty one of one's own is
    /// a token that cannot be read.
    pub(super) fn token(&self, headers: &HeaderMap) -> Result<Option<String>, CookieClash> {
        let cookies = Cookies::of(headers);
        let value = |cookie: &Option<Cookie>| match cookie {
            Some(cookie) => cookies.find(cookie.name()).map(|value| value.map(str::to_owned)),
            None => Ok(None),
        };
        match value(&self.impersonation)?.filter(|token| !token.is_empty()) {
            Some(token) => Ok(Some(token)),
            None => value(&self.auth),
        }
    }
}

/// The answer with a token in its cookie, where there is one for it.
pub(super) fn with_cookie(
    answer: Answer,
    cookie: Option<&Cookie>,
    token: &str,
    at: Timestamp,
    age: SignedDuration,
) -> Answer {
    match cookie.map(|cookie| cookie.set(token, at, age)) {
        None => answer,
        Some(Ok(value)) => answer.header(SET_COOKIE, value),
        Some(Err(error)) => Answer::server_error(error),
    }
}
