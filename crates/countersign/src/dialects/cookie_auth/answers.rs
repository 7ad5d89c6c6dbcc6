//! The words and headers that several endpoints share.

use super::Desk;
use crate::cookie::{CookieClash, CookieError, Cookies};
use crate::csrf::{CsrfFailure, CsrfSecret};
use crate::dialects::csrf_handout::CsrfHandout;
use crate::rest::{Answer, Parts};
use countersign_core::clock::SignedDuration;
use countersign_core::json::Object;
use countersign_core::token::TokenError;
use countersign_core::user::User;
use http::StatusCode;
use http::header::SET_COOKIE;

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
        self.csrf_handout().with_cookie(answer, request.headers())
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
        self.csrf_handout().with_header(answer, request.headers())
    }

    /// The recipe has no such header.
    fn csrf_handout(&self) -> CsrfHandout<'_> {
        let in_header = !self.dialect.strict_peer;
        CsrfHandout { csrf: &self.dialect.csrf, authority: &self.authority, in_header }
    }

    /// The answer with the refresh token in its cookie.
    pub(super) fn with_refresh_cookie(&self, answer: Answer, refresh: &str) -> Answer {
        let lifetime: SignedDuration = self.rules().refresh().settings().refresh_token_lifetime;
        match self.dialect.cookie.set(refresh, self.authority.now(), lifetime) {
            Ok(cookie) => answer.header(SET_COOKIE, cookie).varying_by_cookie(),
            Err(error) => unsettable(&error),
        }
    }

    /// The recipe's serializer, without the columns that the table does not have.
    pub(super) fn person(&self, user: &User) -> Object {
        let columns = self.dialect.user_columns;
        let mut person = Object::new();
        person.insert("id", &user.id);
        person.insert("username", user.username.as_str());
        if columns.email {
            person.insert("email", user.email.as_str());
        }
        if columns.first_name {
            person.insert("first_name", user.first_name.as_str());
        }
        person.insert("is_active", user.is_active);
        person
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
