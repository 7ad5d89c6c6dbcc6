//! `POST /api/token/blacklist/`: the end of a refresh token.

use super::{Desk, invalid, token_failures};
use crate::dialects::trouble;
use crate::endpoint::{Endpoint, Field, Success};
use crate::rest::{Action, Answer, BoxFuture, Call};
use countersign_core::json::Object;
use countersign_core::simple_jwt::{Blacklisted, blacklist};
use std::sync::Arc;

pub(super) fn endpoint(desk: &Arc<Desk>) -> Endpoint {
    Endpoint::new(
        &desk.dialect.paths.blacklist,
        "Token Blacklist",
        "Takes a token and blacklists it. Must be used with the\n\
         `rest_framework_simplejwt.token_blacklist` app installed.",
    )
    .post(vec![Field::token("refresh").write_only()], Success::ok(&[]), Blacklist(Arc::clone(desk)))
    .failing(token_failures())
}

struct Blacklist(Arc<Desk>);

impl Action for Blacklist {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            match blacklist(&self.0.authority, self.0.rules(), call.text("refresh")).await {
                Ok(Blacklisted::Done) => Answer::ok(Object::new()),
                Ok(Blacklisted::Invalid(error)) => invalid(&error),
                Err(error) => trouble(&error),
            }
        })
    }
}
