//! Who makes a request: simplejwt's `JWTAuthentication` and `JWTStatelessUserAuthentication`, with
//! `IsAuthenticated` behind them.

mod caller;

pub use self::caller::Caller;

use crate::bearer::{Presented, presented};
use crate::endpoint::{Credential, Failure, FailureForm};
use crate::rejection::{Reason, Rejection};
use crate::rest::{Admission, Answer, BoxFuture, Guard, Parts};
use countersign_core::authority::Authority;
use countersign_core::jwt_auth::{self, JwtAuthRules};
use countersign_core::simple_jwt::{Authentication, Mode, SimpleJwtRules, authenticate};
use countersign_core::token::Token;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::borrow::Cow;
use std::sync::Arc;

/// Admits requests that carry a good token; answers the others in simplejwt's words.
pub struct JwtAuthentication {
    authority: Authority,
    rules: SimpleJwtRules,
    mode: Mode,
    header: HeaderName,
    user_id_claim: Arc<str>,
    accept_jwt_auth: Option<JwtAuthRules>,
}

impl JwtAuthentication {
    /// A guard by these rules.
    ///
    /// The header's name comes from settings that admit nothing but names of headers; another one would mean
    /// that no request is admitted.
    #[must_use]
    pub fn new(authority: Authority, rules: SimpleJwtRules, mode: Mode) -> Self {
        let settings = rules.tokens.settings();
        let header = HeaderName::from_bytes(settings.auth_header_name.as_bytes())
            .unwrap_or(http::header::AUTHORIZATION);
        let user_id_claim = settings.user_id_claim.as_str().into();
        Self { authority, rules, mode, header, user_id_claim, accept_jwt_auth: None }
    }

    /// The same, but a token of the `jwt_auth` dialect by these rules is good too.
    #[must_use]
    pub fn accepting(self, rules: JwtAuthRules) -> Self {
        Self { accept_jwt_auth: Some(rules), ..self }
    }

    /// `WWW-Authenticate` of the answers to those who are not admitted.
    #[must_use]
    pub fn challenge(&self) -> HeaderValue {
        challenge(&self.rules.tokens.settings().auth_header_types)
    }

    /// Whom the header of a request names.
    pub(crate) async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Rejection> {
        let token = self.token(headers)?;
        self.holder(&token).await
    }

    /// The token in the header of a request.
    pub(crate) fn token<'h>(&self, headers: &'h HeaderMap) -> Result<Cow<'h, str>, Rejection> {
        let types = &self.rules.tokens.settings().auth_header_types;
        match presented(headers, &self.header, types) {
            Presented::Nothing => Err(Rejection::not_authenticated()),
            Presented::Malformed => Err(malformed()),
            Presented::Token(token) => Ok(token),
        }
    }

    /// Whom a token names.
    pub(crate) async fn holder(&self, token: &str) -> Result<Caller, Rejection> {
        let authentication = authenticate(&self.authority, &self.rules, token, self.mode).await;
        if matches!(authentication, Ok(Authentication::Invalid(_)))
            && self.accept_jwt_auth.is_some()
            && let Some(caller) = Box::pin(self.accepted(token)).await?
        {
            return Ok(caller);
        }
        match authentication {
            Ok(Authentication::Admitted { user, token }) => Ok(Caller::new(user, token, &self.user_id_claim)),
            Ok(Authentication::Invalid(refusals)) => Err(Rejection::invalid_token(refusals)),
            Ok(Authentication::NoUserId) => Err(refused(
                Reason::NoUserId,
                "Token contained no recognizable user identification",
                "token_not_valid",
            )),
            Ok(Authentication::UserNotFound) => {
                Err(refused(Reason::UserNotFound, "User not found", "user_not_found"))
            }
            Ok(Authentication::UserInactive) => {
                Err(refused(Reason::UserInactive, "User is inactive", "user_inactive"))
            }
            Ok(Authentication::PasswordChanged) => Err(refused(
                Reason::PasswordChanged,
                "The user's password has been changed.",
                "password_changed",
            )),
            Err(error) => Err(Rejection::from(&error)),
        }
    }

    /// Whom a token of the other dialect authenticates, where such tokens are accepted. Why it does not is not
    /// said: the answer is about a token of ours.
    async fn accepted(&self, text: &str) -> Result<Option<Caller>, Rejection> {
        let Some(rules) = &self.accept_jwt_auth else { return Ok(None) };
        match jwt_auth::authenticate(&self.authority, rules, text).await {
            Ok(jwt_auth::Authentication::Admitted(holder)) => {
                let token = Token::from(holder.token.claims().clone());
                Ok(Some(Caller::new(Some(holder.user), token, &self.user_id_claim)))
            }
            Ok(jwt_auth::Authentication::Refused(_)) => Ok(None),
            Err(error) => Err(Rejection::from(&error)),
        }
    }
}

impl Guard for JwtAuthentication {
    fn admit<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Admission, Answer>> {
        Box::pin(async move { Ok(Admission::of(self.caller(request.headers()).await?)) })
    }

    fn credentials(&self) -> Vec<Vec<Credential>> {
        let word = self.rules.tokens.settings().auth_header_types.first().map_or("Bearer", String::as_str);
        vec![vec![Credential::in_header("simple_jwt", self.header.clone(), word)]]
    }

    fn failures(&self) -> Vec<Failure> {
        let refused = |words, code| Failure::code(StatusCode::UNAUTHORIZED, words, code);
        vec![
            Failure::detail(StatusCode::UNAUTHORIZED, "Authentication credentials were not provided."),
            refused(
                "Authorization header must contain two space-delimited values",
                "bad_authorization_header",
            ),
            Failure {
                form: FailureForm::Messages("token_not_valid"),
                ..refused("Given token not valid for any token type", "token_not_valid")
            },
            refused("User not found", "user_not_found"),
            refused("User is inactive", "user_inactive"),
        ]
    }
}

/// `<first word> realm="api"`.
pub(crate) fn challenge(auth_header_types: &[String]) -> HeaderValue {
    let scheme = auth_header_types.first().map_or("Bearer", String::as_str);
    // Settings admit only words that can stand in a header.
    HeaderValue::from_str(&format!("{scheme} realm=\"api\""))
        .unwrap_or(HeaderValue::from_static("Bearer realm=\"api\""))
}

fn malformed() -> Rejection {
    let detail = "Authorization header must contain two space-delimited values";
    refused(Reason::Malformed, detail, "bad_authorization_header")
}

fn refused(reason: Reason, detail: &str, code: &str) -> Rejection {
    Rejection::token(reason, detail, code)
}
