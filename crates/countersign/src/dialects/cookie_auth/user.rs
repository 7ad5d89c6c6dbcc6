//! `GET /accounts/user`: who the access token is of.

use super::Desk;
use super::description::{USER, USER_IN_PART};
use super::header::HeaderAuthentication;
use crate::endpoint::{Endpoint, Input, Success};
use crate::rest::{Action, Answer, BoxFuture, Call};
use countersign_core::json::Object;
use countersign_core::user::User;
use http::Method;
use std::sync::Arc;

pub(super) fn endpoint(desk: &Arc<Desk>) -> Endpoint {
    let success = desk.with_user(Success::ok(&[USER]), Success::ok(&[USER_IN_PART]));
    let endpoint = Endpoint::new(&desk.dialect.paths.user, "User", "")
        .get(success, Show(Arc::clone(desk)))
        .guarded(HeaderAuthentication::required(desk));
    if desk.dialect.strict_peer {
        // The recipe checks unsafe requests with a header token for CSRF, and this is where that can be seen.
        return endpoint.operation(Method::POST, Input::Data, success, Show(Arc::clone(desk)));
    }
    endpoint
}

struct Show(Arc<Desk>);

impl Action for Show {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            if let Err(failure) = self.0.check_header_request(&call) {
                return self.0.forged(&failure, call.parts);
            }
            match call.admission.get::<Arc<User>>() {
                Some(user) => {
                    let mut body = Object::new();
                    body.insert("user", self.0.person(user));
                    self.0.as_the_recipe(Answer::ok(body), call.parts)
                }
                None => self.0.not_provided(),
            }
        })
    }
}
