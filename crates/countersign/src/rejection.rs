//! Why a request is not let in, and the answer that says so: Django REST framework's and the packages' own words.

use crate::csrf::CsrfFailure;
use crate::dialects::trouble;
use crate::rest::{Answer, Body};
use axum::response::IntoResponse;
use countersign_core::authority::Trouble;
use countersign_core::json::{Object, Value};
use countersign_core::jwt_auth;
use countersign_core::store::StoreError;
use countersign_core::token::{TokenClass, TokenError};
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use std::fmt;

/// A request that is not let in: the reason, for programs, and the answer, for the client.
///
/// Every extractor and layer of this crate rejects with it. As a response it is JSON in the words of the packages
/// that clients know, with `WWW-Authenticate` on every 401:
///
/// ```
/// use axum::response::IntoResponse as _;
/// use countersign::{Reason, Rejection};
///
/// let rejection = Rejection::permission_denied();
/// assert!(matches!(rejection.reason(), Reason::PermissionDenied));
/// assert_eq!(rejection.status(), 403);
/// assert_eq!(rejection.to_json(), r#"{"detail":"You do not have permission to perform this action."}"#);
/// assert_eq!(rejection.into_response().status(), 403);
/// ```
pub struct Rejection(Box<Parts>);

struct Parts {
    reason: Reason,
    answer: Answer,
    challenge: Option<HeaderValue>,
}

/// Why a request is not let in.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// It carries nothing that could be credentials: 401.
    NotProvided,
    /// Its header is not a word and a token: 401.
    Malformed,
    /// Its token is of none of the classes that authenticate; why not, for each: 401.
    InvalidToken(Vec<(TokenClass, TokenError)>),
    /// Its token is none of the `jwt_auth` dialect; why not: 401, and for drf-jwt 403 where it is blacklisted.
    InvalidJwt(jwt_auth::Refusal),
    /// Its token names nobody: 401.
    NoUserId,
    /// Its token names somebody who does not exist: 401.
    UserNotFound,
    /// Its token's user is not active: 401.
    UserInactive,
    /// Its token's user has another password since: 401.
    PasswordChanged,
    /// Its token was used or revoked: 401.
    Blacklisted,
    /// Its token is good, but its claims are not those that the route reads, here told for the log: 401, so that
    /// the client fetches a token that has them.
    Claims(String),
    /// A browser sent the cookie that authenticates it, and nothing proves that this was meant: 403.
    NotMeant(CsrfFailure),
    /// Two cookies of one name came with it: 400.
    TwoCookies,
    /// Whoever makes it may not do this: 403.
    PermissionDenied,
    /// The database or the hashing pool could not do its part: 503, with `Retry-After`.
    Unavailable,
    /// The router has no layer that says how callers are authenticated: 500. The log names the remedy.
    NotInstalled,
}

impl Rejection {
    pub(crate) fn new(reason: Reason, answer: Answer) -> Self {
        Self(Box::new(Parts { reason, answer, challenge: None }))
    }

    /// Credentials are wanted: 401, the framework's `NotAuthenticated`.
    #[must_use]
    pub fn not_authenticated() -> Self {
        let detail = "Authentication credentials were not provided.";
        Self::new(Reason::NotProvided, Answer::detail(StatusCode::UNAUTHORIZED, detail))
    }

    /// Whoever makes the request may not do this: 403, the framework's `PermissionDenied`.
    #[must_use]
    pub fn permission_denied() -> Self {
        Self::permission_denied_saying("You do not have permission to perform this action.")
    }

    /// The same in other words: the `message` of a permission.
    #[must_use]
    pub fn permission_denied_saying(detail: &str) -> Self {
        Self::new(Reason::PermissionDenied, Answer::detail(StatusCode::FORBIDDEN, detail))
    }

    /// A token that is refused: 401 in simplejwt's words.
    pub(crate) fn token(reason: Reason, detail: &str, code: &str) -> Self {
        Self::new(reason, Answer::code(StatusCode::UNAUTHORIZED, detail, code))
    }

