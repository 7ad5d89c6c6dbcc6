//! Sliding tokens: one token that authenticates and is refreshed.

use super::{
    Holder, Refreshed, Renewing, SimpleJwtRules, declared, encode, go_on, holder, is_blacklisted, read,
    record_first, record_login,
};
use crate::authority::{Authority, Trouble};
use crate::clock::Timestamp;
use crate::event::Origin;
use crate::json::Object;
use crate::login::{Credentials, login};
use crate::token::{Token, TokenClass, TokenError};
use crate::user::User;

/// What became of the wish for a sliding token.
#[derive(Clone, PartialEq, Eq)]
pub enum Slid {
    /// Here it is.
    Token(String),
    /// The token presented is refused.
    Invalid(TokenError),
    /// No user of that name, not their password, or not active.
    NoActiveAccount,
    /// The user has another password since.
    PasswordChanged,
}

/// Logs a user in with a sliding token.
///
/// # Errors
/// [`Trouble`] where the database or the hashing pool could not do its part, or the declared claims are too many.
pub async fn obtain_sliding(
    authority: &Authority,
    rules: &SimpleJwtRules,
    credentials: Credentials<'_>,
    origin: Origin<'_>,
) -> Result<Slid, Trouble> {
    let login = login(authority, &rules.passwords, credentials, origin, "sliding").await?;
    let Some(user) = login.holder(rules.tokens.settings().check_user_is_active) else {
        return Ok(Slid::NoActiveAccount);
    };
    let text = issue_sliding(authority, rules, &user, origin).await?;
    record_login(authority, rules, &user).await?;
    Ok(Slid::Token(text))
}

/// Gives a user who is known already a sliding token, and begins a session. Whether the user may have one is decided
/// by the caller.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part, [`Trouble::TokenTooLong`].
pub async fn issue_sliding(
    authority: &Authority,
    rules: &SimpleJwtRules,
    user: &User,
    origin: Origin<'_>,
) -> Result<String, Trouble> {
    let now = authority.now();
    let token = first(authority, rules, user, now).await?;
    let text = encode(&rules.tokens, &token)?;
    if let Some(record) = rules.tokens.written(&token, text.clone(), Some(&user.id), now) {
        record_first(authority, &record, user, origin).await?;
    }
    Ok(text)
}

/// What the sliding token of a user would say now. Nothing is signed and nothing is written down.
///
/// # Errors
/// [`Trouble::Store`] where the user's groups and permissions are declared and could not be read.
pub async fn preview_sliding(
    authority: &Authority,
    rules: &SimpleJwtRules,
    user: &User,
) -> Result<Object, Trouble> {
    let token = first(authority, rules, user, authority.now()).await?;
    Ok(rules.tokens.signed_claims(&token).into_owned())
}

async fn first(
    authority: &Authority,
    rules: &SimpleJwtRules,
    user: &User,
    now: Timestamp,
) -> Result<Token, Trouble> {
    let declared = declared(authority, &rules.tokens, Some(user)).await?;
    Ok(rules.tokens.sliding_for(user, now, &*authority.random).declaring(&declared))
}

/// Moves the end of a sliding token.
///
/// Unlike simplejwt's, it looks at the user, and moves the end of the row that keeps the token on the blacklist.
///
/// # Errors
/// [`Trouble::Store`] where the database did not do its part, [`Trouble::TokenTooLong`].
pub async fn refresh_sliding(
    authority: &Authority,
    rules: &SimpleJwtRules,
    text: &str,
    origin: Origin<'_>,
) -> Result<Slid, Trouble> {
    let now = authority.now();
    let tokens = &rules.tokens;
    let token = match read(authority, tokens, text, TokenClass::Sliding, now).await? {
        Ok(token) => token,
        Err(error) => return Ok(Slid::Invalid(error)),
    };
    if is_blacklisted(authority, tokens, &token).await? {
        return Ok(Slid::Invalid(TokenError::Blacklisted));
    }
    if let Err(error) = tokens.check_refresh_end(&token, now) {
        return Ok(Slid::Invalid(error));
    }
    let user = match holder(authority, tokens, &token).await? {
        Holder::User(user) => Some(user),
        Holder::Nobody => None,
        Holder::Inactive => return Ok(Slid::NoActiveAccount),
        Holder::PasswordChanged => return Ok(Slid::PasswordChanged),
        Holder::Gone => return Ok(Slid::Invalid(TokenError::Invalid)),
    };
    let declared = declared(authority, tokens, user.as_deref()).await?;
    let slid = tokens.slide(&token, now).declaring(&declared);
    let text = encode(tokens, &slid)?;
    let id = user.as_ref().map(|user| &user.id);
    let (Some(ledger), Some(record)) = (&authority.ledger, tokens.written(&slid, text.clone(), id, now))
    else {
        return Ok(Slid::Token(text));
    };
    let renewing = Renewing { presented: &token, record: &record, successor: None, now, origin };
    if let Err(refused) = go_on(authority, tokens, renewing).await? {
        return Ok(refusal(refused));
    }
    Ok(if ledger.extend(&record).await? { Slid::Token(text) } else { Slid::Invalid(TokenError::Blacklisted) })
}

/// Why the session of a sliding token does not go on.
fn refusal(refused: Refreshed) -> Slid {
    match refused {
        Refreshed::Invalid(error) => Slid::Invalid(error),
        Refreshed::NoActiveAccount => Slid::NoActiveAccount,
        Refreshed::PasswordChanged => Slid::PasswordChanged,
        // A token that was renewed is no refusal.
        Refreshed::UserGone | Refreshed::Renewed { .. } => Slid::Invalid(TokenError::Invalid),
    }
}
