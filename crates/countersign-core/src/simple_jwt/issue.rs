//! A pair of tokens for a user who is known already: after a login, or at the command line.

use super::{Issued, SimpleJwtRules};
use crate::authority::{Authority, Trouble};
use crate::event::Origin;
use crate::json::Object;
use crate::session::{begin, first};
use crate::user::User;

/// What the two tokens of a pair would say.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The claims of the refresh token.
    pub refresh: Object,
    /// The claims of the access token.
    pub access: Object,
}

/// Gives a user a pair and begins a session. Whether the user may have one is decided by the caller.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part, [`Trouble::TokenTooLong`].
pub async fn issue(
    authority: &Authority,
    rules: &SimpleJwtRules,
    user: &User,
    origin: Origin<'_>,
) -> Result<Issued, Trouble> {
    begin(authority, rules.pair(), user, origin).await
}

/// What the pair of a user would say now. Nothing is signed and nothing is written down.
///
/// # Errors
/// [`Trouble::Store`] where the user's groups and permissions are declared and could not be read.
pub async fn preview(authority: &Authority, rules: &SimpleJwtRules, user: &User) -> Result<Preview, Trouble> {
    let (refresh, access) = first(authority, rules.pair(), user, authority.now()).await?;
    let claims = |token| rules.tokens.signed_claims(token).into_owned();
    Ok(Preview { refresh: claims(&refresh), access: claims(&access) })
}
