//! Is this a good token, of whatever kind?

use super::{SimpleJwtRules, is_blacklisted, is_listed, read};
use crate::authority::{Authority, Trouble};
use crate::token::{Token, TokenClass, TokenError};

/// What a token is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Signed by us and not over.
    Valid,
    /// The token is refused.
    Invalid(TokenError),
    /// It was used or revoked, and `BLACKLIST_AFTER_ROTATION` is on.
    Blacklisted,
}

/// Verifies a token of any kind. Its user is not looked at, the blacklist only where rotation blacklists: as
/// simplejwt has it. The [epoch](crate::store::Sessions::begin_epoch) goes with the blacklist; an access token it concerns
/// only where access tokens end with their sessions, so that this says what a guard would.
///
/// # Errors
/// [`Trouble::Store`] where the blacklist could not be read.
pub async fn verify(
    authority: &Authority,
    rules: &SimpleJwtRules,
    text: &str,
) -> Result<Verification, Trouble> {
    let now = authority.now();
    match read(authority, &rules.tokens, text, TokenClass::Untyped, now).await? {
        Err(error) => Ok(Verification::Invalid(error)),
        Ok(token)
            if rules.tokens.settings().blacklist_after_rotation
                && is_dead(authority, rules, &token).await? =>
        {
            Ok(Verification::Blacklisted)
        }
        Ok(_) => Ok(Verification::Valid),
    }
}

async fn is_dead(authority: &Authority, rules: &SimpleJwtRules, token: &Token) -> Result<bool, Trouble> {
    let is = |class| rules.tokens.check(token, class).is_ok();
    let is_only_access = is(TokenClass::Access) && !is(TokenClass::Refresh);
    if is_only_access && !rules.tokens.settings().sessions.check_access_tokens {
        return is_listed(authority, &rules.tokens, token).await;
    }
    is_blacklisted(authority, &rules.tokens, token).await
}
