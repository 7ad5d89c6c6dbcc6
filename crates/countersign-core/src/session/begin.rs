//! The beginning of a session.

use super::{Pair, declared, encode};
use crate::authority::{Authority, Trouble};
use crate::clock::Timestamp;
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

/// Gives a user a pair and begins a family of refresh tokens.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part, [`Trouble::TokenTooLong`]: then nobody has a token.
pub(crate) async fn begin(authority: &Authority, pair: Pair<'_>, user: &User) -> Result<Issued, Trouble> {
    let now = authority.now();
    let (refresh, access) = first(authority, pair, user, now).await?;
    let issued = Issued { refresh: encode(pair.refresh, &refresh)?, access: encode(pair.access, &access)? };
    if let (Some(ledger), Some(record)) =
        (&authority.ledger, pair.refresh.record(&refresh, Some(&user.id), now))
    {
        ledger.record(&record, Some(&authority.random.jti())).await?;
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
