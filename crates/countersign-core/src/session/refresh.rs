//! A new access token for a refresh token, and a new refresh token where they rotate.

use super::{Holder, Pair, declared, encode, holder, is_blacklisted, of_good_length, read, terms};
use crate::authority::{Authority, Trouble};
use crate::clock::Timestamp;
use crate::event::{Origin, ReuseEvent};
use crate::json::Object;
use crate::store::{Record, Renew, Rotate, Rotation, StoreError};
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
            let usage = Use { presented, text, user: Some(&user), now, origin };
            return renew(authority, pair, usage).await;
        }
        Holder::Nobody if pair.renews_nameless => {
            let usage = Use { presented, text, user: None, now, origin };
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
    text: &'a str,
    /// Whose it is, as they are now.
    user: Option<&'a User>,
    now: Timestamp,
    origin: Origin<'a>,
}

impl Use<'_> {
    /// What is written down of the token that was presented. `None` without an id.
    fn record(&self, tokens: &Tokens) -> Option<Record> {
        tokens.written(&self.presented, self.text.to_owned(), self.user.map(|user| &user.id), self.now)
    }
}

async fn renew(authority: &Authority, pair: Pair<'_>, usage: Use<'_>) -> Result<Refreshed, Trouble> {
    let tokens = pair.refresh;
    let declared = declared(authority, tokens, usage.user).await?;
    let Use { presented, user, now, origin, .. } = &usage;
    let settings = tokens.settings();
    let random = &*authority.random;
    if settings.rotate_refresh_tokens && settings.blacklist_after_rotation && authority.ledger.is_some() {
        return rotate(authority, pair, usage, &declared).await;
    }
    let access = encode(pair.access, &pair.access.access_from(presented, *now, random).declaring(&declared))?;
    let mut given = None;
    if settings.rotate_refresh_tokens {
        let successor = tokens.successor_of(presented, *now, random).declaring(&declared);
        let text = encode(tokens, &successor)?;
        let record = tokens.written(&successor, text.clone(), user.map(|user| &user.id), *now);
        given = Some((text, record));
    }
    if let Some(record) = usage.record(tokens) {
        let successor = given.as_ref().and_then(|(_, record)| record.as_ref());
        let renewing = Renewing { presented, record: &record, successor, now: *now, origin: *origin };
        if let Err(refused) = go_on(authority, tokens, renewing).await? {
            return Ok(refused);
        }
    }
    Ok(Refreshed::Renewed { access, refresh: given.map(|(text, _)| text) })
}

/// A token that stays good after its use.
pub(crate) struct Renewing<'a> {
    pub(crate) presented: &'a Token,
    pub(crate) record: &'a Record,
    pub(crate) successor: Option<&'a Record>,
    pub(crate) now: Timestamp,
    pub(crate) origin: Origin<'a>,
}

/// Goes on with the session of a token that stays good. `Err`: why it does not.
pub(crate) async fn go_on(
    authority: &Authority,
    tokens: &Tokens,
    renewing: Renewing<'_>,
) -> Result<Result<(), Refreshed>, Trouble> {
    let Some(ledger) = &authority.ledger else { return Ok(Ok(())) };
    let Renewing { presented, record, successor, now, origin } = renewing;
    let family = authority.random.jti();
    let rotation = ledger
        .renew(Renew {
            presented: record,
            successor,
            family: &family,
            must_be_active: tokens.settings().check_user_is_active,
            at: now,
            terms: terms(tokens, presented),
            origin,
        })
        .await?;
    Ok(match rotation {
        Rotation::Rotated => Ok(()),
        refused => Err(refusal(&refused)),
    })
}

/// What the client is told of a token that was not accepted.
fn refusal(rotation: &Rotation) -> Refreshed {
    match rotation {
        Rotation::UserGone => Refreshed::UserGone,
        Rotation::UserInactive => Refreshed::NoActiveAccount,
        Rotation::PasswordChanged => Refreshed::PasswordChanged,
        Rotation::Over => Refreshed::Invalid(TokenError::Expired),
        Rotation::Blacklisted | Rotation::Reused | Rotation::Replayed { .. } | Rotation::Rotated => {
            Refreshed::Invalid(TokenError::Blacklisted)
        }
    }
}

/// The rotation rule: the store decides in one act, and this says it.
async fn rotate(
    authority: &Authority,
    pair: Pair<'_>,
    usage: Use<'_>,
    declared: &Object,
) -> Result<Refreshed, Trouble> {
    let tokens = pair.refresh;
    let presented = usage.record(tokens);
    let Use { presented: token, user, now, origin, .. } = usage;
    let user = user.map(|user| &user.id);
    let settings = tokens.settings();
    let random = &*authority.random;
    let successor = tokens.successor_of(&token, now, random).declaring(declared);
    let records = presented.zip(tokens.record(&successor, user, now));
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
            terms: terms(tokens, &token),
            origin,
        })
        .await?;
    let (refresh, source) = match rotation {
        Rotation::Rotated => (successor_text, successor),
        Rotation::Replayed { claims } => {
            let again =
                Tokens::recall(&claims).ok_or_else(|| StoreError::new("a successor's claims are no JSON"))?;
            (tokens.encode_again(&claims), again)
        }
        refused => {
            if refused == Rotation::Reused {
                authority.events.reuse(&ReuseEvent { at: now, jti: &old.jti, user, origin });
            }
            return Ok(refusal(&refused));
        }
    };
    // A successor that is given again stays the same token, but its user may have changed since.
    let access = encode(pair.access, &pair.access.access_from(&source, now, random).declaring(declared))?;
    Ok(Refreshed::Renewed { access, refresh: Some(refresh) })
}
