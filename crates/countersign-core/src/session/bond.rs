//! Whether an access token's session still stands.

use super::terms;
use crate::authority::{Authority, Trouble};
use crate::clock::Timestamp;
use crate::store::{Session, Standing, Terms};
use crate::token::{Token, TokenError, Tokens};
use crate::user::User;

/// What an access token owes to its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bond {
    /// The session stands, or nothing is known of one: somebody else issued the token.
    Good(Option<Session>),
    /// The session is over.
    Ended(TokenError),
    /// The user has another password since.
    PasswordChanged,
}

/// Looks up the session of an access token of this user.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part.
pub(crate) async fn bond(
    authority: &Authority,
    tokens: &Tokens,
    token: &Token,
    user: &User,
) -> Result<Bond, Trouble> {
    let (Some(ledger), Some(jti)) = (&authority.ledger, tokens.jti(token)) else {
        return Ok(Bond::Good(None));
    };
    let standing = ledger.standing(jti, &user.id).await?;
    Ok(judge(standing, terms(tokens, token), user, authority.now()))
}

/// What follows from what is known of a session.
pub(crate) fn judge(standing: Standing, terms: Terms, user: &User, now: Timestamp) -> Bond {
    if terms.precede(standing.epoch) {
        return Bond::Ended(TokenError::Blacklisted);
    }
    let Some(session) = standing.session else { return Bond::Good(None) };
    if session.ended_at.is_some() {
        return Bond::Ended(TokenError::Blacklisted);
    }
    if terms.limits.are_over(session.created_at, session.used_at, now) {
        return Bond::Ended(TokenError::Expired);
    }
    if terms.tied_to_password && !session.is_of_password(&user.password) {
        return Bond::PasswordChanged;
    }
    Bond::Good(Some(session))
}
