//! Who makes this request.

use super::CookieAuthRules;
use crate::authority::{Authority, Trouble};
use crate::simple_jwt::{Authentication, Mode, authenticate as judge};
use crate::token::TokenError;
use crate::user::User;
use std::sync::Arc;

/// What an access token is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visitor {
    /// It is this user, as the table has them now.
    User(Arc<User>),
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
        Authentication::Admitted { user: Some(user), .. } => Visitor::User(user),
        Authentication::Invalid(refusals) => {
            Visitor::Invalid(refusals.into_iter().next().map_or(TokenError::Invalid, |(_, error)| error))
        }
        Authentication::UserInactive => Visitor::Inactive,
        Authentication::Admitted { user: None, .. }
        | Authentication::NoUserId
        | Authentication::UserNotFound
        | Authentication::PasswordChanged => Visitor::NotFound,
    })
}