    /// A token of none of the classes that authenticate: 401, with simplejwt's list of why.
    pub(crate) fn invalid_token(refusals: Vec<(TokenClass, TokenError)>) -> Self {
        let messages = refusals.iter().map(|(class, error)| {
            Object::from([
                ("token_class", class.class_name().to_owned()),
                ("token_type", class.token_type().to_owned()),
                ("message", error.to_string()),
            ])
        });
        let mut body = Object::from([
            ("detail", "Given token not valid for any token type"),
            ("code", "token_not_valid"),
        ]);
        body.insert("messages", Value::from(messages.collect::<Vec<_>>()));
        let answer = Answer::ok(body).with_status(StatusCode::UNAUTHORIZED);
        Self::new(Reason::InvalidToken(refusals), answer)
    }

    /// A token whose claims are not those that the route reads.
    pub(crate) fn claims(why: impl fmt::Display) -> Self {
        Self::token(Reason::Claims(why.to_string()), &TokenError::Invalid.to_string(), "token_not_valid")
    }

    /// No layer says how callers are authenticated.
    pub(crate) fn not_installed() -> Self {
        let cause = "an extractor of countersign is used on a route without an `Authentication` or `Require` layer: \
                     add `.layer(countersign.authentication())` to the router";
        Self::new(Reason::NotInstalled, Answer::server_error(cause))
    }

    /// The same, with this `WWW-Authenticate` where it is a 401.
    pub(crate) fn challenging(mut self, challenge: &HeaderValue) -> Self {
        self.0.challenge = Some(challenge.clone());
        self
    }

    /// Why.
    #[must_use]
    pub const fn reason(&self) -> &Reason {
        &self.0.reason
    }

    /// The status of the answer.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.0.answer.status
    }

    /// The body of the answer, for those who answer in a form of their own.
    #[must_use]
    pub fn to_json(&self) -> String {
        match &self.0.answer.body {
            Body::Empty => String::new(),
            Body::Json(value) => value.to_utf8(),
            Body::Raw(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    /// Whether the request made no attempt to authenticate, so that it may be taken for anonymous.
    pub(crate) const fn is_anonymous(&self) -> bool {
        matches!(self.0.reason, Reason::NotProvided)
    }

    /// Whether another way of authenticating may still know the token.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(
            self.0.reason,
            Reason::NotProvided
                | Reason::InvalidToken(_)
                | Reason::InvalidJwt(
                    jwt_auth::Refusal::Undecodable
                        | jwt_auth::Refusal::Expired
                        | jwt_auth::Refusal::Invalid
                        | jwt_auth::Refusal::NoUsername
                )
        )
    }
}

/// The answer alone, for an endpoint that writes its own headers.
impl From<Rejection> for Answer {
    fn from(rejection: Rejection) -> Self {
        rejection.0.answer
    }
}

impl From<&Trouble> for Rejection {
    fn from(error: &Trouble) -> Self {
        Self::new(Reason::Unavailable, trouble(error))
    }
}

/// 503: for permissions that ask a store.
impl From<StoreError> for Rejection {
    fn from(error: StoreError) -> Self {
        Self::from(&Trouble::from(error))
    }
}

/// A 5xx is logged here, once; its body says nothing of the cause.
impl IntoResponse for Rejection {
    fn into_response(self) -> axum::response::Response {
        let json = self.to_json();
        let Parts { answer, challenge, .. } = *self.0;
        if answer.status.is_server_error() {
            let (status, cause) = (answer.status.as_u16(), answer.cause.as_deref().unwrap_or("unknown"));
            tracing::error!(status, cause, "a request was not let in");
        }
        let body = if json.is_empty() { r#"{"detail":"A server error occurred."}"#.to_owned() } else { json };
        let mut response = Response::new(body.into());
        *response.status_mut() = answer.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let (StatusCode::UNAUTHORIZED, Some(challenge)) = (answer.status, challenge) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        headers.extend(answer.headers.into_iter().map(|(name, value)| (Some(name), value)));
        response
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Rejection")
            .field("reason", &self.0.reason)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

/// Its status and body.
impl fmt::Display for Rejection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.status().as_u16(), self.to_json())
    }
}

impl std::error::Error for Rejection {}
