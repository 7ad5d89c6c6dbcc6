//! A new access token for a refresh token, and a new refresh token where they rotate.

use super::{Refreshed, SimpleJwtRules};
use crate::authority::{Authority, Trouble};
use crate::event::Origin;
use crate::session;

/// Uses a refresh token, by the rotation rule where rotation blacklists: of any number of uses at once, one wins.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part; whether the token was used is then for the next
/// try to find out, which gets the same successor within the grace. [`Trouble::TokenTooLong`] where the declared
/// claims of the user became too many.
pub async fn refresh(
    authority: &Authority,
    rules: &SimpleJwtRules,
    text: &str,
    origin: Origin<'_>,
) -> Result<Refreshed, Trouble> {
    session::refresh(authority, rules.pair(), text, origin).await
}
