//! The end of a refresh token: logging out.

use super::{SimpleJwtRules, read};
use crate::authority::{Authority, Trouble};
use crate::store::Blacklisting;
use crate::token::{Bearer, TokenClass, TokenError};
use crate::user::UserKey;

/// What became of the wish to blacklist a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blacklisted {
    /// It will not be accepted again. Without a ledger nothing was written, as in a Django project without the
    /// `token_blacklist` app.
    Done,
    /// The token is refused.
    Invalid(TokenError),
}

/// Blacklists a refresh token.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part: then nothing is blacklisted.
pub async fn blacklist(
    authority: &Authority,
    rules: &SimpleJwtRules,
    text: &str,
) -> Result<Blacklisted, Trouble> {
    let now = authority.now();
    let tokens = &rules.tokens;
    let token = match read(authority, tokens, text, TokenClass::Refresh, now).await? {
        Ok(token) => token,
        Err(error) => return Ok(Blacklisted::Invalid(error)),
    };
    let Some(ledger) = &authority.ledger else {
        return Ok(Blacklisted::Done);
    };
    let user = match tokens.bearer(&token) {
        Bearer::Named(value) => {
            let key = UserKey { field: &tokens.settings().user_id_field, value: &value };
            authority.users.find_by_key(key).await?
        }
        _ => None,
    };
    let Some(record) = tokens.record(&token, user.as_ref().map(|user| &user.id), now) else {
        return Ok(Blacklisted::Invalid(TokenError::NoId));
    };
    Ok(match ledger.blacklist(&record, now).await? {
        Blacklisting::Done => Blacklisted::Done,
        Blacklisting::Already => Blacklisted::Invalid(TokenError::Blacklisted),
    })
}
