//! `POST /api-token-refresh/`: a token for the next of its line.

use super::Desk;
use super::complaint;
use super::credentials::{Presented, presented};
use super::response::Given;
use super::words::REFRESH_EXPIRED;
use crate::dialects::trouble;
use crate::endpoint::{Endpoint, Failure, Field};
use crate::rest::{Action, Answer, BoxFuture, Call};
use countersign_core::jwt_auth::{Profile, Refreshed, refresh};
use std::sync::Arc;

pub(super) fn endpoint(desk: &Arc<Desk>) -> Endpoint {
    let description = match desk.profile() {
        Profile::Original => {
            "API View that returns a refreshed token (with new expiration) based on\n\
             existing token\n\n\
             If 'orig_iat' field (original issued-at-time) is found, will first check\n\
             if it's within expiration window, then copy it to the new token"
        }
        Profile::Fork => {
            "API View that returns a refreshed token (with new expiration) based on\n\
             existing token\n\n\
             If 'orig_iat' field (original issued-at-time) is found it will first check\n\
             if it's within expiration window, then copy it to the new token."
        }
    };
    Endpoint::new(&desk.dialect.paths.refresh, "Refresh Json Web Token", description)
        .post(vec![Field::token("token").or_elsewhere()], desk.success(), Refresh(Arc::clone(desk)))
        .failing(desk.words().failures())
        .failing([Failure::non_field(desk.words().no_orig_iat()), Failure::non_field(REFRESH_EXPIRED)])
        .setting_cookies(desk.cookie_names(|cookies| cookies.auth.as_ref()))
}

struct Refresh(Arc<Desk>);

impl Action for Refresh {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let (desk, words) = (&self.0, self.0.words());
            let text = match desk.token_of(&call) {
                Ok(text) => text,
                Err(answer) => return answer,
            };
            match refresh(&desk.authority, desk.rules(), &text).await {
                Ok(Refreshed::Token { text, token, user }) => {
                    let answer = desk.answer(Given { text: &text, token: &token, user: &user }).await;
                    desk.with_cookie(answer, |cookies| cookies.auth.as_ref(), &text, call.parts)
                }
                Ok(Refreshed::Refused(refusal)) => complaint(&words.of_body(&refusal)),
                Ok(Refreshed::NoOrigIat) => complaint(words.no_orig_iat()),
                Ok(Refreshed::Ended) => complaint(REFRESH_EXPIRED),
                Err(error) => trouble(&error),
            }
        })
    }
}

impl Desk {
    /// The token in the body or, where there is none, in the `Authorization` header: a guide sends it there, and
    /// no package ever looked.
    pub(super) fn token_of(&self, call: &Call<'_>) -> Result<String, Answer> {
        if let Some(text) = call.fields.find("token") {
            return Ok(text.to_owned());
        }
        match presented(call.parts.headers(), &self.dialect.auth_header_prefix, self.profile()) {
            Presented::Token(text) => Ok(text),
            _ => Err(Answer::field_errors([("token", vec!["This field is required."])])),
        }
    }
}
