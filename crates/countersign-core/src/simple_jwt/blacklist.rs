//! The end of a refresh token: logging out.

use super::{Blacklisted, SimpleJwtRules};
use crate::authority::{Authority, Trouble};
use crate::session;

/// Blacklists a refresh token.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part: then nothing is blacklisted.
pub async fn blacklist(
    authority: &Authority,
    rules: &SimpleJwtRules,
    text: &str,
) -> Result<Blacklisted, Trouble> {
    session::end(authority, rules.pair(), text).await
}
