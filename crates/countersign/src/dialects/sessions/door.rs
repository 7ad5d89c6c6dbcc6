//! Who comes: with an access token of `simple_jwt`, or of `cookie_auth`.

use crate::authenticate::{Caller, JwtAuthentication};
use crate::dialects::cookie_auth::CookieAuth;
use crate::dialects::simple_jwt::SimpleJwt;
use crate::dialects::trouble;
use crate::endpoint::{Credential, Failure};
use crate::rest::{Admission, Answer, BoxFuture, Guard, Parts};
use countersign_core::authority::Authority;
use countersign_core::cookie_auth::{CookieAuthRules, Visitor as CookieVisitor, authenticate};
use countersign_core::json::{Object, Value};
use countersign_core::sessions::{Visit, visit};
use countersign_core::simple_jwt::Mode;
use countersign_core::token::{Token, TokenError, Tokens};
use countersign_core::user::User;
use http::StatusCode;
use http::header::AUTHORIZATION;
use std::sync::Arc;

/// Whoever was let in, and in which session they are, where that is known.
pub(super) struct Visitor {
    pub(super) user: Arc<User>,
    pub(super) session: Option<String>,
}

pub(super) struct Door {
    authority: Authority,
    simple_jwt: Option<(JwtAuthentication, Tokens)>,
    cookie_auth: Option<CookieAuthRules>,
}

impl Door {
    pub(super) fn new(
        authority: &Authority,
        simple_jwt: Option<&SimpleJwt>,
        cookie_auth: Option<&CookieAuth>,
    ) -> Self {
        let guard = |dialect: &SimpleJwt| {
            (dialect.authentication(authority, Mode::Stateful), dialect.rules.tokens.clone())
        };
        Self {
            authority: authority.clone(),
            simple_jwt: simple_jwt.map(guard),
            cookie_auth: cookie_auth.map(|dialect| dialect.rules().clone()),
        }
    }

    /// In which session somebody is who showed a good token. It must not be over.
    async fn let_in(&self, tokens: &Tokens, token: &Token, user: Arc<User>) -> Result<Admission, Answer> {
        match visit(&self.authority, tokens, token, &user).await {
            Ok(Visit::Of(session)) => Ok(Admission::of(Visitor { user, session })),
            Ok(Visit::Over(error)) => Err(not_valid(&error)),
            Ok(Visit::PasswordChanged) => Err(Answer::code(
                StatusCode::UNAUTHORIZED,
                "The user's password has been changed.",
                "password_changed",
            )),
            Err(error) => Err(trouble(&error)),
        }
    }

    /// Whom a token of the cookie dialect names. `None`: it is none, or lets nobody in.
    async fn by_cookie_auth(&self, request: &Parts) -> Option<Result<Admission, Answer>> {
        let rules = self.cookie_auth.as_ref()?;
        let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
        let (_, text) = header.trim().split_once(' ')?;
        match authenticate(&self.authority, rules, text.trim()).await {
            Ok(CookieVisitor::User { user, token }) => Some(self.let_in(rules.access(), &token, user).await),
            Ok(_) => None,
            Err(error) => Some(Err(trouble(&error))),
        }
    }
}

impl Guard for Arc<Door> {
    fn admit<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Admission, Answer>> {
        Box::pin(async move {
            let refusal = match &self.simple_jwt {
                Some((guard, tokens)) => match guard.admit(request).await {
                    Ok(admission) => match admission.get::<Caller>() {
                        Some(Caller { user: Some(user), token, .. }) => {
                            return self.let_in(tokens, token, Arc::clone(user)).await;
                        }
                        _ => not_provided(),
                    },
                    Err(answer) if answer.status != StatusCode::UNAUTHORIZED => return Err(answer),
                    Err(answer) => answer,
                },
                None => not_provided(),
            };
            self.by_cookie_auth(request).await.unwrap_or(Err(refusal))
        })
    }

    fn credentials(&self) -> Vec<Vec<Credential>> {
        let mut ways = self.simple_jwt.as_ref().map_or_else(Vec::new, |(guard, _)| guard.credentials());
        if self.cookie_auth.is_some() {
            ways.push(vec![Credential::in_header("cookie_auth", AUTHORIZATION, "Bearer")]);
        }
        ways
    }

    fn failures(&self) -> Vec<Failure> {
        let only = || vec![Failure::detail(StatusCode::UNAUTHORIZED, NOT_PROVIDED)];
        self.simple_jwt.as_ref().map_or_else(only, |(guard, _)| guard.failures())
    }
}

fn not_provided() -> Answer {
    Answer::detail(StatusCode::UNAUTHORIZED, NOT_PROVIDED)
}

const NOT_PROVIDED: &str = "Authentication credentials were not provided.";

/// simplejwt's words for an access token that is not good.
fn not_valid(error: &TokenError) -> Answer {
    let message = Object::from([
        ("token_class", "AccessToken".to_owned()),
        ("token_type", "access".to_owned()),
        ("message", error.to_string()),
    ]);
    let mut body =
        Object::from([("detail", "Given token not valid for any token type"), ("code", "token_not_valid")]);
    body.insert("messages", Value::from(vec![message]));
    Answer::ok(body).with_status(StatusCode::UNAUTHORIZED)
}
