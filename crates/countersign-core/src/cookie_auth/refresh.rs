//! The next two tokens of a session.

use super::{CookieAuthRules, Refreshed};
use crate::authority::{Authority, Trouble};
use crate::event::Origin;
use crate::session;

/// Uses a refresh token: of any number of uses at once, one wins, and the others get the same successor within the
/// grace.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part; whether the token was used is then for the next
/// try to find out, which gets the same successor within the grace.
pub async fn refresh(
    authority: &Authority,
    rules: &CookieAuthRules,
    text: &str,
    origin: Origin<'_>,
) -> Result<Refreshed, Trouble> {
    session::refresh(authority, rules.pair(), text, origin).await
}
