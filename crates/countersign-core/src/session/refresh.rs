//! A new access token for a refresh token, and a new refresh token where they rotate.

use super::{Holder, Pair, declared, encode, holder, is_blacklisted, of_good_length, read};
use crate::authority::{Authority, Trouble};
use crate::clock::Timestamp;
use crate::event::{Origin, ReuseEvent};
use crate::json::Object;
use crate::store::{Rotate, Rotation, StoreError};
use crate::token::{Token, TokenClass, TokenError, Tokens};
use crate::user::User;
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
    /// Its user does not exist any more, or it names none where it must.
    UserGone,
    /// Its user is not active.
    NoActiveAccount,
    /// Its user has another password since.
    PasswordChanged,
}

/// Uses a refresh token, by the rotation rule where rotation blacklists: of any number of uses at once, one wins.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part; whether the token was used is then for the next
/// try to find out, which gets the same successor within the grace. [`Trouble::TokenTooLong`] where the declared
/// claims of the user became too many.
pub(crate) async fn refresh(
    authority: &Authority,
    pair: Pair<'_>,
    text: &str,
    origin: Origin<'_>,
) -> Result<Refreshed, Trouble> {
    let now = authority.now();
    let tokens = pair.refresh;
    let presented = match read(authority, tokens, text, TokenClass::Refresh, now).await? {
        Ok(token) => token,
        Err(error) => return Ok(Refreshed::Invalid(error)),
    };
    let refusal = match holder(authority, tokens, &presented).await? {
        Holder::User(user) => {
            let usage = Use { presented, user: Some(&user), now, origin };
            return renew(authority, pair, usage).await;
        }
        Holder::Nobody if pair.renews_nameless => {
            let usage = Use { presented, user: None, now, origin };
            return renew(authority, pair, usage).await;
        }
        Holder::Inactive => Refreshed::NoActiveAccount,
        Holder::PasswordChanged => Refreshed::PasswordChanged,
        Holder::Nobody | Holder::Gone => Refreshed::UserGone,
    };
    // The blacklist comes before the user.
    if is_blacklisted(authority, tokens, &presented).await? {
        return Ok(Refreshed::Invalid(TokenError::Blacklisted));
    }
    Ok(refusal)
}

/// One use of a refresh token that is not refused by what it says itself.
struct Use<'a> {
    presented: Token,
    /// Whose it is, as they are now.
    user: Option<&'a User>,
    now: Timestamp,
    origin: Origin<'a>,
}

async fn renew(authority: &Authority, pair: Pair<'_>, usage: Use<'_>) -> Result<Refreshed, Trouble> {
    let tokens = pair.refresh;
    let declared = declared(authority, tokens, usage.user).await?;
    let Use { presented, user, now, .. } = &usage;
    let settings = tokens.settings();
    let random = &*authority.random;
    if settings.rotate_refresh_tokens && settings.blacklist_after_rotation && authority.ledger.is_some() {
        return rotate(authority, pair, usage, &declared).await;
    }
    if is_blacklisted(authority, tokens, presented).await? {
        return Ok(Refreshed::Invalid(TokenError::Blacklisted));
    }
    let access = encode(pair.access, &pair.access.access_from(presented, *now, random).declaring(&declared))?;
    if !settings.rotate_refresh_tokens {
        return Ok(Refreshed::Renewed { access, refresh: None });
    }
    let successor = tokens.successor_of(presented, *now, random).declaring(&declared);
    let refresh = encode(tokens, &successor)?;
    let id = user.map(|user| &user.id);
    if let (Some(ledger), Some(record)) = (&authority.ledger, tokens.record(&successor, id, *now)) {
        ledger.record(&record, None).await?;
    }
    Ok(Refreshed::Renewed { access, refresh: Some(refresh) })
}

/// The rotation rule: the store decides in one act, and this says it.
async fn rotate(
    authority: &Authority,
    pair: Pair<'_>,
    usage: Use<'_>,
    declared: &Object,
) -> Result<Refreshed, Trouble> {
    let tokens = pair.refresh;
    let Use { presented, user, now, origin } = usage;
    let user = user.map(|user| &user.id);
    let settings = tokens.settings();
    let random = &*authority.random;
    let successor = tokens.successor_of(&presented, now, random).declaring(declared);
    let records = tokens.record(&presented, user, now).zip(tokens.record(&successor, user, now));
    let (Some(ledger), Some((old, new))) = (&authority.ledger, records) else {
        return Ok(Refreshed::Invalid(TokenError::NoId));
    };
    // Before anything is written. The access token of a successor is never longer than the successor.
    let successor_text = of_good_length(new.token.clone())?;
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
        Rotation::Rotated => (successor_text, successor),
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
        Rotation::UserGone => return Ok(Refreshed::UserGone),
        Rotation::UserInactive => return Ok(Refreshed::NoActiveAccount),
    };
    // A successor that is given again stays the same token, but its user may have changed since.
    let access = encode(pair.access, &pair.access.access_from(&source, now, random).declaring(declared))?;
    Ok(Refreshed::Renewed { access, refresh: Some(refresh) })
}
