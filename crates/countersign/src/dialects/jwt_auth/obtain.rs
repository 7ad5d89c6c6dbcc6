//! `POST /api-token-auth/`: a name and a password for a token.

use super::Desk;
use super::complaint;
use super::response::Given;
use super::words::{USER_DISABLED, WRONG_CREDENTIALS};
use crate::dialects::trouble;
use crate::endpoint::{Endpoint, Failure};
use crate::rest::{Action, Answer, BoxFuture, Call};
use countersign_core::jwt_auth::{Obtained, obtain};
use countersign_core::login::Credentials;
use countersign_core::secret::Secret;
use std::sync::Arc;

pub(super) fn endpoint(desk: &Arc<Desk>) -> Endpoint {
    Endpoint::new(
        &desk.dialect.paths.obtain,
        "Obtain Json Web Token",
        "API View that receives a POST with a user's username and password.\n\n\
         Returns a JSON Web Token that can be used for authenticated requests.",
    )
    .post(desk.login_fields(), desk.success(), Obtain(Arc::clone(desk)))
    .failing([Failure::non_field(WRONG_CREDENTIALS), Failure::non_field(USER_DISABLED)])
    .setting_cookies(desk.cookie_names(|cookies| cookies.auth.as_ref()))
}

struct Obtain(Arc<Desk>);

impl Action for Obtain {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let desk = &self.0;
            let credentials = Credentials {
                username: call.text(&desk.dialect.username_field),
                password: Secret::from(call.text("password")),
            };
            match obtain(&desk.authority, desk.rules(), credentials, call.parts.origin()).await {
                Ok(Obtained::Token { text, token, user }) => {
                    let answer = desk.answer(Given { text: &text, token: &token, user: &user }).await;
                    desk.with_cookie(answer, |cookies| cookies.auth.as_ref(), &text, call.parts)
                }
                Ok(Obtained::NoActiveAccount) => complaint(WRONG_CREDENTIALS),
                Ok(Obtained::UserInactive) => complaint(USER_DISABLED),
                Err(error) => trouble(&error),
            }
        })
    }
}
