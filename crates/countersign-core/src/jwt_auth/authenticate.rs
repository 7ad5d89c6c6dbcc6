//! Who makes this request: `JSONWebTokenAuthentication`.

use super::{Holder, JwtAuthRules, Refusal, holder};
use crate::authority::{Authority, Trouble};

/// What a token in a request is worth.
#[derive(Clone, Debug, PartialEq)]
pub enum Authentication {
    /// A good token of this dialect, of somebody who is active.
    Admitted(Holder),
    /// The token lets nobody in.
    Refused(Refusal),
}

/// Decides whom a token authenticates. A token of the `simple_jwt` dialect names nobody here, whatever it says.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part.
pub async fn authenticate(
    authority: &Authority,
    rules: &JwtAuthRules,
    text: &str,
) -> Result<Authentication, Trouble> {
    Ok(match holder(authority, rules, text, authority.now()).await? {
        Ok(holder) if rules.tokens.is_foreign(&holder.token) => Authentication::Refused(Refusal::NoUsername),
        Ok(holder) => Authentication::Admitted(holder),
        Err(refusal) => Authentication::Refused(refusal),
    })
}
