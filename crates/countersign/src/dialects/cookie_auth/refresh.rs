//! `POST /accounts/refresh_token`: the refresh token for a new access token, and for its own successor.

use super::Desk;
use super::description;
use super::header::HeaderAuthentication;
use super::transport::{REFRESH_TOKEN, Transport, form_token, token_missing};
use crate::dialects::trouble;
use crate::endpoint::{Endpoint, Input, Member, Success};
use crate::rest::{Action, Answer, BoxFuture, Call};
use countersign_core::cookie_auth::{Refreshed, refresh};
use countersign_core::json::Object;
use http::Method;
use std::sync::Arc;

pub(super) fn endpoint(desk: &Arc<Desk>) -> Endpoint {
    let success =
        Success::ok(const { &[Member::token("access_token"), Member::token(REFRESH_TOKEN).optional()] });
    let endpoint = Endpoint::new(&desk.dialect.paths.refresh, "Refresh", "").operation(
        Method::POST,
        Input::Data,
        success,
        Refresh(Arc::clone(desk)),
    );
    let endpoint = endpoint
        .reading(description::token_in_body())
        .failing(desk.refresh_failures())
        .setting_cookies(desk.cookie_names())
        .admitting(desk.cookie_credentials());
    HeaderAuthentication::beside(endpoint, desk)
}

struct Refresh(Arc<Desk>);

impl Action for Refresh {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let desk = &*self.0;
            match desk.transport(&call) {
                Ok(Transport::Cookie(token)) => desk.by_cookie(&call, token).await,
                Ok(Transport::Body(Some(token))) => match desk.refresh(&call, &token).await {
                    Ok((mut body, successor)) => {
                        body.insert(REFRESH_TOKEN, successor);
                        Answer::ok(body).secret()
                    }
                    Err(refusal) => refusal,
                },
                Ok(Transport::Body(None)) => token_missing(),
                Err(refusal) => refusal,
            }
        })
    }
}

impl Desk {
    /// A cookie is sent by the browser, whoever made it do so: the request must be proved to be meant. No failure
    /// clears it, since one that lost a race against another tab has no say in whether the session is over.
    async fn by_cookie(&self, call: &Call<'_>, token: Option<String>) -> Answer {
        if token.is_none() && !self.dialect.strict_peer {
            return self.with_csrf_token(self.not_provided(), call.parts);
        }
        let form_token = form_token(call.parts, &call.body);
        let checked = self.dialect.csrf.check(&call.parts.request, &self.site(call.parts), form_token);
        if let Err(failure) = checked {
            return self.forged(&failure, call.parts);
        }
        let Some(token) = token else {
            return self.not_provided();
        };
        match self.refresh(call, &token).await {
            Ok((body, successor)) => {
                let answer = self.with_refresh_cookie(Answer::ok(body).secret(), &successor);
                self.with_csrf_token(answer, call.parts)
            }
            Err(refusal) => self.with_csrf_token(refusal, call.parts),
        }
    }

    /// The body with the access token, and the successor.
    async fn refresh(&self, call: &Call<'_>, token: &str) -> Result<(Object, String), Answer> {
        match refresh(&self.authority, self.rules(), token, call.parts.origin()).await {
            Ok(Refreshed::Renewed { access, refresh }) => {
                let successor = refresh.unwrap_or_else(|| token.to_owned());
                Ok((Object::from([("access_token", access)]), successor))
            }
            Ok(Refreshed::Invalid(error)) => {
                Err(self.invalid(&error, "expired refresh token, please login again."))
            }
            Ok(Refreshed::NoActiveAccount) => Err(self.user_is_inactive()),
            Ok(Refreshed::UserGone | Refreshed::PasswordChanged) => Err(self.user_not_found()),
            Err(error) => Err(trouble(&error)),
        }
    }
}
