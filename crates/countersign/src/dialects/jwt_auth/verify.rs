//! `POST /api-token-verify/`: whether a token is good, and of somebody who is active.
//!
//! The answer repeats the token. Unlike the packages' it sets no cookie: whoever can make a browser post a token
//! of theirs would log its user in as themselves.

use super::Desk;
use super::complaint;
use super::response::Given;
use crate::dialects::trouble;
use crate::endpoint::{Endpoint, Field};
use crate::rest::{Action, Answer, BoxFuture, Call};
use countersign_core::jwt_auth::{Profile, Verification, verify};
use std::sync::Arc;

pub(super) fn endpoint(desk: &Arc<Desk>) -> Endpoint {
    let description = match desk.profile() {
        Profile::Original => {
            "API View that checks the veracity of a token, returning the token if it\nis valid."
        }
        Profile::Fork => "API View that checks the validity of a token, returning the token if it\nis valid.",
    };
    Endpoint::new(&desk.dialect.paths.verify, "Verify Json Web Token", description)
        .post(vec![Field::token("token")], desk.success(), Verify(Arc::clone(desk)))
        .failing(desk.words().failures())
}

struct Verify(Arc<Desk>);

impl Action for Verify {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let (desk, text) = (&self.0, call.text("token"));
            match verify(&desk.authority, desk.rules(), text).await {
                Ok(Verification::Valid(holder)) => {
                    desk.answer(Given { text, token: &holder.token, user: &holder.user }).await
                }
                Ok(Verification::Refused(refusal)) => complaint(&desk.words().of_body(&refusal)),
                Err(error) => trouble(&error),
            }
        })
    }
}
