//! A pair of simplejwt tokens for one token of this dialect: how clients move from one to the other, one by one.

use super::{Holder, JwtAuthRules, Refusal, blacklist::end, holder};
use crate::authority::{Authority, Trouble};
use crate::event::Origin;
use crate::simple_jwt::{Issued, SimpleJwtRules, issue};
use crate::store::Blacklisting;

/// What became of the wish to exchange a token.
#[derive(Clone, PartialEq, Eq)]
pub enum Exchanged {
    /// The token and its line are ended, and here is what takes their place.
    Pair {
        /// The refresh token.
        refresh: String,
        /// The access token.
        access: String,
    },
    /// The token is refused. One that was exchanged before is [`Refusal::Blacklisted`].
    Refused(Refusal),
    /// There is no blacklist, so that nothing could be exchanged only once.
    Unavailable,
}

/// Exchanges a token, once: its entry on the blacklist and the pair go together, and of any number of exchanges
/// at once the one that wrote the entry gets the pair. A token of impersonation is nobody's to exchange.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part: no pair was given out, and the token may be ended.
/// [`Trouble::TokenTooLong`] where the pair's declared claims are too many.
pub async fn exchange(
    authority: &Authority,
    rules: &JwtAuthRules,
    simple: &SimpleJwtRules,
    text: &str,
    origin: Origin<'_>,
) -> Result<Exchanged, Trouble> {
    if rules.revocations.is_none() {
        return Ok(Exchanged::Unavailable);
    }
    let now = authority.now();
    let Holder { token, user } = match holder(authority, rules, text, now).await? {
        Ok(holder) if rules.tokens.is_foreign(&holder.token) => {
            return Ok(Exchanged::Refused(Refusal::NoUsername));
        }
        Ok(holder) if holder.token.actor().is_some() => return Ok(Exchanged::Refused(Refusal::Invalid)),
        Ok(holder) => holder,
        Err(refusal) => return Ok(Exchanged::Refused(refusal)),
    };
    // Before the token ends: if this fails, the client still has its token, and nobody has the pair.
    let Issued { refresh, access } = issue(authority, simple, &user, origin).await?;
    Ok(match end(rules, text, &token, &user.id, now).await? {
        Ok(Some(Blacklisting::Done)) => Exchanged::Pair { refresh, access },
        Ok(Some(Blacklisting::Already)) => Exchanged::Refused(Refusal::Blacklisted),
        Ok(None) => Exchanged::Unavailable,
        Err(refusal) => Exchanged::Refused(refusal),
    })
}
