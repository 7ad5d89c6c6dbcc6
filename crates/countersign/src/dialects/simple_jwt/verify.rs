//! `POST /api/token/verify/`: whether a token is good, of whatever kind.

use super::{Desk, invalid, token_failures};
use crate::dialects::trouble;
use crate::endpoint::{Endpoint, Failure, Field, Success};
use crate::rest::{Action, Answer, BoxFuture, Call};
use countersign_core::json::Object;
use countersign_core::simple_jwt::{Verification, verify};
use std::sync::Arc;

pub(super) fn endpoint(desk: &Arc<Desk>) -> Endpoint {
    Endpoint::new(
        &desk.dialect.paths.verify,
        "Token Verify",
        "Takes a token and indicates if it is valid.  This view provides no\n\
         information about a token's fitness for a particular use.",
    )
    .post(vec![Field::token("token").write_only()], Success::ok(&[]), Verify(Arc::clone(desk)))
    .failing(token_failures().filter(|failure| failure.words != "Token has wrong type"))
    .failing([Failure::non_field("Token is blacklisted")])
}

struct Verify(Arc<Desk>);

impl Action for Verify {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            match verify(&self.0.authority, self.0.rules(), call.text("token")).await {
                Ok(Verification::Valid) => Answer::ok(Object::new()),
                Ok(Verification::Invalid(error)) => invalid(&error),
                // The serializer complains, not the view: 400, where a client might expect 401.
                Ok(Verification::Blacklisted) => Answer::non_field_error("Token is blacklisted"),
                Err(error) => trouble(&error),
            }
        })
    }
}
