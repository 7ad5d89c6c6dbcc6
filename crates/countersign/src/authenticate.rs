//! Who makes a request: simplejwt's `JWTAuthentication` and `JWTStatelessUserAuthentication`, with
//! `IsAuthenticated` behind them.

use crate::bearer::{Presented, presented};
use crate::dialects::trouble;
use crate::endpoint::{Credential, Failure, FailureForm};
use crate::rest::{Admission, Answer, BoxFuture, Guard, Parts};
use countersign_core::authority::Authority;
use countersign_core::json::{Object, Value};
use countersign_core::jwt_auth::{self, JwtAuthRules};
use countersign_core::simple_jwt::{Authentication, Mode, SimpleJwtRules, authenticate};
use countersign_core::token::{Token, TokenClass, TokenError};
use countersign_core::user::User;
use http::{HeaderName, HeaderValue, StatusCode};
use std::sync::Arc;

/// Admits requests that carry a good token; answers the others in simplejwt's words.
pub struct JwtAuthentication {
    authority: Authority,
    rules: SimpleJwtRules,
    mode: Mode,
    header: HeaderName,
    accept_jwt_auth: Option<JwtAuthRules>,
}

/// Who was admitted.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user, as the table had them during this request. `None` where nobody looked ([`Mode::Stateless`]).
    pub user: Option<Arc<User>>,
    /// The token that was presented.
    pub token: Token,
}

impl JwtAuthentication {
    /// A guard by these rules.
    ///
    /// The header's name comes from settings that admit nothing but names of headers; another one would mean
    /// that no request is admitted.
    #[must_use]
    pub fn new(authority: Authority, rules: SimpleJwtRules, mode: Mode) -> Self {
        let header = HeaderName::from_bytes(rules.tokens.settings().auth_header_name.as_bytes())
            .unwrap_or(http::header::AUTHORIZATION);
        Self { authority, rules, mode, header, accept_jwt_auth: None }
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
}

impl JwtAuthentication {
    /// Whom a token of the other dialect authenticates, where such tokens are accepted. Why it does not is not
    /// said: the answer is about a token of ours.
    async fn accepted(&self, text: &str) -> Result<Option<Caller>, Answer> {
        let Some(rules) = &self.accept_jwt_auth else { return Ok(None) };
        match jwt_auth::authenticate(&self.authority, rules, text).await {
            Ok(jwt_auth::Authentication::Admitted(holder)) => {
                let token = Token::from(holder.token.claims().clone());
                Ok(Some(Caller { user: Some(holder.user), token }))
            }
            Ok(jwt_auth::Authentication::Refused(_)) => Ok(None),
            Err(error) => Err(trouble(&error)),
        }
    }
}

impl Guard for JwtAuthentication {
    fn admit<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Admission, Answer>> {
        Box::pin(async move {
            let types = &self.rules.tokens.settings().auth_header_types;
            let token = match presented(request.headers(), &self.header, types) {
                Presented::Nothing => return Err(not_provided()),
                Presented::Malformed => return Err(malformed()),
                Presented::Token(token) => token,
            };
            let authentication = authenticate(&self.authority, &self.rules, &token, self.mode).await;
            if matches!(authentication, Ok(Authentication::Invalid(_)))
                && let Some(caller) = self.accepted(&token).await?
            {
                return Ok(Admission::of(caller));
            }
            match authentication {
                Ok(Authentication::Admitted { user, token }) => Ok(Admission::of(Caller { user, token })),
                Ok(Authentication::Invalid(refusals)) => Err(not_valid(&refusals)),
                Ok(Authentication::NoUserId) => {
                    Err(refused("Token contained no recognizable user identification", "token_not_valid"))
                }
                Ok(Authentication::UserNotFound) => Err(refused("User not found", "user_not_found")),
                Ok(Authentication::UserInactive) => Err(refused("User is inactive", "user_inactive")),
                Ok(Authentication::PasswordChanged) => {
                    Err(refused("The user's password has been changed.", "password_changed"))
                }
                Err(error) => Err(trouble(&error)),
            }
        })
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

fn not_provided() -> Answer {
    Answer::detail(StatusCode::UNAUTHORIZED, "Authentication credentials were not provided.")
}

fn malformed() -> Answer {
    refused("Authorization header must contain two space-delimited values", "bad_authorization_header")
}

fn refused(detail: &str, code: &str) -> Answer {
    Answer::code(StatusCode::UNAUTHORIZED, detail, code)
}

/// Why it is a token of none of the classes that authenticate.
fn not_valid(refusals: &[(TokenClass, TokenError)]) -> Answer {
    let messages = refusals.iter().map(|(class, error)| {
        Object::from([
            ("token_class", class.class_name().to_owned()),
            ("token_type", class.token_type().to_owned()),
            ("message", error.to_string()),
        ])
    });
    let mut body =
        Object::from([("detail", "Given token not valid for any token type"), ("code", "token_not_valid")]);
    body.insert("messages", Value::from(messages.collect::<Vec<_>>()));
    Answer::ok(body).with_status(StatusCode::UNAUTHORIZED)
}
