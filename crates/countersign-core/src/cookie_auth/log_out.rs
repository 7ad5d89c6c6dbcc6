//! The end of a session.

use super::{CookieAuthRules, Ended};
use crate::authority::{Authority, Trouble};
use crate::session::end;

/// Ends the session of a refresh token, with every refresh token that followed from its login.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part: then the session goes on.
pub async fn log_out(authority: &Authority, rules: &CookieAuthRules, text: &str) -> Result<Ended, Trouble> {
    end(authority, rules.pair(), text).await
}
