//! `/accounts/sessions/`: one's own sessions, to see and to end. No peer has it; it speaks as Django REST framework would.
//!
//! | request | answer |
//! | --- | --- |
//! | `GET …/` | 200, a list: `id`, `created_at`, `last_used_at`, `ends_at`, `address`, `user_agent`, `current` |
//! | `DELETE …/` | 200 `{"ended": 3}`: all of them, this one too |
//! | `DELETE …/others/` | 200 `{"ended": 2}`: all but this one |
//! | `DELETE …/current/` | 204: this one |
//! | `DELETE …/<id>/` | 204, or 404 where one has no such session |
//!
//! Whoever comes shows an access token of `simple_jwt` or of `cookie_auth` in `Authorization`. No page of somebody else
//! can make a browser send that header, so that no CSRF token is asked for; cookies are not looked at.

mod door;

use self::door::{Door, Visitor};
use super::cookie_auth::CookieAuth;
use super::simple_jwt::SimpleJwt;
use super::trouble;
use crate::authenticate::challenge;
use crate::endpoint::{Endpoint, Failure, Input, Member, MemberKind, Success};
use crate::rest::{Action, Answer, Body, BoxFuture, Call};
use countersign_core::authority::Authority;
use countersign_core::clock::isoformat;
use countersign_core::json::{Object, Value};
use countersign_core::sessions::{end, end_all, list};
use countersign_core::settings;
use countersign_core::store::Session;
use http::{Method, StatusCode};
use std::sync::Arc;

/// Where people see and end their sessions, and whose tokens are good for it.
pub(crate) struct Sessions<'a> {
    /// Where.
    pub(crate) path: &'a str,
    /// The dialects whose access tokens are accepted.
    pub(crate) simple_jwt: Option<&'a SimpleJwt>,
    pub(crate) cookie_auth: Option<&'a CookieAuth>,
}

const MEMBERS: &[Member] = &[
    Member::text("id"),
    Member::text("created_at"),
    Member::text("last_used_at"),
    Member::text("ends_at"),
    Member::text("address").nullable(),
    Member::text("user_agent").nullable(),
    Member::new("current", MemberKind::Boolean),
];
const ENDED: Success = Success::ok(&[Member::integer("ended")]);

impl Sessions<'_> {
    /// Its two endpoints; none where no dialect is there whose tokens have sessions.
    pub(crate) fn endpoints(&self, authority: &Authority) -> Vec<Endpoint> {
        let simple = self.simple_jwt.map(|dialect| dialect.rules.tokens.settings());
        let cookie = self.cookie_auth.map(|dialect| dialect.rules().refresh().settings());
        let Some(rules) = simple.or(cookie).filter(|_| authority.ledger.is_some()) else { return Vec::new() };
        let door = Arc::new(Door::new(authority, self.simple_jwt, self.cookie_auth));
        let desk = Arc::new(Desk { authority: authority.clone(), sessions: rules.sessions });
        let challenge = challenge(&rules.auth_header_types);
        let all = Endpoint::new(self.path, "Session List", "One's own sessions.")
            .get(Success::ok(MEMBERS).list(), List(Arc::clone(&desk)))
            .operation(Method::DELETE, Input::Nothing, ENDED, EndAll(Arc::clone(&desk)));
        let one = Endpoint::new(
            self.path,
            "Session Instance",
            "One of one's own sessions, by its id; `current` is this one, and `others` are all but this one.",
        )
        .with_tail("id")
        .operation(Method::DELETE, Input::Nothing, Success::no_content(), End(desk))
        .failing([NOT_FOUND, UNKNOWN]);
        [all, one]
            .map(|endpoint| {
                endpoint.guarded(Arc::clone(&door)).challenging(challenge.clone()).grouped("sessions")
            })
            .into()
    }
}

struct Desk {
    authority: Authority,
    sessions: settings::Sessions,
}

struct List(Arc<Desk>);
struct EndAll(Arc<Desk>);
struct End(Arc<Desk>);

impl Action for List {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let Some(visitor) = call.admission.get::<Visitor>() else { return not_found() };
            match list(&self.0.authority, &self.0.sessions, &visitor.user).await {
                Ok(sessions) => {
                    let shown = sessions.iter().map(|session| self.0.body(session, visitor));
                    Answer::ok(shown.collect::<Vec<_>>()).secret()
                }
                Err(error) => trouble(&error),
            }
        })
    }
}

impl Action for EndAll {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let Some(visitor) = call.admission.get::<Visitor>() else { return not_found() };
            self.0.end_all(visitor, None).await
        })
    }
}

impl Action for End {
    fn act<'a>(&'a self, call: Call<'a>) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let Some(visitor) = call.admission.get::<Visitor>() else { return not_found() };
            let tail = call.parts.tail();
            let id = match (&*tail, visitor.session.as_deref()) {
                ("others" | "current", None) => return unknown(),
                ("others", Some(current)) => return self.0.end_all(visitor, Some(current)).await,
                ("current", Some(current)) => current,
                (id, _) => id,
            };
            match end(&self.0.authority, &visitor.user, id).await {
                Ok(true) => Answer::new(StatusCode::NO_CONTENT, Body::Empty),
                Ok(false) => not_found(),
                Err(error) => trouble(&error),
            }
        })
    }
}

impl Desk {
    async fn end_all(&self, visitor: &Visitor, but: Option<&str>) -> Answer {
        match end_all(&self.authority, &visitor.user, but).await {
            Ok(ended) => Answer::ok(Object::from([("ended", i64::try_from(ended).unwrap_or(i64::MAX))])),
            Err(error) => trouble(&error),
        }
    }

    fn body(&self, session: &Session, visitor: &Visitor) -> Object {
        let limit = self.sessions.limits.end(session.created_at, session.used_at);
        let end = limit.map_or(session.expires_at, |limit| limit.min(session.expires_at));
        let address = session.address.map(|address| address.to_string());
        let mut body = Object::from([
            ("id", session.id.clone()),
            ("created_at", isoformat(session.created_at)),
            ("last_used_at", isoformat(session.used_at)),
            ("ends_at", isoformat(end)),
        ]);
        body.insert("address", address.map_or(Value::Null, Value::from));
        body.insert("user_agent", session.user_agent.clone().map_or(Value::Null, Value::from));
        body.insert("current", visitor.session.as_deref() == Some(&session.id));
        body
    }
}

const NOT_FOUND: Failure = Failure::detail(StatusCode::NOT_FOUND, "Not found.");

/// Which session is this one cannot be told.
const UNKNOWN: Failure =
    Failure::code(StatusCode::CONFLICT, "The session of this token is not known.", "session_not_known");

fn not_found() -> Answer {
    Answer::detail(StatusCode::NOT_FOUND, "Not found.")
}

fn unknown() -> Answer {
    Answer::code(StatusCode::CONFLICT, "The session of this token is not known.", "session_not_known")
}
