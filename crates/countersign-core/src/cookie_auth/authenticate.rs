//! Who makes this request.

use super::CookieAuthRules;
use crate::authority::{Authority, Trouble};
use crate::simple_jwt::{Authentication, Mode, authenticate as judge};
use crate::token::{Token, TokenError};
use crate::user::User;
use std::sync::Arc;

/// What an access token is worth.
#[derive(Clone, Debug, PartialEq)]
pub enum Visitor {
    /// It is this user, as the table has them now.
    User {
        /// The user.
        user: Arc<User>,
        /// The token.
        token: Token,
    },
    /// The token is refused.
    Invalid(TokenError),
    /// It names somebody who does not exist.
    NotFound,
    /// Its user is not active.
    Inactive,
}

/// Decides whom an access token authenticates.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part.
pub async fn authenticate(
    authority: &Authority,
    rules: &CookieAuthRules,
    text: &str,
) -> Result<Visitor, Trouble> {
    Ok(match judge(authority, &rules.access, text, Mode::Stateful).await? {
        Authentication::Admitted { user: Some(user), token } => Visitor::User { user, token },
        Authentication::Invalid(refusals) => {
            Visitor::Invalid(refusals.into_iter().next().map_or(TokenError::Invalid, |(_, error)| error))
        }
        // The recipe has no word for it: the session is over.
        Authentication::PasswordChanged => Visitor::Invalid(TokenError::Blacklisted),
        Authentication::UserInactive => Visitor::Inactive,
        Authentication::Admitted { user: None, .. }
        | Authentication::NoUserId
        | Authentication::UserNotFound => Visitor::NotFound,
    })
}
