//! A pair of tokens for a name and a password.

use super::issue::issue;
use super::{Issued, SimpleJwtRules};
use crate::authority::{Authority, Trouble, may_hold_tokens};
use crate::event::Origin;
use crate::login::{Credentials, Login, login};

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

/// Logs a user in and begins a family of refresh tokens.
///
/// # Errors
/// [`Trouble`] where the database or the hashing pool could not do its part, or the declared claims are too many.
pub async fn obtain(
    authority: &Authority,
    rules: &SimpleJwtRules,
    credentials: Credentials<'_>,
    origin: Origin<'_>,
) -> Result<Obtained, Trouble> {
    let settings = rules.tokens.settings();
    let user = match login(authority, &rules.passwords, credentials, origin, "simple_jwt").await? {
        Login::Ok(user) if may_hold_tokens(&user, settings.check_user_is_active) => user,
        _ => return Ok(Obtained::NoActiveAccount),
    };
    let Issued { refresh, access } = issue(authority, rules, &user).await?;
    if settings.update_last_login {
        authority.users.record_login(&user.id, authority.now()).await?;
    }
    Ok(Obtained::Pair { refresh, access })
}
