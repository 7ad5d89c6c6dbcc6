//! `POST /accounts/logout`: the end of the session, and of its cookies. The recipe has none.

use super::Desk;
use super::description;
use super::transport::{Transport, form_token, token_missing};
use crate::dialects::trouble;
use crate::endpoint::{Endpoint, Input, Success};
use crate::rest::{Action, Answer, BoxFuture, Call};
use countersign_core::cookie_auth::{Ended, log_out};
use countersign_core::json::Object;
use http::Method;
use std::sync::Arc;

pub(super) fn endpoint(desk: &Arc<Desk>) -> Endpoint {
    Endpoint::new(&desk.dialect.paths.logout, "Logout", "Ends the session.")
        .operation(Method::POST, Input::Data, Success::ok(&[]), LogOut(Arc::clone(desk)))
        .reading(description::token_in_body())
        .failing(desk.refresh_failures())
        .setting_cookies(desk.cookie_names())
        .admitting(desk.cookie_credentials())
}

struct LogOut(Arc<Desk>);

impl Action for LogOut {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let desk = &*self.0;
            match desk.transport(&call) {
                Ok(Transport::Cookie(Some(token))) => desk.out_by_cookie(&call, &token).await,
                Ok(Transport::Cookie(None)) => desk.with_csrf_token(desk.not_provided(), call.parts),
                Ok(Transport::Body(Some(token))) => {
                    match log_out(&desk.authority, desk.rules(), &token).await {
                        Ok(Ended::Done) => Answer::ok(Object::new()),
                        Ok(Ended::Invalid(error)) => {
                            desk.invalid(&error, "expired refresh token, please login again.")
                        }
                        Err(error) => trouble(&error),
                    }
                }
                Ok(Transport::Body(None)) => token_missing(),
                Err(refusal) => refusal,
            }
        })
    }
}

impl Desk {
    /// A session that is over already ends well too: what the client wants is to be rid of it.
    async fn out_by_cookie(&self, call: &Call<'_>, token: &str) -> Answer {
        let form_token = form_token(call.parts, &call.body);
        let checked = self.dialect.csrf.check(&call.parts.request, &self.site(call.parts), form_token);
        if let Err(failure) = checked {
            return self.forged(&failure, call.parts);
        }
        match log_out(&self.authority, self.rules(), token).await {
            Ok(Ended::Done | Ended::Invalid(_)) => self.without_cookies(Answer::ok(Object::new())),
            Err(error) => trouble(&error),
        }
    }
}
