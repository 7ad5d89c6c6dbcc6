//! The access token in `Authorization`: the recipe's `JWTAuthentication`.

use super::Desk;
use super::transport::form_token;
use crate::csrf::CsrfFailure;
use crate::dialects::trouble;
use crate::endpoint::{Credential, Endpoint, Failure};
use crate::rest::{Admission, Answer, BoxFuture, Call, Guard, Parts};
use countersign_core::cookie_auth::{Visitor, authenticate};
use countersign_core::user::User;
use http::Method;
use http::header::AUTHORIZATION;
use std::sync::Arc;

/// Admits whoever the header names, and, where that is not required, whoever sends none.
pub(super) struct HeaderAuthentication {
    desk: Arc<Desk>,
    required: bool,
}

impl HeaderAuthentication {
    /// Demands the header.
    pub(super) fn required(desk: &Arc<Desk>) -> Self {
        Self { desk: Arc::clone(desk), required: true }
    }

    /// The endpoint as the recipe has it: a header that is sent must be good, though nothing needs it. Otherwise the
    /// header is ignored, so that an old access token does not keep anybody from logging in.
    pub(super) fn beside(endpoint: Endpoint, desk: &Arc<Desk>) -> Endpoint {
        if desk.dialect.strict_peer {
            endpoint.guarded(Self { desk: Arc::clone(desk), required: false })
        } else {
            endpoint
        }
    }
}

impl Guard for HeaderAuthentication {
    fn admit<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Admission, Answer>> {
        Box::pin(async move {
            self.look_at(request).await.map_err(|refusal| match refusal {
                Refusal::Credentials(answer) => self.desk.as_the_recipe(answer, request),
                Refusal::Forged(failure) => self.desk.forged(&failure, request),
            })
        })
    }

    fn credentials(&self) -> Vec<Vec<Credential>> {
        let way = vec![Credential::in_header("cookie_auth", AUTHORIZATION, "Bearer")];
        if self.required { vec![way] } else { vec![Vec::new(), way] }
    }

    fn failures(&self) -> Vec<Failure> {
        self.desk.header_failures()
    }
}

/// Why somebody is not let in.
enum Refusal {
    Credentials(Answer),
    Forged(CsrfFailure),
}

impl From<Answer> for Refusal {
    fn from(answer: Answer) -> Self {
        Self::Credentials(answer)
    }
}

impl HeaderAuthentication {
    async fn look_at(&self, request: &Parts) -> Result<Admission, Refusal> {
        let desk = &*self.desk;
        let token = match presented(request, desk.dialect.strict_peer) {
            Presented::Token(token) => token,
            Presented::Nothing if self.required => return Err(desk.not_provided().into()),
            Presented::Nothing => return Ok(Admission::anonymous()),
            Presented::NoPrefix => return Err(desk.unauthenticated("Token prefix missing").into()),
            Presented::TooMuch => {
                let detail = "Authorization header must contain two space-delimited values";
                return Err(desk.unauthenticated(detail).into());
            }
        };
        let user = desk.holder(&token).await?;
        // A form brings its token in the body, which is yet to be read: the action goes on.
        let is_pending = request.method() == Method::POST && request.is_form();
        if desk.dialect.strict_peer && !is_pending {
            let checked = desk.dialect.csrf.check(&request.request, &desk.site(request), None);
            checked.map_err(Refusal::Forged)?;
        }
        Ok(Admission::of(user))
    }
}

impl Desk {
    async fn holder(&self, token: &str) -> Result<Arc<User>, Answer> {
        match authenticate(&self.authority, self.rules(), token).await {
            Ok(Visitor::User { user, .. }) => Ok(user),
            Ok(Visitor::Invalid(error)) => Err(self.invalid(&error, "access_token expired")),
            Ok(Visitor::NotFound) => Err(self.user_not_found()),
            Ok(Visitor::Inactive) => Err(self.user_is_inactive()),
            Err(error) => Err(trouble(&error)),
        }
    }

    /// The recipe's CSRF check of a request that a header authenticated, for forms. By default there is none: no page
    /// of somebody else can make a browser send that header.
    pub(super) fn check_header_request(&self, call: &Call<'_>) -> Result<(), CsrfFailure> {
        if !self.dialect.strict_peer || call.admission.get::<Arc<User>>().is_none() {
            return Ok(());
        }
        let form_token = form_token(call.parts, &call.body);
        self.dialect.csrf.check(&call.parts.request, &self.site(call.parts), form_token)
    }
}

/// What a request's header holds.
enum Presented {
    Nothing,
    NoPrefix,
    TooMuch,
    Token(String),
}

/// Any word may stand before the token. The recipe splits at single spaces and reads the second word, whatever follows;
/// otherwise there must be exactly two.
fn presented(request: &Parts, as_the_recipe: bool) -> Presented {
    let values = request.headers().get_all(AUTHORIZATION).iter();
    let values = values.map(|value| value.as_bytes().trim_ascii()).collect::<Vec<_>>();
    let header = values.join(&b","[..]);
    let header = String::from_utf8_lossy(&header);
    if header.is_empty() {
        return Presented::Nothing;
    }
    let words = if as_the_recipe {
        header.split(' ').take(2).collect::<Vec<_>>()
    } else {
        header.split_ascii_whitespace().collect()
    };
    match words[..] {
        [_, token] => Presented::Token(token.to_owned()),
        [_] | [] => Presented::NoPrefix,
        _ => Presented::TooMuch,
    }
}
