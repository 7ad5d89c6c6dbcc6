//! What happened at the door: who came, from where, how, and what came of it. Never a secret.

use crate::clock::Timestamp;
use crate::user::UserId;

/// Where a request came from and what it was: handed through the rules to the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The client's address, as far as it can be trusted.
    pub address: Option<std::net::IpAddr>,
    /// `User-Agent`
    pub user_agent: Option<&'a str>,
    /// The id of the request, the same as in the log and in the answer.
    pub request_id: Option<&'a str>,
}

/// An attempt to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginEvent<'a> {
    /// When it was decided.
    pub at: Timestamp,
    /// The name that was given. People type passwords into the wrong field: a log may show it only where
    /// `user` is known.
    pub username: &'a str,
    /// The user, if there is one of that name.
    pub user: Option<&'a UserId>,
    /// From where.
    pub origin: Origin<'a>,
    /// By which endpoint: `simple_jwt`, `sliding`, `jwt_auth`, `cookie_auth`.
    pub method: &'static str,
    /// What came of it.
    pub outcome: LoginOutcome,
}

/// What came of an attempt to log in. A client is told less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoginOutcome {
    /// Logged in.
    Success,
    /// There is no user of that name.
    UnknownUser,
    /// The password is not the user's.
    WrongPassword,
    /// The password is right, the user is not active.
    Inactive,
    /// Too many passwords were waiting.
    Overloaded,
}

/// Something that happened to a family of refresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReuseEvent<'a> {
    /// When.
    pub at: Timestamp,
    /// The id of the token that was used again.
    pub jti: &'a str,
    /// Whose it was.
    pub user: Option<&'a UserId>,
    /// From where.
    pub origin: Origin<'a>,
}

/// Hears of what happened: for a log, a counter, an audit trail or one's own hook. Called inline, so brief.
pub trait Events: Send + Sync {
    /// Someone tried to log in.
    fn login(&self, event: &LoginEvent<'_>);

    /// A used refresh token came again, outside the grace, and its family was revoked.
    fn reuse(&self, event: &ReuseEvent<'_>);
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEvents;

impl Events for NoEvents {
    fn login(&self, _: &LoginEvent<'_>) {}
    fn reuse(&self, _: &ReuseEvent<'_>) {}
}
