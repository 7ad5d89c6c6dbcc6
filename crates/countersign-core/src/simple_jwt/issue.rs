//! A pair of tokens for a user who is known already: after a login, or at the command line.

use super::{SimpleJwtRules, declared, encode};
use crate::authority::{Authority, Trouble};
use crate::clock::Timestamp;
use crate::json::Object;
use crate::token::{Token, Tokens};
use crate::user::User;

/// A pair of tokens, signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    /// The refresh token.
    pub refresh: String,
    /// The access token.
    pub access: String,
}

/// What the two tokens of a pair would say.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The claims of the refresh token.
    pub refresh: Object,
    /// The claims of the access token.
    pub access: Object,
}

/// Gives a user a pair and begins a family of refresh tokens. Whether the user may have one is decided by the
/// caller.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part, [`Trouble::TokenTooLong`].
pub async fn issue(authority: &Authority, rules: &SimpleJwtRules, user: &User) -> Result<Issued, Trouble> {
    let now = authority.now();
    let (refresh, access) = pair(authority, &rules.tokens, user, now).await?;
    let issued =
        Issued { refresh: encode(&rules.tokens, &refresh)?, access: encode(&rules.tokens, &access)? };
    if let (Some(ledger), Some(record)) =
        (&authority.ledger, rules.tokens.record(&refresh, Some(&user.id), now))
    {
        ledger.record(&record, Some(&authority.random.jti())).await?;
    }
    Ok(issued)
}

/// What the pair of a user would say now. Nothing is signed and nothing is written down.
///
/// # Errors
/// [`Trouble::Store`] where the user's groups and permissions are declared and could not be read.
pub async fn preview(authority: &Authority, rules: &SimpleJwtRules, user: &User) -> Result<Preview, Trouble> {
    let (refresh, access) = pair(authority, &rules.tokens, user, authority.now()).await?;
    let claims = |token| rules.tokens.signed_claims(token).into_owned();
    Ok(Preview { refresh: claims(&refresh), access: claims(&access) })
}

async fn pair(
    authority: &Authority,
    tokens: &Tokens,
    user: &User,
    now: Timestamp,
) -> Result<(Token, Token), Trouble> {
    let random = &*authority.random;
    let declared = declared(authority, tokens, Some(user)).await?;
    let refresh = tokens.refresh_for(user, now, random).declaring(&declared);
    let access = tokens.access_from(&refresh, now, random);
    Ok((refresh, access))
}
