//! A pair of tokens for a name and a password.

use super::issue::issue;
use super::{Issued, SimpleJwtRules, record_login};
use crate::authority::{Authority, Trouble};
use crate::event::Origin;
use crate::login::{Credentials, login};

/// What became of the wish for a pair.
#[derive(Clone, PartialEq, Eq)]
pub enum Obtained {
    /// Logged in.
    Pair {
        /// The refresh token.
        refresh: String,
        /// The access token.
        access: String,
    },
    /// No user of that name, not their password, or not active.
    NoActiveAccount,
}

/// Logs a user in and begins a session.
///
/// # Errors
/// [`Trouble`] where the database or the hashing pool could not do its part, or the declared claims are too many.
pub async fn obtain(
    authority: &Authority,
    rules: &SimpleJwtRules,
    credentials: Credentials<'_>,
    origin: Origin<'_>,
) -> Result<Obtained, Trouble> {
    let login = login(authority, &rules.passwords, credentials, origin, "simple_jwt").await?;
    let Some(user) = login.holder(rules.tokens.settings().check_user_is_active) else {
        return Ok(Obtained::NoActiveAccount);
    };
    let Issued { refresh, access } = issue(authority, rules, &user, origin).await?;
    record_login(authority, rules, &user).await?;
    Ok(Obtained::Pair { refresh, access })
}
