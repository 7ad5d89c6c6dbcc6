//! A token for a name and a password.

use super::{JwtAuthRules, Line, Profile, Token, issue};
use crate::authority::{Authority, Trouble};
use crate::event::Origin;
use crate::login::{Credentials, Login, login};
use crate::user::User;
use std::sync::Arc;

/// What became of the wish for a token.
#[derive(Clone, PartialEq)]
pub enum Obtained {
    /// Logged in.
    Token {
        /// The token as a client gets it.
        text: String,
        /// What it says.
        token: Token,
        /// Whose it is.
        user: Arc<User>,
    },
    /// No user of that name, not their password, or not active.
    NoActiveAccount,
    /// The user is not active, in a project that lets such users log in: djangorestframework-jwt says so.
    UserInactive,
}

/// Logs a user in.
///
/// # Errors
/// [`Trouble`] where the database or the hashing pool could not do its part, or the declared claims are too many.
pub async fn obtain(
    authority: &Authority,
    rules: &JwtAuthRules,
    credentials: Credentials<'_>,
    origin: Origin<'_>,
) -> Result<Obtained, Trouble> {
    let settings = rules.tokens.settings();
    let mut user = match login(authority, &rules.passwords, credentials, origin, "jwt_auth").await? {
        Login::Ok(user) if user.is_active || settings.profile == Profile::Fork => user,
        Login::Ok(_) => return Ok(Obtained::UserInactive),
        Login::NoActiveAccount => return Ok(Obtained::NoActiveAccount),
    };
    // Of several logins at once only one renews an old hash: the others must sign with what it wrote.
    if settings.user_secret {
        match authority.users.find_by_username(&user.username).await? {
            Some(present) if present.id == user.id => user = present,
            _ => return Ok(Obtained::NoActiveAccount),
        }
    }
    let (token, text) = issue(authority, rules, &user, Line::New).await?;
    Ok(Obtained::Token { text, token, user })
}
