//! The beginning of a session.

use super::{Pair, declared, encode, record_first};
use crate::authority::{Authority, Trouble};
use crate::clock::Timestamp;
use crate::event::Origin;
use crate::token::Token;
use crate::user::User;

/// A pair of tokens, signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    /// The refresh token.
    pub refresh: String,
    /// The access token.
    pub access: String,
}

/// Gives a user a pair and begins a session.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part, [`Trouble::TokenTooLong`]: then nobody has a token.
pub(crate) async fn begin(
    authority: &Authority,
    pair: Pair<'_>,
    user: &User,
    origin: Origin<'_>,
) -> Result<Issued, Trouble> {
    let now = authority.now();
    let (refresh, access) = first(authority, pair, user, now).await?;
    let issued = Issued { refresh: encode(pair.refresh, &refresh)?, access: encode(pair.access, &access)? };
    let text = issued.refresh.clone();
    if let Some(record) = pair.refresh.written(&refresh, text, Some(&user.id), now) {
        record_first(authority, &record, user, origin).await?;
    }
    Ok(issued)
}

/// What the first pair of a user says: refresh, then access.
pub(crate) async fn first(
    authority: &Authority,
    pair: Pair<'_>,
    user: &User,
    now: Timestamp,
) -> Result<(Token, Token), Trouble> {
    let random = &*authority.random;
    let declared = declared(authority, pair.refresh, Some(user)).await?;
    let refresh = pair.refresh.refresh_for(user, now, random).declaring(&declared);
    let access = pair.access.access_from(&refresh, now, random);
    Ok((refresh, access))
}
