//! Is this a good token, and is its user somebody?

use super::{Holder, JwtAuthRules, Refusal, holder};
use crate::authority::{Authority, Trouble};

/// What a token is worth.
#[derive(Clone, Debug, PartialEq)]
pub enum Verification {
    /// Good, and of somebody who is active.
    Valid(Holder),
    /// The token is refused.
    Refused(Refusal),
}

/// Verifies a token. As with the packages it may be one of another dialect, if it names a user as ours do.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part.
pub async fn verify(
    authority: &Authority,
    rules: &JwtAuthRules,
    text: &str,
) -> Result<Verification, Trouble> {
    Ok(match holder(authority, rules, text, authority.now()).await? {
        Ok(holder) => Verification::Valid(holder),
        Err(refusal) => Verification::Refused(refusal),
    })
}
