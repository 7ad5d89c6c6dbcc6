//! The guards of endpoints: of protected ones, and of the dialect's own.

use super::door::{Carried, Door, Entered};
use super::words::{FORBIDDEN, forbidden};
use crate::authenticate::Caller;
use crate::endpoint::{Credential, Failure};
use crate::rejection::Rejection;
use crate::rest::{Admission, Answer, BoxFuture, Guard, Parts};
use countersign_core::simple_jwt::{self, Authentication, Mode, SimpleJwtRules};
use countersign_core::token::Token;
use http::HeaderValue;
use std::sync::Arc;

/// Admits requests that carry a good token in their header or a cookie, as a [`Caller`]; answers the others in the
/// package's words.
pub struct JsonWebTokenAuthentication {
    door: Arc<Door>,
    accept_simple_jwt: Option<SimpleJwtRules>,
    challenge: HeaderValue,
    user_id_claim: Arc<str>,
}

impl JsonWebTokenAuthentication {
    pub(super) fn new(
        door: Arc<Door>,
        accept_simple_jwt: Option<SimpleJwtRules>,
        challenge: HeaderValue,
    ) -> Self {
        Self { door, accept_simple_jwt, challenge, user_id_claim: "user_id".into() }
    }

    /// `WWW-Authenticate` of the answers to those who are not admitted.
    #[must_use]
    pub fn challenge(&self) -> HeaderValue {
        self.challenge.clone()
    }

    /// Whom a token of the other dialect authenticates, where such tokens are accepted. Why it does not is not
    /// said: the answer is about a token of ours.
    async fn accepted(&self, text: &str) -> Result<Option<Caller>, Rejection> {
        let Some(rules) = &self.accept_simple_jwt else { return Ok(None) };
        match simple_jwt::authenticate(self.door.authority(), rules, text, Mode::Stateful).await {
            Ok(Authentication::Admitted { user, token }) => {
                Ok(Some(Caller::new(user, token, &self.user_id_claim)))
            }
            Ok(_) => Ok(None),
            Err(error) => Err(Rejection::from(&error)),
        }
    }

    /// Whom the header of a request names, or its cookie.
    pub(crate) async fn caller(&self, request: &http::request::Parts) -> Result<Caller, Rejection> {
        let carried = self.door.carried(request)?;
        let caller = match self.holder(carried.text()).await {
            Err(refusal) if matches!(carried, Carried::InHeader(_)) => {
                self.accepted(carried.text()).await?.ok_or(refusal)?
            }
            holder => holder?,
        };
        self.door.check_origin(request, &carried)?;
        Ok(caller)
    }

    /// Whom a token names.
    pub(crate) async fn holder(&self, text: &str) -> Result<Caller, Rejection> {
        let holder = self.door.authenticate(text).await?;
        let token = Token::from(holder.token.claims().clone());
        Ok(Caller::new(Some(holder.user), token, &self.user_id_claim))
    }
}

impl Guard for JsonWebTokenAuthentication {
    fn admit<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Admission, Answer>> {
        Box::pin(async move { Ok(Admission::of(self.caller(&request.request).await?)) })
    }

    fn credentials(&self) -> Vec<Vec<Credential>> {
        self.door.credentials()
    }

    fn failures(&self) -> Vec<Failure> {
        self.door.failures()
    }
}

/// The guard of the dialect's own endpoints: admits an [`Entered`].
pub(super) struct Members {
    pub(super) door: Arc<Door>,
    /// Whether only superusers may go on.
    pub(super) superusers_only: bool,
}

impl Guard for Members {
    fn admit<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Admission, Answer>> {
        Box::pin(async move {
            let entered: Entered = self.door.enter(&request.request).await?;
            if self.superusers_only && !entered.holder.user.is_superuser {
                return Err(forbidden());
            }
            Ok(Admission::of(entered))
        })
    }

    fn credentials(&self) -> Vec<Vec<Credential>> {
        self.door.credentials()
    }

    fn failures(&self) -> Vec<Failure> {
        let mut failures = self.door.failures();
        failures.extend(self.superusers_only.then_some(FORBIDDEN));
        failures
    }
}
