//! `POST /api/token/sliding/` and `/api/token/sliding/refresh/`: one token that authenticates and is refreshed.

use super::{
    Desk, LOGIN_FAILURE, USER_FAILURES, invalid, no_active_account, no_active_account_for_token,
    password_changed, token_failures,
};
use crate::dialects::trouble;
use crate::endpoint::{Endpoint, Field, Member, Success};
use crate::rest::{Action, Answer, BoxFuture, Call};
use countersign_core::authority::Trouble;
use countersign_core::json::Object;
use countersign_core::simple_jwt::{Slid, obtain_sliding, refresh_sliding};
use std::sync::Arc;

const SUCCESS: Success = Success::ok(&[Member::token("token")]);

pub(super) fn obtain_endpoint(desk: &Arc<Desk>) -> Endpoint {
    Endpoint::new(
        &desk.dialect.paths.sliding_obtain,
        "Token Obtain Sliding",
        "Takes a set of user credentials and returns a sliding JSON web token to\n\
         prove the authentication of those credentials.",
    )
    .post(desk.login_fields(), SUCCESS, ObtainSliding(Arc::clone(desk)))
    .failing([LOGIN_FAILURE])
}

pub(super) fn refresh_endpoint(desk: &Arc<Desk>) -> Endpoint {
    Endpoint::new(
        &desk.dialect.paths.sliding_refresh,
        "Token Refresh Sliding",
        "Takes a sliding JSON web token and returns a new, refreshed version if the\n\
         token's refresh period has not expired.",
    )
    .post(vec![Field::token("token")], SUCCESS, RefreshSliding(Arc::clone(desk)))
    .failing(token_failures())
    .failing(USER_FAILURES)
}

struct ObtainSliding(Arc<Desk>);

impl Action for ObtainSliding {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let credentials = self.0.credentials(&call);
            let slid =
                obtain_sliding(&self.0.authority, self.0.rules(), credentials, call.parts.origin()).await;
            answer(slid, no_active_account)
        })
    }
}

struct RefreshSliding(Arc<Desk>);

impl Action for RefreshSliding {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let slid =
                refresh_sliding(&self.0.authority, self.0.rules(), call.text("token"), call.parts.origin())
                    .await;
            answer(slid, no_active_account_for_token)
        })
    }
}

fn answer(slid: Result<Slid, Trouble>, no_active_account: fn() -> Answer) -> Answer {
    match slid {
        Ok(Slid::Token(token)) => Answer::ok(Object::from([("token", token)])).secret(),
        Ok(Slid::Invalid(error)) => invalid(&error),
        Ok(Slid::NoActiveAccount) => no_active_account(),
        Ok(Slid::PasswordChanged) => password_changed(),
        Err(error) => trouble(&error),
    }
}
