//! The end of a session: logging out.

use super::{Pair, read};
use crate::authority::{Authority, Trouble};
use crate::store::Blacklisting;
use crate::token::{Bearer, TokenClass, TokenError};
use crate::user::UserKey;

/// What became of the wish to end a session by its refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It will not be accepted again. Without a ledger nothing was written, as in a Django project without the
    /// `token_blacklist` app.
    Done,
    /// The token is refused.
    Invalid(TokenError),
}

/// Blacklists a refresh token, and with it the family that it belongs to.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part: then nothing is blacklisted.
pub(crate) async fn end(authority: &Authority, pair: Pair<'_>, text: &str) -> Result<Ended, Trouble> {
    let now = authority.now();
    let tokens = pair.refresh;
    let token = match read(authority, tokens, text, TokenClass::Refresh, now).await? {
        Ok(token) => token,
        Err(error) => return Ok(Ended::Invalid(error)),
    };
    let Some(ledger) = &authority.ledger else {
        return Ok(Ended::Done);
    };
    let user = match tokens.bearer(&token) {
        Bearer::Named(value) => {
            let key = UserKey { field: &tokens.settings().user_id_field, value: &value };
            authority.users.find_by_key(key).await?
        }
        _ => None,
    };
    let Some(record) = tokens.record(&token, user.as_ref().map(|user| &user.id), now) else {
        return Ok(Ended::Invalid(TokenError::NoId));
    };
    Ok(match ledger.blacklist(&record, now).await? {
        Blacklisting::Done => Ended::Done,
        Blacklisting::Already => Ended::Invalid(TokenError::Blacklisted),
    })
}
