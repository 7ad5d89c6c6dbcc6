//! A token of somebody else, for a superuser.

use super::{Holder, JwtAuthRules, Line, issue};
use crate::authority::{Authority, Trouble};
use crate::user::UserKey;

/// What became of the wish to be somebody else.
#[derive(Clone, PartialEq, Eq)]
pub enum Impersonated {
    /// A token of the user.
    Token(String),
    /// Whoever asks is no superuser.
    Forbidden,
    /// There is no such user.
    UserUnknown,
    /// That user is not active, and nobody may be them.
    UserInactive,
}

/// Gives a superuser a token of the user with this primary key. Where `impersonation_actor` is on, the token says
/// who acts, and that outlives every refresh.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part, [`Trouble::TokenTooLong`].
pub async fn impersonate(
    authority: &Authority,
    rules: &JwtAuthRules,
    caller: &Holder,
    id: &str,
) -> Result<Impersonated, Trouble> {
    if !caller.user.is_superuser {
        return Ok(Impersonated::Forbidden);
    }
    let user = match authority.users.find_by_key(UserKey { field: "id", value: id }).await? {
        None => return Ok(Impersonated::UserUnknown),
        Some(user) if !user.is_active => return Ok(Impersonated::UserInactive),
        Some(user) => user,
    };
    let line = Line::Impersonated { by: &caller.user, through: caller.token.actor() };
    let (_, text) = issue(authority, rules, &user, line).await?;
    Ok(Impersonated::Token(text))
}
