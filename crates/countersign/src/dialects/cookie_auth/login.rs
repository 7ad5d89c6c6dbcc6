//! `POST /accounts/login`: a name and a password for an access token, and a session in a cookie.

use super::Desk;
use super::description::{self, USER, USER_IN_PART};
use super::header::HeaderAuthentication;
use super::transport::{REFRESH_TOKEN, Transport};
use crate::dialects::trouble;
use crate::endpoint::{Endpoint, Field, Input, Member, Success};
use crate::rest::{Action, Answer, BoxFuture, Call, Parts};
use countersign_core::cookie_auth::{LoggedIn, log_in};
use countersign_core::json::{Object, Value};
use countersign_core::login::Credentials;
use countersign_core::secret::Secret;
use http::Method;
use std::sync::Arc;

pub(super) fn endpoint(desk: &Arc<Desk>) -> Endpoint {
    const TOKENS: [Member; 2] = [Member::token("access_token"), Member::token(REFRESH_TOKEN).optional()];
    const WHOLE: &[Member] = &[TOKENS[0], TOKENS[1], USER];
    const IN_PART: &[Member] = &[TOKENS[0], TOKENS[1], USER_IN_PART];
    let success = desk.with_user(Success::ok(WHOLE), Success::ok(IN_PART));
    let endpoint = Endpoint::new(&desk.dialect.paths.login, "Login", "").operation(
        Method::POST,
        Input::Data,
        success,
        LogIn(Arc::clone(desk)),
    );
    let credentials = vec![Field::text("username"), Field::password("password").trimmed(false)];
    let endpoint = endpoint
        .reading(credentials.into_iter().chain([description::transport()]).collect())
        .failing(desk.login_failures())
        .setting_cookies(desk.cookie_names());
    HeaderAuthentication::beside(endpoint, desk)
}

struct LogIn(Arc<Desk>);

impl Action for LogIn {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let desk = &*self.0;
            let from = desk.dialect.door.check_origin(call.parts.headers(), &desk.site(call.parts));
            if let Err(failure) = from.and_then(|()| desk.check_header_request(&call)) {
                return desk.forged(&failure, call.parts);
            }
            match desk.transport(&call) {
                Ok(Transport::Body(_)) => {
                    desk.log_in(&call, None).await.map_or_else(|refusal| refusal, in_body)
                }
                Ok(Transport::Cookie(presented)) => {
                    let answer = match desk.log_in(&call, presented.as_deref()).await {
                        Ok(LogIns { refresh, members }) => {
                            desk.with_refresh_cookie(Answer::ok(members).secret(), &refresh)
                        }
                        Err(refusal) => refusal,
                    };
                    // The recipe gives the CSRF cookie with every answer of this endpoint.
                    desk.with_csrf_cookie(answer, call.parts)
                }
                Err(refusal) => refusal,
            }
        })
    }

    fn unread(&self, request: &Parts, refusal: Answer) -> Answer {
        if self.0.dialect.strict_peer { self.0.with_csrf_cookie(refusal, request) } else { refusal }
    }
}

/// A login that succeeded.
struct LogIns {
    refresh: String,
    members: Object,
}

fn in_body(LogIns { refresh, members }: LogIns) -> Answer {
    let mut body = Object::new();
    for (name, value) in members.iter() {
        body.insert(name, value.clone());
        if name == "access_token" {
            body.insert(REFRESH_TOKEN, refresh.as_str());
        }
    }
    Answer::ok(body).secret()
}

impl Desk {
    async fn log_in(&self, call: &Call<'_>, presented: Option<&str>) -> Result<LogIns, Answer> {
        let member = |name: &str| call.body.get(name).filter(|value| **value != Value::Null);
        let (Some(username), Some(password)) = (member("username"), member("password")) else {
            return Err(self.unauthenticated("username and password required"));
        };
        // What is no text is nobody's name or password, and no text of a database holds U+0000.
        let username = match username {
            Value::String(text) if !text.contains('\0') => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err(self.no_active_account()),
        };
        let Some(password) = password.as_str() else {
            return Err(self.no_active_account());
        };
        let credentials = Credentials { username: &username, password: Secret::from(password) };
        match log_in(&self.authority, self.rules(), credentials, presented, call.parts.origin()).await {
            Ok(LoggedIn::In { user, refresh, access }) => {
                let mut members = Object::new();
                members.insert("access_token", access);
                members.insert("user", self.person(&user));
                Ok(LogIns { refresh, members })
            }
            Ok(LoggedIn::NoActiveAccount) => Err(self.no_active_account()),
            Err(error) => Err(trouble(&error)),
        }
    }

    /// One answer for unknown, inactive and wrong, where the recipe tells who exists. To clients that know the recipe
    /// it is the sentence for a wrong password.
    fn no_active_account(&self) -> Answer {
        self.unauthenticated(if self.dialect.strict_peer {
            "wrong password"
        } else {
            "No active account found with the given credentials"
        })
    }
}
