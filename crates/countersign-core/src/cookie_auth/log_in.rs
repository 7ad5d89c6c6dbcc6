//! A session for a name and a password.

use super::CookieAuthRules;
use crate::authority::{Authority, Trouble};
use crate::event::Origin;
use crate::login::{Credentials, login};
use crate::session::{begin, end};
use crate::user::User;
use std::sync::Arc;

/// What became of the wish to log in.
#[derive(Clone, PartialEq, Eq)]
pub enum LoggedIn {
    /// Logged in.
    In {
        /// Who it is.
        user: Arc<User>,
        /// The refresh token.
        refresh: String,
        /// The access token.
        access: String,
    },
    /// No user of that name, not their password, or not active.
    NoActiveAccount,
}

/// Logs a user in and begins a session. The one whose refresh token the client still presents is ended, never gone on
/// with, so that nobody finds themselves in a session that somebody else began.
///
/// # Errors
/// [`Trouble`] where the database or the hashing pool could not do its part.
pub async fn log_in(
    authority: &Authority,
    rules: &CookieAuthRules,
    credentials: Credentials<'_>,
    presented: Option<&str>,
    origin: Origin<'_>,
) -> Result<LoggedIn, Trouble> {
    let passwords = &rules.access.passwords;
    let login = login(authority, passwords, credentials, origin, "cookie_auth").await?;
    let Some(user) = login.holder(true) else { return Ok(LoggedIn::NoActiveAccount) };
    if let Some(old) = presented {
        // Whether it was still good is of no interest.
        end(authority, rules.pair(), old).await?;
    }
    let begun = begin(authority, rules.pair(), &user, origin).await?;
    Ok(LoggedIn::In { user, refresh: begun.refresh, access: begun.access })
}
