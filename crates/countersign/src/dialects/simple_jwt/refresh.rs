//! `POST /api/token/refresh/`: a refresh token for a new access token, and where they rotate a new refresh token.

use super::{Desk, USER_FAILURES, invalid, no_active_account_for_token, password_changed, token_failures};
use crate::dialects::trouble;
use crate::endpoint::{Endpoint, Field, Member, Success};
use crate::rest::{Action, Answer, BoxFuture, Call};
use countersign_core::json::Object;
use countersign_core::simple_jwt::{Refreshed, refresh};
use countersign_core::token::TokenError;
use std::sync::Arc;

const SUCCESS: Success = Success::ok(&[Member::token("access"), Member::token("refresh").optional()]);

pub(super) fn endpoint(desk: &Arc<Desk>) -> Endpoint {
    Endpoint::new(
        &desk.dialect.paths.refresh,
        "Token Refresh",
        "Takes a refresh type JSON web token and returns an access type JSON web\n\
         token if the refresh token is valid.",
    )
    .post(
        vec![Field::token("refresh"), Field::token("access").read_only()],
        SUCCESS,
        Refresh(Arc::clone(desk)),
    )
    .failing(token_failures())
    .failing(USER_FAILURES)
}

struct Refresh(Arc<Desk>);

impl Action for Refresh {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let text = call.text("refresh");
            match refresh(&self.0.authority, self.0.rules(), text, call.parts.origin()).await {
                Ok(Refreshed::Renewed { access, refresh }) => renewed(access, refresh),
                Ok(Refreshed::Invalid(error)) => invalid(&error),
                // The word for a token that never was: whether a user was deleted is nobody's business.
                Ok(Refreshed::UserGone) => invalid(&TokenError::Invalid),
                Ok(Refreshed::NoActiveAccount) => no_active_account_for_token(),
                Ok(Refreshed::PasswordChanged) => password_changed(),
                Err(error) => trouble(&error),
            }
        })
    }
}

fn renewed(access: String, refresh: Option<String>) -> Answer {
    let mut body = Object::from([("access", access)]);
    if let Some(refresh) = refresh {
        body.insert("refresh", refresh);
    }
    Answer::ok(body).secret()
}
