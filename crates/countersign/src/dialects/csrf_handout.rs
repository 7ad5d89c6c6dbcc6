//! Handing out the CSRF token, for every dialect whose cookies are credentials.

use crate::cookie::Cookies;
use crate::csrf::{Csrf, CsrfSecret};
use crate::rest::Answer;
use countersign_core::authority::Authority;
use http::header::{ACCESS_CONTROL_EXPOSE_HEADERS, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

/// Gives clients what proves that a request with a cookie was meant.
pub(super) struct CsrfHandout<'a> {
    /// Whose protection it is.
    pub(super) csrf: &'a Csrf,
    /// Where secrets and the time come from.
    pub(super) authority: &'a Authority,
    /// Whether the token stands in a header too: pages of another site never see the cookie.
    pub(super) in_header: bool,
}

impl CsrfHandout<'_> {
    /// The answer with the CSRF cookie, its age begun anew, and with the token in a header.
    pub(super) fn with_cookie(&self, answer: Answer, request: &HeaderMap) -> Answer {
        let secret = self.csrf.ensure_secret(&Cookies::of(request), &*self.authority.random);
        match self.csrf.set_cookie(&secret, self.authority.now()) {
            Ok(cookie) => self.exposing(answer.header(SET_COOKIE, cookie).varying_by_cookie(), &secret),
            // One that browsers would drop is not sent: the client would believe to have it.
            Err(error) => Answer::server_error(error),
        }
    }

    /// The answer with the token in a header, if the client has the cookie.
    pub(super) fn with_header(&self, answer: Answer, request: &HeaderMap) -> Answer {
        let cookies = Cookies::of(request);
        let kept = cookies.find(self.csrf.cookie().name()).ok().flatten();
        match kept.and_then(|value| CsrfSecret::read(value).ok()) {
            Some(secret) => self.exposing(answer, &secret),
            None => answer,
        }
    }

    /// The token in a header that pages of other origins may read.
    fn exposing(&self, answer: Answer, secret: &CsrfSecret) -> Answer {
        if !self.in_header {
            return answer;
        }
        let name = self.csrf.header_name().clone();
        let masked = secret.mask(&*self.authority.random);
        let token = HeaderValue::try_from(masked).expect("a masked secret is letters and digits");
        let exposed = HeaderValue::from_str(name.as_str()).expect("a header's name can stand in a header");
        answer.header(name, token).header(ACCESS_CONTROL_EXPOSE_HEADERS, exposed).varying_by_cookie().secret()
    }
}
