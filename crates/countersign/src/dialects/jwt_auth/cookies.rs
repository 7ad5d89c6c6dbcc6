//! The cookies that carry tokens.

use super::Desk;
use crate::cookie::{Cookie, CookieClash, Cookies};
use crate::csrf::Csrf;
use crate::dialects::csrf_handout::CsrfHandout;
use crate::rest::{Answer, Parts};
use http::HeaderMap;
use http::header::SET_COOKIE;

/// Which of the cookies is meant.
pub(super) type Pick = fn(&JwtAuthCookies) -> Option<&Cookie>;

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
    /// Ours: whether such a request must bring the CSRF token too. Then whoever is given a cookie is given that as well.
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

impl Desk {
    /// The names of the cookies that an answer with a token sets.
    pub(super) fn cookie_names(&self, pick: Pick) -> Vec<String> {
        let Some((cookies, cookie)) = self.cookie(pick) else { return Vec::new() };
        let csrf = cookies.csrf_token.then(|| cookies.csrf.cookie());
        [cookie].into_iter().chain(csrf).map(|cookie| cookie.name().to_owned()).collect()
    }

    /// The answer with a token in its cookie, where there is one for it, and with what its use will have to prove.
    pub(super) fn with_cookie(&self, answer: Answer, pick: Pick, token: &str, request: &Parts) -> Answer {
        let Some((cookies, cookie)) = self.cookie(pick) else { return answer };
        let age = self.rules().tokens.settings().expiration_delta;
        let answer = match cookie.set(token, self.authority.now(), age) {
            Ok(value) => answer.header(SET_COOKIE, value),
            Err(error) => return Answer::server_error(error),
        };
        if !cookies.csrf_token {
            return answer;
        }
        let handout = CsrfHandout { csrf: &cookies.csrf, authority: &self.authority, in_header: true };
        handout.with_cookie(answer, request.headers())
    }

    fn cookie(&self, pick: Pick) -> Option<(&JwtAuthCookies, &Cookie)> {
        let cookies = self.dialect.cookies.as_ref()?;
        Some((cookies, pick(cookies)?))
    }
}
