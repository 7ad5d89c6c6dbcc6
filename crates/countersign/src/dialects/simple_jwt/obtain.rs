//! `POST /api/token/`: a name and a password for a pair of tokens.

use super::{Desk, LOGIN_FAILURE, no_active_account};
use crate::dialects::trouble;
use crate::endpoint::{Endpoint, Member, Success};
use crate::rest::{Action, Answer, BoxFuture, Call};
use countersign_core::json::Object;
use countersign_core::simple_jwt::{Obtained, obtain};
use std::sync::Arc;

const SUCCESS: Success = Success::ok(&[Member::token("refresh"), Member::token("access")]);

pub(super) fn endpoint(desk: &Arc<Desk>) -> Endpoint {
    Endpoint::new(
        &desk.dialect.paths.obtain,
        "Token Obtain Pair",
        "Takes a set of user credentials and returns an access and refresh JSON web\n\
         token pair to prove the authentication of those credentials.",
    )
    .post(desk.login_fields(), SUCCESS, Obtain(Arc::clone(desk)))
    .failing([LOGIN_FAILURE])
}

struct Obtain(Arc<Desk>);

impl Action for Obtain {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let credentials = self.0.credentials(&call);
            match obtain(&self.0.authority, self.0.rules(), credentials, call.parts.origin()).await {
                Ok(Obtained::Pair { refresh, access }) => {
                    Answer::ok(Object::from([("refresh", refresh), ("access", access)])).secret()
                }
                Ok(Obtained::NoActiveAccount) => no_active_account(),
                Err(error) => trouble(&error),
            }
        })
    }
}
