//! A new access token for a refresh token, and a new refresh token where they rotate.

use super::{Holder, SimpleJwtRules, holder, is_blacklisted, read};
use crate::authority::{Authority, Trouble};
use crate::clock::Timestamp;
use crate::event::{Origin, ReuseEvent};
use crate::store::{Rotate, Rotation, StoreError};
use crate::token::{Token, TokenClass, TokenError, Tokens};
use crate::user::UserId;
use std::sync::Arc;

/// What became of the use of a refresh token.
#[derive(Clone, PartialEq, Eq)]
pub enum Refreshed {
    /// Here is more.
    Renewed {
        /// The new access token.
        access: String,
        /// The new refresh token, where they rotate.
        refresh: Option<String>,
    },
    /// The token is refused.
    Invalid(TokenError),
    /// Its user is not active.
    NoActiveAccount,
    /// Its user has another password since.
    PasswordChanged,
}

/// Uses a refresh token, by the rotation rule where rotation blacklists: of any number of uses at once, one wins.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part; whether the token was used is then for the next
/// try to find out, which gets the same successor within the grace.
pub async fn refresh(
    authority: &Authority,
    rules: &SimpleJwtRules,
    text: &str,
    origin: Origin<'_>,
) -> Result<Refreshed, Trouble> {
    let now = authority.now();
    let tokens = &rules.tokens;
    let presented = match read(authority, tokens, text, TokenClass::Refresh, now).await? {
        Ok(token) => token,
        Err(error) => return Ok(Refreshed::Invalid(error)),
    };
    let refusal = match holder(authority, tokens, &presented).await? {
        Holder::User(user) => return renew(authority, tokens, presented, Some(&user.id), now, origin).await,
        Holder::Nobody => return renew(authority, tokens, presented, None, now, origin).await,
        Holder::Inactive => Refreshed::NoActiveAccount,
        Holder::PasswordChanged => Refreshed::PasswordChanged,
        Holder::Gone => Refreshed::Invalid(TokenError::Invalid),
    };
    // The blacklist comes before the user.
    if is_blacklisted(authority, tokens, &presented).await? {
        return Ok(Refreshed::Invalid(TokenError::Blacklisted));
    }
    Ok(refusal)
}

async fn renew(
    authority: &Authority,
    tokens: &Tokens,
    presented: Token,
    user: Option<&UserId>,
    now: Timestamp,
    origin: Origin<'_>,
) -> Result<Refreshed, Trouble> {
    let settings = tokens.settings();
    let random = &*authority.random;
    if settings.rotate_refresh_tokens && settings.blacklist_after_rotation && authority.ledger.is_some() {
        return rotate(authority, tokens, presented, user, now, origin).await;
    }
    if is_blacklisted(authority, tokens, &presented).await? {
        return Ok(Refreshed::Invalid(TokenError::Blacklisted));
    }
    let access = tokens.encode(&tokens.access_from(&presented, now, random));
    if !settings.rotate_refresh_tokens {
        return Ok(Refreshed::Renewed { access, refresh: None });
    }
    let successor = tokens.successor_of(&presented, now, random);
    if let (Some(ledger), Some(record)) = (&authority.ledger, tokens.record(&successor, user, now)) {
        ledger.record(&record, None).await?;
    }
    Ok(Refreshed::Renewed { access, refresh: Some(tokens.encode(&successor)) })
}

/// The rotation rule: the store decides in one act, and this says it.
async fn rotate(
    authority: &Authority,
    tokens: &Tokens,
    presented: Token,
    user: Option<&UserId>,
    now: Timestamp,
    origin: Origin<'_>,
) -> Result<Refreshed, Trouble> {
    let settings = tokens.settings();
    let random = &*authority.random;
    let successor = tokens.successor_of(&presented, now, random);
    let records = tokens.record(&presented, user, now).zip(tokens.record(&successor, user, now));
    let (Some(ledger), Some((old, new))) = (&authority.ledger, records) else {
        return Ok(Refreshed::Invalid(TokenError::NoId));
    };
    let family = random.jti();
    let rotation = Arc::clone(ledger)
        .rotate(Rotate {
            presented: &old,
            successor: &new,
            family: &family,
            must_be_active: settings.check_user_is_active,
            at: now,
            grace: settings.rotation_grace,
            reuse_detection: settings.reuse_detection,
        })
        .await?;
    let (refresh, source) = match rotation {
        Rotation::Rotated => (new.token, successor),
        Rotation::Replayed { claims } => {
            let again =
                Tokens::recall(&claims).ok_or_else(|| StoreError::new("a successor's claims are no JSON"))?;
            (tokens.encode_again(&claims), again)
        }
        Rotation::Blacklisted => return Ok(Refreshed::Invalid(TokenError::Blacklisted)),
        Rotation::Reused => {
            authority.events.reuse(&ReuseEvent { at: now, jti: &old.jti, user, origin });
            return Ok(Refreshed::Invalid(TokenError::Blacklisted));
        }
        Rotation::UserGone => return Ok(Refreshed::Invalid(TokenError::Invalid)),
        Rotation::UserInactive => return Ok(Refreshed::NoActiveAccount),
    };
    let access = tokens.encode(&tokens.access_from(&source, now, random));
    Ok(Refreshed::Renewed { access, refresh: Some(refresh) })
}
