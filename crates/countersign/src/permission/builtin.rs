//! The framework's permissions, drf-jwt's, and the one that asks nobody.

use super::{Permission, Visit};
use crate::rejection::{Reason, Rejection};
use crate::rest::Answer;
use http::StatusCode;
use http::header::AUTHORIZATION;

/// Everybody may. As in the framework, a token that is presented must still be good; where even that is not to be asked,
/// use [`Open`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AllowAny;

/// Whoever is authenticated may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IsAuthenticated;

/// Staff may: users with `is_staff`, and without a look-up tokens that carry the claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IsAdminUser;

/// Whoever is authenticated may, and everybody may read: `GET`, `HEAD` and `OPTIONS`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IsAuthenticatedOrReadOnly;

/// Whoever's token was not ended may: drf-jwt's permission, for routes that do not look the user up.
///
/// It looks at the blacklist by the token's id, and at the token's session: behind it an access token ends with a logout,
/// a revocation or another password, at the next request. It answers as drf-jwt does: a request without credentials gets
/// 401 `Incorrect authentication credentials.`, one with credentials of another sort passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IsNotBlacklisted;

/// Nobody is asked: the route is public, and a header that somebody sends along is not looked at. Extractors behind it
/// still work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Open;

impl Permission for AllowAny {
    async fn has_permission(&self, _: &Visit<'_>) -> Result<bool, Rejection> {
        Ok(true)
    }
}

impl Permission for IsAuthenticated {
    async fn has_permission(&self, visit: &Visit<'_>) -> Result<bool, Rejection> {
        Ok(visit.caller().is_some())
    }
}

impl Permission for IsAdminUser {
    async fn has_permission(&self, visit: &Visit<'_>) -> Result<bool, Rejection> {
        Ok(visit.caller().is_some_and(crate::authenticate::Caller::is_staff))
    }
}

impl Permission for IsAuthenticatedOrReadOnly {
    async fn has_permission(&self, visit: &Visit<'_>) -> Result<bool, Rejection> {
        Ok(visit.is_read_only() || visit.caller().is_some())
    }
}

impl Permission for IsNotBlacklisted {
    async fn has_permission(&self, visit: &Visit<'_>) -> Result<bool, Rejection> {
        if visit.caller().is_none() {
            return if visit.headers().contains_key(AUTHORIZATION) { Ok(true) } else { Err(incorrect()) };
        }
        if visit.is_blacklisted().await? { Err(blacklisted()) } else { Ok(true) }
    }
}

impl Permission for Open {
    async fn has_permission(&self, _: &Visit<'_>) -> Result<bool, Rejection> {
        Ok(true)
    }

    fn is_open(&self) -> bool {
        true
    }
}

fn incorrect() -> Rejection {
    let answer = Answer::detail(StatusCode::UNAUTHORIZED, "Incorrect authentication credentials.");
    Rejection::new(Reason::NotProvided, answer)
}

/// simplejwt's words, and its status: the client has to log in again.
fn blacklisted() -> Rejection {
    Rejection::token(Reason::Blacklisted, "Token is blacklisted", "token_not_valid")
}
