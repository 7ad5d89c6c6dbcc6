//! The words and headers that several endpoints share.

use super::Desk;
use crate::cookie::{CookieClash, CookieError, Cookies};
use crate::csrf::{CsrfFailure, CsrfSecret};
use crate::rest::{Answer, Parts};
use countersign_core::clock::SignedDuration;
use countersign_core::json::{Object, Value};
use countersign_core::token::TokenError;
use countersign_core::user::{User, UserId};
use http::header::{ACCESS_CONTROL_EXPOSE_HEADERS, SET_COOKIE};
use http::{HeaderValue, StatusCode};

impl Desk {
    /// Credentials are wanting or wrong: 401, or the recipe's 403.
    pub(super) fn unauthenticated(&self, detail: &str) -> Answer {
        let strict = self.dialect.strict_peer;
        Answer::detail(if strict { StatusCode::FORBIDDEN } else { StatusCode::UNAUTHORIZED }, detail)
    }

    /// The framework's sentence for a request without credentials.
    pub(super) fn not_provided(&self) -> Answer {
        self.unauthenticated("Authentication credentials were not provided.")
    }

    /// A token that is refused. The recipe has a sentence of its own for one that came to its end, and fails with a
    /// server error on every other.
    pub(super) fn invalid(&self, error: &TokenError, expired: &str) -> Answer {
        match error {
            TokenError::Expired => self.unauthenticated(expired),
            error => self.unauthenticated(&error.to_string()),
        }
    }

    pub(super) fn user_not_found(&self) -> Answer {
        self.unauthenticated("User not found")
    }

    pub(super) fn user_is_inactive(&self) -> Answer {
        self.unauthenticated("user is inactive")
    }

    /// A request that was not proved to be meant. Where its origin is good and only the token is not, the answer
    /// brings what the client needs to do better: it is readable by the same pages that may have asked.
    pub(super) fn forged(&self, failure: &CsrfFailure, request: &Parts) -> Answer {
        if let CsrfFailure::TwoCookies(clash) = failure {
            return clashing(clash);
        }
        let answer = Answer::detail(StatusCode::FORBIDDEN, &format!("CSRF Failed: {failure}"));
        match failure {
            CsrfFailure::Cookie(_) => self.with_csrf_cookie(answer, request),
            CsrfFailure::NoCookie if !self.dialect.strict_peer => self.with_csrf_cookie(answer, request),
            CsrfFailure::NoToken | CsrfFailure::Token(..) => self.with_csrf_token(answer, request),
            _ => answer,
        }
    }

    /// The answer with the CSRF cookie, its age begun anew, and with the token in a header.
    pub(super) fn with_csrf_cookie(&self, answer: Answer, request: &Parts) -> Answer {
        let csrf = &self.dialect.csrf;
        let secret = csrf.ensure_secret(&Cookies::of(request.headers()), &*self.authority.random);
        match csrf.set_cookie(&secret, self.authority.now()) {
            Ok(cookie) => self.exposing(answer.header(SET_COOKIE, cookie).varying_by_cookie(), &secret),
            Err(error) => unsettable(&error),
        }
    }

    /// The answer as Django's middleware lets it out: with a fresh CSRF cookie where the client's cannot be read. By
    /// default only those answers bring one that are about it.
    pub(super) fn as_the_recipe(&self, answer: Answer, request: &Parts) -> Answer {
        let cookies = Cookies::of(request.headers());
        let kept = cookies.find(self.dialect.csrf.cookie().name()).ok().flatten();
        let is_broken = kept.is_some_and(|value| CsrfSecret::read(value).is_err());
        if self.dialect.strict_peer && is_broken { self.with_csrf_cookie(answer, request) } else { answer }
    }

    /// The answer with the CSRF token in a header, if the client has the cookie.
    pub(super) fn with_csrf_token(&self, answer: Answer, request: &Parts) -> Answer {
        let cookies = Cookies::of(request.headers());
        let kept = cookies.find(self.dialect.csrf.cookie().name()).ok().flatten();
        match kept.and_then(|value| CsrfSecret::read(value).ok()) {
            Some(secret) => self.exposing(answer, &secret),
            None => answer,
        }
    }

    /// The token in a header that pages of other origins may read: those of another site never see the cookie.
    fn exposing(&self, answer: Answer, secret: &CsrfSecret) -> Answer {
        if self.dialect.strict_peer {
            return answer;
        }
        let name = self.dialect.csrf.header_name().clone();
        let masked = secret.mask(&*self.authority.random);
        let token = HeaderValue::try_from(masked).expect("a masked secret is letters and digits");
        let exposed = HeaderValue::from_str(name.as_str()).expect("a header's name can stand in a header");
        answer.header(name, token).header(ACCESS_CONTROL_EXPOSE_HEADERS, exposed).varying_by_cookie().secret()
    }

    /// The answer with the refresh token in its cookie.
    pub(super) fn with_refresh_cookie(&self, answer: Answer, refresh: &str) -> Answer {
        let lifetime: SignedDuration = self.rules().refresh().settings().refresh_token_lifetime;
        match self.dialect.cookie.set(refresh, self.authority.now(), lifetime) {
            Ok(cookie) => answer.header(SET_COOKIE, cookie).varying_by_cookie(),
            Err(error) => unsettable(&error),
        }
    }

    /// The answer that makes a browser forget both cookies.
    pub(super) fn without_cookies(&self, answer: Answer) -> Answer {
        answer
            .header(SET_COOKIE, self.dialect.cookie.clear())
            .header(SET_COOKIE, self.dialect.csrf.cookie().clear())
            .varying_by_cookie()
    }
}

/// 400: which of two cookies is meant, nobody can tell.
pub(super) fn clashing(clash: &CookieClash) -> Answer {
    Answer::detail(StatusCode::BAD_REQUEST, &clash.to_string())
}

/// A cookie that browsers would drop is not sent: the client would believe to be logged in.
fn unsettable(error: &CookieError) -> Answer {
    Answer::server_error(error)
}

/// The recipe's serializer.
pub(super) fn person(user: &User) -> Object {
    let id = match &user.id {
        UserId::Integer(number) => Value::from(*number),
        UserId::Text(text) => Value::from(text.as_str()),
    };
    let mut person = Object::new();
    person.insert("id", id);
    person.insert("username", user.username.as_str());
    person.insert("email", user.email.as_str());
    person.insert("first_name", user.first_name.as_str());
    person.insert("is_active", user.is_active);
    person
}
