//! The end of a token and of its line: logging out.

use super::{FamilyId, Holder, JwtAuthRules, Refusal, Token, TokenId, bearer, decode};
use crate::authority::{Authority, Trouble};
use crate::clock::Timestamp;
use crate::store::{Blacklisting, Revocation, Revoked, RevokedListing};
use crate::user::{User, UserId};

/// What became of the wish to end a token.
#[derive(Clone, Debug, PartialEq)]
pub enum Blacklisted {
    /// It and its line will not be accepted again.
    Done {
        /// Whether the entry keeps the token itself: not where ids are enough.
        keeps_token: bool,
    },
    /// The token is refused.
    Refused(Refusal),
    /// There is no blacklist.
    Unavailable,
}

/// How many entries that have ended are removed with one new entry.
const STALE_ROUND: u32 = 1000;

/// Puts a token on the blacklist, whoever asks: who has a token could end it with itself. The entry is its user's. A
/// token that is on it already is fine.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part: then nothing is blacklisted.
pub async fn blacklist(
    authority: &Authority,
    rules: &JwtAuthRules,
    text: &str,
) -> Result<Blacklisted, Trouble> {
    let now = authority.now();
    let token = match decode(authority, rules, text, now).await? {
        Ok(token) => token,
        Err(refusal) => return Ok(Blacklisted::Refused(refusal)),
    };
    let Holder { token, user } = match bearer(authority, rules, token).await? {
        Ok(holder) => holder,
        Err(refusal) => return Ok(Blacklisted::Refused(refusal)),
    };
    match end(rules, text, &token, &user.id, now).await? {
        Ok(Some(_)) => {
            let keeps_token = rules.tokens.settings().token_id != TokenId::Require;
            Ok(Blacklisted::Done { keeps_token })
        }
        Ok(None) => Ok(Blacklisted::Unavailable),
        Err(refusal) => Ok(Blacklisted::Refused(refusal)),
    }
}

/// The entries that somebody may see, oldest first: their own, or everybody's for a superuser. At most `limit` of
/// those behind `after`.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part.
pub async fn entries(
    rules: &JwtAuthRules,
    caller: &User,
    after: Option<i64>,
    limit: u32,
) -> Result<Vec<Revoked>, Trouble> {
    match &rules.revocations {
        Some(revocations) => {
            let listing = RevokedListing { user: whose(caller), after, limit };
            Ok(revocations.list_revoked(listing).await?)
        }
        None => Ok(Vec::new()),
    }
}

/// One entry, if there is one of this id that somebody may see.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part.
pub async fn entry(rules: &JwtAuthRules, caller: &User, id: i64) -> Result<Option<Revoked>, Trouble> {
    match &rules.revocations {
        Some(revocations) => Ok(revocations.find_revoked(id, whose(caller)).await?),
        None => Ok(None),
    }
}

/// Takes an entry off the blacklist, if there is one of this id that somebody may see. Says whether there was.
/// Its token is good again until its end.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part.
pub async fn withdraw(rules: &JwtAuthRules, caller: &User, id: i64) -> Result<bool, Trouble> {
    match &rules.revocations {
        Some(revocations) => Ok(revocations.withdraw(id, whose(caller)).await?),
        None => Ok(false),
    }
}

/// Whose entries somebody may see: `None` for everybody's.
fn whose(caller: &User) -> Option<&UserId> {
    (!caller.is_superuser).then_some(&caller.id)
}

/// Writes the entry of a token. `None` where there is no blacklist.
pub(super) async fn end(
    rules: &JwtAuthRules,
    text: &str,
    token: &Token,
    user: &UserId,
    now: Timestamp,
) -> Result<Result<Option<Blacklisting>, Refusal>, Trouble> {
    let Some(revocations) = &rules.revocations else { return Ok(Ok(None)) };
    let settings = rules.tokens.settings();
    let family = match token.family() {
        // Without ids, an id means nothing.
        _ if settings.token_id == TokenId::Off => None,
        Ok(family) => family,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(expires_at) = token.expires_at() else { return Ok(Err(Refusal::Invalid)) };
    let keeps_token = settings.token_id != TokenId::Require;
    let entry = Revocation {
        token: keeps_token.then(|| text.to_owned()),
        token_id: family.map(FamilyId::number),
        user: user.clone(),
        expires_at: expires_at.instant(),
    };
    let outcome = revocations.revoke(&entry, now).await?;
    if settings.delete_stale_blacklisted_tokens {
        // A younger token of the line may outlive the one in the entry, by no more than its lifetime.
        let before = now.saturating_sub(settings.expiration_delta).unwrap_or(Timestamp::MIN);
        revocations.forget_revoked(before, STALE_ROUND).await?;
    }
    Ok(Ok(Some(outcome)))
}
