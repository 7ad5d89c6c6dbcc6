//! Was this token ended before its time, whatever kind it is?

use super::{is_blacklisted, is_listed};
use crate::authority::{Authority, Trouble};
use crate::session::{Bond, Holder, bond, holder};
use crate::token::{Token, Tokens};
use crate::user::User;

/// Whether a token that is good by itself was ended: it is blacklisted, was issued before the
/// [epoch](crate::store::Sessions::begin_epoch), or its session is over, which for a session that is tied to it another
/// password is as well.
///
/// It is the stateful check of access tokens, whatever `check_access_tokens` says: for whoever asks. A user who is
/// given is not looked up again; else a token ends with its user too, who is gone or not active.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part.
pub async fn is_ended(
    authority: &Authority,
    tokens: &Tokens,
    token: &Token,
    user: Option<&User>,
) -> Result<bool, Trouble> {
    let found;
    let user = match user {
        Some(user) => user,
        None => match holder(authority, tokens, token).await? {
            Holder::User(user) => {
                found = user;
                &found
            }
            // Without a user there is no session that could tell of the epoch.
            Holder::Nobody => return is_blacklisted(authority, tokens, token).await,
            Holder::Gone | Holder::Inactive | Holder::PasswordChanged => return Ok(true),
        },
    };
    Ok(is_listed(authority, tokens, token).await?
        || !matches!(bond(authority, tokens, token, user).await?, Bond::Good(_)))
}
